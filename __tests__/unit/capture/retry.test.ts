import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { CaptureError } from '../../../src/capture/capture-error.ts';
import { type Retry, withRetries } from '../../../src/capture/retry.ts';
import { startTimeLimit } from '../../../src/capture/time-limit.ts';
import { captureError, fakeClock, now } from '../../support/fixtures.ts';

const minute = 60_000;
const almostOne = 1 - Number.EPSILON;

/** Fails with these errors, one after the other, and then succeeds; every attempt takes `attemptMs`. */
function play(
  errors: readonly Error[],
  { budgetMs = minute, random = 0.5, attemptMs = 0, repeat = true } = {},
) {
  const clock = fakeClock();
  const attempts: { attempt: number; at: number }[] = [];
  const retries: Retry[] = [];
  const result = withRetries(
    async (attempt) => {
      attempts.push({ attempt, at: clock.now() - now });
      clock.pass(attemptMs);
      const error = errors[attempt - 1];
      if (error !== undefined) throw error;
      return 'done';
    },
    () => repeat,
    {
      timeLimit: startTimeLimit(budgetMs, clock),
      clock,
      random: () => random,
      onRetry: (retry) => retries.push(retry),
    },
  );
  return { result, attempts, retries, waits: clock.waits };
}

function times(count: number, error: Error = captureError()): Error[] {
  return Array.from({ length: count }, () => error);
}

describe('a call', () => {
  test('that succeeds is made once, without a wait', async () => {
    const { result, attempts, waits, retries } = play([]);
    await expect(result).resolves.toBe('done');
    expect(attempts).toEqual([{ attempt: 1, at: 0 }]);
    expect(waits).toEqual([]);
    expect(retries).toEqual([]);
  });

  test('that fails and may be repeated is made again, and says so before it waits', async () => {
    const error = captureError();
    const { result, attempts, retries, waits } = play([error, error], { random: 0 });
    await expect(result).resolves.toBe('done');
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(retries).toEqual([
      { error, waitMs: 250, attempt: 2 },
      { error, waitMs: 500, attempt: 3 },
    ]);
    expect(waits).toEqual([250, 500]);
  });

  test('that may not be repeated fails with its own error at once', async () => {
    const error = captureError({ applied: 'unknown' });
    const { result, attempts, waits, retries } = play([error], { repeat: false });
    await expect(result).rejects.toBe(error);
    expect(attempts).toHaveLength(1);
    expect(waits).toEqual([]);
    expect(retries).toEqual([]);
  });

  test('whose failure changes is asked about every failure', async () => {
    const lasting = captureError({ retryable: false, code: 403 });
    const mayRepeat = jest.fn((error: CaptureError) => error.details.retryable);
    const errors = [captureError(), lasting];
    const clock = fakeClock();
    const result = withRetries(
      async (attempt) => {
        throw errors[attempt - 1];
      },
      mayRepeat,
      { timeLimit: startTimeLimit(minute, clock), clock, random: () => 0, onRetry: () => {} },
    );
    await expect(result).rejects.toBe(lasting);
    expect(mayRepeat.mock.calls).toEqual([[errors[0]], [lasting]]);
  });

  test('that fails in a way nobody foresaw is not made again', async () => {
    const error = new TypeError('a fault of ours');
    const { result, attempts } = play([error]);
    await expect(result).rejects.toBe(error);
    expect(attempts).toHaveLength(1);
  });
});

describe('the wait', () => {
  test.each([
    ['at least half of', 0, [250, 500, 1000, 2000, 4000, 5000, 5000, 5000]],
    ['at most', almostOne, [500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]],
  ])('doubles from half a second to ten, and is %s that', async (_, random, expected) => {
    const { result, waits } = play(times(8), { random, budgetMs: 60 * minute });
    await result;
    expect(waits.map(Math.round)).toEqual(expected);
  });

  test.each([
    ['longer than the back-off, is obeyed', 30_000, 30_000],
    ['shorter than the back-off, changes nothing', 100, 250],
    ['0, changes nothing', 0, 250],
  ])('that the server asks for, %s', async (_, retryAfterMs, expected) => {
    const { result, waits } = play([captureError({ retryAfterMs })], { random: 0 });
    await result;
    expect(waits).toEqual([expected]);
  });
});

