import { isIP } from 'node:net';
import { ExpectedError } from '../errors.ts';
import { isLoopback } from './domain.ts';
import type { NetworkSettings } from './network-settings.ts';

export interface ProxyServer {
  readonly variable: 'HTTPS_PROXY' | 'HTTP_PROXY';
  /** May contain a user name and a password. */
  readonly url: string;
  /** Host and port, without credentials. */
  readonly name: string;
}

/**
 * Chooses the proxy for a host, undefined for none. Only the variable that applies is read.
 * @throws ExpectedError if that variable isn't the URL of an HTTP proxy
 */
export function proxyFor(
  origin: URL,
  { httpProxy, httpsProxy, noProxy }: NetworkSettings['proxies'],
): ProxyServer | undefined {
  const variable = origin.protocol === 'https:' && httpsProxy !== '' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = variable === 'HTTPS_PROXY' ? httpsProxy : httpProxy;
  if (text === '' || isLoopback(origin.hostname) || isBypassed(origin, noProxy)) return undefined;
  const url = parseProxy(text, variable, origin.host);
  return { variable, url: url.href, name: `${url.hostname}:${portOf(url)}` };
}

/** A name (`name`, `.name`, or `*.name`) includes what is below it, `*` is every host, and a port is optional. */
function isBypassed(origin: URL, noProxy: string): boolean {
  const host = origin.hostname.replace(/[[\]]|\.$/g, '');
  return noProxy
    .toLowerCase()
    .split(/[,\s]/)
    .some((entry) => {
      const known = /^(?:\*?\.)?\[?(?<name>.+?)[\].]*(?::(?<port>\d+))?$/;
      const { name = '', port } = isIP(entry) === 0 ? (known.exec(entry)?.groups ?? {}) : { name: entry };
      if (port !== undefined && port !== portOf(origin)) return false;
      return name === '*' || host === name || host.endsWith(`.${name}`);
    });
}

function portOf({ protocol, port }: URL): string {
  return port || (protocol === 'https:' ? '443' : '80');
}

/** A raw `/`, `?`, or `#` in a password would turn the user name into the host name, which messages quote. */
function parseProxy(text: string, variable: string, host: string): URL {
  const url = text.includes('://') ? text : `http://${text}`;
  try {
    if (!/^https?:\/\/[^/?#\\]+\/?$/i.test(url)) throw new TypeError();
    const parsed = new URL(url);
    decodeURIComponent(parsed.username + parsed.password);
    return parsed;
  } catch {
    const what = /^socks/i.test(url)
      ? "names a SOCKS proxy, which isn't supported"
      : "isn't the URL of a proxy";
    // Neither the URL nor the cause, which quotes it: it may contain a password.
    throw new ExpectedError(
      `${variable} ${what}.`,
      `Set ${variable} to an HTTP proxy, such as http://proxy.example.com:3128 or http://USER:PASSWORD@proxy.example.com:3128 with special characters percent-encoded. If this runner reaches ${host} without a proxy, add it to NO_PROXY.`,
      { title: 'invalid proxy' },
    );
  }
}

/** A proxy didn't open a tunnel, so nothing of a request was sent. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly proxy: string;
  readonly reached: boolean;
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
