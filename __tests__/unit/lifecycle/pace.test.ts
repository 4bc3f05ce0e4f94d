import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createRetry, idempotent } from '../../../src/capture/retry.ts';
import { startTimeLimit } from '../../../src/capture/time-limit.ts';
import { createPace, mapConcurrently, maxAtOnce, NotBegun, type Pace } from '../../../src/lifecycle/pace.ts';
import { captureError, now } from '../../support/fixtures.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';

const half = () => 0.5;
const hourMs = 3_600_000;

/** A Capture that rejects every call above its limit. Each call takes `ms`, and is repeated as the sweep does. */
async function simulate(options: { tasks: number; limit: (time: number) => number; ms: number }) {
  const { tasks, limit, ms } = options;
  const clock = new SimulatedClock();
  const seen = { underWay: 0, most: 0, rejected: 0, done: [] as number[], lines: [] as string[] };
  const log = { info: (line: string) => seen.lines.push(line) };
  const pace = createPace({ clock, random: half, log, end: now + hourMs });
  const timeLimit = startTimeLimit(hourMs, clock);
  const retry = createRetry({ clock, timeLimit, random: half, log: { info() {} } });
  const call = async (task: number): Promise<void> => {
    seen.most = Math.max(seen.most, seen.underWay + 1);
    const isRejected = seen.underWay >= limit(clock.now() - now);
    if (!isRejected) seen.underWay += 1;
    await clock.passes(ms);
    if (isRejected) {
      seen.rejected += 1;
      throw captureError();
    }
    seen.underWay -= 1;
    seen.done.push(task);
  };
  const all = Array.from({ length: tasks }, (_, task) => task);
  await clock.until(
    mapConcurrently(all, maxAtOnce, (task) => retry(() => pace.run(() => call(task)), idempotent)),
  );
  return { ...seen, ms: clock.now() - now };
}

describe('at this pace', () => {
  test.each([1, 2, 5, 12])('a limit of %d is found and used, and every call succeeds', async (limit) => {
    const tasks = 300;
    const result = await simulate({ tasks, limit: () => limit, ms: 50 });
    expect(new Set(result.done).size).toBe(tasks);
    expect(result.ms / ((tasks * 50) / limit)).toBeLessThan(1.3);
    if (limit > 1) expect(result.rejected / tasks).toBeLessThan(0.2);
  });

  test('without a limit there are never more calls at once than is decent', async () => {
    const result = await simulate({ tasks: 400, limit: () => Infinity, ms: 50 });
    expect(result).toMatchObject({ most: maxAtOnce, rejected: 0 });
  });

  test('calls slow down for a limit that falls, stop while there is none, and are fast again afterward', async () => {
    const limit = (time: number) => (time < 1000 ? 10 : time < 20_000 ? 0 : 10);
    const result = await simulate({ tasks: 1000, limit, ms: 50 });
    expect(new Set(result.done).size).toBe(1000);
    expect(result.rejected).toBeLessThan(200);
    expect(result.ms).toBeLessThan(20_000 + 10_000 + 1.3 * 5000);
    expect(result.lines[0]).toMatch(/^Capture rejected .* Continuing in 0\.\ds\.$/);
    expect(result.lines.length).toBeLessThan(15);
  });

  test('every call succeeds exactly once, whatever the limit does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 60 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 }),
        async (tasks, limits) => {
          const limit = (time: number) => limits[Math.floor(time / 70) % limits.length] ?? 1;
          const result = await simulate({ tasks, limit, ms: 20 });
          expect(result.done.sort((a, b) => a - b)).toEqual(Array.from({ length: tasks }, (_, n) => n));
        },
      ),
      { numRuns: 50 },
    );
  });
});

/** A pace whose calls end when the test says so. */
function openPace(end = now + hourMs) {
  const clock = new SimulatedClock();
  const lines: string[] = [];
  const pace = createPace({ clock, random: half, log: { info: (line) => lines.push(line) }, end });
  const begin = () => {
    const outcome = Promise.withResolvers<void>();
    const call = { hasBegun: false, outcome, result: undefined as unknown };
    const work = pace.run(() => {
      call.hasBegun = true;
      return outcome.promise;
    });
    const keep = (result: unknown): void => {
      call.result = result;
    };
    work.then(() => keep('success'), keep);
    return call;
  };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { clock, pace, lines, begin, settle };
}

/** Lets that many calls succeed, one after the other. */
async function succeed(pace: Pace, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) await pace.run(async () => {});
}

