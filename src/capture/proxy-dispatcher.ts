import type { Agent, buildConnector, Dispatcher } from 'undici';
import connect from 'undici/lib/api/api-connect.js';
import BaseDispatcher from 'undici/lib/dispatcher/dispatcher.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import { addressTimeoutMs, ignoringContinue } from './connector.ts';
import { networkCodeOf } from './network-code.ts';
import { ProxyError, type ProxyServer } from './proxy.ts';

// As undici's index does, which isn't loaded: the proxy agent asks for a tunnel with it.
Object.assign(BaseDispatcher.prototype, { connect });

interface Options extends Omit<Agent.Options, 'connect'> {
  readonly connect?: buildConnector.BuildOptions;
}

/**
 * Connects through a proxy.
 * @param onUse is called with the proxy's host and port whenever it is reached for a tunnel
 */
export function openProxy(
  { url }: ProxyServer,
  options: Options = {},
  onUse: (proxy: string) => void = () => {},
): Dispatcher {
  const tls: object = { autoSelectFamilyAttemptTimeout: addressTimeoutMs, ...options.connect };
  return new ProxyAgent({
    ...options,
    uri: url,
    // Proxies forward plain http, and tunnel https.
    proxyTunnel: false,
    requestTls: tls,
    // The bundle has no HTTP/2, and a proxy may choose it if it's offered.
    proxyTls: { ...tls, allowH2: false },
    factory: (origin, pool: Pool.Options) =>
      new Pool(origin, { ...pool, connect: ignoringContinue(pool.connect as buildConnector.connector) }),
    clientFactory(proxyUrl, pool) {
      const proxy = nameOf(proxyUrl);
      return new Pool(proxyUrl, pool).compose((dispatch) => (request, handler) => {
        onUse(proxy);
        return dispatch(request, tunnelHandler(proxy, handler));
      });
    },
  });
}

function nameOf({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
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
      handler.onResponseError?.(
        controller,
        fault === undefined ? cause : new ProxyError(proxy, { reached, fault, cause }),
      );
    },
  };
}
