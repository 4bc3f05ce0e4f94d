import { CaptureError, type CaptureErrorDetails, notCaptureHint } from './capture-error.ts';
import { ProxyError } from './proxy.ts';
import type { Call } from './response.ts';
import type { TimeLimit } from './time-limit.ts';
import { tlsHint } from './tls-error.ts';
import type { NoResponse, NoResponseError } from './transport.ts';

type Advice = Pick<CaptureErrorDetails, 'retryable' | 'maxAttempts' | 'retryForMs'> & {
  readonly hint: string;
};
type Failure = Advice & { readonly problem: string };

const runAgain = 'Run this again.';

/** Turns an exchange without a complete response into the error of the call. */
export function noResponse(call: Call, error: NoResponseError, limitMs: number): CaptureError {
  const { problem, hint, ...rest } = explain(call, error.failure, limitMs);
  const applied = error.failure.sent ? 'unknown' : 'no';
  const details = { call: call.name, host: call.host, applied, ...rest } as const;
  return new CaptureError(problem, hint, details, { cause: error });
}

/** The step had no time left for this call. */
export function timeIsUp({ name, host }: Call, { totalMs, canceled }: TimeLimit): CaptureError {
  const [problem, hint] = canceled.aborted
    ? [`The step was canceled before ${name} was sent to ${host}.`, runAgain]
    : [
        `No time was left for ${name} at ${host} (timeout ${formatSeconds(totalMs)}).`,
        'Run this again with a longer timeout.',
      ];
  return new CaptureError(problem, hint, { call: name, host, applied: 'no', retryable: false });
}

function explain(call: Call, failure: NoResponse, limitMs: number): Failure {
  const { reason, sent, code, elapsedMs, proxy, cause } = failure;
  const { name, host } = call;
  const peer = proxy === undefined ? host : `${host} through the proxy ${proxy}`;
  if (reason === 'size') {
    const problem = `${host} responded to ${name} with more data than Capture ever sends. The rest was discarded.`;
    return { problem, hint: notCaptureHint(host), retryable: false };
  }
  if (reason === 'encoding') {
    const problem = `${host} responded to ${name} with a compressed body that can't be decoded.`;
    const hint = `Check that no proxy between this runner and ${host} changes responses.`;
    return { problem, hint, retryable: true, maxAttempts: 2 };
  }
  if (reason === 'canceled') {
    const what = sent ? `while ${peer} processed ${name}` : `before ${name} was sent to ${peer}`;
    const problem = `The step was canceled ${what} (after ${formatSeconds(elapsedMs)}).`;
    return { problem, hint: runAgain, retryable: true };
  }
  const isLate = reason === 'time';
  const limit = formatSeconds(limitMs);
  if (sent) {
    const problem = isLate
      ? `No response from ${peer} to ${name} within ${limit}.`
      : `The connection to ${peer} broke during ${name} (${code}).`;
    return { problem, hint: `${runAgain} If it persists, check the status of ${host}.`, retryable: true };
  }
  if (cause instanceof ProxyError) return noTunnel(call, cause);
  const problem = isLate
    ? `No connection to ${peer} for ${name} within ${limit}.`
    : `Could not connect to ${peer} for ${name} (${code}).`;
  const hint =
    proxy === undefined
      ? `Check that this runner can reach ${host}. If it needs a proxy, set HTTPS_PROXY.`
      : `Check that the proxy is up and can reach ${host}. ${withoutProxy(host)}`;
  return { problem, ...(adviceFor(code, host, 'capture_domain') ?? { hint, retryable: true }) };
}

/** A proxy didn't open a tunnel to the host. */
function noTunnel({ name, host, proxyVariable = 'HTTPS_PROXY' }: Call, error: ProxyError): Failure {
  const { proxy, reached, status, fault } = error;
  if (reached) {
    const what = status === undefined ? 'closed the connection before it opened' : 'did not open';
    const problem = `The proxy ${proxy} ${what} a tunnel to ${host} for ${name} (${fault}).`;
    return { problem, ...rejection(status ?? 502, host, proxyVariable) };
  }
  const problem = `Could not connect to the proxy ${proxy} for ${name} at ${host} (${fault}).`;
  const hint = `Check that the proxy is up, that ${proxyVariable} has the right host and port, and that this runner can reach it.`;
  return { problem, ...(adviceFor(fault, proxy, proxyVariable) ?? { hint, retryable: true }) };
}

/** What a proxy's response other than 200 asks for. */
function rejection(status: number, host: string, variable: string): Advice {
  if (status === 407) {
    const hint = `The proxy requires a user name and password. Put them in ${variable} (http://USER:PASSWORD@HOST:PORT), with special characters percent-encoded.`;
    return { hint, retryable: false };
  }
  if (status >= 500 || status === 408 || status === 429) {
    const hint = `Check that the proxy can reach ${host}, and check the spelling of capture_domain.`;
    return { hint, retryable: true };
  }
  return { hint: `Have the proxy allow ${host}. ${withoutProxy(host)}`, retryable: false };
}

/** For a connection that can't be established because of what names the peer, or because of TLS. */
function adviceFor(code: string, peer: string, source: Parameters<typeof tlsHint>[2]): Advice | undefined {
  const hint = tlsHint(code, peer, source);
  if (hint !== undefined) return { hint, retryable: false };
  if (code !== 'ENOTFOUND') return undefined;
  const other =
    source === 'capture_domain' ? ' If only a proxy resolves names on this network, set HTTPS_PROXY.' : '';
  return {
    hint: `The host name ${peer} doesn't exist. Check the spelling of ${source}.${other}`,
    retryable: true,
    // The resolver may be starting. Usually, the name is wrong.
    retryForMs: 5_000,
  };
}

function withoutProxy(host: string): string {
  return `If this runner reaches ${host} without a proxy, add it to NO_PROXY.`;
}

function formatSeconds(ms: number): string {
  return `${Math.round(ms / 100) / 10}s`;
}
