import type { Capture, Client } from '../capture/client.ts';
import type { Creation } from './journal.ts';
import { labelOf } from './label.ts';
import { removeClient } from './remove.ts';
import { retire } from './retire.ts';

/** A request that was sent may still take effect for so long (DESIGN.md, "Never two, never lost"). */
const lateCommitMs = 15_000;

/** What the clean-up works with. */
export interface CleanUpCollaborators {
  readonly capture: Capture;
  now(): number;
  sleep(ms: number): Promise<void>;
  info(message: string): void;
}

/** Has post anything to do? Not on the plain path: sent once, announced, and not bound to the job. */
export function needsCleanUp({ announced, lifetime, outcome, sends }: Creation): boolean {
  if (announced) return lifetime === 'job' || sends > 1;
  return outcome !== 'none';
}

/**
 * Removes what this main created and did not announce, a job's client at the end of its job, and twins of an announced
 * client that more than one send may have left.
 * @throws CaptureError
 */
export async function cleanUp(creation: Creation, collaborators: CleanUpCollaborators): Promise<void> {
  const { announced, lifetime, outcome, sends, features } = creation;
  const clientId = typeof outcome === 'object' ? outcome.clientId : undefined;
  if (announced && lifetime === 'job' && sends === 1 && clientId !== undefined) {
    await removeAndTell({ clientId, features }, collaborators);
  } else if (announced && lifetime !== 'job') {
    await removeTwins(creation, clientId, collaborators);
  } else {
    await removeAllMarked(creation, clientId, collaborators);
  }
}

/** All that will ever come of the sends is there once the last is old enough: one look is enough. */
async function removeTwins(
  creation: Creation,
  announcedId: string | undefined,
  collaborators: CleanUpCollaborators,
): Promise<void> {
  await sleepUntil(creation.lastSentAt + lateCommitMs, collaborators);
  for (const twin of await listMarked(creation, collaborators)) {
    if (twin.clientId !== announcedId) await removeAndTell(twin, collaborators);
  }
}

/** Removes what is there at once, and looks again when nothing can come any more. */
async function removeAllMarked(
  creation: Creation,
  createdId: string | undefined,
  collaborators: CleanUpCollaborators,
): Promise<void> {
  const { now } = collaborators;
  // A main that was killed may have had a request under way until a moment ago.
  const lastSign = creation.concluded || createdId !== undefined ? creation.lastSentAt : now();
  for (;;) {
    const isLastLook = now() >= lastSign + lateCommitMs;
    const marked = await listMarked(creation, collaborators);
    for (const client of marked) await removeUnannounced(client, creation, collaborators);
    const isOnlyOne = creation.sends === 1 && (createdId !== undefined || marked.length > 0);
    if (isOnlyOne || isLastLook) return;
    await sleepUntil(lastSign + lateCommitMs, collaborators);
  }
}

/** Another run of the pull request may have taken the client over, or be about to. */
async function removeUnannounced(
  client: MarkedClient,
  creation: Creation,
  collaborators: CleanUpCollaborators,
): Promise<void> {
  const isForPullRequest = creation.lifetime === 'pull_request';
  if (isForPullRequest && !(await retire(client, creation.marker, collaborators))) return;
  await removeAndTell(client, collaborators);
}

async function removeAndTell(
  client: Pick<Client, 'clientId' | 'features'>,
  { capture, info }: CleanUpCollaborators,
): Promise<void> {
  if ((await removeClient(capture, client)) === 'deleted') info(`Deleted client ${client.clientId}.`);
}

type MarkedClient = Pick<Client, 'clientId' | 'features' | 'description'>;

/** Reads the labels anew: only what still bears this creation's marker is ours to remove. */
async function listMarked(
  { marker, features }: Creation,
  { capture }: CleanUpCollaborators,
): Promise<readonly MarkedClient[]> {
  const { picked } = await capture.listClients((client): MarkedClient | undefined => {
    if (labelOf(client)?.marker !== marker) return undefined;
    return { clientId: client.clientId, features: client.features, description: client.description };
  }, features);
  return picked;
}

async function sleepUntil(time: number, { now, sleep }: CleanUpCollaborators): Promise<void> {
  const ms = time - now();
  if (ms > 0) await sleep(ms);
}
