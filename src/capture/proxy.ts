import { isIP } from 'node:net';
import { ExpectedError } from '../expected-error.ts';
import { isLoopback } from './domain.ts';

/** The proxy variables of the environment. An empty string means that a variable isn't set. */
export interface ProxySettings {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** The proxy that leads to a host. */
export interface ProxyServer {
  readonly variable: 'HTTPS_PROXY' | 'HTTP_PROXY';
  /** May contain a user name and a password. */
  readonly url: string;
}

/**
 * Chooses the proxy for a host, undefined if the host is reached without one. Only the variable that applies is read:
 * HTTPS_PROXY for https, or else HTTP_PROXY. A loopback host never has a proxy.
 * @throws ExpectedError if that variable isn't the URL of an HTTP proxy
 */
export function proxyFor(
  origin: URL,
  { httpProxy, httpsProxy, noProxy }: ProxySettings,
): ProxyServer | undefined {
  const variable = origin.protocol === 'https:' && httpsProxy !== '' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = variable === 'HTTPS_PROXY' ? httpsProxy : httpProxy;
  const isBypassed =
    isLoopback(origin.hostname) || entriesOf(noProxy).some((entry) => covers(readEntry(entry), origin));
  return text === '' || isBypassed ? undefined : { variable, url: parseProxy(text, variable, origin.host) };
}

/** The entries of NO_PROXY that have no meaning, as they are written. Ranges of addresses never concern a host name. */
export function unusedEntries({ noProxy }: ProxySettings, origin: URL): string[] {
  const isRange = (entry: string) => /^[\da-f:.]+\/\d+$/i.test(entry);
  const isName = isIP(bareHost(origin)) === 0;
  return entriesOf(noProxy).filter((entry) => readEntry(entry) === undefined && !(isName && isRange(entry)));
}

/** An entry of NO_PROXY. `*` is any host, `*.name` what is below a name, and `name` or `.name` both. */
interface Entry {
  readonly name: string;
  readonly isWildcard: boolean;
  /** Empty for every port. */
  readonly port: string;
}

function entriesOf(noProxy: string): string[] {
  return noProxy.split(/[,\s]+/).filter((entry) => entry !== '');
}

function readEntry(text: string): Entry | undefined {
  if (isIP(text) !== 0) return { name: text.toLowerCase(), isWildcard: false, port: '' };
  const entry =
    /^(?:(?<any>\*)|(?<star>\*)?\.?(?<name>[\w-][\w.-]*|\[[\da-f:.]+\]))(?::(?<port>\d+))?$/i.exec(text);
  const { any, star, name = '', port = '' } = entry?.groups ?? {};
  if (entry === null || (star !== undefined && !text.startsWith('*.'))) return undefined;
  return {
    name: name.replace(/^\[|[\].]$/g, '').toLowerCase(),
    isWildcard: (star ?? any) !== undefined,
    port,
  };
}

function covers(entry: Entry | undefined, origin: URL): boolean {
  if (entry === undefined) return false;
  const { name, isWildcard, port } = entry;
  const host = bareHost(origin);
  if (port !== '' && port !== (origin.port || (origin.protocol === 'https:' ? '443' : '80'))) return false;
  return (isWildcard ? name === '' : host === name) || host.endsWith(`.${name}`);
}

function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|[\].]$/g, '');
}

/**
 * Reads a proxy's URL; `http://` is optional. A raw `/`, `?`, or `#` in a password would turn the user name into the host
 * name, which messages quote.
 */
function parseProxy(text: string, variable: string, host: string): string {
  const url = text.includes('://') ? text : `http://${text}`;
  try {
    if (!/^https?:\/\/[^/?#\\]+\/?$/i.test(url)) throw new TypeError();
    const { username, password, href } = new URL(url);
    decodeURIComponent(username + password);
    return href;
  } catch {
    const isSocks = /^socks/i.test(url);
    // Neither the URL nor the cause, which quotes it: it may contain a password.
    throw new ExpectedError(
      isSocks
        ? `${variable} names a SOCKS proxy, which isn't supported.`
        : `${variable} isn't the URL of a proxy.`,
      `Set ${variable} to an HTTP proxy, such as http://proxy.example.com:3128 or http://USER:PASSWORD@proxy.example.com:3128 with special characters percent-encoded. If this runner reaches ${host} without a proxy, add it to NO_PROXY.`,
      { title: 'invalid proxy' },
    );
  }
}

/** A proxy didn't open a tunnel, so nothing of a request was sent. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  /** Host and port, without the user name and password of the URL. */
  readonly proxy: string;
  /** Whether the proxy was reached. */
  readonly reached: boolean;
  /** The status of its response, if there was one. */
  readonly status: number | undefined;
  /** Not called `code`: undici would take this for an error that it can recover from. */
  readonly fault: string;

  constructor(
    proxy: string,
    { reached, status, fault = `HTTP ${status}`, cause }: Partial<ProxyError> & { readonly reached: boolean },
  ) {
    super(`${proxy}: ${fault}`, { cause });
    this.proxy = proxy;
    this.reached = reached;
    this.status = status;
    this.fault = fault;
  }
}
