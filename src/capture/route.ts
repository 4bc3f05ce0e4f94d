import { unescape as decode } from 'node:querystring';
import * as z from 'zod/mini';
import { ExpectedError } from '../expected-error.ts';
import type { ProxySettings } from './proxy.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that the environment decides about the way to Capture. It can be saved as JSON and used by a later step. */
export interface Route {
  readonly proxies: ProxySettings;
  readonly verifyTls: boolean;
  /** NODE_EXTRA_CA_CERTS, or empty. */
  readonly extraCaCerts: string;
  readonly useSystemCa: boolean;
}

export const routeSchema = () =>
  z.object({
    proxies: z.object({ httpProxy: z.string(), httpsProxy: z.string(), noProxy: z.string() }),
    verifyTls: z.boolean(),
    extraCaCerts: z.string(),
    useSystemCa: z.boolean(),
  });

/** Reads the route from the environment. A proxy variable in lowercase wins, as in curl and the Actions toolkit. */
export function readRoute(env: Environment): Route {
  const read = (name: string): string => env[name] || env[name.toUpperCase()] || '';
  return {
    proxies: { httpProxy: read('http_proxy'), httpsProxy: read('https_proxy'), noProxy: read('no_proxy') },
    verifyTls: env.NODE_TLS_REJECT_UNAUTHORIZED !== '0',
    extraCaCerts: env.NODE_EXTRA_CA_CERTS ?? '',
    useSystemCa: env.NODE_USE_SYSTEM_CA === '1',
  };
}

/** The passwords in the proxies' URLs, as they are written and decoded. */
export function proxyPasswords({ proxies }: Route): string[] {
  return [proxies.httpProxy, proxies.httpsProxy].flatMap((url) => {
    // The user name ends at the first colon, and the password at the last @.
    const password = /^(?:[a-z]+:\/\/)?[^:/?#]*:([^/?#]+)@[^@]*$/i.exec(url)?.[1];
    return password === undefined ? [] : [password, decode(password)];
  });
}

/** The variables by which two routes differ. Their values can contain a password, so they are left out. */
export function changedVariables(saved: Route, current: Route): string[] {
  const variables: Record<string, (route: Route) => unknown> = {
    HTTPS_PROXY: ({ proxies }) => proxies.httpsProxy,
    HTTP_PROXY: ({ proxies }) => proxies.httpProxy,
    NO_PROXY: ({ proxies }) => proxies.noProxy,
    NODE_TLS_REJECT_UNAUTHORIZED: ({ verifyTls }) => verifyTls,
    NODE_EXTRA_CA_CERTS: ({ extraCaCerts }) => extraCaCerts,
    NODE_USE_SYSTEM_CA: ({ useSystemCa }) => useSystemCa,
  };
  return Object.keys(variables).filter((name) => variables[name]?.(saved) !== variables[name]?.(current));
}

/**
 * The route's TLS options for a connection. Node itself trusts the CAs that the environment named when the process
 * started. Where the route names others, they are loaded here.
 * @throws ExpectedError if NODE_EXTRA_CA_CERTS of the route can't be read
 */
export async function tlsOptions(route: Route): Promise<{ rejectUnauthorized: boolean; ca?: string[] }> {
  const rejectUnauthorized = route.verifyTls;
  const differing = changedVariables(route, readRoute(process.env));
  const isOther = differing.includes('NODE_EXTRA_CA_CERTS') || differing.includes('NODE_USE_SYSTEM_CA');
  return isOther ? { rejectUnauthorized, ca: await loadCas(route) } : { rejectUnauthorized };
}

async function loadCas({ extraCaCerts, useSystemCa }: Route): Promise<string[]> {
  const { getCACertificates, rootCertificates } = await import('node:tls');
  const { readFile } = await import('node:fs/promises');
  const extra = extraCaCerts === '' ? [] : [readFile(extraCaCerts, 'utf8')];
  try {
    return [
      ...rootCertificates,
      ...(useSystemCa ? getCACertificates('system') : []),
      ...(await Promise.all(extra)),
    ];
  } catch (cause) {
    throw new ExpectedError(
      `Can't read the certificates in "${extraCaCerts}".`,
      'Keep the file that NODE_EXTRA_CA_CERTS names until the job ends.',
      { cause },
    );
  }
}
