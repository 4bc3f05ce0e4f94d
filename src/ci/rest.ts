import { type Clock, formatSeconds, type TimeLimit } from '../capture/clock.ts';
import { isLoopback } from '../capture/domain.ts';
import { NoResponseError, tlsHint } from '../capture/network-failure.ts';
import type { NetworkSettings } from '../capture/network-settings.ts';
import { ProxyError } from '../capture/proxy.ts';
import { type HttpResponse, openTransport } from '../capture/transport.ts';
import { ExpectedError } from '../errors.ts';
import { formatTime } from '../lifecycle/label.ts';

export interface ApiAccess {
  readonly apiUrl: string;
  readonly token: string | undefined;
  readonly network: NetworkSettings;
  readonly clock: Clock;
  readonly timeLimit: TimeLimit;
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
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number | undefined;
  readonly isTokenRejected: boolean;

  constructor(message: string, known: { status?: number; cause?: unknown; isTokenRejected?: boolean } = {}) {
    super(message, { cause: known.cause });
    this.status = known.status;
    this.isTokenRejected = known.isTokenRejected ?? false;
  }
}

const maxResponseMs = 10_000;
const maxBytes = 8 * 1024 * 1024;
const retryAfterMs = 1_000;
const maxRedirects = 3;

type Send = (url: string, headers: Readonly<Record<string, string>>) => Promise<HttpResponse>;

/**
 * Opens a fetch that sends the token nowhere but to the API. It retries once what can pass, throws ApiError if that fails or
 * the status isn't 2xx, and sends nothing more after a failure that every other request would have.
 */
export function openApi(api: Api, access: ApiAccess): typeof fetch {
  const { name, urlVariable } = api;
  const { clock } = access;
  const limitMs = access.timeLimit.attemptMs();
  const timeUp = AbortSignal.timeout(Math.max(0, Math.floor(limitMs)));
  let stopped = reasonNotToSend(api, access);
  let send: Send | undefined;
  const late = new ApiError(
    `${name} didn't respond to every request within ${formatSeconds(limitMs)}. Run this again, or set a longer \`timeout\`.`,
  );

  async function sendOnce(url: string, init: RequestInit = {}): Promise<Response> {
    if (timeUp.aborted) stopped ??= late;
    if (stopped !== undefined) throw stopped;
    const response = await trySend(url, init);
    const { status, body } = response;
    if (status >= 200 && status < 300) {
      // Octokit parses nothing else.
      const headers = { 'content-type': 'application/json' };
      return new Response(body.length === 0 ? null : body, { status, headers });
    }
    stopped ??= reasonToStop(response, api, clock.now());
    const fix = status < 500 ? `Check that ${urlVariable} is the URL of its API.` : 'Run this again later.';
    throw stopped ?? new ApiError(`${name} returned HTTP ${status}. ${fix}`, { status });
  }

  async function trySend(url: string, { headers }: RequestInit): Promise<HttpResponse> {
    try {
      send ??= openSend(access, timeUp);
      return await send(url, Object.fromEntries(new Headers(headers)));
    } catch (cause) {
      if (cause instanceof ExpectedError) {
        // The proxy, or the file with certificates.
        stopped = new ApiError(cause.message, { cause });
        throw stopped;
      }
      if (!(cause instanceof NoResponseError)) throw cause;
      throw timeUp.aborted ? late : new ApiError(describeFailure(cause, api, access), { cause });
    }
  }

  return async (input, init) => {
    const url = String(input);
    try {
      return await sendOnce(url, init);
    } catch (error) {
      const isRetryable = error instanceof ApiError && (error.status ?? 500) >= 500;
      if (!isRetryable || stopped !== undefined || timeUp.aborted) throw error;
      await clock.sleep(retryAfterMs, timeUp);
      return await sendOnce(url, init);
    }
  };
}

/**
 * Follows redirects on the same host only, as others would get the token. GitHub redirects requests about a renamed
 * repository.
 */
function openSend({ apiUrl, network }: ApiAccess, canceled: AbortSignal): Send {
  const { origin } = new URL(apiUrl);
  const transport = openTransport(new URL(origin), network);
  return async (url, headers) => {
    let target = new URL(url);
    for (let redirects = 0; ; redirects += 1) {
      const path = target.pathname + target.search;
      const limits = { limitMs: maxResponseMs, canceled, maxBytes };
      const response = await transport.send({ method: 'GET', path, headers, ...limits });
      const isRedirect = response.status >= 300 && response.status < 400;
      const { location } = isRedirect ? response.headers : {};
      const next = location === undefined ? null : URL.parse(String(location), target.href);
      if (next?.origin !== origin || redirects === maxRedirects) return response;
      target = next;
    }
  };
}

/** Plain http, and a token that fetch would quote in its error, are problems that sending would make worse. */
function reasonNotToSend(api: Api, { apiUrl, token }: ApiAccess): ApiError | undefined {
  const { tokenName, urlVariable, withoutToken } = api;
  const url = URL.parse(apiUrl);
  if (url?.protocol !== 'https:' && !isLoopback(url?.hostname ?? '')) {
    return new ApiError(`${urlVariable} isn't an https URL, so ${tokenName} isn't sent there.`);
  }
  if (token === undefined || token === '') {
    const { hint, isFault: isTokenRejected } = withoutToken;
    return new ApiError(`${tokenName} is empty. ${hint}`, { isTokenRejected });
  }
  if (/^[\x21-\x7e]+$/.test(token)) return undefined;
  const problem = `${tokenName} contains an invalid character. Check that the token is complete.`;
  return new ApiError(problem, { isTokenRejected: true });
}

function describeFailure(
  { failure: { code, cause } }: NoResponseError,
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

/** Every other request would fail, too: the token is rejected, or a rate limit is reached. */
function reasonToStop(response: HttpResponse, api: Api, now: number): ApiError | undefined {
  const { name, tokenName } = api;
  const { status, headers } = response;
  if (status === 401) {
    const problem = `${name} rejected ${tokenName} (HTTP 401). Check that the token is complete and hasn't expired or been revoked.`;
    return new ApiError(problem, { status, isTokenRejected: true });
  }
  if (status !== 429 && !(status === 403 && isRateLimit(response))) return undefined;
  const retryAfter = headers['retry-after'];
  const reset = headers['x-ratelimit-remaining'] === '0' ? headers['x-ratelimit-reset'] : undefined;
  const until = retryAfter === undefined ? Number(reset) * 1000 : now + Number(retryAfter) * 1000;
  const when = Number.isSafeInteger(until) ? ` until ${formatTime(until)}` : '';
  return new ApiError(
    `${name}'s rate limit is reached (HTTP ${status}): it rejects all requests with ${tokenName}${when}. Run this again later.`,
    { status: 429 },
  );
}

/** GitHub's 403 is one or a missing permission. */
function isRateLimit({ headers, body }: HttpResponse): boolean {
  const isLimited = headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0';
  return isLimited || /rate limit/i.test(body.toString());
}
