import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import type { Environment } from '../capture/route.ts';
import { ExpectedError } from '../expected-error.ts';
import type { RunContext } from '../inputs/run-context.ts';
import { version } from '../version.ts';
import { type WorkflowFacts, workflowWording } from './wording.ts';

/** What the runner says about the workflow run that this step belongs to. */
export interface WorkflowContext extends RunContext, WorkflowFacts {}

/** Something about the runner's environment or its files keeps the step from running. */
export class EnvironmentError extends ExpectedError {
  override readonly name = 'EnvironmentError';
}

/** The files through which a step passes its outputs and state to the runner. */
export type CommandFile = 'GITHUB_OUTPUT' | 'GITHUB_STATE';

/**
 * Throws EnvironmentError unless this process is a step of a workflow run. Without these files, a secret would go to
 * standard output, where no runner masks it.
 */
export function requireWorkflowStep(env: Environment): void {
  for (const name of ['GITHUB_OUTPUT', 'GITHUB_STATE'] satisfies CommandFile[]) requireVariable(env, name);
}

/**
 * Reads the context from the variables that the runner sets and from the event's payload.
 * @param event the parsed payload; anything that doesn't look like one counts as an event without a pull request
 * @throws EnvironmentError if a variable is missing or invalid
 */
export function readContext(env: Environment, event: unknown): WorkflowContext {
  const pullRequest = parsePullRequest(event);
  const facts: WorkflowFacts = {
    eventName: env.GITHUB_EVENT_NAME ?? 'of this run',
    withoutSecrets: reasonForNoSecrets(env, pullRequest),
  };
  return {
    origin: {
      host: hostOf(env, 'GITHUB_SERVER_URL'),
      id: requiredNumber(env, 'GITHUB_REPOSITORY_ID'),
      name: requireVariable(env, 'GITHUB_REPOSITORY'),
    },
    runId: requiredNumber(env, 'GITHUB_RUN_ID'),
    runAttempt: requiredNumber(env, 'GITHUB_RUN_ATTEMPT'),
    workflow: workflowName(env.GITHUB_WORKFLOW_REF ?? ''),
    ref: describeRef(env),
    pullRequest: pullRequest?.number,
    pullRequestState: pullRequest?.state,
    ...facts,
    wording: workflowWording(facts),
  };
}

/** The event's payload; undefined if there is none or it isn't JSON. */
export function readEvent(env: Environment): unknown {
  try {
    // Some editors and shells put a byte-order mark in a file written by hand.
    return JSON.parse(readFileSync(requireVariable(env, 'GITHUB_EVENT_PATH'), 'utf8').replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

/** The User-Agent of all requests. It leads a reader of Capture's access log to the run and contains no secret. */
export function userAgent({ origin, runId }: RunContext): string {
  return `capture-client-action/${version} (${origin.host}/${origin.name}; run ${runId})`;
}

/** @throws EnvironmentError if the variable is missing or empty */
export function requireVariable(env: Environment, name: string): string {
  const value = env[name];
  if (value) return value;
  throw notAStep(`${name} isn't set.`);
}

const repositorySchema = () => z.catch(z.nullish(z.object({ id: z.number() })), undefined);
const branchSchema = () => z.catch(z.optional(z.object({ repo: repositorySchema() })), undefined);
/** Only the number is required: events written by hand, as for act, often leave out the rest. */
const pullRequestSchema = () =>
  z.object({
    number: z.int().check(z.positive()),
    state: z.catch(z.optional(z.enum(['open', 'closed'])), undefined),
    user: z.catch(z.optional(z.object({ login: z.string() })), undefined),
    head: branchSchema(),
    base: branchSchema(),
  });
type PullRequest = z.infer<ReturnType<typeof pullRequestSchema>>;

function parsePullRequest(event: unknown): PullRequest | undefined {
  const { pull_request, issue } = (event ?? {}) as Record<string, Record<string, unknown> | null | undefined>;
  // A comment on a pull request is an event of its issue. Who opened it doesn't decide whether there are secrets.
  const commented = issue?.pull_request ? { number: issue.number, state: issue.state } : undefined;
  const found = pull_request ?? commented;
  return found == null ? undefined : pullRequestSchema().safeParse(found).data;
}

function describeRef(env: Environment): string | undefined {
  if (!env.GITHUB_REF_NAME) return undefined;
  return `${env.GITHUB_REF_TYPE || 'ref'} ${env.GITHUB_REF_NAME}`;
}

/** `acme/shop/.github/workflows/preview.yml@refs/heads/main` gives `preview`. */
function workflowName(workflowRef: string): string {
  return /([^/]+?)\.ya?ml@/.exec(workflowRef)?.[1] ?? 'workflow';
}

function reasonForNoSecrets(
  env: Environment,
  pullRequest: PullRequest | undefined,
): WorkflowFacts['withoutSecrets'] {
  const dependabot = 'dependabot[bot]';
  // This event runs with the secrets of the base repository, no matter who opened the pull request.
  if (env.GITHUB_EVENT_NAME === 'pull_request_target') return undefined;
  if (env.GITHUB_ACTOR === dependabot || pullRequest?.user?.login === dependabot) return 'Dependabot';
  return pullRequest !== undefined && isFromFork(pullRequest) ? 'a fork' : undefined;
}

function isFromFork({ head, base }: PullRequest): boolean {
  // GitHub sends null for a fork that was deleted.
  if (head?.repo === null) return true;
  if (head?.repo === undefined || base?.repo?.id === undefined) return false;
  return head.repo.id !== base.repo.id;
}

function hostOf(env: Environment, name: string): string {
  const value = requireVariable(env, name);
  const url = URL.parse(value);
  if (url?.host) return url.host;
  throw notAStep(`${name} is "${value}", which isn't a URL.`);
}

function requiredNumber(env: Environment, name: string): string {
  const value = requireVariable(env, name);
  if (/^\d+$/.test(value)) return value;
  throw notAStep(`${name} is "${value}", which isn't a number.`);
}

function notAStep(problem: string): EnvironmentError {
  return new EnvironmentError(
    `${problem} Nothing was sent.`,
    'Run this action as a step of a GitHub Actions workflow, on runner 2.327.0 or later.',
    { title: 'not a workflow step' },
  );
}
