import { ExpectedError } from '../expected-error.ts';
import type { Clock } from './clock.ts';
import { networkCodeOf } from './network-code.ts';
import { ProxyError, type ProxySettings, proxyFor } from './proxy.ts';

/** How to reach the API of a CI system, and for how long. */
export interface ApiAccess {
  /** The system's name, for messages. */
  readonly name: string;
  readonly url: string;
  /** The variable that `url` comes from, for messages. */
  readonly urlVariable: string;
  readonly proxies: ProxySettings;
  readonly clock: Clock;
  /** The time for all requests. */
  readonly limitMs: number;
  /** Why no request can succeed, in whole sentences. Nothing is sent then. */
  readonly problem: string | undefined;
  /** Reads from a failed response why every other request would fail, too; undefined if that isn't certain. */
  reasonToStop(response: Response): Promise<string | undefined>;
}

/** A request failed. The message says why and what to do. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number | undefined;

  constructor(message: string, { status, cause }: { status?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.status = status;
  }
}

const maxResponseMs = 10_000;
const retryAfterMs = 1_000;

/**
 * Opens a fetch that goes through the environment's proxy. It retries once what can pass, throws ApiError if that fails or
 * the status isn't 2xx, and sends nothing more after a failure that every other request would have.
 */
export async function openApiFetch(access: ApiAccess): Promise<typeof fetch> {
  const { name, proxies, limitMs, clock, problem } = access;
  if (problem !== undefined) return () => Promise.reject(new ApiError(problem));
  const timeUp = AbortSignal.timeout(Math.max(0, Math.floor(limitMs)));
  let stopped: ApiError | undefined;
  const send = await openProxiedFetch(access.url, proxies).catch((error: unknown) => {
    if (!(error instanceof ExpectedError)) throw error;
    stopped = new ApiError(error.message, { cause: error });
    return fetch;
  });

  async function sendOnce(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    if (stopped !== undefined) throw stopped;
    const signal = AbortSignal.any([timeUp, AbortSignal.timeout(maxResponseMs)]);
    const response = await receive(send(input, { ...init, signal })).catch((cause: unknown) => {
      if (!signal.aborted && !isNetworkFailure(cause)) throw cause;
      const late = `${name} didn't respond to every request within ${limitMs / 1000}s. Run this again, or set a longer timeout.`;
      throw new ApiError(timeUp.aborted ? late : describeNetworkFailure(cause, access), { cause });
    });
    if (response.ok) return response;
    const reason = await access.reasonToStop(response);
    if (reason !== undefined) stopped = new ApiError(reason);
    const { status } = response;
    const fix =
      status < 500 ? `Check that ${access.urlVariable} is the URL of its API.` : 'Run this again later.';
    throw stopped ?? new ApiError(`${name} returned HTTP ${status}. ${fix}`, { status });
  }

  return async (input, init) => {
    try {
      return await sendOnce(input, init);
    } catch (error) {
      const isRetryable = error instanceof ApiError && (error.status ?? 500) >= 500;
      if (!isRetryable || stopped !== undefined || timeUp.aborted) throw error;
      await clock.sleep(retryAfterMs, timeUp);
      return await sendOnce(input, init);
    }
  };
}

/** Waits for the body as well: it can break off or take too long. */
async function receive(sent: Promise<Response>): Promise<Response> {
  const response = await sent;
  await response.clone().arrayBuffer();
  return response;
}

async function openProxiedFetch(url: string, proxies: ProxySettings): Promise<typeof fetch> {
  const proxy = proxyFor(new URL(url), proxies);
  if (proxy === undefined) return fetch;
  const { openProxy } = await import('./proxy-dispatcher.ts');
  const dispatcher = openProxy(proxy);
  return (input, init) => fetch(input, { ...init, dispatcher } as object);
}

/** fetch reports a failure of the network with one of two messages, and wrong arguments with others. */
function isNetworkFailure(error: unknown): boolean {
  return networkCodeOf(error) !== undefined || /^(?:fetch failed|terminated)$/.test((error as Error).message);
}

function describeNetworkFailure(cause: unknown, { name, url, urlVariable }: ApiAccess): string {
  for (let error = cause; error !== undefined; error = (error as Error).cause) {
    if (error instanceof ProxyError) {
      return `${name} can't be reached through the proxy ${error.message}. Check that the proxy is up and can reach ${url} (${urlVariable}).`;
    }
  }
  return `${name} didn't respond. Check that this runner can reach ${url} (${urlVariable}).`;
}
