import { sleepUnlessCanceled, throwIfCanceled } from './cancellation.ts';
import {
  type ClientRequest,
  type ProvisionedClient,
  type Provisioning,
  StartOver,
} from './client-request.ts';
import { describeOutcome } from './deletion.ts';
import type { Label } from './label.ts';
import { isReusable, listSiblings, lowestId } from './labeled-clients.ts';
import { addClient, configureNewClient, deleteNewClient } from './new-client.ts';
import { reuseClient } from './reuse.ts';
import { readTemplate } from './settings.ts';
import { deleteUnlessReused, hasWinningRival } from './takeover.ts';

/** After this many rounds, waiting longer doesn't help. */
const maxRounds = 5;
const firstPauseMs = 500;

/**
 * Gives a step its client: a new one or, for a pull request, the one that it already has.
 * @throws CaptureError, Canceled, ExpectedError
 */
export async function provisionClient(
  request: ClientRequest,
  provisioning: Provisioning,
): Promise<ProvisionedClient> {
  const { signal, log, newMarker, capture } = provisioning;
  const ready = { ...request, configuration: await readTemplate(request.configuration, capture) };
  const label = { ...request.label, marker: newMarker() };
  for (let round = 1; ; round += 1) {
    throwIfCanceled(signal);
    try {
      if (label.purpose.lifetime === 'pull_request') return await reuseOrCreate(ready, label, provisioning);
      return await configureNewClient(await addClient(ready, label, provisioning), ready, provisioning);
    } catch (error) {
      if (!(error instanceof StartOver) || round === maxRounds) throw error;
      log.info(`${error.problem} Starting over.`);
      await sleepUnlessCanceled(firstPauseMs * 2 ** (round - 1), provisioning);
    }
  }
}

async function reuseOrCreate(
  request: ClientRequest,
  label: Label,
  provisioning: Provisioning,
): Promise<ProvisionedClient> {
  const siblings = await listSiblings(label, provisioning);
  const others = siblings.filter((sibling) => sibling.label.marker !== label.marker);
  const existing = lowestId(others.filter((sibling) => isReusable(sibling, provisioning)));
  if (existing !== undefined) return await reuseClient(existing, request, provisioning);

  provisioning.log.info('This pull request has no client yet, or its client was deleted. Creating one.');
  const own = await addClient(request, label, provisioning);
  if (await hasWinningRival(own, provisioning)) {
    throwIfCanceled(provisioning.signal);
    const outcome = describeOutcome(await deleteNewClient(own, provisioning));
    throw new StartOver(
      `Another run created a client for this pull request at the same time. ${outcome}`,
      'Run this job again.',
    );
  }
  const provisioned = await configureNewClient(own, request, provisioning);
  // If that fails, the sweep does it.
  for (const outcome of await deleteUnlessReused(others, provisioning))
    provisioning.log.info(`${describeOutcome(outcome)} It was about to expire.`);
  return provisioned;
}
