import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { startTimeLimit } from '../../../src/capture/clock.ts';
import { createRepeat } from '../../../src/capture/retry.ts';
import { captureError, fakeClock, now } from '../../support/basics.ts';

const minute = 60_000;
const almostOne = 1 - Number.EPSILON;

interface Options {
  readonly limitMs?: number;
  readonly random?: number;
  readonly attemptMs?: number;
  readonly canceled?: AbortSignal;
}

/** Fails with these errors, one after the other, and then succeeds. Every attempt takes `attemptMs`. */
function play(errors: readonly Error[], options: Options = {}) {
  const { limitMs = minute, random = 0.5, attemptMs = 0, canceled = new AbortController().signal } = options;
  const clock = fakeClock();
  const attempts: number[] = [];
  const log: string[] = [];
  const repeat = createRepeat({
    clock,
    timeLimit: startTimeLimit(limitMs, clock, canceled),
    random: () => random,
    log: { info: (message) => log.push(message) },
  });
  const result = repeat(async (number) => {
    expect(number).toBe(attempts.length + 1);
    const error = errors[attempts.length];
    attempts.push(clock.now() - now);
    clock.pass(attemptMs);
    if (error !== undefined) throw error;
    return 'done';
  });
  return { result, attempts, log, waits: clock.waits };
}

function times(count: number, error: Error = captureError()): Error[] {
  return Array.from({ length: count }, () => error);
}

describe('a call', () => {
  test('that fails and may be repeated is sent again, and one line per retry says so', async () => {
    const error = captureError();
    const { result, attempts, log, waits } = play([error, error], { random: 0 });
    await expect(result).resolves.toBe('done');
    expect(attempts).toHaveLength(3);
    expect(log).toEqual([
      `${error.problem} Trying again in 0.3s (attempt 2).`,
      `${error.problem} Trying again in 0.5s (attempt 3).`,
    ]);
    expect(waits).toEqual([250, 500]);
  });

  test('that must not be repeated fails with its own error at once', async () => {
    const error = captureError({ retryable: false });
    const { result, attempts, waits, log } = play([error]);
    await expect(result).rejects.toBe(error);
    expect(attempts).toHaveLength(1);
    expect(waits).toEqual([]);
    expect(log).toEqual([]);
  });
});

describe('the wait', () => {
  test.each([
    ['at least half of', 0, [250, 500, 1000, 2000, 4000, 5000, 5000, 5000]],
    ['at most', almostOne, [500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]],
  ])('doubles from half a second to ten, and is %s that', async (_, random, expected) => {
    const { result, waits } = play(times(8), { random, limitMs: 60 * minute });
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

describe('a cancellation', () => {
  test('ends the wait, and the next attempt begins', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const clock = {
      ...fakeClock(),
      async sleep(_ms: number, signal?: AbortSignal) {
        signals.push(signal);
      },
    };
    const timeLimit = startTimeLimit(minute, clock, new AbortController().signal);
    const send = jest.fn(async () => 'done').mockRejectedValueOnce(captureError());
    const repeat = createRepeat({ timeLimit, clock, random: () => 0, log: { info() {} } });
    await expect(repeat(send)).resolves.toBe('done');
    expect(signals).toEqual([timeLimit.canceled]);
  });

  test('does not lead to attempts without a pause, and is the reason in the end', async () => {
    const { result, attempts } = play(times(99), { attemptMs: 10, canceled: AbortSignal.abort() });
    await expect(result).rejects.toThrow(/Gave up after \d attempts: canceled\./);
    expect(attempts.length).toBeLessThan(10);
  });
});

describe('giving up', () => {
  test('says how often and how long it tried, and keeps the details, the hint, and the cause', async () => {
    const error = captureError();
    const { result, waits, attempts } = play(times(9, error), { random: 0, limitMs: 1500 });
    await expect(result).rejects.toMatchObject({
      cause: error,
      name: 'CaptureError',
      message:
        'Capture rejected clients/add (510 api_limit_error, request r1). ' +
        'Gave up after 3 attempts: no time is left for another attempt (timeout 1.5s). Try later.',
      details: error.details,
    });
    expect(waits).toEqual([250, 500]);
    expect(attempts).toHaveLength(3);
  });

  test('happens at once if the server asks for more time than there is', async () => {
    const { result, waits, attempts } = play([captureError({ retryAfterMs: 119_001 })]);
    await expect(result).rejects.toThrow(
      'Gave up after one attempt: the server asks to wait 120s (timeout 60s).',
    );
    expect(waits).toEqual([]);
    expect(attempts).toHaveLength(1);
  });

  test.each([
    [749, 1],
    [750, 2],
  ])(
    'leaves half a second for a response: %i ms are enough for a wait of 250 and %i attempts',
    async (limitMs, count) => {
      const { result, attempts } = play(times(9), { random: 0, limitMs });
      await expect(result).rejects.toThrow('no time is left');
      expect(attempts).toHaveLength(count);
    },
  );

  test('comes before an attempt that would start with no time left', async () => {
    const schedule = fc.record({
      limitMs: fc.integer({ min: 1, max: 10 * minute }),
      random: fc.double({ min: 0, max: almostOne, noNaN: true }),
      attemptMs: fc.integer({ min: 0, max: minute }),
    });
    const retryAfterMs = fc.option(fc.integer({ min: 0, max: minute }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(schedule, retryAfterMs, async (given, asked) => {
        const { result, attempts } = play(times(5000, captureError({ retryAfterMs: asked })), given);
        await expect(result).rejects.toThrow('Gave up');
        for (const at of attempts) expect(at).toBeLessThan(given.limitMs);
      }),
    );
  });
});
