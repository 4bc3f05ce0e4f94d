import { CaptureError, maxEffectDelayMs } from '../capture/capture-error.ts';
import type { CaptureSession } from '../capture/session.ts';
import { type Creation, clientsToDelete, needsCleanup } from './creation-record.ts';
import { type DeletableClient, deleteClients, type Outcome } from './deletion.ts';
import { isSameCreation, labelOf } from './label.ts';
import { pickLabeled } from './labeled-clients.ts';
import { deleteUnlessReused } from './takeover.ts';

export interface CleanupResult {
  readonly outcomes: readonly Outcome[];
  /** Why clients whose creation is uncertain couldn't be looked for. */
  readonly lookupError: CaptureError | undefined;
}

/** Deletes what wasn't handed over, the client of a job, and whatever a send with an unknown outcome created. */
export async function cleanUp(creation: Creation, session: CaptureSession): Promise<CleanupResult> {
  if (!needsCleanup(creation)) return { outcomes: [], lookupError: undefined };
  const known = clientsToDelete(creation);
  // Main may have been killed in the middle of a request.
  const effectEndsAt = session.clock.now() + maxEffectDelayMs;
  if (creation.lifetime === 'pull_request')
    return await deleteMarked(known, [], creation, effectEndsAt, session);
  // No other run reuses the client of a run or job, so its label needn't be read.
  const outcomes = await deleteClients(known, session);
  if (creation.openSends.length === 0) return { outcomes, lookupError: undefined };
  return await deleteMarked([], outcomes, creation, effectEndsAt, session);
}

/** Deletes what has the marker at once, and looks again when no send can have an effect anymore. */
async function deleteMarked(
  known: readonly DeletableClient[],
  before: readonly Outcome[],
  creation: Creation,
  effectEndsAt: number,
  session: CaptureSession,
): Promise<CleanupResult> {
  const { capture, clock } = session;
  const outcomes = new Map(before.map((outcome) => [outcome.client.clientId, outcome]));
  const pickMarked = pickLabeled((label) => isSameCreation(label, creation));
  const deleteListed = async (): Promise<CaptureError | undefined> => {
    try {
      const { picked } = await capture.listClients((listed) => {
        const marked = pickMarked(listed);
        const client = known.find(({ clientId }) => clientId === listed.clientId);
        if (marked === undefined && client !== undefined)
          outcomes.set(client.clientId, { client, result: labelOf(listed) ? 'relabeled' : 'unlabeled' });
        return marked;
      });
      const due = picked
        .filter(({ clientId }) => clientId !== creation.handedOverId && !isDeleted(clientId))
        .map((client) => ({ ...client, createdAt: createdAt(client, creation) }));
      for (const outcome of await deleteUnlessReused(due, session))
        outcomes.set(outcome.client.clientId, outcome);
      return undefined;
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      return error;
    }
  };
  const isDeleted = (clientId: string): boolean => outcomes.get(clientId)?.result === 'deleted';
  const isListed = (clientId: string): boolean =>
    (outcomes.get(clientId)?.result ?? 'not_listed') !== 'not_listed';

  const isEarly = clock.now() < effectEndsAt;
  let lookupError = await deleteListed();
  // Lists can still show what was deleted, so no client that they show explains an open send.
  const mayBeMore = creation.openSends.length > 0 || known.some(({ clientId }) => !isListed(clientId));
  if (isEarly && lookupError === undefined && mayBeMore) {
    await clock.sleep(Math.max(0, effectEndsAt - clock.now()));
    lookupError = await deleteListed();
  }
  const unseen = known.filter(({ clientId }) => lookupError === undefined && !outcomes.has(clientId));
  const notListed = unseen.map((client) => ({ client, result: 'not_listed' }) as const);
  return { outcomes: [...outcomes.values(), ...notListed], lookupError };
}

/** The latest time at which a client with the marker can have been created. */
function createdAt({ clientId }: DeletableClient, { clients, openSends }: Creation): number | undefined {
  return clients.find((client) => client.clientId === clientId)?.createdAt ?? openSends.at(-1);
}
