import type { CaptureSession } from '../capture/session.ts';
import { ExpectedError } from '../errors.ts';

export class Canceled extends ExpectedError {
  constructor() {
    super('This was canceled.', '', { title: 'canceled' });
  }
}

export function throwIfCanceled(signal: AbortSignal): void {
  if (signal.aborted) throw new Canceled();
}

type Waiting = Pick<CaptureSession, 'clock' | 'signal'>;

/** @throws Canceled if a cancellation cuts the wait short */
export async function sleepUnlessCanceled(ms: number, { clock, signal }: Waiting): Promise<void> {
  await clock.sleep(ms, signal);
  throwIfCanceled(signal);
}

/** Lets Node deliver a signal that the process has already received. @throws Canceled */
export async function stopIfCanceled(signal: AbortSignal): Promise<void> {
  // Node delivers signals in the poll phase. Two turns of the event loop include a whole one.
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  throwIfCanceled(signal);
}
