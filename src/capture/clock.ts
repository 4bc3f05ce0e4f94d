import { setTimeout as sleep } from 'node:timers/promises';

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

/** `3.3s`, to a tenth of a second. */
export function formatSeconds(ms: number): string {
  return `${Math.round(ms / 100) / 10}s`;
}

/** What a canceled step has left (docs/development/runner.md): first for the attempt, then to find out what it did. */
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

/** Starts a time limit, which a cancellation shortens. @param waitMs for waits that aren't API calls, in addition */
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
