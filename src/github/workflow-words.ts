import type { Words } from '../host.ts';
import type { NamedInput } from '../inputs/read-inputs.ts';
import type { Label } from '../lifecycle/label.ts';
import type { WorkflowContext } from './workflow-context.ts';

export function workflowWords({ eventName, withoutSecrets, origin }: WorkflowContext): Words {
  return {
    missing: (inputs) => describeMissing(inputs, withoutSecrets),
    noPullRequest: `the event ${eventName} ${eventName === 'workflow_run' ? "doesn't name exactly one pull request of this repository" : "isn't tied to a pull request"}. Set \`pull_request\` to its number, or run this step only on events of pull requests.`,
    cleanup: describeCleanup,
    laterJobs: describeLaterJobs,
    notHandedOver: 'because its step failed or was canceled before it set its outputs',
    deletion: (clientId) => `run the delete action with client_id: ${clientId}`,
    link({ origin: { host, name }, purpose }) {
      // Names come from labels, which anyone who can write descriptions can write.
      if (host !== origin.host || !/^[\w-]+\/[\w.-]+$/.test(name)) return undefined;
      const path =
        purpose.lifetime === 'pull_request' ? `pull/${purpose.pullRequest}` : `actions/runs/${purpose.runId}`;
      return `https://${host}/${name}/${path}`;
    },
  };
}

/** Those without a hint of their own are usually secrets of the workflow. */
function describeMissing(
  inputs: readonly NamedInput[],
  withoutSecrets: WorkflowContext['withoutSecrets'],
): string[] {
  const problems = inputs.flatMap(([name, { ifEmpty }]) =>
    ifEmpty ? [`\`${name}\` is empty. ${ifEmpty}`] : [],
  );
  const secrets = inputs.flatMap(([name, { ifEmpty }]) => (ifEmpty ? [] : [name]));
  return secrets.length === 0 ? problems : [...problems, describeEmptySecrets(secrets, withoutSecrets)];
}

function describeEmptySecrets(
  names: readonly string[],
  withoutSecrets: WorkflowContext['withoutSecrets'],
): string {
  const subject = `${names.map((name) => `\`${name}\``).join(' and ')} ${names.length === 1 ? 'is' : 'are'} empty`;
  if (withoutSecrets !== undefined) {
    return `${subject}: this run comes from ${withoutSecrets}, and GitHub gives such runs no Actions secrets. Skip this job for such runs.`;
  }
  return `${subject}. Check the secret's name. If it's an environment secret, add environment: NAME to this job, and check the spelling: GitHub creates an environment that doesn't exist, without secrets. If this job is in a reusable workflow, add secrets: inherit to the job that calls it.`;
}

function describeCleanup({ purpose }: Label): string {
  switch (purpose.lifetime) {
    case 'job':
      return 'Deleted when this job ends: by the post step, or else by the sweep.';
    case 'run':
      return 'Deleted after this run is completed: by the next sweep, or by the delete action (lifetime: run).';
    case 'pull_request':
      return `Deleted after pull request ${purpose.pullRequest} closes: by the next sweep, or by the delete action.`;
  }
}

/** A pull request's later runs get the client from create. */
function describeLaterJobs({ purpose }: Label, isSealed: boolean): string | undefined {
  if (isSealed) return 'To use this client in a later job, pass sealed_credentials to the unseal action.';
  return purpose.lifetime === 'run'
    ? 'To use this client in a later job, set `seal_key`, and pass sealed_credentials to the unseal action there.'
    : undefined;
}
