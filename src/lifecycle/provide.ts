import { CaptureError } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import { sleepUnlessCanceled, throwIfCanceled } from './cancellation.ts';
import { type ClientRequest, type Provided, type ReadyRequest, StartOver } from './client-request.ts';
import { addClient, completeClient, lowestId } from './create.ts';
import type { Dependencies } from './dependencies.ts';
import { formatDescription, type Label } from './label.ts';
import { isReusable, listSiblings, losesToRival, type Sibling } from './pull-request.ts';
import { reuseClient } from './reuse.ts';
import { readTemplate } from './settings.ts';
import { withdrawClient } from './withdraw.ts';

/** After so many rounds, the cause won't go away by itself. */
const maxRounds = 5;
const firstPauseMs = 500;

/**
 * Gives a step its client: a new one or, for a pull request, the one that it already has. Nothing is handed over yet:
 * if the step fails afterward, the post step deletes what was created here.
 * @throws CaptureError, Canceled, ExpectedError
 */
export async function provideClient(request: ClientRequest, dependencies: Dependencies): Promise<Provided> {
  const { signal, log, newMarker } = dependencies;
  const ready = { ...request, template: await readTemplate(request.configuration, dependencies) };
  const label = { ...request.label, marker: newMarker() };
  const isForPullRequest = label.purpose.lifetime === 'pull_request';
  for (let round = 1; ; round += 1) {
    throwIfCanceled(signal);
    try {
      return await (isForPullRequest ? reuseOrCreate : create)(ready, label, dependencies);
    } catch (error) {
      if (!(error instanceof StartOver) || round === maxRounds) throw error;
      log.info(`${error.problem} Starting over.`);
      await sleepUnlessCanceled(firstPauseMs * 2 ** (round - 1), dependencies);
    }
  }
}

async function create(request: ReadyRequest, label: Label, dependencies: Dependencies): Promise<Provided> {
  const { client, own } = await add(request, label, dependencies);
  await completeClient(own, request, label, dependencies);
  return { client, label, created: true };
}

async function reuseOrCreate(
  request: ReadyRequest,
  label: Label,
  dependencies: Dependencies,
): Promise<Provided> {
  const { clock, signal, creation } = dependencies;
  const siblings = await listSiblings(label, dependencies);
  const others = siblings.filter((sibling) => sibling.label.marker !== label.marker);
  const existing = lowestId(others.filter((sibling) => isReusable(sibling.label, clock.now())));
  if (existing !== undefined) return await reuseClient(existing, request, dependencies);

  const { client, own } = await add(request, label, dependencies);
  if (await losesToRival(own, label, dependencies)) {
    throwIfCanceled(signal);
    await withdrawClient(own, label, dependencies);
    creation.deleted();
    throw new StartOver(
      `Another run created a client for this pull request at the same time, so client ${client.clientId} was deleted.`,
      'Run this job again.',
    );
  }
  await completeClient(own, request, label, dependencies);
  await deleteExpiring(others, dependencies);
  return { client, label, created: true };
}

/**
 * @returns the client as Capture returned it, and with the description that it was given: the label decides what may be
 *   deleted, so it must not depend on a response
 */
async function add(
  { text, features = [] }: ReadyRequest,
  label: Label,
  dependencies: Dependencies,
): Promise<{ readonly client: Client; readonly own: Client }> {
  const addition = { text: text.value, label, features };
  const client = await addClient(addition, dependencies);
  throwIfCanceled(dependencies.signal);
  return { client, own: { ...client, description: formatDescription(addition) } };
}

/** Deletes the clients that the new one replaces. If that fails, the sweep does it. */
async function deleteExpiring(siblings: readonly Sibling[], dependencies: Dependencies): Promise<void> {
  const { log } = dependencies;
  for (const sibling of siblings) {
    const { clientId, label } = sibling;
    try {
      // Only as it was listed: another run may have renewed it meanwhile.
      const result = await withdrawClient(sibling, label, dependencies);
      if (result === 'deleted') log.info(`Deleted client ${clientId}, which was about to expire.`);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      log.info(`${error.problem} The sweep deletes client ${clientId}, which is about to expire.`);
    }
  }
}
