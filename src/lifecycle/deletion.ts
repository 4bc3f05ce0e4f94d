import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { Capture } from '../capture/client.ts';
import type { Clock } from '../capture/clock.ts';
import { minAttemptMs } from '../capture/retry.ts';
import type { CaptureSession } from '../capture/session.ts';
import { mapConcurrently } from '../concurrency.ts';
import { isSameCreation, type Label, labelOf } from './label.ts';

/** A client to delete. Without a label, it's deleted by its ID only. */
export interface DeletableClient {
  readonly clientId: string;
  readonly features: readonly string[];
  readonly createdAt?: number | undefined;
  readonly label?: Label | undefined;
}

/**
 * - `not_listed`: the list doesn't show it, because it no longer exists or is too new
 * - `relabeled`: another run reused it meanwhile, so it was kept
 * - `unlabeled`: its description lost the label, so it was kept
 * - `failed`: without an error, the time was up before the first attempt
 */
export interface Outcome {
  readonly client: DeletableClient;
  readonly result: 'deleted' | 'gone' | 'not_listed' | 'relabeled' | 'unlabeled' | 'failed';
  readonly error?: CaptureError | undefined;
}

/** Reports what became of a client that was to be deleted, in whole sentences without a hint. */
export function describeOutcome({ client: { clientId }, result, error }: Outcome): string {
  const client = `client ${clientId}`;
  if (result === 'deleted') return `Deleted ${client}.`;
  if (result !== 'failed') return `Client ${clientId} ${whyNotDeleted[result]}`;
  return error === undefined
    ? `Could not delete ${client}; it still works. The time was up before its turn.`
    : `Could not delete ${client}, which may still work. ${error.message}`;
}

const whyNotDeleted = {
  gone: 'no longer exists.',
  not_listed: "isn't in Capture's list.",
  relabeled: 'was reused by another run, so it was kept.',
  unlabeled: 'has lost its label, so it was kept. Delete it in the Console.',
};

/** Whether nobody has to delete the client anymore. One that another run reuses isn't ours. */
export function isOver({ result }: Outcome): boolean {
  return result === 'deleted' || result === 'gone' || result === 'relabeled';
}

/**
 * Deletes clients: those with a label only while they have it, because a run that reuses one writes a new marker.
 * @param listedAt when they were listed; by default, their labels are read again before each attempt
 */
export async function deleteClients(
  clients: readonly DeletableClient[],
  { capture, clock, timeLimit }: CaptureSession,
  { listedAt, atOnce = 1 }: { readonly listedAt?: number; readonly atOnce?: number } = {},
): Promise<Outcome[]> {
  const list = () => listLabels(clients, capture);
  const readLabels = listedAt === undefined ? list : cacheLabels(clients, list, listedAt, clock);
  const deleteOne = (client: DeletableClient): Promise<Outcome> =>
    capture
      .deleteClient(client, () => whyKept(client, readLabels))
      .then(
        (result) => ({ client, result }),
        (error: unknown) => outcomeOf(client, error),
      );
  let isTimeUp = false;
  return await mapConcurrently(clients, atOnce, async (client): Promise<Outcome> => {
    isTimeUp ||= timeLimit.remainingMs() < minAttemptMs;
    const outcome = isTimeUp ? ({ client, result: 'failed' } as const) : await deleteOne(client);
    isTimeUp ||= (outcome.error?.details.retryAfterMs ?? 0) > timeLimit.remainingMs();
    return outcome;
  });
}

export function outcomeOf(client: DeletableClient, error: unknown): Outcome {
  if (!(error instanceof CaptureError)) throw error;
  return { client, result: isUnknownClient(error) ? 'gone' : 'failed', error };
}

export async function whyKept(
  { clientId, label }: DeletableClient,
  readLabels: () => Promise<Labels>,
): Promise<'not_listed' | 'relabeled' | 'unlabeled' | undefined> {
  if (label === undefined) return undefined;
  const labels = await readLabels();
  if (!labels.has(clientId)) return 'not_listed';
  const current = labels.get(clientId);
  if (current === undefined) return 'unlabeled';
  return isSameCreation(current, label) ? undefined : 'relabeled';
}

type Labels = ReadonlyMap<string, Label | undefined>;

export async function listLabels(clients: readonly DeletableClient[], capture: Capture): Promise<Labels> {
  const ids = new Set(clients.map(({ clientId }) => clientId));
  const { picked } = await capture.listClients((client) =>
    ids.has(client.clientId) ? ([client.clientId, labelOf(client)] as const) : undefined,
  );
  return new Map(picked);
}

const maxListAgeMs = 30_000;

/** Lists the clients again when the last list is too old. Deletions that wait for the same list share it. */
function cacheLabels(
  clients: readonly DeletableClient[],
  list: () => Promise<Labels>,
  listedAt: number,
  clock: Clock,
): () => Promise<Labels> {
  let current = Promise.resolve<Labels>(new Map(clients.map(({ clientId, label }) => [clientId, label])));
  let expiresAt = listedAt + maxListAgeMs;
  return () => {
    if (clock.now() >= expiresAt) {
      // While the list is being read, everyone waits for it.
      expiresAt = Infinity;
      // Listing was already repeated, so a failure counts for as long as a list.
      current = list().finally(() => {
        expiresAt = clock.now() + maxListAgeMs;
      });
    }
    return current;
  };
}
