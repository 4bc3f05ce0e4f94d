import { CaptureError } from './capture-error.ts';
import type { Clock } from './clock.ts';
import type { TimeLimit } from './time-limit.ts';

/** Why a call is about to be tried again. */
export interface Retry {
  readonly error: CaptureError;
  readonly waitMs: number;
  /** The number of the attempt to come; the first one was 1. */
  readonly attempt: number;
}

/** What retries need of their surroundings. */
export interface RetryOptions {
  readonly timeLimit: TimeLimit;
  readonly clock: Clock;
  /** A number from 0 to 1, 1 excluded. */
  readonly random: () => number;
  readonly onRetry: (retry: Retry) => void;
}

const firstWaitMs = 500;
const longestWaitMs = 10_000;
/** Less time for an answer would only turn a clear failure into an open question. */
export const shortestAttemptMs = 500;

/**
 * Makes attempts until one succeeds, one fails for good, or the timeLimit cannot hold another.
 * @param mayRepeat whether this failure allows the same call once more
 * @throws CaptureError of the last attempt; its message says how often and how long it was tried
 */
export async function withRetries<T>(
  attemptOnce: (attempt: number) => Promise<T>,
  mayRepeat: (error: CaptureError) => boolean,
  options: RetryOptions,
): Promise<T> {
  const { timeLimit, clock } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(attempt);
    } catch (error) {
      if (!(error instanceof CaptureError) || !mayRepeat(error)) throw error;
      const waitMs = Math.max(error.details.retryAfterMs ?? 0, jitteredBackOff(attempt, options.random));
      if (waitMs + shortestAttemptMs > timeLimit.remainingMs())
        throw gaveUp(error, attempt, waitMs, timeLimit);
      options.onRetry({ error, waitMs, attempt: attempt + 1 });
      // The interruption ends a wait that was under way; the waits after it are as long as ever.
      await clock.sleep(waitMs, timeLimit.interrupted.aborted ? undefined : timeLimit.interrupted);
    }
  }
}

/** Doubles from half a second to ten; half of it is chance, so that jobs which failed together do not return together. */
function jitteredBackOff(attempt: number, random: () => number): number {
  const ceiling = Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1));
  return ceiling / 2 + (ceiling / 2) * random();
}

function gaveUp(error: CaptureError, attempts: number, waitMs: number, timeLimit: TimeLimit): CaptureError {
  const tries = attempts === 1 ? 'one attempt' : `${attempts} attempts`;
  const why =
    waitMs === error.details.retryAfterMs
      ? `the server asks to wait ${Math.ceil(waitMs / 1000)}s`
      : 'the time is up';
  return new CaptureError(
    `${error.problem} Gave up after ${tries}: ${why} (timeout ${timeLimit.totalMs / 1000}s).`,
    error.hint,
    error.details,
  );
}
