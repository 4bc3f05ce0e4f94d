import { backoffMs } from '../capture/backoff.ts';
import { CaptureError } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import { sleepUnlessCanceled, throwIfCanceled } from './cancellation.ts';
import { captureNow, clockErrorMs } from './capture-time.ts';
import {
  type ClientRequest,
  type ProvidedClient,
  type RequestWithTemplate,
  StartOver,
} from './client-request.ts';
import { addClient, completeClient, lowestId, outcomes, withdrawOwn } from './create.ts';
import type { Dependencies } from './dependencies.ts';
import { formatDescription, type Label } from './label.ts';
import { isReusable, listSiblings, losesToRival, type Sibling } from './pull-request.ts';
import { reuseClient } from './reuse.ts';
import { readTemplate } from './settings.ts';
import { withdrawClient } from './withdraw.ts';

/** After so many rounds, the cause won't go away by itself. */
const maxRounds = 5;
const pauses = { firstMs: 500, maxMs: 8_000 };

/**
 * Gives a step its client: a new one or, for a pull request, the one that it already has. Nothing is handed over yet:
 * if the step fails afterward, cleanup deletes what was created here.
 * @throws CaptureError, Canceled, ExpectedError
 */
export async function provideClient(
  request: ClientRequest,
  dependencies: Dependencies,
): Promise<ProvidedClient> {
  const { signal, log, newMarker } = dependencies;
  const ready = { ...request, template: await readTemplate(request.configuration, dependencies) };
  const marker = newMarker();
  const isForPullRequest = request.label.purpose.lifetime === 'pull_request';
  for (let round = 1; ; round += 1) {
    throwIfCanceled(signal);
    try {
      return await (isForPullRequest ? reuseOrCreate : create)(ready, marker, dependencies);
    } catch (error) {
      if (!(error instanceof StartOver) || round === maxRounds) throw error;
      log.info(`${error.problem} Starting over.`);
      await sleepUnlessCanceled(backoffMs(round, pauses), dependencies);
    }
  }
}

async function create(
  request: RequestWithTemplate,
  marker: string,
  dependencies: Dependencies,
): Promise<ProvidedClient> {
  const label = { ...request.label, marker };
  const { client, own } = await add(request, label, dependencies);
  // Only the response shows whether this machine's clock is right.
  const corrected = { ...byCaptureClock(request, dependencies).label, marker };
  const description = formatDescription({ text: request.text.value, label: corrected });
  await completeClient({ ...own, description }, request, corrected, dependencies);
  return {
    client: description === own.description ? client : { ...client, description },
    label: corrected,
    created: true,
  };
}

/** Moves the expiry by as much as this machine's clock is wrong. */
function byCaptureClock(request: RequestWithTemplate, { capture }: Dependencies): RequestWithTemplate {
  const expiresAt = request.label.expiresAt + Math.round(clockErrorMs(capture) / 1000) * 1000;
  return { ...request, label: { ...request.label, expiresAt } };
}

async function reuseOrCreate(
  asked: RequestWithTemplate,
  marker: string,
  dependencies: Dependencies,
): Promise<ProvidedClient> {
  const { signal } = dependencies;
  const siblings = await listSiblings(asked.label, dependencies);
  const others = siblings.filter((sibling) => sibling.label.marker !== marker);
  const existing = lowestId(others.filter(({ label }) => isReusable(label, captureNow(dependencies))));
  const request = byCaptureClock(asked, dependencies);
  if (existing !== undefined) return await reuseClient(existing, request, dependencies);

  const label = { ...request.label, marker };
  const { client, own } = await add(request, label, dependencies);
  if (await losesToRival(own, label, dependencies)) {
    throwIfCanceled(signal);
    const outcome = outcomes[await withdrawOwn(own, label, dependencies)];
    throw new StartOver(
      `Another run created a client for this pull request at the same time. Client ${client.clientId}, which this step created, ${outcome}.`,
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
  { text, features = [] }: RequestWithTemplate,
  label: Label,
  dependencies: Dependencies,
): Promise<{ readonly client: Client; readonly own: Client }> {
  const request = { text: text.value, label, features };
  const client = await addClient(request, dependencies);
  throwIfCanceled(dependencies.signal);
  return { client, own: { ...client, description: formatDescription(request) } };
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
