import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { startTimeLimit } from '../../../src/capture/time-limit.ts';
import { fakeClock } from '../../support/fixtures.ts';

const minute = 60_000;

describe('a timeLimit', () => {
  test('allows an attempt a third of the whole, and no more than what is left', () => {
    const clock = fakeClock();
    const timeLimit = startTimeLimit(minute, clock);
    expect([timeLimit.totalMs, timeLimit.remainingMs(), timeLimit.attemptMs()]).toEqual([
      minute,
      minute,
      20_000,
    ]);
    clock.pass(30_000);
    expect([timeLimit.remainingMs(), timeLimit.attemptMs()]).toEqual([30_000, 20_000]);
    clock.pass(20_000);
    expect([timeLimit.remainingMs(), timeLimit.attemptMs()]).toEqual([10_000, 10_000]);
  });

  test('is never less than empty', () => {
    const clock = fakeClock();
    const timeLimit = startTimeLimit(minute, clock);
    clock.pass(minute + 1);
    expect([timeLimit.remainingMs(), timeLimit.attemptMs()]).toEqual([0, 0]);
  });
});

describe('an interruption', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  /** The runner kills ten seconds after its first signal (actions-runtime.md §1d). */
  const killAfterMs = 10_000;

  test('leaves less time than the runner does', () => {
    const clock = fakeClock();
    const interruption = new AbortController();
    const timeLimit = startTimeLimit(minute, clock, interruption.signal);
    interruption.abort();
    expect(timeLimit.interrupted.aborted).toBe(true);
    expect(timeLimit.remainingMs()).toBeGreaterThan(0);
    expect(timeLimit.remainingMs()).toBeLessThan(killAfterMs);
  });

  test('gives no time that was not there', () => {
    const clock = fakeClock();
    const interruption = new AbortController();
    const timeLimit = startTimeLimit(minute, clock, interruption.signal);
    clock.pass(minute - 2000);
    interruption.abort();
    expect(timeLimit.remainingMs()).toBe(2000);
  });

  test('ends the attempt under way with time left for a look at what came of it', () => {
    const interruption = new AbortController();
    const timeLimit = startTimeLimit(minute, fakeClock(), interruption.signal);
    interruption.abort();
    expect(timeLimit.attemptOver.aborted).toBe(false);
    jest.advanceTimersByTime(killAfterMs - 2000);
    expect(timeLimit.attemptOver.aborted).toBe(true);
  });

  test('that came before the timeLimit counts as well', () => {
    const timeLimit = startTimeLimit(minute, fakeClock(), AbortSignal.abort());
    expect(timeLimit.remainingMs()).toBeLessThan(killAfterMs);
  });

  test('that never comes ends nothing', () => {
    const timeLimit = startTimeLimit(minute, fakeClock());
    jest.advanceTimersByTime(minute);
    expect([timeLimit.interrupted.aborted, timeLimit.attemptOver.aborted]).toEqual([false, false]);
  });
});
