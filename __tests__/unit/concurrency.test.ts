import { expect, test } from '@jest/globals';
import { mapConcurrently } from '../../src/concurrency.ts';

test.each([
  [1, 1],
  [3, 3],
  [99, 7],
])('items are begun in order, %d at once, and their results keep that order', async (width, most) => {
  const begun: number[] = [];
  let running = 0;
  let mostAtOnce = 0;
  const items = [0, 1, 2, 3, 4, 5, 6];
  const results = await mapConcurrently(items, width, async (item) => {
    begun.push(item);
    running += 1;
    mostAtOnce = Math.max(mostAtOnce, running);
    await new Promise((resolve) => setTimeout(resolve, 10 - item));
    running -= 1;
    return item * 2;
  });
  expect({ begun, results, mostAtOnce }).toEqual({
    begun: items,
    results: items.map((item) => item * 2),
    mostAtOnce: most,
  });
});

test('a failure is passed on', async () => {
  const bug = new TypeError('a bug');
  await expect(mapConcurrently([1, 2], 2, () => Promise.reject(bug))).rejects.toBe(bug);
});
