import type { Capture } from '../capture/client.ts';
import type { Clock } from '../capture/clock.ts';
import type { Retry } from '../capture/retry.ts';
import type { Log } from '../log.ts';
import type { CreationRecord } from './creation.ts';

export interface Dependencies {
  readonly capture: Capture;
  readonly retry: Retry;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'notice' | 'mask'>;
  /** Fires when the step is canceled. */
  readonly signal: AbortSignal;
  readonly record: CreationRecord;
  readonly newMarker: () => string;
}
