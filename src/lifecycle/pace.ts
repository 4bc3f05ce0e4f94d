import { CaptureError } from '../capture/capture-error.ts';

/** However much Capture may allow, this is enough: the application's own calls share the limit. */
export const mostAtOnce = 25;

/**
 * Until Capture first shows its limit, one more with every success; then one more after so many rounds of successes.
 * The slower, the fewer calls are refused at the limit; this costs some 5% of the time at a limit of 5.
 */
const roundsPerStep = 4;
const slowDown = 0.75;

const firstPauseMs = 250;
const longestPauseMs = 10_000;

/**
 * How many calls may be under way at once. Capture has a limit, says nothing of its height, and refuses what is above
 * it (capture-api.md §4, 510); others use the same limit. So the pace quickens with every success and slows down with
 * every failure that passes; a call that fails all alone is followed by a pause, which doubles.
 */
export class Pace {
  #atOnce = 1;
  #isAtFirst = true;
  #begun = 0;
  #firstAfterSlowDown = 0;
  #failuresAlone = 0;
  #pausedUntil = 0;
  readonly #random: () => number;

  /** @param random gives a number from 0 to 1, 1 excluded */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** A whole number from 1 on. */
  get atOnce(): number {
    return Math.floor(this.#atOnce);
  }

  /** Before this time (milliseconds since the epoch) no call is to begin. */
  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  /** A call begins. @returns its number, to be handed in with what came of it */
  begin(): number {
    this.#begun += 1;
    return this.#begun;
  }

  succeeded(): void {
    this.#failuresAlone = 0;
    const step = this.#isAtFirst ? 1 : 1 / (roundsPerStep * this.atOnce);
    this.#atOnce = Math.min(mostAtOnce, this.#atOnce + step);
  }

  /**
   * @param call its number
   * @param retryAfterMs how long the server asked to wait
   */
  failedForNow(call: number, now: number, retryAfterMs = 0): void {
    this.#isAtFirst = false;
    if (retryAfterMs > 0) this.#pauseUntil(now + retryAfterMs);
    // Calls that were under way together fail together: they are one reason to slow down, not several.
    if (call < this.#firstAfterSlowDown) return;
    this.#firstAfterSlowDown = this.#begun + 1;
    if (this.atOnce === 1) this.#pauseUntil(now + this.#nextPauseMs());
    this.#atOnce = Math.max(1, this.#atOnce * slowDown);
  }

  #pauseUntil(time: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, time);
  }

  /** Half of it is chance, so that sweeps which began together do not go on together. */
  #nextPauseMs(): number {
    const ceiling = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failuresAlone);
    this.#failuresAlone += 1;
    return ceiling / 2 + (ceiling / 2) * this.#random();
  }
}

/** Something to be done, and how its last attempt failed. */
export interface Task<T> {
  readonly subject: T;
  readonly failure?: CaptureError;
}

/** What work at a pace needs. */
export interface PaceCollaborators {
  readonly pace: Pace;
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Tells the reader of the log. */
  info(message: string): void;
}

/**
 * Does all tasks of a queue, side by side. One that fails for now goes to the end of the queue, one that fails for good
 * is settled, and no failure stops the others.
 * @param queue holds at the end what was not settled in time
 * @param end no attempt begins at this time or later
 * @param attempt throws CaptureError when it fails
 * @param settle is told of each task that is over, with the failure if it failed for good
 */
export async function workThrough<T>(
  queue: Task<T>[],
  end: number,
  attempt: (subject: T) => Promise<unknown>,
  settle: (subject: T, failure?: CaptureError) => void,
  { pace, now, sleep, info }: PaceCollaborators,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  for (;;) {
    const pauseMs = pace.pausedUntil - now();
    const isOver = queue.length === 0 || now() + Math.max(0, pauseMs) >= end;
    if (isOver && underWay.size === 0) return;
    const hasToWait = isOver || pauseMs > 0 || underWay.size >= pace.atOnce;
    if (!hasToWait) begin(queue.shift() as Task<T>);
    else if (underWay.size > 0) await Promise.race(underWay);
    else await sleep(pauseMs);
  }

  function begin({ subject }: Task<T>): void {
    const call = pace.begin();
    const work = attempt(subject)
      .then(() => {
        pace.succeeded();
        settle(subject);
      })
      .catch((error: unknown) => {
        if (!(error instanceof CaptureError)) throw error;
        if (error.details.retryable) failedForNow(subject, call, error);
        else settle(subject, error);
      })
      .finally(() => underWay.delete(work));
    underWay.add(work);
  }

  function failedForNow(subject: T, call: number, failure: CaptureError): void {
    const before = pace.pausedUntil;
    pace.failedForNow(call, now(), failure.details.retryAfterMs);
    queue.push({ subject, failure });
    // A pace that is sought and found is nothing to tell; a standstill is.
    if (pace.pausedUntil > before) {
      info(`${failure.problem} Going on in ${((pace.pausedUntil - now()) / 1000).toFixed(1)}s.`);
    }
  }
}
