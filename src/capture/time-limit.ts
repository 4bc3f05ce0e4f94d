import type { Clock } from './clock.ts';

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
  /** Fires when the step is canceled. */
  readonly canceled: AbortSignal;
  /** Fires when the attempt that was in progress at the cancellation has to end. */
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
