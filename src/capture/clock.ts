import { setTimeout as sleep } from 'node:timers/promises';

/** The time, passed in so that tests control it. */
export interface Clock {
  /** Milliseconds since the epoch. */
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
 * @returns such as `5 minutes behind`, to be followed by the other clock's name
 */
export function describeClockError(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const [count, unit] = minutes < 120 ? [minutes, 'minute'] : [Math.round(minutes / 60), 'hour'];
  const size = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return `${size} ${offsetMs > 0 ? 'behind' : 'ahead of'}`;
}
