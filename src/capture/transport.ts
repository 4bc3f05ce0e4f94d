import { setMaxListeners } from 'node:events';
import type { Dispatcher } from 'undici';
import connector from 'undici/lib/core/connect.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import { type NoResponse, NoResponseError, networkCodeOf } from './network-failure.ts';
import { type NetworkSettings, tlsOptions } from './network-settings.ts';
import { type ProxyServer, proxyFor } from './proxy.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly limitMs: number;
  readonly canceled?: AbortSignal | undefined;
}

/** A response that arrived completely. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export type Transport = ReturnType<typeof openTransport>;

const destroyed = { reason: 'connection', sent: false, code: 'UND_ERR_DESTROYED' } as const;

/** @throws ExpectedError if the proxy's variable can't be used */
export function openTransport(origin: URL, network: NetworkSettings) {
  const proxy = proxyFor(origin, network.proxies);
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const opened = openDispatcher(origin, proxy, network, closing.signal);
  opened.catch(() => {});
  // Requests without a response. undici may still work on one that failed.
  let unanswered = 0;
  let isClosed = false;
  return {
    proxy,
    /**
     * Sends once: follows no redirect, and never sends a second time on its own.
     * @throws NoResponseError, or ExpectedError if a file with certificates can't be read
     */
    async send(request: HttpRequest): Promise<HttpResponse> {
      if (isClosed) throw new NoResponseError({ ...destroyed, limitMs: request.limitMs });
      unanswered += 1;
      const response = await exchange(await opened, origin, request);
      unanswered -= 1;
      return response;
    },
    /** Ends what is in progress, so that nothing keeps the process running. Nothing can be sent afterward. */
    async close(): Promise<void> {
      isClosed = true;
      // undici lets no idle connection keep the process running, and dropping one takes 2 ms.
      if (unanswered === 0) return;
      await (await opened).destroy();
      // undici doesn't stop connections that aren't established yet.
      closing.abort();
    },
  };
}

/** In bytes. clients/list has no paging (docs/development/capture-api.md). */
const maxResponseSize = 64 * 1024 * 1024;

async function openDispatcher(
  origin: URL,
  proxy: ProxyServer | undefined,
  network: NetworkSettings,
  signal: AbortSignal,
): Promise<Dispatcher> {
  const connect = {
    ...(await tlsOptions(network)),
    // undici may repeat a request on a new HTTP/2 connection, and never does in HTTP/1.1.
    allowH2: false,
    timeout: 0,
    // Node's default of 250 ms for each address of a host is less than a round trip across the world.
    autoSelectFamilyAttemptTimeout: 2_500,
    signal,
  };
  // `exchange` has the only time limit.
  const options = { allowH2: false, headersTimeout: 0, bodyTimeout: 0, maxResponseSize };
  if (proxy === undefined) return new Pool(origin, { ...options, connect: connector(connect) });
  // Most steps have no proxy, and don't load this.
  const { openProxy } = await import('./proxy-dispatcher.ts');
  return openProxy(proxy, { ...options, connect });
}

function exchange(
  dispatcher: Dispatcher,
  origin: URL,
  { limitMs, canceled, ...request }: HttpRequest,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sent = false;
    let settled = false;
    let controller: Dispatcher.DispatchController | undefined;
    let head: Pick<HttpResponse, 'status' | 'headers'> = { status: 0, headers: {} };

    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      canceled?.removeEventListener('abort', cancel);
      finish();
    };
    const stop = (error: Error): void => {
      settle(() => reject(error));
      controller?.abort(error);
    };
    const fail = (reason: NoResponse['reason'], code: string, cause?: Error): void => {
      stop(new NoResponseError({ reason, sent, code, limitMs }, cause));
    };
    const cancel = (): void => fail('canceled', 'ABORT_ERR');
    const timer = setTimeout(() => fail('time', 'ETIMEDOUT'), limitMs);
    canceled?.addEventListener('abort', cancel);

    const handler: Dispatcher.DispatchHandler = {
      // Called when the connection is ready, before the first byte is written.
      onRequestStart(started) {
        controller = started;
        if (settled) started.abort(new Error('too late'));
        else sent = true;
      },
      onResponseStart(_controller, status, headers) {
        if (status >= 200) head = { status, headers };
      },
      onResponseData(_controller, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        settle(() => resolve({ ...head, body: Buffer.concat(chunks) }));
      },
      onResponseError(_controller, error) {
        // undici's parser quotes the response, which may contain a secret.
        if ('data' in error) error.data = undefined;
        const code = networkCodeOf(error);
        if (code === undefined) stop(error);
        else fail('connection', code, error);
      },
    };
    dispatcher.dispatch({ origin, ...request }, handler);
  });
}
