import type { Clock } from '../../src/capture/clock.ts';
import { now } from './basics.ts';

/** A clock whose time passes only when everything waits for it, so that calls that overlap are simulated exactly. */
export class SimulatedClock implements Clock {
  /** Every wait so far, in milliseconds. */
  readonly waits: number[] = [];
  readonly #events: { at: number; resolve: () => void }[] = [];
  #time = now;

  now = (): number => this.#time;

  sleep = (ms: number): Promise<void> => {
    this.waits.push(ms);
    return this.passes(ms);
  };

  /** The same for the world outside, which isn't recorded. */
  passes(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#events.push({ at: this.#time + ms, resolve });
      this.#events.sort((a, b) => a.at - b.at);
    });
  }

  /** Lets time pass until the work is done. */
  async until<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const mark = (): void => {
      isDone = true;
    };
    work.then(mark, mark);
    for (let turns = 0; ; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isDone) return await work;
      if (turns === 200_000) throw new Error('the work never ends');
      const next = this.#events.shift();
      if (next === undefined) continue;
      this.#time = Math.max(this.#time, next.at);
      next.resolve();
    }
  }
}
