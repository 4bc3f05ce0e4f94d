import { setMaxListeners } from 'node:events';
import type { Dispatcher } from 'undici';
import Pool from 'undici/lib/dispatcher/pool.js';
import { isLoopback } from './domain.ts';
import { codeOf, hasProxy, ProxyError, type ProxySettings, parseProxies } from './proxy.ts';

/** A whole HTTP answer: `body` holds every byte that was promised. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What kept the answer away: the network, our time limit, or our size limit. */
export type NoResponseReason = 'connection' | 'time' | 'size';

/**
 * No whole answer arrived. `sent` tells whether a byte of the request can have reached the server:
 * only then may the server have acted on it.
 */
export class NoResponseError extends Error {
  override readonly name = 'NoResponseError';
  readonly reason: NoResponseReason;
  readonly sent: boolean;
  /** The system's, TLS's or undici's own code, `ECONNREFUSED` for one. */
  readonly code: string;
  /** Host and port of the proxy that the way led through, if it did. */
  readonly proxy: string | undefined;
  /** Why that proxy made no tunnel, if that is what went wrong. */
  readonly noTunnel: ProxyError | undefined;

  constructor(reason: NoResponseReason, sent: boolean, code: string, proxy?: string, noTunnel?: ProxyError) {
    super(`${reason}: ${code}`);
    this.reason = reason;
    this.sent = sent;
    this.code = code;
    this.proxy = proxy;
    this.noTunnel = noTunnel;
  }
}

/** A way to one origin. */
export interface Transport {
  /**
   * Posts once: follows no redirect and never sends a second time on its own.
   * @param limitMs how long the whole exchange may take
   * @param over ends an exchange under way at once
   * @throws NoResponseError
   */
  post(
    path: string,
    headers: Record<string, string>,
    body: string,
    limitMs: number,
    over?: AbortSignal,
  ): Promise<HttpResponse>;
  /** Drops open connections, so that nothing holds the process open. */
  close(): Promise<void>;
}

/**
 * Opens a transport to one origin.
 * @param maxResponseBytes an answer larger than this is not read to its end
 * @throws TypeError or URIError if a proxy's URL is none
 */
export function openTransport(origin: URL, proxies: ProxySettings, maxResponseBytes: number): Transport {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const usable = isLoopback(origin.hostname) ? undefined : parseProxies(proxies);
  const opened = openWay(origin, usable, closing.signal);
  return {
    async post(path, headers, body, limitMs, over) {
      const request = { origin, path, method: 'POST', headers, body } as const;
      return await exchange(await opened, request, limitMs, maxResponseBytes, over);
    },
    async close() {
      const { dispatcher } = await opened;
      await dispatcher.destroy();
      // undici leaves alone what is still connecting.
      closing.abort();
    },
  };
}

interface Way {
  readonly dispatcher: Dispatcher;
  /** Host and port of the proxy, once it was asked for a tunnel. */
  proxy?: string;
}

/** What proxies need is loaded where there are some: most steps need none of it. */
async function openWay(origin: URL, proxies: ProxySettings | undefined, closing: AbortSignal): Promise<Way> {
  const options = {
    // undici may send a request again on a new HTTP/2 connection; HTTP/1.1 never does.
    allowH2: false,
    // The one time limit is ours (`exchange`): undici's would each need a sentence of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 0, signal: closing },
  };
  if (proxies === undefined || !hasProxy(proxies)) return { dispatcher: new Pool(origin, options) };
  const { openProxies } = await import('./proxy-dispatcher.ts');
  const onUse = (proxy: string): void => {
    way.proxy = proxy;
  };
  const way: Way = { dispatcher: openProxies(proxies, options, onUse) };
  return way;
}

function exchange(
  way: Way,
  request: Dispatcher.DispatchOptions,
  limitMs: number,
  maxResponseBytes: number,
  over: AbortSignal | undefined,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    let sent = false;
    let settled = false;
    let controller: Dispatcher.DispatchController | undefined;
    let status = 0;
    let headers: HttpResponse['headers'] = {};
    const chunks: Buffer[] = [];
    let bytes = 0;

    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      over?.removeEventListener('abort', timeIsUp);
      finish();
    };
    const fail = (reason: NoResponseReason, code: string, noTunnel?: ProxyError): void => {
      settle(() => reject(new NoResponseError(reason, sent, code, way.proxy, noTunnel)));
      controller?.abort(new Error(code));
    };
    const timeIsUp = (): void => fail('time', 'ETIMEDOUT');
    const timer = setTimeout(timeIsUp, limitMs);
    over?.addEventListener('abort', timeIsUp);

    way.dispatcher.dispatch(request, {
      // Called when the connection stands, before the first byte is written.
      onRequestStart(started) {
        controller = started;
        if (settled) started.abort(new Error('too late'));
        else sent = true;
      },
      onResponseStart(_controller, statusCode, responseHeaders) {
        if (statusCode < 200) return;
        status = statusCode;
        headers = responseHeaders;
      },
      onResponseData(_controller, chunk) {
        bytes += chunk.length;
        if (bytes > maxResponseBytes) fail('size', 'ANSWER_TOO_LARGE');
        else chunks.push(chunk);
      },
      onResponseEnd() {
        settle(() => resolve({ status, headers, body: Buffer.concat(chunks) }));
      },
      onResponseError(_controller, error) {
        fail('connection', codeOf(error), error instanceof ProxyError ? error : undefined);
      },
    });
  });
}
