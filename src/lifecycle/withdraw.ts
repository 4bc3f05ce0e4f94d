import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { Capture, Client } from '../capture/client.ts';
import type { Clock } from '../capture/clock.ts';
import { idempotent, type Retry } from '../capture/retry.ts';
import { sleepUnlessCanceled } from './cancellation.ts';
import { captureNow } from './capture-time.ts';
import { deleteClient } from './delete.ts';
import {
  type CreationKey,
  formatDescription,
  isSameCreation,
  labelOf,
  type ParsedDescription,
  parseDescription,
} from './label.ts';
import { isReusable } from './pull-request.ts';

/** How long a run that is about to reuse a client has to write its own marker. */
const takeoverMs = 3_000;

/**
 * `not listed`: it doesn't exist anymore, or it's so new that Capture doesn't list it yet. `unlabeled`: its description has
 * no label, so it's unknown whose it is.
 */
export type Withdrawal = 'deleted' | 'gone' | 'not listed' | 'taken over' | 'unlabeled';

/**
 * Deletes a client that this creation made and didn't hand over. No other run takes over the client of a run or job.
 *
 * But another run may be about to reuse the client of a pull request, and Capture has no compare-and-swap. So the label is
 * first set to expired, which no run reuses. A little later, the marker shows who was faster. Every attempt reads it
 * again: a repeated request must not undo what another run wrote in between.
 * @param client as it was when it was seen to have the marker
 * @throws CaptureError, Canceled
 */
export async function withdrawClient(
  client: Pick<Client, 'clientId' | 'features' | 'description'>,
  key: CreationKey,
  dependencies: {
    readonly capture: Capture;
    readonly retry: Retry;
    readonly clock: Clock;
    readonly signal?: AbortSignal;
  },
): Promise<Withdrawal> {
  const { capture, retry } = dependencies;
  const described = parseDescription(client.description);
  if (described?.label.purpose.lifetime !== 'pull_request') {
    return await retry(() => deleteClient(capture, client), idempotent);
  }
  const ifStillOwn = <T>(act: () => Promise<T>): Promise<T | 'not listed' | 'taken over' | 'unlabeled'> =>
    retry(async () => {
      const { picked } = await capture.listClients((listed) =>
        listed.clientId === client.clientId ? { label: labelOf(listed) } : undefined,
      );
      const [found] = picked;
      if (found === undefined) return 'not listed';
      if (found.label === undefined) return 'unlabeled';
      return isSameCreation(found.label, key) ? await act() : 'taken over';
    }, idempotent);

  if (isReusable(described.label, captureNow(dependencies))) {
    const label = { ...described.label, expiresAt: Math.floor(captureNow(dependencies) / 1000) * 1000 };
    const expiry = await ifStillOwn(() => expire(client.clientId, { ...described, label }, capture));
    if (expiry !== 'expired') return expiry;
    await sleepUnlessCanceled(takeoverMs, dependencies);
  }
  return await ifStillOwn(() => deleteClient(capture, client));
}

async function expire(
  clientId: string,
  expired: ParsedDescription,
  capture: Capture,
): Promise<'expired' | 'gone'> {
  try {
    await capture.setDescription(clientId, formatDescription(expired));
    return 'expired';
  } catch (error) {
    if (error instanceof CaptureError && isUnknownClient(error)) return 'gone';
    throw error;
  }
}
