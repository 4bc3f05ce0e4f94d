import * as z from 'zod/mini';
import { isLoopback } from '../capture/domain.ts';
import { hasProxy, ProxyError, type ProxySettings } from '../capture/proxy.ts';
import { isSameOrigin, type Label, type Origin } from '../lifecycle/label.ts';
import type { SubjectState } from '../lifecycle/sweep.ts';
import { version } from '../version.ts';

/** How to reach GitHub, and for how long. */
export interface GitHubAccess {
  /** GITHUB_API_URL */
  readonly apiUrl: string;
  readonly token: string | undefined;
  /** The repository that this step runs in, with the name that it has now. */
  readonly own: Origin;
  readonly proxies: ProxySettings;
  /** The time for all questions. */
  readonly limitMs: number;
}

/** What GitHub said, as far as it could be asked. */
export interface GitHubAnswers {
  stateOf(label: Label): SubjectState;
  /** How many repositories left a question open. */
  readonly unread: number;
  /** Why, each cause once: `HTTP 403`, `no answer`. */
  readonly causes: readonly string[];
}

/** GitHub asks for few requests at once; a hundred questions are answered in seconds all the same. */
const questionsAtOnce = 5;
const longestAnswerMs = 10_000;

const repositorySchema = () => z.object({ id: z.int(), full_name: z.string() });
const pullRequestSchema = () => z.object({ state: z.enum(['open', 'closed']) });
const runSchema = () => z.object({ status: z.string() });

/** The answer is about something else, or there is no way to ask; the message is the cause. */
class Unanswered extends Error {}

/**
 * Asks GitHub once about every pull request and run that the labels name. Never fails: whatever is not answered plainly
 * is `unknown`, 403 and 404 too, as a pull request that the token may not see answers like one that never was.
 * @param labels of the server of `access.own`
 */
export async function askGitHub(labels: readonly Label[], access: GitHubAccess): Promise<GitHubAnswers> {
  const unread = new Set<string>();
  const causes = new Set<string>();
  const answer = async <T>({ id }: Origin, question: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await question();
    } catch (error) {
      unread.add(id);
      causes.add(causeOf(error));
      return undefined;
    }
  };
  const get = openGitHub(access);

  const names = new Map<string, string | undefined>();
  const repositories = once(
    labels.map(({ origin }) => origin),
    repositoryKey,
  );
  await sideBySide(repositories, async (repository) => {
    const name = await answer(repository, () => currentName(repository, access.own, get));
    names.set(repositoryKey(repository), name);
  });

  const states = new Map<string, SubjectState>();
  await sideBySide(once(labels, subjectKey), async (label) => {
    const name = names.get(repositoryKey(label.origin));
    if (name === undefined) return;
    const state = await answer(label.origin, () => readState(name, label, get));
    if (state !== undefined) states.set(subjectKey(label), state);
  });

  return {
    stateOf: (label) => states.get(subjectKey(label)) ?? 'unknown',
    unread: unread.size,
    causes: [...causes],
  };
}

type Get = (path: string, parameters?: Record<string, string>) => Promise<unknown>;

/** Node's own, by way of the proxies that the environment names, as the toolkit's would be. */
async function openFetch(apiUrl: string, proxies: ProxySettings): Promise<typeof fetch> {
  if (isLoopback(new URL(apiUrl).hostname) || !hasProxy(proxies)) return fetch;
  const { openProxies } = await import('../capture/proxy-dispatcher.ts');
  // Node's fetch is of another version of undici, for which there is this wrapper.
  const { default: Dispatcher1Wrapper } = await import('undici/lib/dispatcher/dispatcher1-wrapper.js');
  const dispatcher = new Dispatcher1Wrapper(openProxies(proxies));
  return (input, init) => fetch(input, { ...init, dispatcher } as object);
}

