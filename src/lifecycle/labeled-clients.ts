import type { ListedClient } from '../capture/client.ts';
import type { CaptureSession } from '../capture/session.ts';
import type { DeletableClient } from './deletion.ts';
import { isSameOrigin, isSamePurpose, type Label, parseDescription } from './label.ts';

export interface LabeledClient extends DeletableClient {
  readonly label: Label;
  readonly text: string;
  readonly whitelist?: readonly string[] | undefined;
}

/** For `Capture.listClients`: picks clients by their label. */
export function pickLabeled(
  isWanted: (label: Label) => boolean,
): (client: ListedClient) => LabeledClient | undefined {
  return ({ clientId, features, whitelist, description }) => {
    const described = parseDescription(description);
    if (described === undefined || !isWanted(described.label)) return undefined;
    return { clientId, features, whitelist, ...described };
  };
}

/** The client with the lowest ID: all that choose among the same clients choose the same one. */
export function lowestId<T extends { readonly clientId: string }>(clients: readonly T[]): T | undefined {
  const [lowest] = clients.map(({ clientId }) => clientId).toSorted();
  return clients.find(({ clientId }) => clientId === lowest);
}

/** A client that expires sooner is never reused, in milliseconds: the sweep can delete it at any time. */
export const minRemainingMs = 5 * 60_000;

export type SiblingKey = Pick<Label, 'origin' | 'purpose' | 'name'>;

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
