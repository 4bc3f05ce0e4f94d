import { expect, test } from '@jest/globals';
import {
  Canceled,
  sleepUnlessCanceled,
  stopIfCanceled,
  throwIfCanceled,
} from '../../../src/lifecycle/cancellation.ts';
import { fakeClock } from '../../support/basics.ts';

test('only a signal that was aborted is a cancellation, which has a title of its own', () => {
  expect(() => throwIfCanceled(new AbortController().signal)).not.toThrow();
  expect(() => throwIfCanceled(AbortSignal.abort())).toThrow(Canceled);
  expect(new Canceled()).toMatchObject({ title: 'canceled', lines: ['This was canceled.'] });
});

test('a wait without a cancellation takes its whole time', async () => {
  const clock = fakeClock();
  await sleepUnlessCanceled(1000, { clock, signal: new AbortController().signal });
  expect(clock.waits).toEqual([1000]);
});

test('a wait that a cancellation cuts short throws', async () => {
  const cut = sleepUnlessCanceled(1000, { clock: fakeClock(), signal: AbortSignal.abort() });
  await expect(cut).rejects.toThrow(Canceled);
});

test('a signal that the process has already received is delivered, and stops it', async () => {
  const controller = new AbortController();
  await stopIfCanceled(controller.signal);
  setImmediate(() => setImmediate(() => controller.abort('SIGINT')));
  await expect(stopIfCanceled(controller.signal)).rejects.toThrow(Canceled);
});
