import type { Clock } from './clock.ts';

/**
 * What an interrupted step has left: the runner sends SIGINT, 7.5 s later SIGTERM, and 2.5 s after that SIGKILL
 * (actions-runtime.md §1d). An attempt under way may use the first part, a look at what came of it the rest.
 */
const interruptedAttemptMs = 6_500;
const interruptedTotalMs = 9_000;

/** The time that all API work of a step shares. */
export interface TimeLimit {
  /** The whole, in milliseconds. */
  readonly totalMs: number;
  remainingMs(): number;
  /** How long one attempt may take: a third of the whole, and no longer than what is left. */
  attemptMs(): number;
  /** Fires when the step is interrupted. */
  readonly interrupted: AbortSignal;
  /** Fires when an attempt that was under way at the interruption has to end. */
  readonly attemptOver: AbortSignal;
}

/** A timeLimit that starts now; an interruption cuts it short. */
export function startTimeLimit(
  totalMs: number,
  clock: Clock,
  interrupted: AbortSignal = new AbortController().signal,
): TimeLimit {
  let end = clock.now() + totalMs;
  const attemptOver = new AbortController();
  const remainingMs = () => Math.max(0, end - clock.now());
  const cutShort = (): void => {
    end = Math.min(end, clock.now() + interruptedTotalMs);
    setTimeout(() => attemptOver.abort(), interruptedAttemptMs).unref();
  };
  if (interrupted.aborted) cutShort();
  else interrupted.addEventListener('abort', cutShort);
  return {
    totalMs,
    remainingMs,
    attemptMs: () => Math.min(totalMs / 3, remainingMs()),
    interrupted,
    attemptOver: attemptOver.signal,
  };
}
