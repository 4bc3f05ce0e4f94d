import { CaptureError } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import { describeClockError } from '../capture/clock.ts';
import { idempotent } from '../capture/retry.ts';
import { throwIfCanceled } from './cancellation.ts';
import { type RequestWithTemplate, StartOver } from './client-request.ts';
import type { Dependencies } from './dependencies.ts';
import { formatDescription, isSameCreation, type Label, labelOf } from './label.ts';
import { resetSecret, SecretUnknown } from './secret.ts';
import { applyConfiguration } from './settings.ts';
import { type Withdrawal, withdrawClient } from './withdraw.ts';

export interface AddRequest {
  readonly text: string;
  readonly label: Label;
  readonly features: readonly string[];
}

/**
 * Adds exactly one client. `clients/add` isn't idempotent, and responses get lost. So every send is saved before it
 * happens, and after a send whose outcome is unknown, the creation's marker is looked up: if a client has it, that's the
 * one; if none has it, the same request can be sent again.
 * @throws CaptureError. If a client may exist nevertheless, the record is indeterminate, and cleanup looks for it.
 * @throws Canceled
 */
export async function addClient(request: AddRequest, dependencies: Dependencies): Promise<Client> {
  const { retry, record, log, signal } = dependencies;
  const client = await retry(() => addOrFind(request, dependencies), idempotent).catch((error: unknown) => {
    // A canceled request may still be in progress.
    if (record.isIndeterminate && !signal.aborted) record.recordRequestsEnded();
    throw error;
  });
  log.mask(client);
  record.recordCreated({ clientId: client.clientId, features: request.features });
  log.info(`Created client ${client.clientId}.`);
  return client;
}

async function addOrFind(request: AddRequest, dependencies: Dependencies): Promise<Client> {
  throwIfCanceled(dependencies.signal);
  try {
    return await sendAdd(request, dependencies);
  } catch (error) {
    if (!(error instanceof CaptureError) || !dependencies.record.isIndeterminate) throw error;
    return await findCreated(request, error, dependencies);
  }
}

/**
 * Sends `clients/add` once, and keeps the record of that.
 * @throws CaptureError
 */
export async function sendAdd(
  request: AddRequest,
  { capture, clock, record }: Pick<Dependencies, 'capture' | 'clock' | 'record'>,
): Promise<Client> {
  const { label, features } = request;
  record.recordSend(label, clock.now());
  try {
    return await capture.addClient({ description: formatDescription(request), features });
  } catch (error) {
    if (error instanceof CaptureError && error.details.applied === 'no') record.recordNotApplied();
    throw error;
  }
}

/**
 * Looks for the client that a request with a lost response may have created.
 * @throws CaptureError, which is retryable only if there is no such client and the request itself was
 */
async function findCreated(
  { label }: AddRequest,
  lost: CaptureError,
  { capture, retry, log, record }: Dependencies,
): Promise<Client> {
  log.info(`${lost.problem} Checking whether the client exists.`);
  // A client that this step has deleted can still be listed.
  const pick = (client: Client) =>
    isSameCreation(labelOf(client), label) && !record.hasCreated(client.clientId) ? client : undefined;
  const { picked } = await retry(() => capture.listClients(pick), idempotent).catch((error: unknown) => {
    throw error instanceof CaptureError ? lookupFailed(lost, error) : error;
  });
  const client = lowestId(picked);
  if (client === undefined) throw notFound(lost);
  if (client.clientSecret === '') throw secretMissing(lost, client.clientId);
  log.info(`Found it: client ${client.clientId}. Using it.`);
  return client;
}

/** The client with the lowest ID: all that choose among the same clients choose the same one. */
export function lowestId<T extends { readonly clientId: string }>(clients: readonly T[]): T | undefined {
  return clients.reduce<T | undefined>(
    (lowest, client) => (lowest === undefined || client.clientId < lowest.clientId ? client : lowest),
    undefined,
  );
}

/**
 * Configures a new client and limits the life of its secret. All or nothing: if that fails, the client is deleted.
 * @param client with the description that it should have
 * @throws CaptureError, which says what happened to the client; StartOver; Canceled
 */
export async function completeClient(
  client: Client,
  request: RequestWithTemplate,
  label: Label,
  dependencies: Dependencies,
): Promise<void> {
  const { capture, retry, log } = dependencies;
  try {
    if (label.expiresAt !== request.label.expiresAt) {
      await retry(() => capture.setDescription(client.clientId, client.description), idempotent);
      const error = describeClockError(label.expiresAt - request.label.expiresAt);
      log.notice(
        `This machine's clock is ${error} Capture's, so the expiry of client ${client.clientId} was corrected. Set the clock.`,
      );
    }
    await applyConfiguration({ ...request, client, isNew: true }, dependencies);
    if (request.enforcedHours === undefined) return;
    // The new secret is thrown away, so that the one to hand over expires.
    await resetSecret(client, request.enforcedHours, dependencies);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    throwIfCanceled(dependencies.signal);
    const withdrawal = await withdrawOwn(client, label, dependencies).catch((failure: unknown) => {
      if (!(failure instanceof CaptureError)) throw failure;
      return undefined;
    });
    const outcome =
      withdrawal === undefined ? "couldn't be deleted; cleanup tries again" : outcomes[withdrawal];
    const problem = `${error.problem} Client ${client.clientId}, which was just created, ${outcome}.`;
    if (error instanceof SecretUnknown && withdrawal !== undefined)
      throw new StartOver(problem, error.hint, error);
    throw new CaptureError(problem, error.hint, error.details, { cause: error });
  }
}

export const outcomes: Readonly<Record<Withdrawal, string>> = {
  deleted: 'was deleted',
  gone: 'no longer exists',
  'not listed': "isn't in Capture's list; cleanup looks again",
  'taken over': 'was taken over by another run',
  unlabeled: 'lost its label, so it was kept; delete it in the Console',
};

/**
 * Deletes the client that this step has just created. One that Capture doesn't list yet is left to cleanup.
 * @throws CaptureError, Canceled
 */
export async function withdrawOwn(
  client: Client,
  label: Label,
  dependencies: Dependencies,
): Promise<Withdrawal> {
  const withdrawal = await withdrawClient(client, label, dependencies);
  const isOver = withdrawal !== 'not listed' && withdrawal !== 'unlabeled';
  if (isOver) dependencies.record.recordDeleted(client.clientId);
  return withdrawal;
}

function notFound(lost: CaptureError): CaptureError {
  return new CaptureError(
    `${lost.problem} The list doesn't have the client yet.`,
    `Cleanup checks again and reports the result. ${lost.hint}`,
    lost.details,
    { cause: lost },
  );
}

function secretMissing(lost: CaptureError, clientId: string): CaptureError {
  return new CaptureError(
    `${lost.problem} Client ${clientId} was created, but clients/list returned no secret for it.`,
    "Cleanup deletes it. Check that no proxy changes Capture's responses.",
    { ...lost.details, retryable: false },
    { cause: lost },
  );
}

/** Without a lookup, nothing may be sent again. */
function lookupFailed(lost: CaptureError, lookup: CaptureError): CaptureError {
  return new CaptureError(
    `${lost.problem} The client may exist, and the check for it failed: ${lookup.problem}`,
    `Cleanup checks again and reports the result. ${lookup.hint}`,
    { ...lost.details, retryable: false },
    { cause: lookup },
  );
}
