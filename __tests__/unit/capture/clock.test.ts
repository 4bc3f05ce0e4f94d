import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { formatSeconds, startTimeLimit, systemClock } from '../../../src/capture/clock.ts';
import { fakeClock } from '../../support/basics.ts';
import { soon } from '../../support/http-server.ts';

const anHour = 3_600_000;

describe('the system clock', () => {
  test('wakes without an error', async () => {
    const wake = new AbortController();
    const sleeping = systemClock.sleep(anHour, wake.signal);
    wake.abort();
    await expect(soon(sleeping)).resolves.toBeUndefined();
  });

  test('passes on an error that is no wake-up', async () => {
    const sleeping = systemClock.sleep('soon' as unknown as number);
    await expect(sleeping).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });

  test('does not sleep if the signal fired before', async () => {
    await expect(soon(systemClock.sleep(anHour, AbortSignal.abort()))).resolves.toBeUndefined();
  });
});

test.each([
  [10_000 / 3, '3.3s'],
  [60_000, '60s'],
  [49, '0s'],
])('%d ms are formatted without a long fraction: %s', (ms, expected) => {
  expect(formatSeconds(ms)).toBe(expected);
});

const minute = 60_000;

describe('a time limit', () => {
  test('allows an attempt a third of the whole, and no more than what is left', () => {
    const clock = fakeClock();
    const { signal } = new AbortController();
    const timeLimit = startTimeLimit(minute, clock, signal);
    expect([timeLimit.totalMs, timeLimit.remainingMs(), timeLimit.attemptMs()]).toEqual([
      minute,
      minute,
      20_000,
    ]);
    expect(startTimeLimit(minute, clock, signal, 5_000).remainingMs()).toBe(minute + 5_000);
    clock.pass(30_000);
    expect([timeLimit.remainingMs(), timeLimit.attemptMs()]).toEqual([30_000, 20_000]);
    clock.pass(20_000);
    expect([timeLimit.remainingMs(), timeLimit.attemptMs()]).toEqual([10_000, 10_000]);
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
});
