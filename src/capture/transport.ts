import { setMaxListeners } from 'node:events';
import type { Dispatcher } from 'undici';
import connect from 'undici/lib/api/api-connect.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import BaseDispatcher from 'undici/lib/dispatcher/dispatcher.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';
import { isLoopback } from './domain.ts';

// As undici's index does, which is not loaded: a proxy's tunnel is asked for with it.
Object.assign(BaseDispatcher.prototype, { connect });

/** A whole HTTP answer: `body` holds every byte that was promised. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Proxies as the environment names them. An empty string means none. */
export interface ProxySettings {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** What kept the answer away: the network, our time limit, or our size limit. */
export type NoAnswerReason = 'connection' | 'time' | 'size';

/**
 * No whole answer arrived. `sent` tells whether a byte of the request can have reached the server:
 * only then may the server have acted on it.
 */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly reason: NoAnswerReason;
  readonly sent: boolean;
  /** The system's, TLS's or undici's own code, `ECONNREFUSED` for one. */
  readonly code: string;

  constructor(reason: NoAnswerReason, sent: boolean, code: string) {
    super(`${reason}: ${code}`);
    this.reason = reason;
    this.sent = sent;
    this.code = code;
  }
}

/** A way to one origin. */
export interface Transport {
  /**
   * Posts once: follows no redirect and never sends a second time on its own.
   * @param limitMs how long the whole exchange may take
   * @param over ends an exchange under way at once
   * @throws NoAnswerError
   */
  post(
    path: string,
    headers: Record<string, string>,
    body: string,
    limitMs: number,
    over?: AbortSignal,
  ): Promise<HttpAnswer>;
  /** Drops open connections, so that nothing holds the process open. */
  close(): Promise<void>;
}

/**
 * Opens a transport to one origin.
 * @param maxAnswerBytes an answer larger than this is not read to its end
 * @throws TypeError if a proxy's URL cannot be parsed
 */
export function openTransport(origin: URL, proxies: ProxySettings, maxAnswerBytes: number): Transport {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const dispatcher = openDispatcher(origin, proxies, closing.signal);
  return {
    post: (path, headers, body, limitMs, over) =>
      exchange(dispatcher, { origin, path, method: 'POST', headers, body }, limitMs, maxAnswerBytes, over),
    async close() {
      await dispatcher.destroy();
      // undici leaves alone what is still connecting.
      closing.abort();
    },
  };
}

function openDispatcher(origin: URL, proxies: ProxySettings, closing: AbortSignal): Dispatcher {
  // The one time limit is ours (`exchange`): undici's would each need a sentence of its own.
  const connect = { timeout: 0, signal: closing };
  const options = {
    // undici may send a request again on a new HTTP/2 connection; HTTP/1.1 never does.
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect,
  };
  if (isLoopback(origin.hostname)) return new Agent(options);
  return new EnvHttpProxyAgent({
    ...options,
    ...proxies,
    connectTimeout: 0,
    proxyTls: connect,
    requestTls: connect,
  });
}

function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  limitMs: number,
  maxAnswerBytes: number,
  over: AbortSignal | undefined,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let sent = false;
    let settled = false;
    let controller: Dispatcher.DispatchController | undefined;
    let status = 0;
    let headers: HttpAnswer['headers'] = {};
    const chunks: Buffer[] = [];
    let bytes = 0;

    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      over?.removeEventListener('abort', timeIsUp);
      finish();
    };
    const fail = (reason: NoAnswerReason, code: string): void => {
      settle(() => reject(new NoAnswerError(reason, sent, code)));
      controller?.abort(new Error(code));
    };
    const timeIsUp = (): void => fail('time', 'ETIMEDOUT');
    const timer = setTimeout(timeIsUp, limitMs);
    over?.addEventListener('abort', timeIsUp);

    dispatcher.dispatch(request, {
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
        if (bytes > maxAnswerBytes) fail('size', 'ANSWER_TOO_LARGE');
        else chunks.push(chunk);
      },
      onResponseEnd() {
        settle(() => resolve({ status, headers, body: Buffer.concat(chunks) }));
      },
      onResponseError(_controller, error) {
        fail('connection', codeOf(error));
      },
    });
  });
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return code;
  const [first] = error instanceof AggregateError ? error.errors : [];
  return first === undefined ? 'UNKNOWN' : codeOf(first);
}
