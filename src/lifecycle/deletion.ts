import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { Capture, ListedClient } from '../capture/client.ts';
import type { Clock } from '../capture/clock.ts';
import { minAttemptMs } from '../capture/retry.ts';
import type { CaptureSession } from '../capture/session.ts';
import { mapConcurrently } from '../concurrency.ts';
import { sleepUnlessCanceled } from './cancellation.ts';
import { formatDescription, isSameCreation, type Label, labelOf, parseDescription } from './label.ts';

/** A client to delete. Without a label, it's deleted by its ID only. */
export interface DeletableClient {
  readonly clientId: string;
  readonly features: readonly string[];
  readonly createdAt?: number | undefined;
  readonly label?: Label | undefined;
}

export interface LabeledClient extends DeletableClient {
  readonly label: Label;
  readonly text: string;
  readonly whitelist?: readonly string[] | undefined;
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

/** How long a run that is about to reuse a client has to write its own marker. */
const takeoverMs = 3_000;

/**
 * Deletes clients that this process created. Another run may be about to reuse one of a pull request, and Capture has
 * no compare-and-swap. So its label is first set to expired, which no run reuses. A little later, the marker shows who
 * was faster. @throws Canceled
 */
export async function deleteUnlessReused(
  clients: readonly LabeledClient[],
  session: CaptureSession,
): Promise<Outcome[]> {
  const { clock } = session;
  const outcomes: Outcome[] = [];
  const due: LabeledClient[] = [];
  for (const client of clients) {
    const outcome = await expire(client, session);
    if (outcome === undefined) due.push(client);
    else outcomes.push(outcome);
  }
  if (due.some((client) => mayBeReused(client, clock))) await sleepUnlessCanceled(takeoverMs, session);
  const targets = due.map((client) => (isOfPullRequest(client) ? client : { ...client, label: undefined }));
  return [...outcomes, ...(await deleteClients(targets, session))];
}

/** A client that expires sooner is never reused, in milliseconds: the sweep can delete it at any time. */
export const minRemainingMs = 5 * 60_000;

const isOfPullRequest = ({ label }: LabeledClient): boolean => label.purpose.lifetime === 'pull_request';

function mayBeReused(client: LabeledClient, clock: Clock): boolean {
  return isOfPullRequest(client) && client.label.expiresAt - clock.now() > minRemainingMs;
}

/** @returns undefined if the client can be deleted now */
async function expire(
  client: LabeledClient,
  { capture, clock }: CaptureSession,
): Promise<Outcome | undefined> {
  if (!mayBeReused(client, clock)) return undefined;
  const label = { ...client.label, expiresAt: Math.floor(clock.now() / 1000) * 1000 };
  const description = formatDescription({ text: client.text, label });
  return await capture
    .setDescription(client, description, () => whyKept(client, () => listLabels([client], capture)))
    .then(
      (result) => result && { client, result },
      (error: unknown) => outcomeOf(client, error),
    );
}

function outcomeOf(client: DeletableClient, error: unknown): Outcome {
  if (!(error instanceof CaptureError)) throw error;
  return { client, result: isUnknownClient(error) ? 'gone' : 'failed', error };
}

async function whyKept(
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

async function listLabels(clients: readonly DeletableClient[], capture: Capture): Promise<Labels> {
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
