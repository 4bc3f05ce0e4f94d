import { formatSeconds } from '../capture/clock.ts';
import { isLoopback } from '../capture/domain.ts';
import { NoResponseError, tlsHint } from '../capture/network-failure.ts';
import type { NetworkSettings } from '../capture/network-settings.ts';
import { ProxyError } from '../capture/proxy.ts';
import { type HttpResponse, openTransport } from '../capture/transport.ts';
import { ExpectedError } from '../errors.ts';

export interface ApiAccess {
  readonly apiUrl: string;
  readonly token: string | undefined;
  readonly network: NetworkSettings;
  readonly limitMs: number;
}

/** What messages have to know about a REST API. */
export interface Api {
  readonly name: string;
  /** What the token comes from: `` `github_token` ``, or a variable. */
  readonly tokenName: string;
  readonly urlVariable: string;
  /** What to do without a token, in whole sentences; and whether that is a mistake. */
  readonly withoutToken: { readonly hint: string; readonly isFault: boolean };
}

/** A request failed. The message says why and what to do. */
export class ApiError extends ExpectedError {
  /** Of the response; 401 also for a token that isn't worth sending, and 429 for every rate limit. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, cause?: unknown) {
    super(message, '', { cause });
    this.status = status;
  }
}

const maxResponseMs = 10_000;

type Send = (url: string, headers: Readonly<Record<string, string>>) => Promise<HttpResponse>;

/**
 * Opens a fetch that sends the token nowhere but to the API. It throws an ExpectedError unless the status is 2xx, and
 * sends nothing more after a failure that every other request would have.
 */
export function openApi(api: Api, access: ApiAccess): typeof fetch {
  const { limitMs } = access;
  const timeUp = AbortSignal.timeout(Math.max(0, Math.floor(limitMs)));
  let stopped = reasonNotToSend(api, access);
  let send: Send | undefined;
  const late = new ApiError(
    `${api.name} didn't respond to every request within ${formatSeconds(limitMs)}. Run this again, or set a longer \`timeout\`.`,
  );

  async function trySend(url: string, { headers }: RequestInit = {}): Promise<HttpResponse> {
    if (timeUp.aborted) stopped ??= late;
    if (stopped !== undefined) throw stopped;
    try {
      send ??= openSend(access, timeUp);
      return await send(url, Object.fromEntries(new Headers(headers)));
    } catch (cause) {
      if (!(cause instanceof NoResponseError)) throw cause;
      throw timeUp.aborted ? late : new ApiError(describeFailure(cause, api, access), undefined, cause);
    }
  }

  return async (input, init) => {
    const response = await trySend(String(input), init);
    if (response.status < 300) {
      // Octokit parses nothing else, and would print `deprecation`.
      return new Response(response.body, { headers: { 'content-type': 'application/json' } });
    }
    const error = describeRejection(response, api);
    if (error.status === 401 || error.status === 429) stopped = error;
    throw error;
  };
}

/** Follows a redirect, which GitHub has for a repository's old name, but to no other host, which would get the token. */
function openSend({ apiUrl, network }: ApiAccess, canceled: AbortSignal): Send {
  const { origin } = new URL(apiUrl);
  const transport = openTransport(new URL(origin), network);
  return async (url, headers) => {
    const get = ({ pathname, search }: URL): Promise<HttpResponse> =>
      transport.send({ method: 'GET', path: pathname + search, headers, limitMs: maxResponseMs, canceled });
    const response = await get(new URL(url));
    const { location } = response.headers;
    const next = location === undefined ? null : URL.parse(String(location), url);
    return next?.origin === origin ? await get(next) : response;
  };
}

/** Plain http, and a token that fetch would quote in its error, are problems that sending would make worse. */
function reasonNotToSend(api: Api, { apiUrl, token }: ApiAccess): ApiError | undefined {
  const { tokenName, urlVariable } = api;
  const { hint, isFault } = api.withoutToken;
  const url = URL.parse(apiUrl);
  if (url === null || (url.protocol !== 'https:' && !isLoopback(url.hostname))) {
    return new ApiError(`${urlVariable} isn't an https URL, so ${tokenName} isn't sent there.`);
  }
  if (!token) return new ApiError(`${tokenName} is empty. ${hint}`, isFault ? 401 : undefined);
  if (/^[\x21-\x7e]+$/.test(token)) return undefined;
  const problem = `${tokenName} contains an invalid character. Check that the token is complete.`;
  return new ApiError(problem, 401);
}

function describeFailure(
  { failure: { code }, cause }: NoResponseError,
  { name, urlVariable }: Api,
  { apiUrl, network: { extraCaCerts } }: ApiAccess,
): string {
  if (cause instanceof ProxyError) {
    return `${name} can't be reached through the proxy ${cause.message}. Check that the proxy is up and can reach ${apiUrl} (${urlVariable}).`;
  }
  const hint = tlsHint(code, { name: new URL(apiUrl).host, source: urlVariable, extraCaCerts });
  return hint === undefined
    ? `${name} didn't respond. Check that this runner can reach ${apiUrl} (${urlVariable}).`
    : `${name} can't be reached: no secure connection. ${hint}`;
}

function describeRejection(response: HttpResponse, { name, tokenName, urlVariable }: Api): ApiError {
  const { status, headers, body } = response;
  if (status === 401) {
    const problem = `${name} rejected ${tokenName} (HTTP 401). Check that the token is complete and hasn't expired or been revoked.`;
    return new ApiError(problem, status);
  }
  const hasLimit = headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0';
  const isLimited = hasLimit || /rate limit/i.test(body.toString());
  // GitHub's 403 is a rate limit or a missing permission.
  if (status === 429 || (status === 403 && isLimited)) {
    const problem = `${name}'s rate limit is reached (HTTP ${status}): it rejects all requests with ${tokenName}. Run this again later.`;
    return new ApiError(problem, 429);
  }
  const fix = status < 500 ? `Check that ${urlVariable} is the URL of its API.` : 'Run this again later.';
  return new ApiError(`${name} returned HTTP ${status}. ${fix}`, status);
}
