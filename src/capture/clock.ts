import { setTimeout as sleep } from 'node:timers/promises';

/** Time as the program sees it; handed in, so that tests own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Returns early, without an error, when `wake` fires. */
  sleep(ms: number, wake?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: Date.now,
  async sleep(ms, wake) {
    try {
      await sleep(ms, undefined, { signal: wake });
    } catch (error) {
      if (!wake?.aborted) throw error;
    }
  },
};
