import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { startTimeLimit } from '../../../src/capture/time-limit.ts';
import { fakeClock } from '../../support/fixtures.ts';

const minute = 60_000;

describe('a time limit', () => {
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

  test('is never negative', () => {
    const clock = fakeClock();
    const timeLimit = startTimeLimit(minute, clock);
    clock.pass(minute + 1);
    expect([timeLimit.remainingMs(), timeLimit.attemptMs()]).toEqual([0, 0]);
  });
});

describe('a cancellation', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  /** The runner kills ten seconds after its first signal (docs/development/runner.md). */
  const killAfterMs = 10_000;

  test('leaves less time than the runner does', () => {
    const clock = fakeClock();
    const cancellation = new AbortController();
    const timeLimit = startTimeLimit(minute, clock, cancellation.signal);
    cancellation.abort();
    expect(timeLimit.canceled.aborted).toBe(true);
    expect(timeLimit.remainingMs()).toBeGreaterThan(0);
    expect(timeLimit.remainingMs()).toBeLessThan(killAfterMs);
  });

  test('adds no time', () => {
    const clock = fakeClock();
    const cancellation = new AbortController();
    const timeLimit = startTimeLimit(minute, clock, cancellation.signal);
    clock.pass(minute - 2000);
    cancellation.abort();
    expect(timeLimit.remainingMs()).toBe(2000);
  });

  test('ends the attempt under way, and leaves time to find out what it did', () => {
    const cancellation = new AbortController();
    const timeLimit = startTimeLimit(minute, fakeClock(), cancellation.signal);
    cancellation.abort();
    expect(timeLimit.attemptOver.aborted).toBe(false);
    jest.advanceTimersByTime(killAfterMs - 2000);
    expect(timeLimit.attemptOver.aborted).toBe(true);
  });

  test('before the time limit counts, too', () => {
    const timeLimit = startTimeLimit(minute, fakeClock(), AbortSignal.abort());
    expect(timeLimit.remainingMs()).toBeLessThan(killAfterMs);
  });

  test('that never comes ends nothing', () => {
    const timeLimit = startTimeLimit(minute, fakeClock());
    jest.advanceTimersByTime(minute);
    expect([timeLimit.canceled.aborted, timeLimit.attemptOver.aborted]).toEqual([false, false]);
  });
});
