import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { proxyFor } from './proxy.ts';
import { type Route, tlsOptions } from './route.ts';

/** How this machine reaches a Capture domain. */
export interface NetworkPath {
  /** Undefined if a proxy resolves the name. */
  readonly addresses: readonly string[] | undefined;
  /** Host and port, without credentials. */
  readonly proxy: string | undefined;
  /** Who issued the server's certificate. Undefined without TLS, or if a proxy or an error keeps it from being seen. */
  readonly issuer: string | undefined;
}

const maxHandshakeMs = 10_000;

/** Inspects the path to a Capture domain. Never fails: a problem shows in the first call, with its own explanation. */
export async function inspectNetworkPath(domain: URL, route: Route): Promise<NetworkPath> {
  const proxy = proxyFor(domain, route.proxies);
  if (proxy !== undefined) return { addresses: undefined, proxy: new URL(proxy.url).host, issuer: undefined };
  const hostname = domain.hostname.replace(/^\[|\]$/g, '');
  const found = await lookup(hostname, { all: true }).catch(() => []);
  const issuer =
    domain.protocol === 'https:' ? await issuerOf(domain, hostname, route).catch(() => undefined) : undefined;
  return { addresses: found.map(({ address }) => address), proxy: undefined, issuer };
}

async function issuerOf(domain: URL, hostname: string, route: Route): Promise<string | undefined> {
  const tls = await tlsOptions(route);
  return await new Promise((resolve) => {
    const port = Number(domain.port || 443);
    const servername = isIP(hostname) === 0 ? { servername: hostname } : {};
    const socket = connect({ host: hostname, port, ...servername, ...tls }, () => {
      const { O, CN } = socket.getPeerCertificate().issuer ?? {};
      finish([O ?? CN].flat()[0]);
    });
    const finish = (issuer?: string): void => {
      socket.destroy();
      resolve(issuer);
    };
    socket.on('error', () => finish()).setTimeout(maxHandshakeMs, () => finish());
  });
}
