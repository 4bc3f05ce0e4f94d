import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import type { Origin } from '../lifecycle/label.ts';

/** The variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the runner tells of the workflow run that this step belongs to. */
export interface WorkflowContext {
  readonly origin: Origin;
  readonly runId: string;
  /** `1`, and one more each time the run is run again. */
  readonly runAttempt: string;
  /** The base name of the workflow's file: `preview` for `.github/workflows/preview.yml`. */
  readonly workflow: string;
  /** `branch main`, `tag v1`, or undefined where there is none. */
  readonly ref: string | undefined;
  /** `push`, `pull_request` … */
  readonly eventName: string;
  /** The number of the pull request that the event belongs to. */
  readonly pullRequest: number | undefined;
  /** Why GitHub gives this run no secrets, where it is known to give none (actions-runtime.md §1f). */
  readonly withoutSecrets: 'a fork' | 'Dependabot' | undefined;
}

const repositorySchema = () => z.object({ id: z.number() });
const pullRequestSchema = () =>
  z.object({
    number: z.int().check(z.positive()),
    user: z.catch(z.optional(z.object({ login: z.string() })), undefined),
    head: z.object({ repo: z.nullish(repositorySchema()) }),
    base: z.object({ repo: repositorySchema() }),
  });
type PullRequest = z.infer<ReturnType<typeof pullRequestSchema>>;

/** A variable of the environment is not as this step needs it; the message says what to do. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/**
 * Reads the context from the variables that the runner sets and from the event's payload.
 * @param event the parsed payload; whatever does not look like one counts as an event without a pull request
 * @throws EnvironmentError if a variable is missing
 */
export function readContext(env: Environment, event: unknown): WorkflowContext {
  const pullRequest = readPullRequest(event);
  return {
    origin: {
      host: hostOf(env, 'GITHUB_SERVER_URL'),
      id: requiredNumber(env, 'GITHUB_REPOSITORY_ID'),
      name: required(env, 'GITHUB_REPOSITORY'),
    },
    runId: requiredNumber(env, 'GITHUB_RUN_ID'),
    runAttempt: requiredNumber(env, 'GITHUB_RUN_ATTEMPT'),
    workflow: workflowName(env.GITHUB_WORKFLOW_REF ?? ''),
    ref: describeRef(env),
    eventName: env.GITHUB_EVENT_NAME ?? 'of this run',
    pullRequest: pullRequest?.number,
    withoutSecrets: reasonForNoSecrets(env, pullRequest),
  };
}

/** The event's payload; undefined if there is none or it is not JSON. */
export function readEvent(env: Environment): unknown {
  try {
    return JSON.parse(readFileSync(required(env, 'GITHUB_EVENT_PATH'), 'utf8'));
  } catch {
    return undefined;
  }
}

function readPullRequest(event: unknown): PullRequest | undefined {
  const pullRequest = (event as { readonly pull_request?: unknown } | null | undefined)?.pull_request;
  return pullRequest === undefined ? undefined : pullRequestSchema().safeParse(pullRequest).data;
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
): WorkflowContext['withoutSecrets'] {
  const dependabot = 'dependabot[bot]';
  // That event runs with the secrets of the base repository, whoever opened the pull request.
  if (env.GITHUB_EVENT_NAME === 'pull_request_target') return undefined;
  if (env.GITHUB_ACTOR === dependabot || pullRequest?.user?.login === dependabot) return 'Dependabot';
  if (pullRequest === undefined) return undefined;
  return pullRequest.head.repo?.id === pullRequest.base.repo.id ? undefined : 'a fork';
}

/** @throws EnvironmentError if the variable is missing or empty */
export function required(env: Environment, name: string): string {
  const value = env[name];
  if (value) return value;
  throw notARunner(name, 'is not set');
}

function hostOf(env: Environment, name: string): string {
  const url = URL.parse(required(env, name));
  if (url?.host) return url.host;
  throw notARunner(name, 'is not a URL');
}

function requiredNumber(env: Environment, name: string): string {
  const value = required(env, name);
  if (/^\d+$/.test(value)) return value;
  throw notARunner(name, 'is not a number');
}

function notARunner(name: string, fault: string): EnvironmentError {
  return new EnvironmentError(
    `${name} ${fault}: this runs as a step of a GitHub Actions workflow, on runner 2.327.0 or newer.`,
  );
}
