import type { Label } from '../lifecycle/label.ts';
import type { Plan } from '../lifecycle/provision.ts';
import type { WorkflowContext } from './context.ts';
import type { CreateInputs } from './inputs.ts';

/**
 * Makes of inputs and context the client that is wanted.
 * @param now milliseconds since the epoch
 * @param marker 24 hexadecimal digits that no other creation has
 */
export function planClient(
  inputs: CreateInputs,
  context: WorkflowContext,
  now: number,
  marker: string,
): Plan {
  const wholeSeconds = Math.floor(now / 1000);
  const label: Label = {
    repository: context.repository,
    purpose: { lifetime: inputs.lifetime, runId: context.runId },
    name: context.workflow,
    expiresAt: (wholeSeconds + inputs.expiresInSeconds) * 1000,
    marker,
  };
  return { text: inputs.description ?? describe(context), label, features: inputs.features };
}

/** `acme/shop pull request 42`, `acme/shop branch main` */
function describe({ repository, pullRequest, ref }: WorkflowContext): string {
  const place = pullRequest === undefined ? ref : `pull request ${pullRequest}`;
  return place === undefined ? repository.name : `${repository.name} ${place}`;
}
