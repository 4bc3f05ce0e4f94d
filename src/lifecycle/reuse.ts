import { type CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import { isPrivileged } from '../capture/features.ts';
import { ExpectedError } from '../errors.ts';
import { throwIfCanceled } from './cancellation.ts';
import {
  type ClientRequest,
  type ProvisionedClient,
  type Provisioning,
  StartOver,
} from './client-request.ts';
import { describeOutcome } from './deletion.ts';
import { formatDescription, formatTime, type Label } from './label.ts';
import { isReusable, type LabeledClient, listSiblings, lowestId, pickLabeled } from './labeled-clients.ts';
import { addClient, configureNewClient, deleteNewClient } from './new-client.ts';
import { applyConfiguration, hourMs, isSameSet } from './settings.ts';
import { deleteUnlessReused, hasWinningRival } from './takeover.ts';

/** Creates a client if there's none to reuse. @throws CaptureError, Canceled, ExpectedError, StartOver */
export async function reuseOrCreate(
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

/**
 * Reuses the client that an earlier call created for the pull request. Writes a new marker and expiry first, so that no
 * other run's cleanup deletes the client as its own. What the request doesn't name stays as it is.
 * @throws CaptureError, Canceled; ExpectedError if the client can't be handed over; StartOver if it no longer exists
 */
export async function reuseClient(
  existing: LabeledClient,
  request: ClientRequest,
  provisioning: Provisioning,
): Promise<ProvisionedClient> {
  const { capture, clock, log, signal, newMarker } = provisioning;
  const { clientId } = existing;
  rejectPrivileged(existing, request);
  log.info(`Reusing client ${clientId} of this pull request.`);

  // The list shows it, so "unknown" isn't believed at once: another run may have created it a moment ago.
  const listed = { ...existing, createdAt: clock.now() };
  const label = { ...request.label, marker: newMarker() };
  const text = request.text.given ? request.text.value : existing.text;
  try {
    await capture.setDescription(listed, formatDescription({ text, label }));
    throwIfCanceled(signal);
    log.info(`Renewed the expiration: ${formatTime(label.expiresAt)}.`);
    const { features } = request;
    if (features !== undefined && !isSameSet(features, existing.features)) {
      await capture.setFeatures(listed, features);
      throwIfCanceled(signal);
    }
    const settings = await applyConfiguration(existing, request.configuration, provisioning);
    // Read after the changes: another workflow may have deleted the client meanwhile.
    const client = await readClient(existing, provisioning);
    const { clientSecret, oldSecretValidUntil } = await renewSecret(client, request, provisioning);
    return { client: { ...client, clientSecret }, label, created: false, oldSecretValidUntil, settings };
  } catch (error) {
    if (isUnknownClient(error)) throw disappeared(clientId, error as CaptureError);
    throw error;
  }
}

function rejectPrivileged({ clientId, features }: LabeledClient, request: ClientRequest): void {
  const privileged = request.features === undefined ? features.filter(isPrivileged) : [];
  if (privileged.length === 0) return;
  throw new ExpectedError(
    `Client ${clientId} of this pull request has ${privileged.join(' and ')}, which capture-client-action didn't add. Nothing was handed over.`,
    'Set `features` to the features that it should have, or delete the client.',
  );
}

async function readClient({ clientId }: LabeledClient, provisioning: Provisioning): Promise<Client> {
  const pickReusable = pickLabeled((label) => isReusable({ label }, provisioning));
  const [client] = await provisioning.capture.readClients(
    (listed) => listed.clientId === clientId && pickReusable(listed) !== undefined,
  );
  if (client === undefined) throw disappeared(clientId);
  return client;
}

function disappeared(clientId: string, cause?: CaptureError): StartOver {
  const detail = cause === undefined ? '' : ` ${cause.problem}`;
  return new StartOver(
    `Client ${clientId} of this pull request was deleted while this step was reusing it.${detail}`,
    'Run this job again. If that fails, too, check whether something deletes the client, such as another workflow.',
    { cause },
  );
}

/** An enforced expiry hands over the current secret, which nobody else has: the call before discarded it. */
async function renewSecret(
  client: Client,
  { enforcedHours, rotateHours }: ClientRequest,
  { capture, clock, log }: Provisioning,
): Promise<{ clientSecret: string; oldSecretValidUntil?: number }> {
  const hours = enforcedHours ?? rotateHours;
  const { clientId, clientSecret: current } = client;
  if (hours === undefined) return { clientSecret: current };
  const now = clock.now();
  const clientSecret = await capture.resetSecret(client, hours);
  if (enforcedHours === undefined) return { clientSecret, oldSecretValidUntil: now + hours * hourMs };
  log.notice(
    `\`enforce_expiry\` issues another secret on each reuse. If the call before set it, too, the secret that it handed out for client ${clientId} is rejected from now on: redeploy what uses it.`,
    'secret replaced',
  );
  return { clientSecret: current };
}
