import type { getOctokit } from '@actions/github';
import * as z from 'zod/mini';
import { ApiError, openApiFetch } from '../capture/api-fetch.ts';
import type { Clock } from '../capture/clock.ts';
import type { ProxySettings } from '../capture/proxy.ts';
import { formatTime, isSameOrigin, type Label, type Origin } from '../lifecycle/label.ts';
import { askForStates, type SubjectGroup, type SubjectReader } from '../lifecycle/subject-states.ts';
import type { SubjectStates } from '../lifecycle/sweep.ts';
import { version } from '../version.ts';

export interface GitHubAccess {
  /** GITHUB_API_URL */
  readonly apiUrl: string;
  readonly token: string | undefined;
  /** The repository that this step runs in, with its current name. */
  readonly thisOrigin: Origin;
  readonly proxies: ProxySettings;
  readonly clock: Clock;
  /** The time for all requests. */
  readonly limitMs: number;
}

interface SubjectKind {
  readonly plural: string;
  readonly permission: string;
  readonly route: string;
  /** The queries that together list what isn't finished. */
  readonly unfinished: readonly Readonly<Record<string, string>>[];
  /** The property of a listed item that has the ID. */
  readonly id: string;
  isFinished(response: unknown): boolean;
}

type GitHub = ReturnType<typeof getOctokit>;
type OwnerAndRepo = Readonly<Record<'owner' | 'repo', string>>;

const repository = 'GET /repos/{owner}/{repo}';

const kinds: Readonly<Record<SubjectGroup['kind'], SubjectKind>> = {
  pull_request: {
    plural: 'pull requests',
    permission: 'pull-requests: read',
    route: `${repository}/pulls`,
    unfinished: [{ state: 'open' }],
    id: 'number',
    isFinished: (response) => z.parse(pullRequestSchema(), response).state === 'closed',
  },
  run: {
    plural: 'runs',
    permission: 'actions: read',
    route: `${repository}/actions/runs`,
    // The list takes one status at a time. Without one, it has all runs that the repository ever had.
    unfinished: ['in_progress', 'queued', 'waiting', 'pending', 'requested'].map((status) => ({ status })),
    id: 'id',
    isFinished: (response) => z.parse(runSchema(), response).status === 'completed',
  },
};

const pullRequestSchema = () => z.object({ state: z.enum(['open', 'closed']) });
const runSchema = () => z.object({ status: z.string() });
const repositorySchema = () => z.object({ id: z.int(), full_name: z.string() });
const listSchema = () => z.array(z.record(z.string(), z.unknown()));

const checkLabel = 'Check who wrote the label in the description of that client.';

/**
 * Asks GitHub which pull requests and runs are finished, 100 a page.
 * @param labels of the server of `access.thisOrigin`
 */
export async function askGitHub(labels: readonly Label[], access: GitHubAccess): Promise<SubjectStates> {
  const github = await openGitHub(access);
  const names = new Map<string, Promise<string>>();
  return await askForStates(labels, {
    async open({ origin, kind }) {
      const { id, name } = origin;
      const current = names.get(`${id} ${name}`) ?? currentName(origin, access.thisOrigin, github);
      names.set(`${id} ${name}`, current);
      return createReader(kinds[kind], ownerAndName(await current), github);
    },
    describe,
  });
}

/** Shows whether the token can read what the sweep needs, in whole sentences. */
export async function inspectToken(
  access: GitHubAccess,
): Promise<{ readonly isSufficient: boolean; readonly detail: string }> {
  const github = await openGitHub(access);
  const problems = new Set<string>();
  for (const kind of ['pull_request', 'run'] as const) {
    try {
      await github.request(kinds[kind].route, { ...ownerAndName(access.thisOrigin.name), per_page: 1 });
    } catch (error) {
      problems.add(describe(error, { origin: access.thisOrigin, kind }));
    }
  }
  const isSufficient = problems.size === 0;
  return {
    isSufficient,
    detail: isSufficient ? 'It can read pull requests and runs.' : [...problems].join(' '),
  };
}

/** Another repository may have the name of the label by now, so the ID decides. */
async function currentName(origin: Origin, thisOrigin: Origin, github: GitHub): Promise<string> {
  if (isSameOrigin(origin, thisOrigin)) return thisOrigin.name;
  const { data } = await github.request(repository, ownerAndName(origin.name));
  const { id, full_name } = z.parse(repositorySchema(), data);
  if (String(id) === origin.id) return full_name;
  throw new ApiError(
    `${origin.name} is the name of another repository now: the one with the ID ${origin.id} was renamed or deleted. If it was renamed, run the sweep there.`,
  );
}

