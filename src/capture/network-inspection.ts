import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { invalidHttp, NoResponseError, noResponse } from './network-failure.ts';
import { type NetworkSettings, tlsOptions } from './network-settings.ts';
import { openTransport, type Transport } from './transport.ts';

export interface NetworkInspection {
  /** Undefined if a proxy resolves the name. */
  readonly addresses?: readonly string[];
  /** Host and port, without credentials. */
  readonly proxy?: string;
  /** Who issued the server's certificate. Undefined without TLS, or if a proxy or an error keeps it from being seen. */
  readonly issuer?: string | undefined;
}

const limitMs = 10_000;

/** Connects to a Capture domain, without credentials. @throws ExpectedError if no connection is possible */
export async function inspectNetwork(domain: URL, network: NetworkSettings): Promise<NetworkInspection> {
  const transport = openTransport(domain, network);
  await tryConnection(domain.host, transport, network);
  if (transport.proxy !== undefined) return { proxy: transport.proxy.name };
  const hostname = domain.hostname.replace(/^\[|\]$/g, '');
  const found = await lookup(hostname, { all: true }).catch(() => []);
  const issuer = domain.protocol === 'https:' ? await issuerOf(domain, hostname, network) : undefined;
  return { addresses: found.map(({ address }) => address), issuer };
}

/** Any response of HTTP shows that the host can be reached. */
async function tryConnection(
  host: string,
  transport: Transport,
  { extraCaCerts }: NetworkSettings,
): Promise<void> {
  try {
    await transport.send({ method: 'GET', path: '/', headers: {}, limitMs, maxBytes: 1_000_000 });
  } catch (error) {
    if (!(error instanceof NoResponseError)) throw error;
    const { sent, code } = error.failure;
    if (sent && code !== invalidHttp) return;
    throw noResponse('a test of the connection', { host, proxy: transport.proxy, extraCaCerts }, error);
  } finally {
    transport.close().catch(() => {});
  }
}

async function issuerOf(
  domain: URL,
  hostname: string,
  settings: NetworkSettings,
): Promise<string | undefined> {
  const tls = await tlsOptions(settings);
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
    socket.on('error', () => finish()).setTimeout(limitMs, () => finish());
  });
}
