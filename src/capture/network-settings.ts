import { unescape as decode } from 'node:querystring';
import { ExpectedError } from '../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says about the network. A variable that isn't set is an empty string. */
export interface NetworkSettings {
  readonly proxies: { readonly httpProxy: string; readonly httpsProxy: string; readonly noProxy: string };
  readonly verifyTls: boolean;
  /** NODE_EXTRA_CA_CERTS */
  readonly extraCaCerts: string;
  readonly useSystemCa: boolean;
}

/** A proxy variable in lowercase wins, as in curl and the Actions toolkit. */
export function readNetworkSettings(env: Environment): NetworkSettings {
  const read = (name: string): string => env[name] || env[name.toUpperCase()] || '';
  return {
    proxies: { httpProxy: read('http_proxy'), httpsProxy: read('https_proxy'), noProxy: read('no_proxy') },
    verifyTls: env.NODE_TLS_REJECT_UNAUTHORIZED !== '0',
    extraCaCerts: env.NODE_EXTRA_CA_CERTS ?? '',
    useSystemCa: env.NODE_USE_SYSTEM_CA === '1',
  };
}

/** The passwords in the proxies' URLs, as they are written and decoded. A user name without a password is a token. */
export function proxySecrets({ proxies }: NetworkSettings): string[] {
  return [proxies.httpProxy, proxies.httpsProxy].flatMap((url) => {
    // The user name ends at the first colon, and the password at the last @ before the path.
    const match = /^(?:[A-Za-z][\w+.-]*:\/\/)?([^:/?#]*)(?::([^/?#]*))?@/.exec(url);
    const secret = match?.[2] || match?.[1];
    return secret ? [...new Set([secret, decode(secret)])] : [];
  });
}

/**
 * Node itself trusts the CAs that the environment named when the process started. Others in the settings are loaded here.
 * @throws ExpectedError if the file of NODE_EXTRA_CA_CERTS can't be read
 */
export async function tlsOptions(
  settings: NetworkSettings,
): Promise<{ rejectUnauthorized: boolean; ca?: string[] }> {
  const { verifyTls: rejectUnauthorized, extraCaCerts, useSystemCa } = settings;
  const ofNode = readNetworkSettings(process.env);
  return extraCaCerts === ofNode.extraCaCerts && useSystemCa === ofNode.useSystemCa
    ? { rejectUnauthorized }
    : { rejectUnauthorized, ca: await loadCas(settings) };
}

async function loadCas({ extraCaCerts, useSystemCa }: NetworkSettings): Promise<string[]> {
  const { getCACertificates, rootCertificates } = await import('node:tls');
  const { readFile } = await import('node:fs/promises');
  const system = useSystemCa ? getCACertificates('system') : [];
  try {
    const extra = extraCaCerts === '' ? [] : [await readFile(extraCaCerts, 'utf8')];
    return [...rootCertificates, ...system, ...extra];
  } catch (cause) {
    throw new ExpectedError(
      `Can't read the certificates in "${extraCaCerts}".`,
      'Keep the file that NODE_EXTRA_CA_CERTS names until the job ends.',
      { cause },
    );
  }
}
