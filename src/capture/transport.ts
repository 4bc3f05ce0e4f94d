import { setMaxListeners } from 'node:events';
import type { Transform } from 'node:stream';
import type { buildConnector, Dispatcher } from 'undici';
import connector from 'undici/lib/core/connect.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import type { Body } from './body.ts';
import { addressTimeoutMs, ignoringContinue } from './connector.ts';
import { startDecoder } from './decoder.ts';
import { networkCodeOf } from './network-code.ts';
import type { ProxyServer } from './proxy.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The head of a response whose body arrived completely. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface ExchangeOptions {
  /** How long the whole exchange may take. */
  readonly limitMs: number;
  /** Fires when the step was canceled and the exchange has to end. */
  readonly canceled?: AbortSignal | undefined;
  readonly body: Pick<Body, 'write'>;
}

/** What kept the response away. */
export interface NoResponse {
  readonly reason: 'connection' | 'time' | 'canceled' | 'size' | 'encoding';
  /** Whether any byte of the request may have reached the server. If not, the server can't have acted on it. */
  readonly sent: boolean;
  /** The system's, TLS's, or undici's own code, such as `ECONNREFUSED`. */
  readonly code: string;
  readonly elapsedMs: number;
  /** Host and port of the proxy, if one was used. */
  readonly proxy?: string | undefined;
  /** A ProxyError if the proxy didn't open a tunnel. */
  readonly cause?: unknown;
}

/** No complete response arrived, for a reason that is the network's or our own limit. */
export class NoResponseError extends Error {
  override readonly name = 'NoResponseError';
  readonly failure: NoResponse;

  constructor(failure: NoResponse) {
    super(`${failure.reason}: ${failure.code}`, { cause: failure.cause });
    this.failure = failure;
  }
}

/** The way to one origin. */
export interface Transport {
  /**
   * Sends once: follows no redirect, and never sends a second time on its own.
   * @throws NoResponseError
   */
  send(request: HttpRequest, options: ExchangeOptions): Promise<HttpResponse>;
  /** Drops open connections, so that nothing keeps the process running. */
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly proxy?: ProxyServer | undefined;
  readonly tls?: Promise<buildConnector.BuildOptions>;
}

/** A failure of the options is thrown by what is sent. */
export function openTransport(origin: URL, options: TransportOptions = {}): Transport {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const opened = openLink(origin, options, closing.signal);
  opened.catch(() => {});
  return {
    async send(request, exchangeOptions) {
      return await exchange(await opened, { origin, ...request }, exchangeOptions);
    },
    async close() {
      const { dispatcher } = await opened;
      await dispatcher.destroy();
      // undici doesn't stop connections that aren't established yet.
      closing.abort();
    },
  };
}

interface Link {
  readonly dispatcher: Dispatcher;
  /** Host and port of the proxy, once it was asked for a tunnel. */
  proxy?: string;
}

async function openLink(origin: URL, { proxy, tls }: TransportOptions, signal: AbortSignal): Promise<Link> {
  const connect = {
    ...(await tls),
    // undici may repeat a request on a new HTTP/2 connection, and never does in HTTP/1.1.
    allowH2: false,
    timeout: 0,
    autoSelectFamilyAttemptTimeout: addressTimeoutMs,
    signal,
  };
  // `exchange` has the only time limit.
  const options = { allowH2: false, headersTimeout: 0, bodyTimeout: 0 };
  if (proxy === undefined) {
    return { dispatcher: new Pool(origin, { ...options, connect: ignoringContinue(connector(connect)) }) };
  }
  // Most steps have no proxy, and don't load this.
  const { openProxy } = await import('./proxy-dispatcher.ts');
  const link: Link = {
    dispatcher: openProxy(proxy, { ...options, connect }, (name) => {
      link.proxy = name;
    }),
  };
  return link;
}

function exchange(
  link: Link,
  request: Dispatcher.DispatchOptions,
  { limitMs, canceled, body }: ExchangeOptions,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const start = process.uptime();
    let sent = false;
    let settled = false;
    let controller: Dispatcher.DispatchController | undefined;
    let decoder: Transform | undefined;
    let response: HttpResponse = { status: 0, headers: {} };

    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      canceled?.removeEventListener('abort', cancel);
      finish();
    };
    const stop = (error: Error): void => {
      settle(() => reject(error));
      decoder?.destroy();
      controller?.abort(error);
    };
    const fail = (reason: NoResponse['reason'], code: string, cause?: Error): void => {
      const elapsedMs = (process.uptime() - start) * 1000;
      stop(new NoResponseError({ reason, sent, code, elapsedMs, proxy: link.proxy, cause }));
    };
    const cancel = (): void => fail('canceled', 'ABORT_ERR');
    const timer = setTimeout(() => fail('time', 'ETIMEDOUT'), limitMs);
    canceled?.addEventListener('abort', cancel);

    const receive = (chunk: Buffer): void => {
      try {
        if (!settled && !body.write(chunk)) fail('size', 'RESPONSE_TOO_LARGE');
      } catch (error) {
        stop(error as Error);
      }
    };
    const complete = (): void => settle(() => resolve(response));
    /** @returns false if the encoding is unknown */
    const decode = (encoding: string, chunk: Buffer): boolean => {
      decoder ??= startDecoder(encoding, chunk)
        ?.on('data', receive)
        .on('end', complete)
        .on('error', (error) => fail('encoding', 'BROKEN_ENCODING', error));
      decoder?.write(chunk);
      return decoder !== undefined;
    };

    link.dispatcher.dispatch(request, {
      // Called when the connection is ready, before the first byte is written.
      onRequestStart(started) {
        controller = started;
        if (settled) started.abort(new Error('too late'));
        else sent = true;
      },
      onResponseStart(_controller, status, headers) {
        if (status >= 200) response = { status, headers };
      },
      onResponseData(_controller, chunk) {
        const encoding = String(response.headers['content-encoding'] ?? '').toLowerCase();
        if (settled) return;
        if (['', 'identity'].includes(encoding)) receive(chunk);
        else if (!decode(encoding, chunk)) fail('encoding', 'UNKNOWN_ENCODING');
      },
      onResponseEnd() {
        if (decoder === undefined) complete();
        else decoder.end();
      },
      onResponseError(_controller, error) {
        const code = networkCodeOf(error);
        if (code === undefined) stop(error);
        else fail('connection', code, withoutQuotes(error));
      },
    });
  });
}

/** The error of undici's parser quotes the response, which may contain a secret. */
function withoutQuotes(error: Error): Error {
  if ('data' in error) error.data = undefined;
  return error;
}
