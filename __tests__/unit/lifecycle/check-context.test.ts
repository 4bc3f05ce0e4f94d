import { describe, expect, test } from '@jest/globals';
import {
  addTestClient,
  type Check,
  newText,
  rejectionOf,
  waitUntil,
} from '../../../src/lifecycle/check-context.ts';
import { bug, fail } from '../../support/client-requests.ts';
import { Tenant, unknownClient } from '../../support/fake-capture.ts';
import { captureError, fakeClock, runLabel } from '../../support/fixtures.ts';

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

test('texts and clients are counted, and a client has no features by default', async () => {
  const tenant = new Tenant();
  const counts = { texts: 0, created: 0 };
  const check: Partial<Check> = { ...tenant.dependencies, label: runLabel, counts };
  expect(newText(check as Check)).toBe('capture-client-action check, client 1');
  const { description } = await addTestClient(check as Check);
  expect(description).toMatch(/^capture-client-action check, client 2 \[/);
  expect(tenant.clients.get('m1')).toMatchObject({ description, features: [] });
  expect(counts).toEqual({ texts: 2, created: 1 });
});

describe('a rejection', () => {
  const rejectionAfter = (act: () => void) => {
    const tenant = new Tenant();
    tenant.before[1] = act;
    const { capture, retry } = tenant.dependencies;
    const check: Partial<Check> = { captureAs: () => capture, retry };
    return rejectionOf(check as Check, { clientId: 'c1', clientSecret: 'hush' });
  };

  test.each<[string, () => void, number | undefined]>([
    ['absent if Capture accepts the call', () => {}, undefined],
    ['the code', fail(captureError({ code: 403, retryable: false })), 403],
    ['402 for an unknown client', fail(unknownClient()), 402],
  ])('is %s', async (_, act, code) => {
    expect(await rejectionAfter(act)).toBe(code);
  });

  test.each([
    ['an error without a code', captureError({ code: undefined, retryable: false })],
    ['an unexpected error', bug],
  ])('is not %s', async (_, error) => {
    await expect(rejectionAfter(fail(error))).rejects.toBe(error);
  });
});
