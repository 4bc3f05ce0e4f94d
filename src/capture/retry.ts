import type { Log } from '../log.ts';
import { CaptureError, isUnknownClient, maxEffectDelayMs } from './capture-error.ts';
import { type Clock, formatSeconds, type TimeLimit } from './clock.ts';

export interface RetryOptions {
  readonly clock: Clock;
  readonly timeLimit: TimeLimit;
  readonly random: () => number;
  readonly log: Pick<Log, 'info'>;
}

export type Repeat = ReturnType<typeof createRepeat>;

const firstWaitMs = 500;
const maxWaitMs = 10_000;
/** With less time for a response, a clear failure would become an indeterminate one. */
export const minAttemptMs = 500;

export function createRepeat({ clock, timeLimit, random, log }: RetryOptions) {
  const signal = timeLimit.canceled;
  /**
   * Sends until a call succeeds, fails for good, or another attempt is pointless. A call about a client that Capture may not
   * know yet is repeated.
   * @param send gets the number of the attempt, from 1
   * @param about.createdAt when the client was created, if that is known
   * @param about.check runs before every attempt. Any value but undefined is the result, and nothing is sent.
   * @throws the last error. A CaptureError that was repeated says how often, and has the original as its cause.
   */
  return async <T, C = never>(
    send: (attempt: number) => Promise<T>,
    about: { createdAt?: number | undefined; check?: (() => Promise<C | undefined>) | undefined } = {},
  ): Promise<T | C> => {
    const { createdAt = -Infinity, check } = about;
    for (let attempt = 1; ; attempt += 1) {
      const result = await check?.();
      if (result !== undefined) return result;
      try {
        return await send(attempt);
      } catch (thrown) {
        if (!(thrown instanceof CaptureError)) throw thrown;
        const newForMs = createdAt + maxEffectDelayMs - clock.now();
        const isDoubtful = newForMs > 0 && isUnknownClient(thrown);
        const error = isDoubtful ? thrown.because({}, { retryable: true, isUnknownClient: false }) : thrown;
        if (!error.details.retryable) throw error;
        const pauseMs = Math.max(error.details.retryAfterMs ?? 0, backoffMs(attempt, random()));
        const waitMs = isDoubtful ? Math.min(pauseMs, newForMs) : pauseMs;
        const reason = reasonToStop(error, waitMs, timeLimit);
        if (reason !== undefined) throw gaveUp(error, attempt, reason);
        log.info(`${error.problem} Trying again in ${formatSeconds(waitMs)} (attempt ${attempt + 1}).`);
        // A cancellation ends the wait that it interrupts. Later waits keep their length.
        await clock.sleep(waitMs, signal.aborted ? undefined : signal);
      }
    }
  };
}

/** Each wait is twice the one before. Half of it is random, so that runs that failed together don't retry together. */
function backoffMs(failures: number, random: number): number {
  return (Math.min(maxWaitMs, firstWaitMs * 2 ** (failures - 1)) / 2) * (1 + random);
}

/** @returns what the message adds to "Gave up after N attempts", or undefined if there is another attempt */
function reasonToStop({ details }: CaptureError, waitMs: number, timeLimit: TimeLimit): string | undefined {
  if (waitMs + minAttemptMs <= timeLimit.remainingMs()) return undefined;
  if (timeLimit.canceled.aborted) return ': canceled';
  const limit = `(timeout ${formatSeconds(timeLimit.totalMs)})`;
  return waitMs === details.retryAfterMs
    ? `: the server asks to wait ${Math.ceil(waitMs / 1000)}s ${limit}`
    : `: no time is left for another attempt ${limit}`;
}

function gaveUp(error: CaptureError, attempts: number, reason: string): CaptureError {
  const count = attempts === 1 ? 'one attempt' : `${attempts} attempts`;
  return error.because({ problem: `${error.problem} Gave up after ${count}${reason}.` });
}
