import * as z from 'zod/mini';
import { ApiError, openApiFetch } from '../capture/api-fetch.ts';
import type { Clock } from '../capture/clock.ts';
import { isLoopback } from '../capture/domain.ts';
import type { ProxySettings } from '../capture/proxy.ts';
import { formatTime, type Label, type Origin } from '../lifecycle/label.ts';
import { askForStates, type SubjectGroup, type SubjectReader } from '../lifecycle/subject-states.ts';
import type { SubjectStates } from '../lifecycle/sweep.ts';
import { version } from '../version.ts';

/** How to reach GitLab, and for how long. */
export interface GitLabAccess {
  /** CI_API_V4_URL */
  readonly apiUrl: string;
  /** CAPTURE_GITLAB_TOKEN: a token with the scope read_api. */
  readonly token: string | undefined;
  readonly proxies: ProxySettings;
  readonly clock: Clock;
  /** The time for all requests. */
  readonly limitMs: number;
}

interface Kind {
  readonly plural: string;
  readonly path: string;
  /** The queries that list what isn't finished. What they leave out is looked up. */
  readonly unfinished: readonly Readonly<Record<string, string>>[];
  /** The property of a listed item that has the ID. */
  readonly id: 'iid' | 'id';
  /** The property of an item that has its state. */
  readonly state: 'state' | 'status';
  readonly finished: readonly string[];
  /** All other states. */
  readonly others: readonly string[];
}

const kinds: Readonly<Record<SubjectGroup['kind'], Kind>> = {
  pull_request: {
    plural: 'merge requests',
    path: 'merge_requests',
    unfinished: [{ state: 'opened' }],
    id: 'iid',
    state: 'state',
    finished: ['closed', 'merged'],
    others: ['opened', 'locked'],
  },
  run: {
    plural: 'pipelines',
    path: 'pipelines',
    // The list takes one status at a time, and never has child pipelines.
    unfinished: ['running', 'pending', 'created', 'manual'].map((status) => ({ status })),
    id: 'id',
    state: 'status',
    finished: ['success', 'failed', 'canceled', 'skipped'],
    // GitLab adds statuses from time to time, and all of them were unfinished.
    others: [],
  },
};

const itemSchema = () => z.record(z.string(), z.unknown());

/** A response isn't what GitLab's API documents. */
class UnreadableResponse extends Error {}

/**
 * Asks GitLab which merge requests and pipelines are finished, 100 a page. Projects are addressed by their ID.
 * @param labels of the server that `access.apiUrl` belongs to
 */
export async function askGitLab(labels: readonly Label[], access: GitLabAccess): Promise<SubjectStates> {
  const get = await openGitLab(access);
  return await askForStates(labels, {
    open: async ({ origin, kind }) => createReader(kinds[kind], numberOf(origin.id, 'projects'), get),
    describe,
  });
}

/** Shows whether the token can read what the sweep needs of a project, in whole sentences. */
export async function inspectToken(
  origin: Origin,
  access: GitLabAccess,
): Promise<{ readonly isSufficient: boolean; readonly detail: string }> {
  const get = await openGitLab(access);
  const problems = new Set<string>();
  for (const kind of ['pull_request', 'run'] as const) {
    try {
      const path = `projects/${numberOf(origin.id, 'projects')}/${kinds[kind].path}`;
      await get(path, new URLSearchParams({ per_page: '1' }));
    } catch (error) {
      problems.add(describe(error, { origin, kind }));
    }
  }
  const isSufficient = problems.size === 0;
  const detail = isSufficient ? 'It can read merge requests and pipelines.' : [...problems].join(' ');
  return { isSufficient, detail };
}

/** Gets a path below the API's URL. */
type Get = (path: string, query?: URLSearchParams) => Promise<Response>;

async function openGitLab({ apiUrl, token, proxies, clock, limitMs }: GitLabAccess): Promise<Get> {
  const send = await openApiFetch({
    name: 'GitLab',
    url: apiUrl,
    urlVariable: 'CI_API_V4_URL',
    proxies,
    clock,
    limitMs,
    problem: reasonNotToSend(apiUrl, token),
    reasonToStop: async (response) => reasonToStop(response, clock.now()),
  });
  const headers = { 'private-token': token ?? '', 'user-agent': `capture-client-action/${version}` };
  return (path, query) =>
    // Fetch would send the token's header to wherever a redirect leads.
    send(`${apiUrl}/${path}${query === undefined ? '' : `?${query}`}`, { headers, redirect: 'manual' });
}

