import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '../../../src/lifecycle/check-context.ts';
import { fakeClock } from '../../support/fixtures.ts';

describe('a wait', () => {
  const { signal } = new AbortController();

  test.each([
    ['at once', 1, 0],
    ['after a while', 5, 1],
  ])('returns the seconds until its condition holds: %s', async (_, attempts, seconds) => {
    const clock = fakeClock();
    let calls = 0;
    const holds = async () => {
      calls += 1;
      return calls === attempts;
    };
    expect(await waitUntil(holds, { clock, signal })).toBe(seconds);
  });

  test('returns undefined if its condition never holds', async () => {
    const clock = fakeClock();
    const start = clock.now();
    expect(await waitUntil(async () => false, { clock, signal })).toBeUndefined();
    expect(clock.now() - start).toBe(30_000);
  });
});
