import { readFileSync } from 'node:fs';
import { CaptureError, type CaptureErrorDetails, notCaptureHint, seeStatusPage } from './capture-error.ts';
import { formatSeconds } from './clock.ts';
import { ProxyError, type ProxyServer } from './proxy.ts';

export interface NoResponse {
  readonly reason: 'connection' | 'time' | 'canceled' | 'size';
  /** Whether any byte of the request may have reached the server. If not, the server can't have acted on it. */
  readonly sent: boolean;
  /** The system's, TLS's, or undici's own code, such as `ECONNREFUSED`. */
  readonly code: string;
  readonly limitMs: number;
  /** A ProxyError if the proxy didn't open a tunnel. */
  readonly cause?: unknown;
}

/** No complete response arrived, for a reason that is the network's or our own limit. */
export class NoResponseError extends Error {
  override readonly name = 'NoResponseError';
  readonly failure: NoResponse;

  constructor(failure: NoResponse) {
    super(`${failure.reason}: ${failure.code}`, { cause: failure.cause });
    this.failure = failure;
  }
}

/** undici's codes for wrong arguments: those are bugs of the caller. */
const bug = /^UND_ERR_(?:INVALID_|NOT_SUPPORTED)/;
/** The system's codes, such as ECONNREFUSED, and undici's. Node's codes for bugs start with ERR_. */
const network = /^(?:E(?!RR_)[A-Z\d_]+|UND_ERR_[A-Z\d_]+|HPE_[A-Z\d_]+)$/;

export const invalidHttp = 'INVALID_HTTP';

/**
 * The code of a known network failure. Any other error is undefined: it is a bug, and nobody may report it, or retry
 * after it, as if the network had failed.
 */
