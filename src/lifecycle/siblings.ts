import type { CaptureSession } from '../capture/session.ts';
import { sleepUnlessCanceled, throwIfCanceled } from './cancellation.ts';
import { type LabeledClient, minRemainingMs, pickLabeled } from './deletion.ts';
import { isSameOrigin, isSamePurpose, type Label } from './label.ts';
import type { NewClient } from './new-client.ts';

export type SiblingKey = Pick<Label, 'origin' | 'purpose' | 'name'>;

/** How long a run waits until the list shows its own client, and with the lower ID until its rival has deleted its own. */
const maxRivalWaitMs = 5_000;
const rivalPollMs = 1_000;

/**
 * The time by which expiry is judged. A client has expired only if both this machine's clock and Capture's say so:
 * neither may be wrong about a client that's in use.
 */
export function expiryTime({ capture, clock }: CaptureSession): number {
  return clock.now() + Math.min(0, capture.clockOffsetMs() ?? 0);
}

/** Whether a client doesn't expire so soon that it can't be handed over. */
export function isReusable({ label }: Pick<LabeledClient, 'label'>, session: CaptureSession): boolean {
  return label.expiresAt - expiryTime(session) > minRemainingMs;
}

/** For `Capture.listClients`: picks the clients of a run or pull request, with any name if none is given. */
export function pickSiblings({
  origin,
  purpose,
  name,
}: Omit<SiblingKey, 'name'> & { readonly name: string | undefined }) {
  return pickLabeled(
    (label) =>
      isSameOrigin(label.origin, origin) &&
      isSamePurpose(label.purpose, purpose) &&
      (name === undefined || label.name === name),
  );
}

/** Not filtered by features, which may have changed since. */
export async function listSiblings(key: SiblingKey, { capture }: CaptureSession) {
  return (await capture.listClients(pickSiblings(key))).picked;
}

/**
 * Decides which of several runs that created a client for the same pull request keeps its own: the lowest ID wins.
 * A loser hasn't handed over anything, and deletes its client. The winner waits for that; a rival that stays was
 * handed over earlier, and wins.
 * @returns whether `own` has to be deleted
 */
export async function hasWinningRival(own: NewClient, session: CaptureSession): Promise<boolean> {
  const { clock, signal } = session;
  const { clientId: ownId } = own;
  const start = clock.now();
  let rivalsSince: number | undefined;
  for (;;) {
    throwIfCanceled(signal);
    const siblings = await listSiblings(own.label, session);
    // A creation that was sent twice can have a duplicate with the same marker, which cleanup deletes.
    const rivals = siblings.filter(
      (sibling) =>
        sibling.clientId !== ownId &&
        sibling.label.marker !== own.label.marker &&
        isReusable(sibling, session),
    );
    if (rivals.length > 0) {
      rivalsSince ??= clock.now();
      const isLate = clock.now() - rivalsSince >= maxRivalWaitMs;
      if (isLate || rivals.some(({ clientId }) => clientId < ownId)) return true;
    } else {
      // A list that doesn't show this client yet may lack an older rival, too.
      const isListed = siblings.some(({ clientId }) => clientId === ownId);
      if (isListed || clock.now() - start >= maxRivalWaitMs) return false;
    }
    await sleepUnlessCanceled(rivalPollMs, session);
  }
}
