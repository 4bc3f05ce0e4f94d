import { CaptureError, SecretUnknown } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import { throwIfCanceled } from './cancellation.ts';
import {
  type ClientRequest,
  type ProvisionedClient,
  type Provisioning,
  StartOver,
} from './client-request.ts';
import type { Outcome } from './deletion.ts';
import { formatDescription, isSameCreation, type Label, labelOf, type ParsedDescription } from './label.ts';
import { lowestId } from './labeled-clients.ts';
import { applyConfiguration } from './settings.ts';

export interface NewClient extends Client, ParsedDescription {
  readonly createdAt: number;
}

/**
 * Adds exactly one client. `clients/add` isn't idempotent, and responses get lost. So every send is saved before it
 * happens, and after a send whose outcome is unknown, the marker is looked up: if a client has it, that's the one; if
 * none has it, the same request can be sent again.
 * @throws CaptureError. If a client may exist nevertheless, the record is indeterminate, and cleanup looks for it.
 */
export async function addClient(
  { text: { value: text }, features = [] }: Pick<ClientRequest, 'text' | 'features'>,
  label: Label,
  provisioning: Provisioning,
): Promise<NewClient> {
  const { capture, clock, record, log, signal } = provisioning;
  const description = formatDescription({ text, label });
  const client = await capture.addClient({ description, features }, async (send) => {
    throwIfCanceled(signal);
    record.recordSend(label, clock.now());
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      if (error.details.applied === 'no') record.recordNotApplied();
      if (!record.isIndeterminate) throw error;
      return await findCreated(label, error, provisioning);
    }
  });
  record.recordCreated(client);
  log.info(`Created client ${client.clientId}.`);
  throwIfCanceled(signal);
  return { ...client, text, label };
}

/** @throws CaptureError, which is retryable only if there is no such client and the request itself was */
async function findCreated(
  label: Label,
  lost: CaptureError,
  { capture, log, record }: Provisioning,
): Promise<Client> {
  log.info(`${lost.problem} Checking whether the client exists.`);
  // A client that this step has deleted can still be listed.
  const isOurs = (client: Client): boolean =>
    isSameCreation(labelOf(client), label) && !record.createdIds.has(client.clientId);
  const found = await capture.readClients(isOurs).catch((error: unknown) => {
    if (!(error instanceof CaptureError)) throw error;
    // Without a lookup, nothing may be sent again.
    const problem = `${lost.problem} The client may exist, and the check for it failed: ${error.problem}`;
    throw new CaptureError(problem, error.hint, { ...lost.details, retryable: false }, error);
  });
  const client = lowestId(found);
  if (client === undefined)
    throw lost.because({ problem: `${lost.problem} The list doesn't have the client yet.` });
  log.info(`Found it: client ${client.clientId}. Using it.`);
  return client;
}

/**
 * Configures a new client and limits the life of its secret. If that fails, the client is deleted.
 * @throws CaptureError; StartOver; Canceled
 */
export async function configureNewClient(
  client: NewClient,
  { configuration, enforcedHours }: ClientRequest,
  provisioning: Provisioning,
): Promise<ProvisionedClient> {
  try {
    const settings = await applyConfiguration(client, configuration, provisioning);
    // The new secret is discarded, so that the one to hand over expires.
    if (enforcedHours !== undefined) await provisioning.capture.resetSecret(client, enforcedHours);
    return { client, label: client.label, created: true, settings };
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    throwIfCanceled(provisioning.signal);
    const { result } = await deleteNewClient(client, provisioning);
    if (error instanceof SecretUnknown && result !== 'failed')
      throw new StartOver(error.problem, error.hint, { cause: error });
    throw error;
  }
}

/**
 * Leaves to cleanup what Capture doesn't list yet, or lists without its label.
 * @throws Canceled
 */
export async function deleteNewClient(client: NewClient, provisioning: Provisioning): Promise<Outcome> {
  const { deleteUnlessReused } = await import('./takeover.ts');
  const { isOver } = await import('./deletion.ts');
  const [outcome] = (await deleteUnlessReused([client], provisioning)) as [Outcome];
  if (isOver(outcome)) provisioning.record.recordDeleted(client.clientId);
  return outcome;
}
