import type { Agent, buildConnector, Dispatcher } from 'undici';
import connect from 'undici/lib/api/api-connect.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import { networkCodeOf } from './network-failure.ts';
import { ProxyError, type ProxyServer } from './proxy.ts';

// As undici's index does, which isn't loaded: the proxy agent asks for a tunnel with it.
Object.assign(Pool.prototype, { connect });

type Options = Omit<Agent.Options, 'connect'> & { readonly connect?: buildConnector.BuildOptions };

export function openProxy({ url, name }: ProxyServer, options: Options = {}): Dispatcher {
  const tls: object = { ...options.connect };
  const { username, password } = new URL(url);
  // Of the URL, undici doesn't take a user name without a password, which is a token.
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const token = `Basic ${Buffer.from(login).toString('base64')}`;
  return new ProxyAgent({
    ...options,
    uri: url,
    ...(username === '' ? {} : { token }),
    // Proxies forward plain http, and tunnel https.
    proxyTunnel: false,
    requestTls: tls,
    // The bundle has no HTTP/2, and a proxy may choose it if it's offered.
    proxyTls: { ...tls, allowH2: false },
    clientFactory: (proxyUrl, pool) =>
      new Pool(proxyUrl, pool).compose(
        (dispatch) => (request, handler) => dispatch(request, tunnelHandler(name, handler)),
      ),
  });
}

/** Handles the request for a tunnel. undici calls every response to it an upgrade, whatever its status. */
function tunnelHandler(proxy: string, handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
  let reached = false;
  return {
    onRequestStart(controller, context) {
      reached = true;
      handler.onRequestStart?.(controller, context);
    },
    onRequestUpgrade(controller, status, headers, socket) {
      if (status === 200) return handler.onRequestUpgrade?.(controller, status, headers, socket);
      socket.on('error', () => {}).destroy();
      handler.onResponseError?.(controller, new ProxyError(proxy, { reached, status }));
    },
    onResponseError(controller, cause) {
      const fault = networkCodeOf(cause);
      const error = fault === undefined ? cause : new ProxyError(proxy, { reached, fault, cause });
      handler.onResponseError?.(controller, error);
    },
  };
}
