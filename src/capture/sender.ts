import type { Log } from '../log.ts';
import { type AuthScheme, authenticate, type Credentials, type EmptySignature } from './authentication.ts';
import { CaptureError } from './capture-error.ts';
import { type Clock, formatSeconds, type TimeLimit } from './clock.ts';
import { NoResponseError, noResponse } from './network-failure.ts';
import { type Parse, parseSuccess } from './response.ts';
import type { HttpResponse, Transport } from './transport.ts';

export interface Attempt {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly method: 'GET' | 'POST';
  readonly credentials: Credentials;
  readonly authScheme: AuthScheme;
  readonly emptySignature: EmptySignature;
  /** From 1. */
  readonly number: number;
}

export type Sender = ReturnType<typeof openSender>;

const maxClockErrorMs = 5 * 60_000;

export function openSender(options: {
  readonly host: string;
  /** NODE_EXTRA_CA_CERTS, or empty. */
  readonly extraCaCerts: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly timeLimit: TimeLimit;
  readonly userAgent: string;
  readonly log: Pick<Log, 'notice' | 'debug'>;
}) {
  const { host, extraCaCerts, transport, clock, timeLimit, log } = options;
  const { proxy } = transport;
  let offsetMs: number | undefined;

  const noteClock = ({ headers }: HttpResponse, now: number): void => {
    const date = Date.parse(String(headers.date));
    if (Number.isNaN(date)) return;
    const isFirst = offsetMs === undefined;
    offsetMs = date - now;
    if (!isFirst || Math.abs(offsetMs) <= maxClockErrorMs) return;
    const [ours, theirs] = [now, date].map((time) => new Date(time).toUTCString());
    log.notice(
      `This machine's clock says ${ours}, and that of ${host} ${theirs}. Correct it: it decides when clients expire.`,
      'wrong clock',
    );
  };

  return {
    /** How far Capture's clock is ahead of this machine's, by the latest Date header: accurate to seconds. */
    clockOffsetMs: () => offsetMs,

    /** Sends once. @throws CaptureError unless the response is a success with what was asked for */
    async send<T>(attempt: Attempt, parse: Parse<T>): Promise<T> {
      const { name, authScheme, number } = attempt;
      const limitMs = timeLimit.attemptMs();
      if (limitMs <= 0) throw timeIsUp(name, host, timeLimit);
      const start = clock.now();
      const debug = (outcome: string): void => {
        const via = proxy === undefined ? '' : `, proxy ${proxy.name}`;
        log.debug(`${name}: ${outcome}, ${clock.now() - start} ms, attempt ${number}${via}`);
      };
      try {
        const request = requestFor(attempt, options.userAgent, start);
        const response = await transport.send({ ...request, limitMs, canceled: timeLimit.attemptOver });
        const receivedAt = clock.now();
        debug(`HTTP ${response.status}`);
        noteClock(response, receivedAt);
        const success = parseSuccess(response, parse);
        if (success !== undefined) return success;
        // Most steps don't need this.
        const { responseFailure } = await import('./response-failure.ts');
        const isSigned = authScheme === 'janrain-signed';
        throw responseFailure({ name, host, isSigned, attempt: number, receivedAt }, response);
      } catch (error) {
        if (!(error instanceof NoResponseError)) throw error;
        debug(`no response (${error.failure.code})`);
        throw noResponse(name, { host, proxy, extraCaCerts }, error);
      }
    },
  };
}

function timeIsUp(call: string, host: string, { totalMs, canceled }: TimeLimit): CaptureError {
  const [problem, hint] = canceled.aborted
    ? [`The step was canceled before ${call} was sent to ${host}.`, 'Run this again.']
    : [
        `No time was left for ${call} at ${host} (timeout ${formatSeconds(totalMs)}).`,
        'Run this again with a longer `timeout`.',
      ];
  return new CaptureError(problem, hint, { call, applied: 'no', retryable: false });
}

function requestFor(attempt: Attempt, userAgent: string, now: number) {
  const { name, parameters, method, credentials, authScheme, emptySignature } = attempt;
  const path = `/${name}`;
  const form = new URLSearchParams(parameters).toString();
  const headers = {
    ...authenticate(authScheme, credentials, { path, parameters, emptySignature }, now),
    Accept: 'application/json',
    'Accept-Encoding': 'identity',
    'User-Agent': userAgent,
  };
  if (method === 'GET') return { method, path: form === '' ? path : `${path}?${form}`, headers } as const;
  const contentType = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return { method, path, headers: { ...headers, ...contentType }, body: form } as const;
}
