import type { Log } from '../log.ts';
import { backoffMs } from './backoff.ts';
import { CaptureError } from './capture-error.ts';
import type { Clock } from './clock.ts';
import type { TimeLimit } from './time-limit.ts';

/** Whether a call that failed like this may be sent again. */
export type RetryPolicy = (error: CaptureError) => boolean;

/** For calls that can be applied twice without harm. */
export const idempotent: RetryPolicy = ({ details }) => details.retryable;

/** For calls that must not be applied twice. */
export const ifNotApplied: RetryPolicy = ({ details }) => details.retryable && details.applied === 'no';

/**
 * Sends until a call succeeds, fails with an error that the policy doesn't accept, or another attempt is pointless.
 * @throws the last attempt's error. A CaptureError then says how often the call was sent, and keeps the original as its
 *   cause.
 */
export type Retry = <T>(send: () => Promise<T>, policy: RetryPolicy) => Promise<T>;

export interface RetryOptions {
  readonly clock: Clock;
  readonly timeLimit: TimeLimit;
  /** A number from 0 to 1, 1 excluded. */
  readonly random: () => number;
  readonly log: Pick<Log, 'info'>;
}

const waits = { firstMs: 500, maxMs: 10_000 };
/** With less time for a response, a clear failure would become an indeterminate one. */
export const minAttemptMs = 500;

export function createRetry({ clock, timeLimit, random, log }: RetryOptions): Retry {
  const signal = timeLimit.canceled;
  return async (send, policy) => {
    const start = clock.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send();
      } catch (error) {
        if (!(error instanceof CaptureError) || !policy(error)) throw error;
        const waitMs = Math.max(error.details.retryAfterMs ?? 0, backoffMs(attempt, waits, random));
        const reason = reasonToStop(error, attempt, waitMs, clock.now() - start, timeLimit);
        if (reason !== undefined) throw gaveUp(error, attempt, reason);
        log.info(`${error.problem} Trying again in ${(waitMs / 1000).toFixed(1)}s (attempt ${attempt + 1}).`);
        // A cancellation ends the wait that it interrupts. Later waits keep their length.
        await clock.sleep(waitMs, signal.aborted ? undefined : signal);
      }
    }
  };
}

/** @returns what the message adds to "Gave up after N attempts", or undefined if there is another attempt */
function reasonToStop(
  { details }: CaptureError,
  attempts: number,
  waitMs: number,
  elapsedMs: number,
  timeLimit: TimeLimit,
): string | undefined {
  if (attempts >= (details.maxAttempts ?? Infinity)) return '';
  if (elapsedMs + waitMs > (details.retryForMs ?? Infinity)) return '';
  if (waitMs + minAttemptMs <= timeLimit.remainingMs()) return undefined;
  if (timeLimit.canceled.aborted) return ': canceled';
  const limit = `(timeout ${timeLimit.totalMs / 1000}s)`;
  return waitMs === details.retryAfterMs
    ? `: the server asks to wait ${Math.ceil(waitMs / 1000)}s ${limit}`
    : `: the time is up ${limit}`;
}

function gaveUp(error: CaptureError, attempts: number, reason: string): CaptureError {
  const count = attempts === 1 ? 'one attempt' : `${attempts} attempts`;
  const problem = `${error.problem} Gave up after ${count}${reason}.`;
  return new CaptureError(problem, error.hint, error.details, { cause: error });
}
