import type { Client } from '../capture/client.ts';
import { idempotent } from '../capture/retry.ts';
import { sleepUnlessCanceled, throwIfCanceled } from './cancellation.ts';
import { captureNow } from './capture-time.ts';
import type { Dependencies } from './dependencies.ts';
import { isSameOrigin, isSamePurpose, type Label, labelOf, parseDescription } from './label.ts';

/** Identifies the clients of a pull request that have the same name. At most one of them is handed over. */
export type PullRequestKey = Pick<Label, 'origin' | 'purpose' | 'name'>;

/** A client of the same pull request and name. */
export interface Sibling extends Client {
  /** The description without the label. */
  readonly text: string;
  readonly label: Label;
}

/** In milliseconds. A client that expires sooner is replaced: the sweep can delete it at any time. */
export const minRemainingMs = 5 * 60_000;

/** How long a run with the lower ID waits for its rival to withdraw. A rival that was handed over never does. */
const maxRivalWaitMs = 5_000;
const rivalPollMs = 1_000;

/** Whether a client doesn't expire so soon that it can't be handed over. */
export function isReusable({ expiresAt }: Label, now: number): boolean {
  return expiresAt - now > minRemainingMs;
}

/** All clients of a pull request and name. Not filtered by features, which may have changed since. */
export async function listSiblings(
  key: PullRequestKey,
  { capture, retry }: Pick<Dependencies, 'capture' | 'retry'>,
): Promise<readonly Sibling[]> {
  const pick = (client: Client): Sibling | undefined => {
    const described = parseDescription(client.description);
    return described !== undefined && hasKey(described.label, key) ? { ...client, ...described } : undefined;
  };
  return (await retry(() => capture.listClients(pick), idempotent)).picked;
}

function hasKey({ origin, purpose, name }: Label, key: PullRequestKey): boolean {
  return isSameOrigin(origin, key.origin) && isSamePurpose(purpose, key.purpose) && name === key.name;
}

/**
 * Settles which of several runs keeps its client, when they created one for the same pull request at the same time.
 * Each run looks after it has created, and the lowest ID wins. A loser hasn't handed over anything and withdraws its own
 * client. The winner waits for that; a rival that stays was handed over earlier, and wins.
 * @returns whether `own` has to be withdrawn
 * @throws CaptureError, Canceled
 */
export async function losesToRival(
  own: Client,
  key: PullRequestKey,
  dependencies: Dependencies,
): Promise<boolean> {
  const { clock, signal } = dependencies;
  const deadline = clock.now() + maxRivalWaitMs;
  for (;;) {
    throwIfCanceled(signal);
    const siblings = await listSiblings(key, dependencies);
    const rivals = siblings.filter(
      (sibling) => !isSameOrDuplicate(sibling, own) && isReusable(sibling.label, captureNow(dependencies)),
    );
    if (rivals.length === 0) return false;
    if (rivals.some(({ clientId }) => clientId < own.clientId) || clock.now() >= deadline) return true;
    await sleepUnlessCanceled(rivalPollMs, dependencies);
  }
}

/** A creation that was sent twice can have a duplicate, which cleanup deletes. */
function isSameOrDuplicate(sibling: Sibling, own: Client): boolean {
  return sibling.clientId === own.clientId || sibling.label.marker === labelOf(own)?.marker;
}