describe('the pace', () => {
  test('is a whole number from 1 to the most; no failure raises it, and no success lowers it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 200 }), async (outcomes) => {
        const { clock, pace } = openPace(Infinity);
        const act = async (): Promise<void> => {
          for (const isSuccess of outcomes) {
            const before = pace.atOnce;
            await pace
              .run(async () => (isSuccess ? undefined : Promise.reject(captureError())))
              .catch(() => {});
            expect(Number.isInteger(pace.atOnce)).toBe(true);
            expect(pace.atOnce).toBeGreaterThanOrEqual(isSuccess ? before : 1);
            expect(pace.atOnce).toBeLessThanOrEqual(isSuccess ? maxAtOnce : before);
          }
        };
        await clock.until(act());
      }),
      { numRuns: 50 },
    );
  });

  test('grows by one with every success until a call fails, then slowly', async () => {
    const { pace } = openPace();
    await succeed(pace, 7);
    expect(pace.atOnce).toBe(8);
    await pace.run(() => Promise.reject(captureError())).catch(() => {});
    expect(pace.atOnce).toBe(6);
    await succeed(pace, 23);
    expect(pace.atOnce).toBe(6);
    await succeed(pace, 2);
    expect(pace.atOnce).toBe(7);
  });

  test('slows down once for calls that were under way together', async () => {
    const { pace, begin, settle, lines } = openPace();
    await succeed(pace, 7);
    const calls = Array.from({ length: 9 }, begin);
    await settle();
    expect(calls.map(({ hasBegun }) => hasBegun)).toEqual([...Array(8).fill(true), false]);
    for (const { outcome } of calls.slice(0, 8)) outcome.reject(captureError());
    await settle();
    expect(pace.atOnce).toBe(6);
    calls[8]?.outcome.reject(captureError());
    await settle();
    expect(pace.atOnce).toBe(4);
    expect(lines).toEqual([]);
  });

  test('begins calls in the order of their requests', async () => {
    const { begin, settle } = openPace();
    const calls = Array.from({ length: 4 }, begin);
    await settle();
    expect(calls.map(({ hasBegun }) => hasBegun)).toEqual([true, false, false, false]);
    calls[0]?.outcome.resolve();
    await settle();
    expect(calls.map(({ hasBegun }) => hasBegun)).toEqual([true, true, true, false]);
  });

  test('pauses longer and longer while single calls fail, and starts over after a success', async () => {
    const { clock, pace } = openPace();
    const fail = () => pace.run(() => Promise.reject(captureError())).catch(() => {});
    const act = async (): Promise<void> => {
      for (let n = 0; n < 9; n += 1) await fail();
      await succeed(pace, 1);
      await fail();
      await fail();
      await succeed(pace, 1);
    };
    await clock.until(act());
    expect(clock.waits).toEqual([187.5, 375, 750, 1500, 3000, 6000, 7500, 7500, 7500, 187.5, 375]);
  });

  test('waits as long as the server asks', async () => {
    const { clock, pace, lines } = openPace();
    await pace.run(() => Promise.reject(captureError({ retryAfterMs: 4000 }))).catch(() => {});
    await clock.until(succeed(pace, 1));
    expect(clock.waits).toEqual([4000]);
    expect(lines).toEqual([expect.stringMatching(/Continuing in 4\.0s\.$/)]);
  });

  test('wakes up once after a pause, however many calls wait', async () => {
    const { clock, pace, begin, settle } = openPace();
    await pace.run(() => Promise.reject(captureError({ retryAfterMs: 4000 }))).catch(() => {});
    const calls = [begin(), begin()];
    await settle();
    await clock.until(clock.passes(4000));
    await settle();
    expect(clock.waits).toEqual([4000]);
    expect(calls.map(({ hasBegun }) => hasBegun)).toEqual([true, false]);
  });

  test('does not slow down for a failure that is not retryable', async () => {
    const { pace, clock } = openPace();
    await succeed(pace, 4);
    const failure = captureError({ retryable: false });
    await expect(pace.run(() => Promise.reject(failure))).rejects.toBe(failure);
    expect([pace.atOnce, clock.waits]).toEqual([5, []]);
  });

  test('begins no call when the time is up', async () => {
    const { pace } = openPace(now);
    const late = pace.run(async () => {});
    await expect(late).rejects.toThrow(NotBegun);
    await expect(late).rejects.toMatchObject({ name: 'NotBegun' });
  });

  test('does not wait for the end of a pause that is longer than the time', async () => {
    const { clock, begin, settle } = openPace(now + 60_000);
    const [first, second] = [begin(), begin()];
    await settle();
    first.outcome.reject(captureError({ retryAfterMs: 60_000 }));
    await settle();
    expect(second).toMatchObject({ hasBegun: false, result: expect.any(NotBegun) });
    expect(clock.waits).toEqual([]);
  });

  test('begins no other call after a bug', async () => {
    const { begin, settle } = openPace();
    const [first, second] = [begin(), begin()];
    await settle();
    first.outcome.reject(new TypeError('a bug'));
    await settle();
    expect(first.result).toEqual(new TypeError('a bug'));
    expect(second).toMatchObject({ hasBegun: false, result: expect.any(NotBegun) });
  });
});

test('side by side: up to so many at once, in order, and a failure is thrown', async () => {
  const seen: string[] = [];
  const work = mapConcurrently(['a', 'b', 'c', 'd'], 2, async (item) => {
    seen.push(`${item} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(`${item} ends`);
    return item.toUpperCase();
  });
  expect(await work).toEqual(['A', 'B', 'C', 'D']);
  expect(seen).toEqual([
    'a begins',
    'b begins',
    'a ends',
    'c begins',
    'b ends',
    'd begins',
    'c ends',
    'd ends',
  ]);
  await expect(mapConcurrently(['a'], 5, () => Promise.reject(new Error('failed')))).rejects.toThrow(
    'failed',
  );
});
