import { CaptureError } from './capture-error.ts';
import type { ProxyError } from './proxy.ts';
import type { Call } from './response.ts';
import { tlsFault } from './tls-error.ts';
import type { NoResponseError } from './transport.ts';

/** What problem, what to do, and whether the same call may succeed a little later. */
interface Failure {
  readonly problem: string;
  readonly hint: string;
  readonly retryable: boolean;
}

/** Turns an exchange without a whole answer into the error of the call. */
export function noAnswer(call: Call, error: NoResponseError, limitMs: number): CaptureError {
  const { problem, hint, retryable } = explain(call, error, formatSeconds(limitMs));
  const applied = error.sent ? 'unknown' : 'no';
  return new CaptureError(problem, hint, { call: call.name, host: call.host, applied, retryable });
}

/** The time that the step has for all of its calls ran out before this one. */
export function timeIsUp(call: Call, totalMs: number): CaptureError {
  return new CaptureError(
    `No time was left for ${call.name} at ${call.host} (timeout ${formatSeconds(totalMs)}).`,
    'Run again, with a longer timeout if Capture is slow.',
    { call: call.name, host: call.host, applied: 'no', retryable: false },
  );
}

function explain(call: Call, error: NoResponseError, limit: string): Failure {
  if (error.reason === 'size') return tooLarge(call);
  if (error.sent) return broken(call, error, limit);
  if (error.noTunnel !== undefined) return noTunnel(call, error.noTunnel);
  return noConnection(call, error, limit);
}

function tooLarge({ name, host }: Call): Failure {
  return {
    problem: `${host} answered ${name} with more than Capture ever sends; the rest was not read.`,
    hint: `Is ${host} a Capture domain?`,
    retryable: false,
  };
}

function broken({ name, host }: Call, { reason, code, proxy }: NoResponseError, limit: string): Failure {
  return {
    problem:
      reason === 'time'
        ? `No answer from ${through(host, proxy)} to ${name} within ${limit}.`
        : `The connection to ${through(host, proxy)} broke during ${name} (${code}).`,
    hint: 'Run again; if it stays, look whether the host is in trouble.',
    retryable: true,
  };
}

function noConnection(
  { name, host }: Call,
  { reason, code, proxy }: NoResponseError,
  limit: string,
): Failure {
  const lasting =
    code === 'ENOTFOUND'
      ? 'There is no such host: is capture_domain spelt right? A network that resolves names in a proxy alone needs HTTPS_PROXY.'
      : tlsFault(code, host, 'capture_domain');
  return {
    problem:
      reason === 'time'
        ? `No connection to ${through(host, proxy)} for ${name} within ${limit}.`
        : `Could not connect to ${through(host, proxy)} for ${name} (${code}).`,
    hint:
      lasting ??
      (proxy === undefined
        ? 'Can this runner reach the host? If it does so by way of a proxy, set HTTPS_PROXY.'
        : `Is the proxy up, and can it reach the host? If the host is to be reached without it, put ${host} into NO_PROXY.`),
    retryable: lasting === undefined,
  };
}

function noTunnel({ name, host }: Call, { proxy, asked, status, fault }: ProxyError): Failure {
  if (status !== undefined) {
    const problem = `The proxy ${proxy} did not let ${name} through to ${host} (${fault}).`;
    return { problem, ...refusal(status, host) };
  }
  if (asked) {
    const problem = `The proxy ${proxy} hung up before it let ${name} through to ${host} (${fault}).`;
    return { problem, ...refusal(502, host) };
  }
  const lasting =
    fault === 'ENOTFOUND'
      ? 'There is no such proxy: is HTTPS_PROXY spelt right?'
      : tlsFault(fault, proxy, 'HTTPS_PROXY');
  return {
    problem: `Could not connect to the proxy ${proxy} for ${name} at ${host} (${fault}).`,
    hint: lasting ?? 'Is the proxy up, are host and port in HTTPS_PROXY right, and can this runner reach it?',
    retryable: lasting === undefined,
  };
}

/** What a proxy's answer other than 200 asks for (RFC 9110 §9.3.6, §15). */
function refusal(status: number, host: string): Pick<Failure, 'hint' | 'retryable'> {
  if (status === 407) {
    const hint =
      'It wants a user name and a password, or other ones: they go into the URL in HTTPS_PROXY, special characters percent-encoded (http://USER:PASSWORD@HOST:PORT).';
    return { hint, retryable: false };
  }
  if (status >= 500 || status === 408 || status === 429) {
    const hint = `Can the proxy reach ${host}, and is capture_domain spelt right? Run again if the proxy was in trouble.`;
    return { hint, retryable: true };
  }
  const hint = `Have ${host} allowed there, or put it into NO_PROXY if this runner reaches it without a proxy. Is HTTPS_PROXY right?`;
  return { hint, retryable: false };
}

function through(host: string, proxy: string | undefined): string {
  return proxy === undefined ? host : `${host} through the proxy ${proxy}`;
}

function formatSeconds(ms: number): string {
  return `${Math.round(ms / 100) / 10}s`;
}