/** Anyone who can write descriptions can write labels, so no name may lead elsewhere in the API. */
function ownerAndName(name: string): OwnerAndRepo {
  const { owner, repo } = /^(?<owner>[\w-]+)\/(?<repo>(?!\.+$)[\w.-]+)$/.exec(name)?.groups ?? {};
  if (owner === undefined || repo === undefined) {
    throw new ApiError(`"${name}" can't be the name of a repository. ${checkLabel}`);
  }
  return { owner, repo };
}

function createReader(kind: SubjectKind, place: OwnerAndRepo, github: GitHub): SubjectReader {
  return {
    async *listUnfinished() {
      for (const query of kind.unfinished) {
        const pages = github.paginate.iterator(kind.route, { ...place, ...query, per_page: 100 });
        for await (const { data } of pages) {
          yield z.parse(listSchema(), data).map((item) => String(item[kind.id]));
        }
      }
    },
    async isFinished(id) {
      if (!/^\d+$/.test(id)) {
        throw new ApiError(`GitHub has no ${kind.plural} with an ID like "${id}". ${checkLabel}`);
      }
      try {
        const { data } = await github.request(`${kind.route}/{id}`, { ...place, id });
        return kind.isFinished(data);
      } catch (error) {
        // Only a completed run can be deleted. But GitHub also hides what the token can't read: the list shows which it is.
        if (kind !== kinds.run || apiErrorIn(error)?.status !== 404) throw error;
        await github.request(kind.route, { ...place, per_page: 1 });
        return true;
      }
    },
  };
}

/** @actions/github is large, so it's loaded only if there is something to ask. */
async function openGitHub({ apiUrl, token, proxies, clock, limitMs }: GitHubAccess): Promise<GitHub> {
  const { getOctokit } = await import('@actions/github');
  const fetch = await openApiFetch({
    name: 'GitHub',
    url: apiUrl,
    urlVariable: 'GITHUB_API_URL',
    proxies,
    clock,
    limitMs,
    problem:
      token === undefined ? "github_token is empty. Remove the input to use the job's token." : undefined,
    reasonToStop: (response) => reasonToStop(response, clock.now()),
  });
  return getOctokit(token ?? 'none', {
    baseUrl: apiUrl,
    userAgent: `capture-client-action/${version}`,
    // Octokit would print the text of a response's headers.
    request: { fetch, log: { debug() {}, info() {}, warn() {}, error() {} } },
  });
}

/** GitHub signals a rate limit with 429 or 403, and says how long it lasts in one of two headers, or not at all. */
async function reasonToStop(response: Response, now: number): Promise<string | undefined> {
  const { status, headers } = response;
  if (status === 401) {
    return "GitHub rejected github_token (HTTP 401). Check that the token is complete and hasn't expired or been revoked.";
  }
  const retryAfter = headers.get('retry-after');
  const reset = headers.get('x-ratelimit-remaining') === '0' ? headers.get('x-ratelimit-reset') : null;
  const isLimit = status === 429 || (status === 403 && /rate limit/i.test(await response.text()));
  if (!isLimit && !(status === 403 && (retryAfter ?? reset) !== null)) return undefined;
  const until = retryAfter === null ? Number(reset ?? NaN) * 1000 : now + Number(retryAfter) * 1000;
  const when = Number.isSafeInteger(until) ? ` until ${formatTime(until)}` : '';
  return `GitHub's rate limit is reached (HTTP ${status}): it rejects all requests with github_token${when}. Run this again later.`;
}

/** Includes nothing from a response: that could be any text. */
function describe(error: unknown, { origin: { name }, kind }: SubjectGroup): string {
  if (error instanceof z.core.$ZodError)
    return `GitHub's response about ${name} can't be parsed. Check that GITHUB_API_URL is the URL of GitHub's API.`;
  const known = apiErrorIn(error);
  if (known === undefined) throw error;
  const { status, message } = known;
  if (status !== 403 && status !== 404) return message;
  const { plural, permission } = kinds[kind];
  return `github_token can't read ${plural} of ${name} (HTTP ${status}). Check that they exist and that the token has the permission ${permission} there.`;
}

/** Octokit wraps what fetch throws. */
function apiErrorIn(error: unknown): ApiError | undefined {
  return [error, (error as Error).cause].find((candidate) => candidate instanceof ApiError);
}
