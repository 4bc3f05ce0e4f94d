import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/capture/clock.ts';
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

  test('does not sleep if the signal fired before', async () => {
    await expect(soon(systemClock.sleep(anHour, AbortSignal.abort()))).resolves.toBeUndefined();
  });
});
