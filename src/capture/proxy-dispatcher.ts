import type { Agent, buildConnector, Dispatcher } from 'undici';
import connect from 'undici/lib/api/api-connect.js';
import BaseDispatcher from 'undici/lib/dispatcher/dispatcher.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import { codeOf, ProxyError, type ProxySettings, parseProxies } from './proxy.ts';

// As undici's index does, which is not loaded: a proxy's tunnel is asked for with it.
Object.assign(BaseDispatcher.prototype, { connect });

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
  proxies: ProxySettings,
  options: Options = {},
  onUse: (proxy: string) => void = () => {},
): Dispatcher {
  return new EnvHttpProxyAgent({
    ...options,
    requestTls: options.connect ?? {},
    // The bundle has no HTTP/2, and a proxy that is offered it may take it.
    proxyTls: { ...options.connect, allowH2: false },
    ...parseProxies(proxies),
    clientFactory(url, pool) {
      const proxy = nameOf(url);
      return new Pool(url, pool).compose((dispatch) => (request, handler) => {
        onUse(proxy);
        return dispatch(request, tunnelHandler(proxy, handler));
      });
    },
  });
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
