import type { Client } from '../capture/client.ts';
import { refuseIfInterrupted } from './interruption.ts';
import { isSameOrigin, isSamePurpose, type Label, labelOf, parseDescription } from './label.ts';
import type { Collaborators } from './provision.ts';

/** Which pull request, and which of its clients, by name. */
export type PullRequestKey = Pick<Label, 'origin' | 'purpose' | 'name'>;

/** A client of the same pull request and name. */
export interface Sibling extends Client {
  /** The words before the label. */
  readonly text: string;
  readonly label: Label;
}

/** A client this close to its end is replaced, not reused: a sweep may remove it any moment. Milliseconds. */
export const leastRemainingMs = 5 * 60_000;

/**
 * How long a creator with the lower id waits for a rival to give way. One that was handedOver before both could see
 * each other never does.
 */
const rivalPatienceMs = 5_000;
const rivalPollMs = 1_000;

/** All clients of a pull request and name; not filtered by features, as those may have changed since. */
export async function listSiblings(
  key: PullRequestKey,
  { capture }: Collaborators,
): Promise<readonly Sibling[]> {
  const { picked } = await capture.listClients((client): Sibling | undefined => {
    const described = parseDescription(client.description);
    return described !== undefined && isOfKey(described.label, key) ? { ...client, ...described } : undefined;
  });
  return picked;
}

function isOfKey({ origin, purpose, name }: Label, key: PullRequestKey): boolean {
  return isSameOrigin(origin, key.origin) && isSamePurpose(purpose, key.purpose) && name === key.name;
}

/** The same client, or its twin: one creation may be sent twice, and only post tells them apart. */
function isSameOrTwin(sibling: Sibling, own: Client): boolean {
  return sibling.clientId === own.clientId || sibling.label.marker === labelOf(own)?.marker;
}

/** Has this client enough time left to be handed out? */
export function isLive({ label }: { readonly label: Label }, now: number): boolean {
  return label.expiresAt - now > leastRemainingMs;
}

/**
 * Two runs may create at the same moment. Each looks after its creation; the lowest id wins. A loser has handedOver
 * nothing and removes its own; a winner waits for that, and if a rival stays it was handedOver earlier and wins.
 * @returns whether `own` has to give way
 * @throws CaptureError, Interrupted
 */
export async function hasToYield(
  own: Client,
  key: PullRequestKey,
  collaborators: Collaborators,
): Promise<boolean> {
  const { now, sleep, interrupted } = collaborators;
  const patience = now() + rivalPatienceMs;
  for (;;) {
    refuseIfInterrupted(interrupted);
    const siblings = await listSiblings(key, collaborators);
    const rivals = siblings.filter((sibling) => !isSameOrTwin(sibling, own) && isLive(sibling, now()));
    if (rivals.length === 0) return false;
    if (rivals.some(({ clientId }) => clientId < own.clientId) || now() >= patience) return true;
    await sleep(rivalPollMs);
  }
}
