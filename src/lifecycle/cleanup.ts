import { CaptureError } from '../capture/capture-error.ts';
import type { Capture, Client } from '../capture/client.ts';
import type { Clock } from '../capture/clock.ts';
import { idempotent, type Retry } from '../capture/retry.ts';
import type { Creation } from './creation.ts';
import { deleteClient } from './delete.ts';
import { isSameCreation, labelOf } from './label.ts';
import { withdrawClient } from './withdraw.ts';

/** A request can take effect this long after it was sent. */
const lateEffectMs = 15_000;

export interface CleanUpDependencies {
  readonly capture: Capture;
  readonly retry: Retry;
  readonly clock: Clock;
}

/** What couldn't be deleted, or couldn't even be looked for. */
export interface Leftover {
  /** Undefined if it's unknown whether a client exists. */
  readonly clientId: string | undefined;
  readonly error: CaptureError;
}

export interface CleanUpResult {
  /** IDs */
  readonly deleted: readonly string[];
  readonly leftovers: readonly Leftover[];
}

/** A clean-up in progress. */
interface CleanUp extends CleanUpDependencies {
  readonly creation: Creation;
  readonly deleted: string[];
  readonly leftovers: Leftover[];
}

/** Whether the post step has work. Not on the plain path: sent once, handed over, and not bound to the job. */
export function needsCleanUp({ handedOver, lifetime, outcome, sends }: Creation): boolean {
  return handedOver ? lifetime === 'job' || sends > 1 : outcome !== 'none';
}

/**
 * Deletes what this step created and didn't hand over, the client of a job at the end of the job, and the twins that more
 * than one send may have left of a client that was handed over. Tries all of it.
 */
export async function cleanUp(creation: Creation, dependencies: CleanUpDependencies): Promise<CleanUpResult> {
  const { handedOver, lifetime, sends } = creation;
  const run: CleanUp = { ...dependencies, creation, deleted: [], leftovers: [] };
  const clientId = createdId(creation);
  const isKept = handedOver && lifetime !== 'job';
  try {
    if (isKept) await deleteTwins(clientId, run);
    else if (handedOver && sends === 1 && clientId !== undefined) await deleteOfJob(clientId, run);
    else await deleteAllMarked(run);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    run.leftovers.push({ clientId: isKept ? undefined : clientId, error });
  }
  return { deleted: run.deleted, leftovers: run.leftovers };
}

function createdId({ outcome }: Creation): string | undefined {
  return typeof outcome === 'object' ? outcome.clientId : undefined;
}

type MarkedClient = Pick<Client, 'clientId' | 'features' | 'description'>;

/** Sends one request: no other run takes over the client of a job. */
async function deleteOfJob(clientId: string, { creation, capture, retry, deleted }: CleanUp): Promise<void> {
  const { features } = creation;
  const result = await retry(() => deleteClient(capture, { clientId, features }), idempotent);
  if (result === 'deleted') deleted.push(clientId);
}

/** Waits until the last send can't have an effect anymore, so that one look is enough. */
async function deleteTwins(ownId: string | undefined, run: CleanUp): Promise<void> {
  const waitMs = remainingMs(run.creation.lastSentAt, run.clock);
  if (waitMs > 0) await run.clock.sleep(waitMs);
  const marked = await listMarked(run);
  await deleteEach(
    marked.filter(({ clientId }) => clientId !== ownId),
    run,
  );
}

/** Deletes what exists at once, and looks again when the last send can't have an effect anymore. */
async function deleteAllMarked(run: CleanUp): Promise<void> {
  const { creation, clock } = run;
  const isKnown = createdId(creation) !== undefined;
  // A main that was killed may have had a request in progress until just now.
  const lastSign = creation.concluded || isKnown ? creation.lastSentAt : clock.now();
  const waitMs = remainingMs(lastSign, clock);
  const first = await listMarked(run);
  await deleteEach(first, run);
  const isOnlyOne = creation.sends === 1 && (isKnown || first.length > 0);
  if (isOnlyOne || waitMs === 0) return;
  await clock.sleep(waitMs);
  await deleteEach(await listMarked(run), run);
}

/** Never longer than the time a request can take, whatever happened to the clock. */
function remainingMs(sentAt: number, clock: Clock): number {
  return Math.min(lateEffectMs, Math.max(0, sentAt + lateEffectMs - clock.now()));
}

/** A client that can't be deleted doesn't keep the others. */
async function deleteEach(clients: readonly MarkedClient[], run: CleanUp): Promise<void> {
  for (const client of clients) {
    const { clientId } = client;
    try {
      if ((await withdrawClient(client, run.creation, run)) === 'deleted') run.deleted.push(clientId);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      run.leftovers.push({ clientId, error });
    }
  }
}

/** Reads the labels again: only clients that still have this creation's marker may be deleted. */
async function listMarked({ creation, capture, retry }: CleanUp): Promise<readonly MarkedClient[]> {
  const pick = (client: Client): MarkedClient | undefined => {
    if (!isSameCreation(labelOf(client), creation)) return undefined;
    return { clientId: client.clientId, features: client.features, description: client.description };
  };
  return (await retry(() => capture.listClients(pick), idempotent)).picked;
}
