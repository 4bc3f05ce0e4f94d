import type { Agent, buildConnector, Dispatcher } from 'undici';
import connect from 'undici/lib/api/api-connect.js';
import BaseDispatcher from 'undici/lib/dispatcher/dispatcher.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';
import Pool from 'undici/lib/dispatcher/pool.js';

// As undici's index does, which is not loaded: a proxy's tunnel is asked for with it.
Object.assign(BaseDispatcher.prototype, { connect });

/** Proxies as the environment names them. An empty string means none. */
export interface ProxySettings {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** A proxy made no tunnel, so nothing of a request can have been sent. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  /** Host and port, never the user name and password of its URL. */
  readonly proxy: string;
  /** Was it reached, so that it could be asked? */
  readonly asked: boolean;
  /** Its answer, if it gave one. */
  readonly status: number | undefined;
  /** Not `code`: by that undici would take this for a fault that it can mend. */
  readonly fault: string;

  constructor(proxy: string, asked: boolean, status: number | undefined, fault = `HTTP ${status}`) {
    super(`${proxy}: ${fault}`);
    this.proxy = proxy;
    this.asked = asked;
    this.status = status;
    this.fault = fault;
  }
}

/** The system's, TLS's or undici's own code for a fault of the network. */
export function codeOf(error: unknown): string {
  if (error instanceof ProxyError) return error.fault;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return code;
  const [first] = error instanceof AggregateError ? error.errors : [];
  return first === undefined ? 'UNKNOWN' : codeOf(first);
}

interface Options extends Omit<Agent.Options, 'connect'> {
  readonly connect?: buildConnector.BuildOptions;
}

/**
 * Makes connections by way of proxies. Which hosts need none is undici's judgement: a name in `noProxy` stands for itself
 * and all names below it, `*.` for those alone, a port for that port, and `*` for every host; ranges of addresses are unknown.
 * @param onUse told the host and port of a proxy whenever it is asked for a tunnel
 * @throws TypeError or URIError if a proxy's URL is none
 */
export function openProxies(
  { httpProxy, httpsProxy, noProxy }: ProxySettings,
  options: Options = {},
  onUse: (proxy: string) => void = () => {},
): Dispatcher {
  return new EnvHttpProxyAgent({
    ...options,
    requestTls: options.connect ?? {},
    // The bundle has no HTTP/2, and a proxy that is offered it may take it.
    proxyTls: { ...options.connect, allowH2: false },
    httpProxy: parseProxy(httpProxy),
    httpsProxy: parseProxy(httpsProxy),
    noProxy,
    clientFactory(url, pool) {
      const proxy = nameOf(url);
      return new Pool(url, pool).compose((dispatch) => (request, handler) => {
        onUse(proxy);
        return dispatch(request, tunnelHandler(proxy, handler));
      });
    },
  });
}

/**
 * Reads a proxy's URL; `http://` may be left out, as everywhere. A raw `/`, `?` or `#` in a password would make a host of
 * the user name, and a message would tell it.
 */
function parseProxy(text: string): string {
  if (text === '') return '';
  const url = text.includes('://') ? text : `http://${text}`;
  if (!/^https?:\/\/[^/?#\\]+\/?$/i.test(url)) throw new TypeError('invalid proxy');
  return new URL(url).href;
}

function nameOf({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}

/** Of a question for a tunnel, whose answer is always an "upgrade", whatever its status. */
function tunnelHandler(proxy: string, handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
  let asked = false;
  return {
    onRequestStart(controller, context) {
      asked = true;
      handler.onRequestStart?.(controller, context);
    },
    onRequestUpgrade(controller, status, headers, socket) {
      if (status === 200) return handler.onRequestUpgrade?.(controller, status, headers, socket);
      socket.on('error', () => {}).destroy();
      handler.onResponseError?.(controller, new ProxyError(proxy, asked, status));
    },
    onResponseError(controller, error) {
      handler.onResponseError?.(controller, new ProxyError(proxy, asked, undefined, codeOf(error)));
    },
  };
}
