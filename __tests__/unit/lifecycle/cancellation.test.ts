import { expect, test } from '@jest/globals';
import { Canceled, sleepUnlessCanceled, throwIfCanceled } from '../../../src/lifecycle/cancellation.ts';
import { fakeClock } from '../../support/fixtures.ts';

test('a cancellation is reported with a title of its own', () => {
  const { name, title, lines } = new Canceled();
  expect({ name, title, lines }).toEqual({
    name: 'Canceled',
    title: 'canceled',
    lines: ['The step was canceled before it set its outputs. Cleanup deletes what the step created.'],
  });
});

test('only a signal that was aborted is a cancellation', () => {
  expect(() => throwIfCanceled(new AbortController().signal)).not.toThrow();
  expect(() => throwIfCanceled(AbortSignal.abort())).toThrow(Canceled);
});

test.each([
  ['without a signal', undefined],
  ['with a signal that is not aborted', new AbortController().signal],
])('a wait %s takes its whole time', async (_, signal) => {
  const clock = fakeClock();
  await sleepUnlessCanceled(1000, signal === undefined ? { clock } : { clock, signal });
  expect(clock.waits).toEqual([1000]);
});

test('a wait that a cancellation cuts short throws', async () => {
  const cut = sleepUnlessCanceled(1000, { clock: fakeClock(), signal: AbortSignal.abort() });
  await expect(cut).rejects.toThrow(Canceled);
});