function reasonNotToSend(apiUrl: string, token: string | undefined): string | undefined {
  const url = URL.parse(apiUrl);
  if (url?.protocol !== 'https:' && !isLoopback(url?.hostname ?? '')) {
    return "CI_API_V4_URL isn't an https URL, so CAPTURE_GITLAB_TOKEN isn't sent there.";
  }
  if (token === undefined) return 'CAPTURE_GITLAB_TOKEN is empty. Set it to a token with the scope read_api.';
  // Fetch would quote the token in its error.
  return /^[\x21-\x7e]+$/.test(token)
    ? undefined
    : 'CAPTURE_GITLAB_TOKEN contains an invalid character. Check that the token is complete.';
}

function createReader(kind: Kind, project: string, get: Get): SubjectReader {
  const path = `projects/${project}/${kind.path}`;
  return {
    async *listUnfinished() {
      for (const filter of kind.unfinished) {
        let query: URLSearchParams | undefined = new URLSearchParams({ ...filter, per_page: '100' });
        while (query !== undefined) {
          const response = await get(path, query);
          query = nextPage(response, query);
          yield (await parse(z.array(itemSchema()), response)).map((item) => String(item[kind.id]));
        }
      }
    },
    async isFinished(id) {
      const number = numberOf(id, kind.plural);
      try {
        const item = await parse(itemSchema(), await get(`${path}/${number}`));
        return isFinished(item[kind.state], kind);
      } catch (error) {
        // A pipeline can be deleted. But GitLab also hides what the token can't read: the list shows which it is.
        if (kind !== kinds.run || !(error instanceof ApiError) || error.status !== 404) throw error;
        await get(path, new URLSearchParams({ per_page: '1' }));
        return true;
      }
    },
  };
}

/** Anyone who can write descriptions can write labels, so no ID may lead elsewhere in the API. */
function numberOf(id: string, plural: string): string {
  if (!/^\d+$/.test(id)) throw new ApiError(`"${id}" isn't a valid ID in GitLab (${plural}).`);
  return id;
}

/** Takes only the query from the link: its host may be another one, and gets no token. */
function nextPage({ headers }: Response, query: URLSearchParams): URLSearchParams | undefined {
  const [, link] = /<([^>]*)>\s*;\s*rel="?next"?/.exec(headers.get('link') ?? '') ?? [];
  if (link !== undefined) return new URLSearchParams(link.split('?')[1] ?? '');
  const page = headers.get('x-next-page') ?? '';
  return page === '' ? undefined : new URLSearchParams({ ...Object.fromEntries(query), page });
}

async function parse<T>(schema: z.ZodMiniType<T>, response: Response): Promise<T> {
  const body: unknown = await response.json().catch((cause: unknown) => {
    throw new UnreadableResponse('not JSON', { cause });
  });
  const { success, data, error } = z.safeParse(schema, body);
  if (!success) throw new UnreadableResponse('unknown form', { cause: error });
  return data;
}

function isFinished(state: unknown, { finished, others }: Kind): boolean {
  if (typeof state !== 'string') throw new UnreadableResponse('no state');
  if (finished.includes(state)) return true;
  if (others.length > 0 && !others.includes(state)) throw new UnreadableResponse('unknown state');
  return false;
}

/** GitLab's rate limits come as 429, usually with the number of seconds to wait. */
function reasonToStop({ status, headers }: Response, now: number): string | undefined {
  if (status === 401) {
    return "GitLab rejected CAPTURE_GITLAB_TOKEN (HTTP 401). Check that the token is complete and hasn't expired or been revoked.";
  }
  if (status !== 429) return undefined;
  const until = now + Number(headers.get('retry-after') ?? NaN) * 1000;
  const when = Number.isSafeInteger(until) ? ` until ${formatTime(until)}` : '';
  return `GitLab's rate limit is reached (HTTP 429): it rejects all requests with CAPTURE_GITLAB_TOKEN${when}. Run this again later.`;
}

/** Includes nothing from a response: that could be any text. */
function describe(error: unknown, { origin: { name }, kind }: SubjectGroup): string {
  if (error instanceof UnreadableResponse) return `GitLab's response about ${name} can't be parsed.`;
  if (!(error instanceof ApiError)) throw error;
  if (error.status !== 403 && error.status !== 404) return error.message;
  return `CAPTURE_GITLAB_TOKEN can't read ${kinds[kind].plural} of ${name} (HTTP ${error.status}). Check that they exist and that the token has the scope read_api and at least the role Reporter there.`;
}
