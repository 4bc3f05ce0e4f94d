import { readFileSync } from 'node:fs';
import type { Environment } from '../capture/network-settings.ts';
import { ExpectedError, tryTo } from '../errors.ts';
import type { RunContext } from '../inputs/run-context.ts';

/** What the runner says about the workflow run that this step belongs to. */
export interface WorkflowContext extends RunContext {
  readonly eventName: string;
  /** Where the run comes from, if GitHub gives such runs no secrets. */
  readonly withoutSecrets: 'a fork' | 'Dependabot' | undefined;
}

/** @throws ExpectedError. Without the runner's files, a secret would go to standard output, where no runner masks it. */
export function readStepContext(env: Environment): WorkflowContext {
  for (const name of ['GITHUB_OUTPUT', 'GITHUB_STATE']) requireVariable(env, name);
  return readContext(env, readEvent(env));
}

/** @param event its payload; anything else counts as one without a pull request @throws ExpectedError */
export function readContext(env: Environment, event: unknown): WorkflowContext {
  const id = requireVariable(env, 'GITHUB_REPOSITORY_ID');
  const pullRequest = findPullRequest(event, id);
  const host = URL.parse(requireVariable(env, 'GITHUB_SERVER_URL'))?.host;
  if (!host) throw notAStep("GITHUB_SERVER_URL isn't a URL.");
  return {
    origin: { host, id, name: requireVariable(env, 'GITHUB_REPOSITORY') },
    runId: requireVariable(env, 'GITHUB_RUN_ID'),
    runAttempt: requireVariable(env, 'GITHUB_RUN_ATTEMPT'),
    // `acme/shop/.github/workflows/preview.yml@refs/heads/main` gives `preview`.
    workflow: env.GITHUB_WORKFLOW_REF?.match(/([^/]+?)\.ya?ml@/)?.[1] ?? 'workflow',
    ref: env.GITHUB_REF_NAME ? `${env.GITHUB_REF_TYPE || 'ref'} ${env.GITHUB_REF_NAME}` : undefined,
    pullRequest: pullRequest?.number,
    pullRequestState: pullRequest?.state,
    eventName: env.GITHUB_EVENT_NAME ?? 'of this run',
    withoutSecrets: reasonForNoSecrets(env, pullRequest),
  };
}

/** The event's payload; undefined if there is none or it isn't JSON. The decoder drops a byte order mark. */
export function readEvent(env: Environment): unknown {
  const read = (): Buffer => readFileSync(requireVariable(env, 'GITHUB_EVENT_PATH'));
  return tryTo(() => JSON.parse(new TextDecoder().decode(read())));
}

/** @throws ExpectedError if the variable is missing or empty */
export function requireVariable(env: Environment, name: string): string {
  const value = env[name];
  if (value) return value;
  throw notAStep(`${name} isn't set.`);
}

function notAStep(problem: string): ExpectedError {
  return new ExpectedError(
    `${problem} Nothing was sent.`,
    'Run this action as a step of a GitHub Actions workflow, on runner 2.327.1 or later.',
    { title: 'not a workflow step' },
  );
}

/** As GitHub documents it. Events written by hand, as for act, often have only the number. */
interface PullRequest {
  readonly number: number;
  readonly state?: RunContext['pullRequestState'];
  readonly user?: { readonly login: string } | null;
  readonly head?: Branch;
  readonly base?: Branch;
}

interface Branch {
  /** GitHub sends null for a fork that was deleted. */
  readonly repo?: { readonly id: number } | null;
}

interface Payload {
  readonly pull_request?: PullRequest | null;
  readonly issue?: (Pick<PullRequest, 'number' | 'state'> & { readonly pull_request?: unknown }) | null;
  readonly workflow_run?: { readonly pull_requests?: readonly PullRequest[] } | null;
}

function findPullRequest(event: unknown, repositoryId: string): PullRequest | undefined {
  const { pull_request, issue, workflow_run } = (event ?? {}) as Payload;
  // A comment on a pull request is an event of its issue. Who opened it doesn't decide whether there are secrets.
  const commented = issue?.pull_request ? { number: issue.number, state: issue.state } : undefined;
  const found = pull_request ?? commented ?? onlyPullRequestOf(workflow_run, repositoryId);
  return found && Number.isSafeInteger(found.number) && found.number > 0 ? found : undefined;
}

/** The pull request of the run that started this one, if there's exactly one. GitHub names none for forks. */
function onlyPullRequestOf(run: Payload['workflow_run'], repositoryId: string): PullRequest | undefined {
  // The list can have pull requests of other repositories that contain the same commit.
  const listed = [run?.pull_requests].flat();
  const ofThis = listed.filter((one) => String(one?.base?.repo?.id) === repositoryId);
  return ofThis.length === 1 ? ofThis[0] : undefined;
}

function reasonForNoSecrets(
  env: Environment,
  pullRequest: PullRequest | undefined,
): WorkflowContext['withoutSecrets'] {
  const dependabot = 'dependabot[bot]';
  // These events run with the secrets of the base repository, no matter who opened the pull request.
  if (['pull_request_target', 'workflow_run'].some((one) => one === env.GITHUB_EVENT_NAME)) return undefined;
  if (env.GITHUB_ACTOR === dependabot || pullRequest?.user?.login === dependabot) return 'Dependabot';
  const [from, to] = [pullRequest?.head?.repo, pullRequest?.base?.repo];
  return from === null || (from && to && from.id !== to.id) ? 'a fork' : undefined;
}
