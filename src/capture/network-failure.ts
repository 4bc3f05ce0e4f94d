import { readFileSync } from 'node:fs';
import { CaptureError, type CaptureErrorDetails, notCaptureHint, seeStatusPage } from './capture-error.ts';
import { formatSeconds } from './clock.ts';
import { ProxyError, type ProxyServer } from './proxy.ts';

export interface NoResponse {
  readonly reason: 'connection' | 'time' | 'canceled';
  /** Whether any byte of the request may have reached the server. If not, the server can't have acted on it. */
  readonly sent: boolean;
  /** The system's, TLS's, or undici's own code, such as `ECONNREFUSED`. */
  readonly code: string;
  readonly limitMs: number;
}

/** No complete response arrived, for a reason that is the network's or our own limit. */
export class NoResponseError extends Error {
  override readonly name = 'NoResponseError';
  readonly failure: NoResponse;

  /** @param cause a ProxyError if the proxy didn't open a tunnel */
  constructor(failure: NoResponse, cause?: unknown) {
    super(`${failure.reason}: ${failure.code}`, { cause });
    this.failure = failure;
  }
}

/** The system's codes, such as ECONNREFUSED, and undici's, without those for bugs of the caller. */
const network = /^(?:E(?!RR_)[A-Z\d_]+|UND_ERR_(?!INVALID_|NOT_SUPPORTED)[A-Z\d_]+|HPE_[A-Z\d_]+)$/;
/** Codes of a TLS handshake that failed, of Node.js and OpenSSL. */
const tls =
  /CERT|^CRL_|^UNABLE_TO_|^HOSTNAME_MISMATCH$|^INVALID_(?:CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^ERR_(?:TLS|SSL)_|^EPROTO$/;

const invalidHttp = 'INVALID_HTTP';

/** The code of a known network failure, undefined for a bug: nobody may report it, or retry after it, as a failure. */
export function networkCodeOf(error: unknown): string | undefined {
  if (error instanceof ProxyError) return error.fault;
  const { code, name, errors } = error as { code?: unknown; name?: unknown; errors?: unknown };
  if (typeof code === 'string' && (network.test(code) || tls.test(code))) return code;
  // undici's parser sets no code, and some of what a server sends fails an assertion in it. Nothing else here asserts.
  if (name === 'HTTPParserError' || code === 'ERR_ASSERTION') return invalidHttp;
  // Several addresses of a host failed.
  return Array.isArray(errors) && errors.length > 0 ? networkCodeOf(errors[0]) : undefined;
}

export interface Destination {
  readonly host: string;
  readonly proxy: ProxyServer | undefined;
  /** NODE_EXTRA_CA_CERTS, or empty. */
  readonly extraCaCerts: string;
}

export function noResponse(call: string, destination: Destination, error: NoResponseError): CaptureError {
  const { failure, cause } = error;
  const { reason, sent, code } = failure;
  const { host, proxy } = destination;
  const peer = proxy === undefined ? host : `${host} through the proxy ${proxy.name}`;
  const limit = formatSeconds(failure.limitMs);
  const fail = (problem: string, hint: string, rest: Partial<CaptureErrorDetails> = {}) => {
    const applied = sent ? 'unknown' : 'no';
    return new CaptureError(problem, hint, { call, applied, retryable: true, ...rest }, error);
  };
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    const problem = `${host} responded to ${call} with more data than Capture ever sends. The rest was discarded.`;
    return fail(problem, notCaptureHint(host), { retryable: false });
  }
  if (reason === 'canceled') {
    const when = sent ? `while ${peer} processed ${call}` : `before ${call} was sent to ${peer}`;
    return fail(`The step was canceled ${when}.`, 'Run this again.');
  }
  if (code === invalidHttp) {
    const problem = `${peer} responded to ${call} with something that isn't HTTP.`;
    return fail(problem, notCaptureHint(host), { retryable: false });
  }
  if (sent) {
    const problem =
      reason === 'time'
        ? `No response from ${peer} to ${call} within ${limit}.`
        : `The connection to ${peer} broke during ${call} (${code}).`;
    return fail(problem, `Run this again. If it persists, check the status of ${host}. ${seeStatusPage}`);
  }
  if (cause instanceof ProxyError && cause.reached) {
    const { status = 502 } = cause;
    const what = cause.status === undefined ? 'closed the connection before it opened' : 'did not open';
    const problem = `The proxy ${cause.proxy} ${what} a tunnel to ${host} for ${call} (${code}).`;
    const retryable = status >= 500 || status === 408 || status === 429;
    return fail(problem, tunnelHint(status, destination), { retryable });
  }
  const target = cause instanceof ProxyError ? `the proxy ${cause.proxy}` : peer;
  const problem =
    reason === 'time'
      ? `No connection to ${peer} for ${call} within ${limit}.`
      : `Could not connect to ${target} for ${call} (${code}).`;
  const retryable = code !== 'ENOTFOUND' && !tls.test(code);
  return fail(problem, connectionHint(code, destination, cause), { retryable });
}

