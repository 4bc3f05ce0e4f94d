import { setTimeout as sleep } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds since the epoch, as are all times whose name ends with At. */
  now(): number;
  /** Returns early, without an error, when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await sleep(ms, undefined, { signal });
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};

/** `3.3s`, to a tenth of a second. */
export function formatSeconds(ms: number): string {
  return `${Math.round(ms / 100) / 10}s`;
}

/** What a canceled step has left (docs/development/runner.md): first for the attempt, then to find out what it did. */
const canceledAttemptMs = 6_500;
const canceledTotalMs = 9_000;

export type TimeLimit = ReturnType<typeof startTimeLimit>;

/**
 * Limits the time that all API calls of a step share, from now on. A cancellation shortens it.
 * @param waitMs for waits that aren't API calls, in addition
 */
export function startTimeLimit(totalMs: number, clock: Clock, canceled: AbortSignal, waitMs = 0) {
  let end = clock.now() + totalMs + waitMs;
  const attemptOver = new AbortController();
  const remainingMs = () => Math.max(0, end - clock.now());
  const shorten = (): void => {
    end = Math.min(end, clock.now() + canceledTotalMs);
    setTimeout(() => attemptOver.abort(), canceledAttemptMs).unref();
  };
  if (canceled.aborted) shorten();
  else canceled.addEventListener('abort', shorten);
  return {
    totalMs,
    remainingMs,
    /** How long one attempt may take: a third of the total, at most what remains. */
    attemptMs: () => Math.min(totalMs / 3, remainingMs()),
    canceled,
    attemptOver: attemptOver.signal,
  };
}
