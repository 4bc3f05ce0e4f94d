import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { startBudget } from '../../src/capture/budget.ts';
import { fakeClock } from './fixtures.ts';

const minute = 60_000;

describe('a budget', () => {
  test('allows an attempt a third of the whole, and no more than what is left', () => {
    const clock = fakeClock();
    const budget = startBudget(minute, clock);
    expect([budget.totalMs, budget.remainingMs(), budget.attemptMs()]).toEqual([minute, minute, 20_000]);
    clock.pass(30_000);
    expect([budget.remainingMs(), budget.attemptMs()]).toEqual([30_000, 20_000]);
    clock.pass(20_000);
    expect([budget.remainingMs(), budget.attemptMs()]).toEqual([10_000, 10_000]);
  });

  test('is never less than empty', () => {
    const clock = fakeClock();
    const budget = startBudget(minute, clock);
    clock.pass(minute + 1);
    expect([budget.remainingMs(), budget.attemptMs()]).toEqual([0, 0]);
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
    const budget = startBudget(minute, clock, interruption.signal);
    interruption.abort();
    expect(budget.interrupted.aborted).toBe(true);
    expect(budget.remainingMs()).toBeGreaterThan(0);
    expect(budget.remainingMs()).toBeLessThan(killAfterMs);
  });

  test('gives no time that was not there', () => {
    const clock = fakeClock();
    const interruption = new AbortController();
    const budget = startBudget(minute, clock, interruption.signal);
    clock.pass(minute - 2000);
    interruption.abort();
    expect(budget.remainingMs()).toBe(2000);
  });

  test('ends the attempt under way with time left for a look at what came of it', () => {
    const interruption = new AbortController();
    const budget = startBudget(minute, fakeClock(), interruption.signal);
    interruption.abort();
    expect(budget.attemptOver.aborted).toBe(false);
    jest.advanceTimersByTime(killAfterMs - 2000);
    expect(budget.attemptOver.aborted).toBe(true);
  });

  test('that came before the budget counts as well', () => {
    const budget = startBudget(minute, fakeClock(), AbortSignal.abort());
    expect(budget.remainingMs()).toBeLessThan(killAfterMs);
  });

  test('that never comes ends nothing', () => {
    const budget = startBudget(minute, fakeClock());
    jest.advanceTimersByTime(minute);
    expect([budget.interrupted.aborted, budget.attemptOver.aborted]).toEqual([false, false]);
  });
});
