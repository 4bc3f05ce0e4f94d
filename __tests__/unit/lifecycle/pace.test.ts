import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mostAtOnce, Pace, type Task, workThrough } from '../../../src/lifecycle/pace.ts';
import { captureError, fakeClock, now } from '../../support/fixtures.ts';

const half = () => 0.5;

/** A Capture that refuses whatever is above its limit, each call taking `ms`; time is simulated. */
async function simulate(options: { tasks: number; limit: (time: number) => number; ms: number }) {
  const { tasks, limit, ms } = options;
  const events: { at: number; run: () => void }[] = [];
  let time = now;
  const wait = (delay: number): Promise<void> =>
    new Promise((run) => {
      events.push({ at: time + delay, run });
      events.sort((a, b) => a.at - b.at);
    });
  const seen = { underWay: 0, most: 0, refused: 0, done: [] as number[], failed: 0, told: [] as string[] };
  const attempt = async (subject: number): Promise<void> => {
    seen.most = Math.max(seen.most, seen.underWay + 1);
    if (seen.underWay >= limit(time - now)) {
      seen.refused += 1;
      await wait(ms);
      throw captureError();
    }
    seen.underWay += 1;
    await wait(ms);
    seen.underWay -= 1;
    seen.done.push(subject);
  };
  const queue = Array.from({ length: tasks }, (_, subject): Task<number> => ({ subject }));
  let isOver = false;
  const work = workThrough(
    queue,
    now + 3_600_000,
    attempt,
    (_, failure) => {
      if (failure !== undefined) seen.failed += 1;
    },
    { pace: new Pace(half), now: () => time, sleep: wait, info: (message) => seen.told.push(message) },
  ).finally(() => {
    isOver = true;
  });
  for (let turns = 0; !isOver; turns += 1) {
    if (turns === 100_000) throw new Error('the work comes to no end');
    await new Promise((resolve) => setImmediate(resolve));
    const next = events.shift();
    if (next === undefined) continue;
    time = next.at;
    next.run();
  }
  await work;
  return { ...seen, queue, ms: time - now };
}