/** @actions/github is large, so it is loaded only where there is something to ask. */
function openGitHub({ apiUrl, token, limitMs, proxies }: GitHubAccess): Get {
  const over = AbortSignal.timeout(Math.max(0, Math.floor(limitMs)));
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const octokit = import('@actions/github').then(async ({ getOctokit }) => {
    if (token === undefined) throw new Unanswered('github_token is empty');
    const userAgent = `capture-client-action/${version}`;
    return getOctokit(token, {
      baseUrl: apiUrl,
      log: silent,
      userAgent,
      request: { fetch: await openFetch(apiUrl, proxies) },
    });
  });
  octokit.catch(() => {});
  return async (path, parameters = {}) => {
    const signal = AbortSignal.any([over, AbortSignal.timeout(longestAnswerMs)]);
    const { request } = await octokit;
    const { data } = await request(`GET /repos/{owner}/{repo}${path}`, {
      ...parameters,
      request: { signal },
    });
    return data;
  };
}

/**
 * What a repository is called now. A name may have been given to another repository since the label was written, so the
 * id decides.
 */
async function currentName(origin: Origin, own: Origin, get: Get): Promise<string> {
  if (isSameOrigin(origin, own)) return own.name;
  const { id, full_name } = z.parse(repositorySchema(), await get('', ownerAndName(origin.name)));
  if (String(id) === origin.id) return full_name;
  throw new Unanswered('another repository has the name now');
}

async function readState(name: string, { purpose }: Label, get: Get): Promise<SubjectState> {
  const place = ownerAndName(name);
  if (purpose.lifetime === 'pull_request') {
    const number = String(purpose.pullRequest);
    const { state } = z.parse(pullRequestSchema(), await get('/pulls/{number}', { ...place, number }));
    return state === 'closed' ? 'over' : 'going on';
  }
  const run = await get('/actions/runs/{run}', { ...place, run: purpose.runId });
  return z.parse(runSchema(), run).status === 'completed' ? 'over' : 'going on';
}

/** A label can be written by whoever may write descriptions; its name must not lead elsewhere in the API. */
function ownerAndName(name: string): { owner: string; repo: string } {
  const { owner, repo } = /^(?<owner>[\w-]+)\/(?<repo>(?!\.+$)[\w.-]+)$/.exec(name)?.groups ?? {};
  if (owner === undefined || repo === undefined) throw new Unanswered('a name that no repository has');
  return { owner, repo };
}

/** Never the message of an answer: it could hold anything. */
function causeOf(error: unknown): string {
  if (error instanceof Unanswered) return error.message;
  if (error instanceof z.core.$ZodError) return 'an answer that cannot be read';
  const { response } = error as { response?: { status?: unknown } };
  if (response !== undefined) return `HTTP ${response.status}`;
  const proxyError = proxyErrorIn(error);
  return proxyError === undefined ? 'no answer' : `no answer through the proxy ${proxyError.message}`;
}

/** fetch and @octokit/request each wrap what went wrong. */
function proxyErrorIn(error: unknown): ProxyError | undefined {
  if (!(error instanceof Error)) return undefined;
  return error instanceof ProxyError ? error : proxyErrorIn(error.cause);
}

/** A repository that was renamed has labels of several names, and each may lead to another repository now. */
function repositoryKey({ id, name }: Origin): string {
  return `${id} ${name}`;
}

function subjectKey({ origin, purpose }: Label): string {
  const subject = purpose.lifetime === 'pull_request' ? `#${purpose.pullRequest}` : `run ${purpose.runId}`;
  return `${repositoryKey(origin)} ${subject}`;
}

/** The first of each key. */
function once<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
  return [...new Map(all.toReversed().map((one) => [keyOf(one), one])).values()].toReversed();
}

async function sideBySide<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const rest = all.values();
  const work = async (): Promise<void> => {
    for (const one of rest) await act(one);
  };
  await Promise.all(Array.from({ length: questionsAtOnce }, work));
}
