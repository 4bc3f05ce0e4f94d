import type { Wording } from '../inputs/run-context.ts';
import { type Input, inputTable } from '../inputs/table.ts';
import type { Label } from '../lifecycle/label.ts';

export interface WorkflowFacts {
  readonly eventName: string;
  /** Where the run comes from, if GitHub gives such runs no secrets. */
  readonly withoutSecrets: 'a fork' | 'Dependabot' | undefined;
}

export function workflowWording({ eventName, withoutSecrets }: WorkflowFacts): Wording {
  return {
    input: (name) => name,
    setting: (name, value) => `${name}: ${value}`,
    missing: (names) => describeMissing(names, withoutSecrets),
    noPullRequest: `the event ${eventName} belongs to no pull request. Set pull_request to its number, or run this step only on pull_request events.`,
    cleanup: describeCleanup,
    laterJobs: describeLaterJobs,
    notHandedOver: 'because its step failed before it set its outputs',
    deletion: (clientId) => `run the delete action with client_id: ${clientId}`,
  };
}

/** Those without a hint of their own are usually secrets of the workflow. */
function describeMissing(
  names: readonly string[],
  withoutSecrets: WorkflowFacts['withoutSecrets'],
): string[] {
  const table = Object.assign({}, ...Object.values(inputTable)) as Readonly<Record<string, Input>>;
  const problems = names.flatMap((name) => {
    const hint = table[name]?.ifEmpty;
    return hint === undefined ? [] : [`${name} is empty. ${hint}`];
  });
  const secrets = names.filter((name) => table[name]?.ifEmpty === undefined);
  return secrets.length === 0 ? problems : [...problems, describeEmptySecrets(secrets, withoutSecrets)];
}

function describeEmptySecrets(
  names: readonly string[],
  withoutSecrets: WorkflowFacts['withoutSecrets'],
): string {
  const subject = `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} empty`;
  if (withoutSecrets !== undefined) {
    return `${subject}: this run comes from ${withoutSecrets}, and GitHub gives such runs no Actions secrets. Skip this job for such runs.`;
  }
  return `${subject}. Check the secret's name. If it's an environment secret, add environment: NAME to this job. If this job is in a reusable workflow, add secrets: inherit to the job that calls it.`;
}

function describeCleanup({ purpose }: Label): string {
  switch (purpose.lifetime) {
    case 'job':
      return 'the post step deletes the client at the end of this job. If that fails, the sweep deletes it after this run finishes.';
    case 'run':
      return 'run the delete action (lifetime: run) at the end of this workflow. Otherwise, the sweep deletes the client after this run finishes.';
    case 'pull_request':
      return `run the delete action (lifetime: pull_request) when pull request ${purpose.pullRequest} closes. Otherwise, the sweep deletes the client after that.`;
  }
}

function describeLaterJobs({ purpose }: Label, isSealed: boolean): string | undefined {
  if (purpose.lifetime === 'job') return undefined;
  const condition = isSealed ? '' : 'set seal_key and ';
  return `To use this client in a later job, ${condition}pass sealed_credentials to the unseal action.`;
}