describe('at the pace', () => {
  test.each([1, 2, 5, 12])('a limit of %d is found and used, and no task fails', async (limit) => {
    const tasks = 300;
    const result = await simulate({ tasks, limit: () => limit, ms: 50 });
    expect(new Set(result.done).size).toBe(tasks);
    expect(result).toMatchObject({ failed: 0, queue: [] });
    expect(result.ms / ((tasks * 50) / limit)).toBeLessThan(1.3);
    if (limit > 1) expect(result.refused / tasks).toBeLessThan(0.2);
  });

  test('without a limit there are never more calls at once than is decent', async () => {
    const result = await simulate({ tasks: 400, limit: () => Infinity, ms: 50 });
    expect(result).toMatchObject({ most: mostAtOnce, refused: 0 });
  });

  test('it slows down for a limit that falls, stands still for one of none, and is quick again afterwards', async () => {
    const limit = (time: number) => (time < 1000 ? 10 : time < 20_000 ? 0 : 10);
    const result = await simulate({ tasks: 1000, limit, ms: 50 });
    expect(new Set(result.done).size).toBe(1000);
    expect(result.refused).toBeLessThan(200);
    expect(result.ms).toBeLessThan(20_000 + 10_000 + 1.3 * 5000);
    expect(result.told[0]).toMatch(/^Capture refused .* Going on in 0\.\ds\.$/);
    expect(result.told.length).toBeLessThan(15);
  });

  test('every task is done exactly once, whatever the limit does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 60 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 }),
        async (tasks, limits) => {
          const limit = (time: number) => limits[Math.floor(time / 70) % limits.length] ?? 1;
          const result = await simulate({ tasks, limit, ms: 20 });
          expect(result.done.sort((a, b) => a - b)).toEqual(Array.from({ length: tasks }, (_, n) => n));
          expect(result.failed).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('the pace', () => {
  test('is a whole number from 1 to the most, whatever happens', () => {
    const step = fc.oneof(
      fc.constant('succeeded' as const),
      fc.record({ call: fc.nat(50), retryAfterMs: fc.nat(5000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const pace = new Pace(half);
        let paused = 0;
        for (const one of steps) {
          pace.begin();
          const before = pace.atOnce;
          if (one === 'succeeded') pace.succeeded();
          else pace.failedForNow(one.call, now, one.retryAfterMs);
          expect(Number.isInteger(pace.atOnce)).toBe(true);
          expect(pace.atOnce).toBeGreaterThanOrEqual(one === 'succeeded' ? before : 1);
          expect(pace.atOnce).toBeLessThanOrEqual(one === 'succeeded' ? mostAtOnce : before);
          expect(pace.pausedUntil).toBeGreaterThanOrEqual(paused);
          paused = pace.pausedUntil;
        }
      }),
    );
  });

  test('slows down once for calls that were under way together', () => {
    const pace = new Pace(half);
    for (let n = 0; n < 7; n += 1) pace.succeeded();
    const calls = Array.from({ length: 8 }, () => pace.begin());
    expect(pace.atOnce).toBe(8);
    for (const call of calls) pace.failedForNow(call, now);
    expect(pace.atOnce).toBe(6);
    pace.failedForNow(pace.begin(), now);
    expect(pace.atOnce).toBe(4);
    expect(pace.pausedUntil).toBe(0);
  });

  test('pauses longer and longer while a call alone fails, and begins anew after a success', () => {
    const pace = new Pace(half);
    const pause = (): number => {
      pace.failedForNow(pace.begin(), now);
      return pace.pausedUntil - now;
    };
    expect([pause(), pause(), pause()]).toEqual([187.5, 375, 750]);
    for (let n = 0; n < 10; n += 1) pause();
    expect(pause()).toBe(7500);
    pace.succeeded();
    pace.failedForNow(pace.begin(), pace.pausedUntil);
    expect(pause()).toBe(7500 + 187.5);
  });

  test('waits as long as the server asks', () => {
    const pace = new Pace(half);
    pace.failedForNow(pace.begin(), now, 4000);
    expect(pace.pausedUntil).toBe(now + 4000);
  });
});

describe('a queue', () => {
  const run = async (attempt: (subject: string) => Promise<void>, end = now + 60_000) => {
    const clock = fakeClock();
    const queue: Task<string>[] = ['a', 'b', 'c'].map((subject) => ({ subject }));
    const settled: string[] = [];
    await workThrough(
      queue,
      end,
      attempt,
      (subject, failure) => settled.push(failure === undefined ? subject : `${subject}: ${failure.message}`),
      { ...clock, pace: new Pace(half), info: () => {} },
    );
    return { queue, settled, clock };
  };
  const lasting = captureError({ retryable: false, code: 403 });

  test('goes on after a failure for good', async () => {
    const { queue, settled } = await run(async (subject) => {
      if (subject === 'b') throw lasting;
    });
    expect(settled.sort()).toEqual(['a', `b: ${lasting.message}`, 'c']);
    expect(queue).toEqual([]);
  });

  test('keeps what was not settled when the time is up, with its last failure', async () => {
    const failure = captureError();
    const { queue, settled, clock } = await run(async (subject) => {
      if (subject !== 'a') throw failure;
    });
    expect(settled).toEqual(['a']);
    expect(queue.map(({ subject }) => subject).sort()).toEqual(['b', 'c']);
    expect(queue.map((task) => task.failure)).toEqual([failure, failure]);
    expect(clock.now()).toBeLessThan(now + 60_000);
  });

  test('does not begin when there is no time', async () => {
    const { queue, settled } = await run(async () => {}, now);
    expect(settled).toEqual([]);
    expect(queue).toHaveLength(3);
  });

  test('does not swallow a fault of the action itself', async () => {
    await expect(
      run(async () => {
        throw new TypeError('a fault of ours');
      }),
    ).rejects.toThrow('a fault of ours');
  });
});
