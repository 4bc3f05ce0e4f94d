import { backoffMs } from '../capture/backoff.ts';
import { CaptureError } from '../capture/capture-error.ts';
import type { Clock } from '../capture/clock.ts';
import type { Log } from '../log.ts';

/** A higher limit isn't used: the application's own calls share it. */
export const maxAtOnce = 25;

/**
 * After the first rejected call, this many rounds of successful calls allow one more call at once. Fewer rounds would
 * get more calls rejected; at a limit of 5, this number costs about 5% of the time.
 */
const roundsPerStep = 4;
const slowDownFactor = 0.75;
const pauses = { firstMs: 250, maxMs: 10_000 };

/** The call can't begin: its time is up, or another call failed unexpectedly. */
export class NotBegun extends Error {
  override readonly name = 'NotBegun';
}

/** Limits how many calls are in progress at once. */
export interface Pace {
  /** The current limit: a whole number from 1 to `maxAtOnce`. */
  readonly atOnce: number;
  /**
   * Makes a call once, when its turn comes.
   * @throws NotBegun; else what the call throws
   */
  run<T>(call: () => Promise<T>): Promise<T>;
}

export interface PaceOptions {
  readonly clock: Clock;
  /** Returns a number from 0 up to, but not including, 1. */
  readonly random: () => number;
  readonly log: Pick<Log, 'info'>;
  /** From this time on, no call begins (milliseconds since the epoch). */
  readonly end: number;
}

/**
 * Finds out how many simultaneous calls Capture allows. Capture rejects the calls above its limit (code 510) but doesn't
 * publish the limit, and other users share it. So the pace adapts as TCP does (additive increase, multiplicative
 * decrease): successes raise the limit slowly, each batch of retryable failures lowers it by a quarter. If a call fails
 * while no other is in progress, all calls pause, longer each time.
 */
export function createPace({ clock, random, log, end }: PaceOptions): Pace {
  let limit = 1;
  let isLimitKnown = false;
  let running = 0;
  let begun = 0;
  let firstAfterSlowDown = 0;
  let singleFailures = 0;
  let pausedUntil = 0;
  let isWaking = false;
  let isBroken = false;
  const waiting: PromiseWithResolvers<number>[] = [];

  return {
    get atOnce() {
      return atOnce();
    },
    async run(call) {
      const turn = Promise.withResolvers<number>();
      waiting.push(turn);
      beginNext();
      const number = await turn.promise;
      try {
        const result = await call();
        speedUp();
        return result;
      } catch (error) {
        if (!(error instanceof CaptureError)) isBroken = true;
        else if (error.details.retryable) slowDown(number, error);
        throw error;
      } finally {
        running -= 1;
        beginNext();
      }
    },
  };

  function atOnce(): number {
    return Math.floor(limit);
  }

  function beginNext(): void {
    while (waiting.length > 0 && running < atOnce()) {
      const pauseMs = pausedUntil - clock.now();
      if (isBroken || clock.now() + Math.max(0, pauseMs) >= end) {
        for (const turn of waiting.splice(0)) turn.reject(new NotBegun());
        return;
      }
      if (pauseMs > 0) {
        wakeAfter(pauseMs);
        return;
      }
      begun += 1;
      running += 1;
      waiting.shift()?.resolve(begun);
    }
  }

  function wakeAfter(ms: number): void {
    if (isWaking) return;
    isWaking = true;
    void clock.sleep(ms).then(() => {
      isWaking = false;
      beginNext();
    });
  }

  function speedUp(): void {
    singleFailures = 0;
    limit = Math.min(maxAtOnce, limit + (isLimitKnown ? 1 / (roundsPerStep * atOnce()) : 1));
  }

  function slowDown(number: number, { problem, details }: CaptureError): void {
    isLimitKnown = true;
    const before = pausedUntil;
    if (details.retryAfterMs !== undefined) pauseFor(details.retryAfterMs);
    // Calls that were in progress together fail together: that's one reason to slow down, not several.
    if (number >= firstAfterSlowDown) {
      firstAfterSlowDown = begun + 1;
      if (atOnce() === 1) {
        singleFailures += 1;
        pauseFor(backoffMs(singleFailures, pauses, random));
      }
      limit = Math.max(1, limit * slowDownFactor);
    }
    // Slowing down is routine; a standstill is worth a line.
    if (pausedUntil > before)
      log.info(`${problem} Continuing in ${((pausedUntil - clock.now()) / 1000).toFixed(1)}s.`);
  }

  function pauseFor(ms: number): void {
    pausedUntil = Math.max(pausedUntil, clock.now() + ms);
  }
}

/**
 * Acts on each item, on up to `width` of them at once, and begins them in order.
 * @returns the results, in the order of the items
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  width: number,
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await act(item);
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}
