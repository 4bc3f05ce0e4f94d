import type { Capture } from '../capture/client.ts';
import type { Clock } from '../capture/clock.ts';

/** The Date header is less precise than a clock that is right. */
const maxToleranceMs = 60_000;

/** How far Capture's clock is ahead of this machine's, in milliseconds. 0 if they agree, or before the first response. */
export function clockErrorMs(capture: Capture): number {
  const offsetMs = capture.clockOffsetMs() ?? 0;
  return Math.abs(offsetMs) > maxToleranceMs ? offsetMs : 0;
}

/**
 * Now, by Capture's clock. Runners compare the expiry times that other runners wrote, so none of them may go by a clock of
 * its own that is wrong.
 */
export function captureNow({ capture, clock }: { readonly capture: Capture; readonly clock: Clock }): number {
  return clock.now() + clockErrorMs(capture);
}
