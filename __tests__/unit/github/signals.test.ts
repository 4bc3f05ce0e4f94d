import { expect, test } from '@jest/globals';
import { seePendingSignals, watchSignals } from '../../../src/github/signals.ts';

test.each(['SIGINT', 'SIGTERM'] as const)('%s aborts the signal, nothing does before', async (signal) => {
  const canceled = watchSignals();
  expect(canceled.aborted).toBe(false);
  process.emit(signal);
  expect(canceled.aborted).toBe(true);
});

test('a signal that the process has already received is delivered', async () => {
  let turns = 0;
  setImmediate(() => {
    turns += 1;
    setImmediate(() => {
      turns += 1;
    });
  });
  await seePendingSignals();
  expect(turns).toBe(2);
});
