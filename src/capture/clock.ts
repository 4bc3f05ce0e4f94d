import { setTimeout as sleep } from 'node:timers/promises';

/** The time, passed in so that tests control it. */
export interface Clock {
  /** Milliseconds since the epoch, as are all times whose name ends with At. */
  now(): number;
  /** Returns early, without an error, when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: Date.now,
  async sleep(ms, signal) {
    try {
      await sleep(ms, undefined, { signal });
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};

/**
 * @param offsetMs how far the other clock is ahead of ours
 * @returns for example `5 minutes behind`, to be followed by the other clock's name
 */
export function describeClockError(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const [count, unit] = minutes < 120 ? [minutes, 'minute'] : [Math.round(minutes / 60), 'hour'];
  const size = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return `${size} ${offsetMs > 0 ? 'behind' : 'ahead of'}`;
}

/** `3.3s`, to a tenth of a second. */
export function formatSeconds(ms: number): string {
  return `${Math.round(ms / 100) / 10}s`;
}

/**
 * What a canceled step has left: the runner sends SIGINT, 7.5 s later SIGTERM, and 2.5 s after that SIGKILL
 * (docs/development/runner.md). The attempt in progress gets the first part. The rest is for finding out what it did.
 */
const canceledAttemptMs = 6_500;
const canceledTotalMs = 9_000;

/** The time that all API calls of a step share, in milliseconds. */
export interface TimeLimit {
  readonly totalMs: number;
  remainingMs(): number;
  /** How long one attempt may take: a third of the total, at most what remains. */
  attemptMs(): number;
  readonly canceled: AbortSignal;
  readonly attemptOver: AbortSignal;
}

/**
 * Starts a time limit now. A cancellation shortens it.
 * @param canceled fires when the step is canceled
 * @param waitMs time for waits that aren't API calls, in addition
 */
export function startTimeLimit(
  totalMs: number,
  clock: Clock,
  canceled: AbortSignal = new AbortController().signal,
  waitMs = 0,
): TimeLimit {
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
    attemptMs: () => Math.min(totalMs / 3, remainingMs()),
    canceled,
    attemptOver: attemptOver.signal,
  };
}
