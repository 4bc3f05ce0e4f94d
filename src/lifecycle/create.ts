import { CaptureError } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import { idempotent } from '../capture/retry.ts';
import { throwIfCanceled } from './cancellation.ts';
import { type ReadyRequest, StartOver } from './client-request.ts';
import type { Dependencies } from './dependencies.ts';
import { formatDescription, isSameCreation, type Label, labelOf } from './label.ts';
import { resetSecret, SecretUnknown } from './secret.ts';
import { applyConfiguration } from './settings.ts';
import { type Withdrawal, withdrawClient } from './withdraw.ts';

/** What `clients/add` is asked for. */
export interface Addition {
  readonly text: string;
  readonly label: Label;
  readonly features: readonly string[];
}

/**
 * Adds exactly one client. `clients/add` isn't idempotent, and responses get lost. So every send is saved before it
 * happens, and after a send whose outcome is unknown, the creation's marker is looked up: if a client has it, that's the
 * one; if none has it, the same request can be sent again.
 * @throws CaptureError. If a client may exist nevertheless, the record is indeterminate, and the post step looks for it.
 * @throws Canceled
 */
export async function addClient(addition: Addition, dependencies: Dependencies): Promise<Client> {
  const { retry, creation, log, signal } = dependencies;
  const client = await retry(() => sendOnce(addition, dependencies), idempotent).catch((error: unknown) => {
    // A canceled request may still be in progress.
    if (creation.isIndeterminate && !signal.aborted) creation.concluded();
    throw error;
  });
  log.mask(client);
  creation.created(client.clientId);
  log.info(`Created client ${client.clientId}.`);
  return client;
}

async function sendOnce(addition: Addition, dependencies: Dependencies): Promise<Client> {
  const { capture, clock, creation, signal } = dependencies;
  throwIfCanceled(signal);
  creation.sending(addition.label, addition.features, clock.now());
  try {
    return await capture.addClient({
      description: formatDescription(addition),
      features: addition.features,
    });
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    if (error.details.applied === 'no') creation.notApplied();
    if (!creation.isIndeterminate) throw error;
    return await findCreated(addition, error, dependencies);
  }
}

/**
 * Looks for the client that a request with a lost response may have created.
 * @throws CaptureError, which is retryable only if there is no such client and the request itself was
 */
async function findCreated(
  { label }: Addition,
  lost: CaptureError,
  { capture, retry, log }: Dependencies,
): Promise<Client> {
  log.info(`${lost.problem} Checking whether the client exists.`);
  const pick = (client: Client) => (isSameCreation(labelOf(client), label) ? client : undefined);
  const { picked } = await retry(() => capture.listClients(pick), idempotent).catch((error: unknown) => {
    throw error instanceof CaptureError ? lookupFailed(lost, error) : error;
  });
  const client = lowestId(picked);
  if (client === undefined) throw notFound(lost);
  if (client.clientSecret === '') throw secretMissing(lost, client.clientId);
  log.info(`Client ${client.clientId} has the marker of this step.`);
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
 * @param client with the description that it was given
 * @throws CaptureError, which says what happened to the client; StartOver; Canceled
 */
export async function completeClient(
  client: Client,
  request: ReadyRequest,
  label: Label,
  dependencies: Dependencies,
): Promise<void> {
  try {
    await applyConfiguration({ ...request, client, isNew: true }, dependencies);
    if (request.enforcedHours === undefined) return;
    // The new secret is thrown away, so that the one to hand over expires.
    await resetSecret(client, request.enforcedHours, dependencies);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    throwIfCanceled(dependencies.signal);
    const withdrawal = await undo(client, label, dependencies);
    const outcome =
      withdrawal === undefined ? "couldn't be deleted; the post step tries again" : outcomes[withdrawal];
    const problem = `${error.problem} Client ${client.clientId}, which was just created, ${outcome}.`;
    if (error instanceof SecretUnknown && withdrawal !== undefined)
      throw new StartOver(problem, error.hint, error);
    throw new CaptureError(problem, error.hint, error.details, { cause: error });
  }
}

const outcomes: Readonly<Record<Withdrawal, string>> = {
  deleted: 'was deleted',
  gone: 'no longer exists',
  'taken over': 'was taken over by another run',
};

/** @returns undefined if the client couldn't be deleted */
async function undo(
  client: Client,
  label: Label,
  dependencies: Dependencies,
): Promise<Withdrawal | undefined> {
  try {
    const withdrawal = await withdrawClient(client, label, dependencies);
    dependencies.creation.deleted();
    return withdrawal;
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return undefined;
  }
}

function notFound(lost: CaptureError): CaptureError {
  return new CaptureError(
    `${lost.problem} No client with this step's marker exists so far.`,
    `The post step checks again and reports the result. ${lost.hint}`,
    lost.details,
    { cause: lost },
  );
}

function secretMissing(lost: CaptureError, clientId: string): CaptureError {
  return new CaptureError(
    `${lost.problem} Client ${clientId} was created, but clients/list returned no secret for it.`,
    "The post step deletes it. Check that no proxy changes Capture's responses.",
    { ...lost.details, retryable: false },
    { cause: lost },
  );
}

/** Without a lookup, nothing may be sent again. */
function lookupFailed(lost: CaptureError, lookup: CaptureError): CaptureError {
  return new CaptureError(
    `${lost.problem} The client may exist, and the check for it failed: ${lookup.problem}`,
    `The post step checks again and reports the result. ${lookup.hint}`,
    { ...lost.details, retryable: false },
    { cause: lookup },
  );
}
