/** Proxies as the environment names them. An empty string means none. */
export interface ProxySettings {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** Is there any proxy to go by? */
export function hasProxy({ httpProxy, httpsProxy }: ProxySettings): boolean {
  return httpProxy !== '' || httpsProxy !== '';
}

/**
 * Reads the proxies' URLs.
 * @throws TypeError or URIError if one is none
 */
export function parseProxies({ httpProxy, httpsProxy, noProxy }: ProxySettings): ProxySettings {
  return { httpProxy: parseProxy(httpProxy), httpsProxy: parseProxy(httpsProxy), noProxy };
}

/**
 * Reads a proxy's URL; `http://` may be left out, as everywhere. A raw `/`, `?` or `#` in a password would make a host of
 * the user name, and a message would tell it.
 */
function parseProxy(text: string): string {
  if (text === '') return '';
  const url = text.includes('://') ? text : `http://${text}`;
  if (!/^https?:\/\/[^/?#\\]+\/?$/i.test(url)) throw new TypeError();
  const { username, password, href } = new URL(url);
  decodeURIComponent(username + password);
  return href;
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
  // undici has codes for the faults of its parser, but does not set them.
  if ((error as Error).name === 'HTTPParserError') return 'INVALID_HTTP';
  const [first] = error instanceof AggregateError ? error.errors : [];
  return first === undefined ? 'UNKNOWN' : codeOf(first);
}
