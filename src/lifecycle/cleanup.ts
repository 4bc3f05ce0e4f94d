import { CaptureError } from '../capture/capture-error.ts';
import type { Capture } from '../capture/client.ts';
import type { Clock } from '../capture/clock.ts';
import { idempotent, type Retry } from '../capture/retry.ts';
import type { ExpectedError } from '../expected-error.ts';
import type { CreatedClient, Creation } from './creation.ts';
import { deleteClient, type LabeledClient, pickLabeled } from './delete.ts';
import { isSameCreation } from './label.ts';
import { type Withdrawal, withdrawClient } from './withdraw.ts';

/** A request can take effect this long after it was sent. */
const maxEffectDelayMs = 15_000;

export interface CleanupDependencies {
  readonly capture: Capture;
  readonly retry: Retry;
  readonly clock: Clock;
}

/** What couldn't be deleted, or couldn't even be looked for. */
export interface Leftover {
  /** Undefined if it's unknown whether a client exists. */
  readonly clientId: string | undefined;
  readonly error: ExpectedError;
}

export interface CleanupResult {
  readonly deleted: readonly string[];
  readonly leftovers: readonly Leftover[];
}

/** A cleanup in progress. */
interface Cleanup extends CleanupDependencies {
  readonly creation: Creation;
  readonly deleted: string[];
  readonly leftovers: Leftover[];
}

/** Whether there is anything to do. Not on the plain path: sent once, handed over, and not bound to the job. */
export function needsCleanup(creation: Creation): boolean {
  return creation.openSends.length > 0 || clientsToDelete(creation).length > 0;
}

/** Limits how long the end of a job is delayed, in milliseconds: less if a client was handed over than after a failure. */
export function cleanupLimitMs({ handedOverId }: Creation): number {
  return handedOverId === undefined ? 60_000 : 30_000;
}

/** What this step created and didn't hand over, and the client of a job. */
function clientsToDelete({ clients, handedOverId, lifetime }: Creation): readonly CreatedClient[] {
  return clients.filter(({ clientId }) => lifetime === 'job' || clientId !== handedOverId);
}

/**
 * Deletes what this step created and didn't hand over, the client of a job at the end of the job, and whatever a send with
 * an unknown outcome created. Tries all of it.
 */
export async function cleanUp(creation: Creation, dependencies: CleanupDependencies): Promise<CleanupResult> {
  const cleanup: Cleanup = { ...dependencies, creation, deleted: [], leftovers: [] };
  const known = clientsToDelete(creation);
  if (creation.lifetime === 'pull_request') {
    if (known.length > 0 || creation.openSends.length > 0) await deleteMarked(known, cleanup);
  } else {
    for (const client of known) await deleteKnown(client, cleanup);
    if (creation.openSends.length > 0) await deleteMarked([], cleanup);
  }
  return { deleted: cleanup.deleted, leftovers: cleanup.leftovers };
}

/** Sends one request: no other run takes over the client of a run or job, so its label needn't be read. */
async function deleteKnown(client: CreatedClient, cleanup: Cleanup): Promise<void> {
  const { capture, retry, deleted } = cleanup;
  await attempt(client.clientId, cleanup, async () => {
    if ((await retry(() => deleteClient(capture, client), idempotent)) === 'deleted')
      deleted.push(client.clientId);
  });
}

/**
 * Deletes what's listed with the marker at once, and looks again when no send can have an effect anymore. A client whose
 * ID is known may be too new for the first list, too.
 */
async function deleteMarked(known: readonly CreatedClient[], cleanup: Cleanup): Promise<void> {
  const { creation, capture, retry, clock } = cleanup;
  const { openSends, requestsEnded, handedOverId } = creation;
  const unseen = new Set(known.map(({ clientId }) => clientId));
  const created = new Set(creation.clients.map(({ clientId }) => clientId));
  let found = 0;
  const deleteListed = (): Promise<void> =>
    attempt(undefined, cleanup, async () => {
      const pick = pickLabeled((label) => isSameCreation(label, creation));
      const { picked } = await retry(() => capture.listClients(pick), idempotent);
      for (const client of picked.filter(({ clientId }) => clientId !== handedOverId)) {
        const withdrawal = await withdraw(client, cleanup);
        unseen.delete(client.clientId);
        // One that main has deleted can still be listed. Neither that nor a client of another send settles an open one.
        if (!created.has(client.clientId) && withdrawal !== 'gone') found += 1;
      }
    });
  // A main that was killed may have had a request in progress until just now.
  const lastActivityAt = requestsEnded && openSends.length > 0 ? Math.max(...openSends) : clock.now();
  const waitMs = Math.min(maxEffectDelayMs, Math.max(0, lastActivityAt + maxEffectDelayMs - clock.now()));
  await deleteListed();
  const isAllSeen = found >= openSends.length && unseen.size === 0;
  const isListed = cleanup.leftovers.every(({ clientId }) => clientId !== undefined);
  if (isAllSeen || waitMs === 0 || !isListed) return;
  await clock.sleep(waitMs);
  await deleteListed();
}

/** @returns undefined if that failed */
async function withdraw(client: LabeledClient, cleanup: Cleanup): Promise<Withdrawal | undefined> {
  const { clientId } = client;
  return await attempt(clientId, cleanup, async () => {
    const withdrawal = await withdrawClient(client, cleanup.creation, cleanup);
    if (withdrawal === 'deleted') cleanup.deleted.push(clientId);
    return withdrawal;
  });
}

/** A failure doesn't stop the other deletions. Only the latest failure with a client counts. */
async function attempt<T>(
  clientId: string | undefined,
  { leftovers }: Cleanup,
  act: () => Promise<T>,
): Promise<T | undefined> {
  const earlier = leftovers.findIndex((leftover) => leftover.clientId === clientId);
  if (earlier !== -1) leftovers.splice(earlier, 1);
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    leftovers.push({ clientId, error });
    return undefined;
  }
}