describe('an interruption', () => {
  test('ends the wait, and the next attempt begins', async () => {
    const woken: (AbortSignal | undefined)[] = [];
    const clock = {
      ...fakeClock(),
      async sleep(_ms: number, wake?: AbortSignal) {
        woken.push(wake);
      },
    };
    const timeLimit = startTimeLimit(minute, clock, new AbortController().signal);
    const attempt = jest.fn(async () => 'done').mockRejectedValueOnce(captureError());
    const options = { timeLimit, clock, random: () => 0, onRetry: () => {} };
    await expect(withRetries(attempt, () => true, options)).resolves.toBe('done');
    expect(woken).toEqual([timeLimit.interrupted]);
  });

  test('is no reason to make attempts without a pause', async () => {
    const clock = fakeClock();
    const interruption = new AbortController();
    const timeLimit = startTimeLimit(minute, clock, interruption.signal);
    interruption.abort();
    const attempt = jest.fn(async () => {
      clock.pass(10);
      throw captureError();
    });
    const options = { timeLimit, clock, random: () => 0, onRetry: () => {} };
    await expect(withRetries(attempt, () => true, options)).rejects.toThrow('Gave up');
    expect(attempt.mock.calls.length).toBeLessThan(10);
  });
});

describe('giving up', () => {
  test('says how often and how long it tried, with the code, the request and the way out', async () => {
    const { result, waits, attempts } = play(times(9), { random: 0, budgetMs: 1500 });
    await expect(result).rejects.toMatchObject({
      name: 'CaptureError',
      message:
        'Capture refused clients/add (510 api_limit_error, request r1). ' +
        'Gave up after 3 attempts: the time is up (timeout 1.5s). Try later.',
      details: captureError().details,
    });
    expect(waits).toEqual([250, 500]);
    expect(attempts).toHaveLength(3);
  });

  test('happens at once where the server asks for more time than there is', async () => {
    const { result, waits, attempts } = play([captureError({ retryAfterMs: 119_001 })]);
    await expect(result).rejects.toThrow(
      'Gave up after one attempt: the server asks to wait 120s (timeout 60s).',
    );
    expect(waits).toEqual([]);
    expect(attempts).toHaveLength(1);
  });

  test('is not laid on the server where our own wait is the longer one', async () => {
    const { result } = play(times(9, captureError({ retryAfterMs: 1 })), { budgetMs: 1500 });
    await expect(result).rejects.toThrow('Gave up after 2 attempts: the time is up (timeout 1.5s).');
  });

  test('happens where the attempts themselves took the time', async () => {
    const { result, attempts } = play(times(9), { attemptMs: 20_000 });
    await expect(result).rejects.toThrow('Gave up after 3 attempts: the time is up (timeout 60s).');
    expect(attempts).toHaveLength(3);
  });

  test.each([
    [749, 1],
    [750, 2],
  ])(
    'leaves half a second for an answer: %i ms hold a wait of 250 and %i attempts',
    async (budgetMs, count) => {
      const { result, attempts } = play(times(9), { random: 0, budgetMs });
      await expect(result).rejects.toThrow('the time is up');
      expect(attempts).toHaveLength(count);
    },
  );

  test('comes before an attempt that would start with no time left', async () => {
    const schedule = fc.record({
      budgetMs: fc.integer({ min: 1, max: 10 * minute }),
      random: fc.double({ min: 0, max: almostOne, noNaN: true }),
      attemptMs: fc.integer({ min: 0, max: minute }),
    });
    const retryAfterMs = fc.option(fc.integer({ min: 0, max: minute }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(schedule, retryAfterMs, async (given, asked) => {
        const { result, attempts } = play(times(5000, captureError({ retryAfterMs: asked })), given);
        await expect(result).rejects.toThrow('Gave up');
        for (const { at } of attempts) expect(at).toBeLessThan(given.budgetMs);
      }),
    );
  });
});
