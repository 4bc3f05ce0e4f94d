import { formatDescription, type Label } from './label.ts';

/** One client that is wanted. */
export interface Plan {
  /** The words before the label. */
  readonly text: string;
  readonly label: Label;
  readonly features: readonly string[];
}

/** What `clients/add` is to be sent for a plan. */
export function toNewClient(plan: Plan): { description: string; features: readonly string[] } {
  return { description: formatDescription(plan), features: plan.features };
}
