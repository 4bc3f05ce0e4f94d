import { describe, expect, test } from '@jest/globals';
import { describeClockError, systemClock } from '../../../src/capture/clock.ts';
import { soon } from '../../support/http-server.ts';

const anHour = 3_600_000;

describe('the system clock', () => {
  test('has the time', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
  });

  test('sleeps', async () => {
    const start = performance.now();
    await systemClock.sleep(100);
    expect(performance.now() - start).toBeGreaterThan(90);
  });

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
  [60_000, '1 minute behind'],
  [-119 * 60_000, '119 minutes ahead of'],
  [2 * anHour, '2 hours behind'],
])('a clock that is off by %d ms is described: %s', (offsetMs, expected) => {
  expect(describeClockError(offsetMs)).toBe(expected);
});