function tunnelHint(status: number, { host, proxy }: Destination): string {
  if (status === 407)
    return `The proxy requires a user name and password. Put them in ${proxy?.variable} (http://USER:PASSWORD@HOST:PORT), with special characters percent-encoded.`;
  return `Check that the proxy allows and can reach ${host}, and check the spelling of \`capture_domain\`. ${withoutProxy(host)}`;
}

/** Neither the host nor, if the cause is about that, the proxy could be reached. */
function connectionHint(code: string, { host, proxy, extraCaCerts }: Destination, cause: unknown): string {
  const isProxy = proxy !== undefined && cause instanceof ProxyError;
  const [name, source] = isProxy ? [proxy.name, proxy.variable] : [host, '`capture_domain`'];
  const hint = tlsHint(code, { name, source, extraCaCerts });
  if (hint !== undefined) return hint;
  if (code === 'ENOTFOUND') {
    const other = isProxy ? '' : ' If only a proxy resolves names on this network, set HTTPS_PROXY.';
    return `The host name ${name} doesn't exist. Check the spelling of ${source}.${other}`;
  }
  if (proxy === undefined)
    return `Check that this runner can reach ${host}. If it needs a proxy, set HTTPS_PROXY.`;
  return `Check that ${proxy.variable} has the right host and port, and that the proxy is up and can reach ${host}. ${withoutProxy(host)}`;
}

function withoutProxy(host: string): string {
  return `If this runner reaches ${host} without a proxy, add it to NO_PROXY.`;
}

/** The other end of a connection. */
export interface Peer {
  readonly name: string;
  /** What names it: `` `capture_domain` ``, or a variable. */
  readonly source: string;
  /** NODE_EXTRA_CA_CERTS, or empty. */
  readonly extraCaCerts: string;
}

/** What to do about a TLS handshake that failed, undefined if the code is about something else. */
export function tlsHint(code: string, { name, source, extraCaCerts }: Peer): string | undefined {
  if (!tls.test(code)) return undefined;
  if (/ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH/.test(code))
    return `The certificate is for a different host than ${name}. Check ${source}, and check whether something on this network intercepts TLS.`;
  if (/CERT_(?:HAS_EXPIRED|NOT_YET_VALID)/.test(code))
    return `The certificate of ${name} has expired or isn't valid yet. Check this runner's clock, or have the certificate renewed.`;
  if (/SELF_SIGNED|CERT_SIGNATURE_FAILURE|UNABLE_TO_(?:VERIFY|GET_ISSUER)/.test(code))
    return `The certificate of ${name} is from a CA that Node.js doesn't know, or self-signed. If it's the one you expect, or that of a proxy that intercepts TLS, ${trustIt(extraCaCerts)}.`;
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_LAYER_FAILURE/.test(code))
    return `${name} doesn't use TLS on this port. Check the port in ${source}. If it's a proxy, or an emulator on this machine, that uses plain HTTP, put http:// before its name.`;
  return `A secure connection to ${name} wasn't possible. Check ${source}, and the TLS setup of ${name}.`;
}

/** How to make Node trust a CA. What is set already decides what is missing. */
function trustIt(extraCaCerts: string): string {
  if (extraCaCerts === '')
    return 'put the certificate in a PEM file, and set NODE_EXTRA_CA_CERTS to its path in the env of the job or step';
  return `correct NODE_EXTRA_CA_CERTS: the file "${extraCaCerts}" ${problemWith(extraCaCerts)}`;
}

function problemWith(file: string): string {
  try {
    return readFileSync(file, 'utf8').includes('-----BEGIN CERTIFICATE-----')
      ? "doesn't have this certificate or its CA"
      : 'has no certificate in PEM format';
  } catch {
    return "doesn't exist or can't be read";
  }
}
