import type { Clock } from '../capture/clock.ts';
import { ExpectedError } from '../expected-error.ts';

export class Canceled extends ExpectedError {
  override readonly name = 'Canceled';

  constructor() {
    super('The step was canceled before it set its outputs.', 'Cleanup deletes what the step created.', {
      title: 'canceled',
    });
  }
}

/** @throws Canceled */
export function throwIfCanceled(signal: AbortSignal): void {
  if (signal.aborted) throw new Canceled();
}

/**
 * Waits. A wait that a cancellation cuts short never passes for one that was long enough.
 * @throws Canceled
 */
export async function sleepUnlessCanceled(
  ms: number,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<void> {
  await clock.sleep(ms, signal);
  if (signal !== undefined) throwIfCanceled(signal);
}