export function networkCodeOf(error: unknown): string | undefined {
  if (error instanceof ProxyError) return error.fault;
  const { code, name, errors } = error as { code?: unknown; name?: unknown; errors?: unknown };
  if (
    typeof code === 'string' &&
    (tlsHints.some(([codes]) => codes.test(code)) || (network.test(code) && !bug.test(code)))
  )
    return code;
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

type Advice = Pick<CaptureErrorDetails, 'retryable' | 'retryForMs'> & { readonly hint: string };

export function noResponse(call: string, destination: Destination, error: NoResponseError): CaptureError {
  const { reason, sent, code, limitMs, cause } = error.failure;
  const { host, proxy } = destination;
  const peer = proxy === undefined ? host : `${host} through the proxy ${proxy.name}`;
  const applied = sent ? 'unknown' : 'no';
  const fail = (problem: string, { hint, ...rest }: Advice & Pick<CaptureErrorDetails, 'isStrange'>) =>
    new CaptureError(problem, hint, { call, applied, ...rest }, error);

  if (reason === 'size') {
    const problem = `${host} responded to ${call} with more data than Capture ever sends. The rest was discarded.`;
    return fail(problem, { hint: notCaptureHint(host), retryable: false, isStrange: true });
  }
  if (reason === 'canceled') {
    const what = sent ? `while ${peer} processed ${call}` : `before ${call} was sent to ${peer}`;
    return fail(`The step was canceled ${what}.`, { hint: 'Run this again.', retryable: true });
  }
  if (code === invalidHttp) {
    const problem = `${peer} responded to ${call} with something that isn't HTTP.`;
    return fail(problem, { hint: notCaptureHint(host), retryable: true, isStrange: true });
  }
  const limit = formatSeconds(limitMs);
  if (sent) {
    const problem =
      reason === 'time'
        ? `No response from ${peer} to ${call} within ${limit}.`
        : `The connection to ${peer} broke during ${call} (${code}).`;
    const hint = `Run this again. If it persists, check the status of ${host}. ${seeStatusPage}`;
    return fail(problem, { hint, retryable: true });
  }
  if (cause instanceof ProxyError && cause.reached) {
    const what = cause.status === undefined ? 'closed the connection before it opened' : 'did not open';
    const problem = `The proxy ${cause.proxy} ${what} a tunnel to ${host} for ${call} (${code}).`;
    return fail(problem, adviceAboutTunnel(destination, cause.status));
  }
  const problem =
    reason === 'time'
      ? `No connection to ${peer} for ${call} within ${limit}.`
      : `Could not connect to ${cause instanceof ProxyError ? `the proxy ${cause.proxy}` : peer} for ${call} (${code}).`;
  return fail(problem, adviceAboutConnection(code, destination, cause));
}

function adviceAboutTunnel({ host, proxy }: Destination, status = 502): Advice {
  if (status === 407) {
    const hint = `The proxy requires a user name and password. Put them in ${proxy?.variable} (http://USER:PASSWORD@HOST:PORT), with special characters percent-encoded.`;
    return { hint, retryable: false };
  }
  if (status >= 500 || status === 408 || status === 429) {
    const hint = `Check that the proxy can reach ${host}, and check the spelling of \`capture_domain\`.`;
    return { hint, retryable: true };
  }
  return { hint: `Have the proxy allow ${host}. ${withoutProxy(host)}`, retryable: false };
}

/** Neither the host nor, if the cause is about that, the proxy could be reached. */
function adviceAboutConnection(
  code: string,
  { host, proxy, extraCaCerts }: Destination,
  cause: unknown,
): Advice {
  const isProxy = cause instanceof ProxyError;
  const name = isProxy ? cause.proxy : host;
  const source = isProxy ? (proxy?.variable ?? '') : '`capture_domain`';
  const hint = tlsHint(code, { name, source, extraCaCerts });
  if (hint !== undefined) return { hint, retryable: false };
  if (code === 'ENOTFOUND') {
    const other = isProxy ? '' : ' If only a proxy resolves names on this network, set HTTPS_PROXY.';
    const hint = `The host name ${name} doesn't exist. Check the spelling of ${source}.${other}`;
    // The resolver may be starting. Usually, the name is wrong.
    return { hint, retryable: true, retryForMs: 5_000 };
  }
  return {
    hint:
      proxy === undefined
        ? `Check that this runner can reach ${host}. If it needs a proxy, set HTTPS_PROXY.`
        : `Check that ${proxy.variable} has the right host and port, and that the proxy is up and can reach ${host}. ${withoutProxy(host)}`,
    retryable: true,
  };
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
export function tlsHint(code: string, peer: Peer): string | undefined {
  return tlsHints.find(([codes]) => codes.test(code))?.[1](peer);
}

const tlsHints: readonly [RegExp, (peer: Peer) => string][] = [
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$|^HOSTNAME_MISMATCH$/,
    ({ name, source }) =>
      `The certificate is for a different host than ${name}. Check ${source}, and check whether something on this network intercepts TLS.`,
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    ({ name }) => `The certificate of ${name} has expired. Have it renewed, and check this runner's clock.`,
  ],
  [
    /^CERT_NOT_YET_VALID$/,
    ({ name }) => `The certificate of ${name} isn't valid yet. Check this runner's clock.`,
  ],
  [
    /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
    (peer) =>
      `The certificate of ${peer.name} is self-signed, so anyone could have made it. If it's the one you expect, ${trustIt(peer)}.`,
  ],
  [
    /^SELF_SIGNED_CERT_IN_CHAIN$|^CERT_SIGNATURE_FAILURE$|^UNABLE_TO_(?:VERIFY|GET_ISSUER)/,
    (peer) =>
      `The certificate of ${peer.name} is from a CA that Node.js doesn't know. If it's your own CA, or that of a proxy that intercepts TLS, ${trustIt(peer)}.`,
  ],
  [
    /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_LAYER_FAILURE)$/,
    ({ name, source }) =>
      `${name} doesn't use TLS on this port. Check the port in ${source}. ${plainHttp(source)}`.trim(),
  ],
  [
    /CERT|^CRL_|^UNABLE_TO_|^INVALID_(?:CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^ERR_(?:TLS|SSL)_|^EPROTO$/,
    ({ name, source }) =>
      `A secure connection to ${name} wasn't possible. Check ${source}, and the TLS setup of ${name}.`,
  ],
];

/** How to make Node trust a CA. What is set already decides what is missing. */
function trustIt({ extraCaCerts }: Peer): string {
  if (extraCaCerts === '') {
    return 'put the certificate in a PEM file, and set NODE_EXTRA_CA_CERTS to its path in the env of the job or step';
  }
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

function plainHttp(source: string): string {
  if (source === '`capture_domain`')
    return 'For an emulator on this machine, put http:// before the host name.';
  return source.endsWith('_PROXY') ? 'For a proxy that uses plain HTTP, put http:// before its name.' : '';
}
