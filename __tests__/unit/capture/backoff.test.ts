import { expect, test } from '@jest/globals';
import { backoffMs } from '../../../src/capture/backoff.ts';

const limits = { firstMs: 500, maxMs: 3000 };

test('each wait is twice the one before, up to the longest', () => {
  expect([1, 2, 3, 4, 50].map((failures) => backoffMs(failures, limits))).toEqual([
    500, 1000, 2000, 3000, 3000,
  ]);
});

test('half of a wait can be random', () => {
  expect([0, 0.5].map((number) => backoffMs(2, limits, () => number))).toEqual([500, 750]);
});
