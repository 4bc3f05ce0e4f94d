import type { Credentials } from '../capture/authentication.ts';
import { CaptureError } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import type { Journal } from './creation.ts';
import { refuseIfInterrupted } from './interruption.ts';
import { formatDescription, isSameCreation, type Label, labelOf } from './label.ts';
import type { RetireCollaborators } from './retire.ts';

/** One client that is wanted. */
export interface Plan {
  /** The words before the label. */
  readonly text: string;
  readonly label: Label;
  readonly features: readonly string[];
}

/** What the creation of clients works with. */
export interface Collaborators extends RetireCollaborators {
  readonly journal: Journal;
  /** 24 hexadecimal digits that no creation had before. */
  newMarker(): string;
  /** Hides a secret from every log; called before anything else is done with it. */
  mask(credentials: Credentials): void;
  /** Fires when the step is cancelled. */
  readonly interrupted: AbortSignal;
  /** Tells the reader of the log. */
  info(message: string): void;
  /** The same, for what nobody should overlook. */
  notice(message: string): void;
}

/**
 * Creates exactly one client (DESIGN.md, "Never two, never lost"): every send is noted before it happens; after a
 * failure that leaves open what came of it, and after any failure behind such a one, the marker is looked up, and the
 * client that bears it adopted. Only where none does, the same is sent again.
 * @throws CaptureError; where a client may exist all the same, its message says so, and post looks for it
 * @throws Interrupted
 */
export async function createExactlyOne(plan: Plan, collaborators: Collaborators): Promise<Client> {
  const { capture, repeat, journal, now, mask, interrupted } = collaborators;
  const attempt = async (): Promise<Client> => {
    refuseIfInterrupted(interrupted);
    journal.sending(plan, now());
    try {
      return await capture.addClient({ description: formatDescription(plan), features: plan.features });
    } catch (error) {
      if (!(error instanceof CaptureError) || error.details.applied === 'unknown') journal.leftOpen();
      if (!journal.isOpen || !(error instanceof CaptureError)) throw error;
      return await adopt(plan, error, collaborators);
    }
  };
  const client = await repeat(attempt, (error) => error.details.retryable).catch((error: unknown) => {
    if (!journal.isOpen) journal.nothingLeft();
    else if (!interrupted.aborted) journal.concluded();
    throw error;
  });
  mask(client);
  journal.created(client.clientId);
  return client;
}

/** @throws the failure that led here if no client bears the marker; then it may be sent again */
async function adopt(plan: Plan, failure: CaptureError, collaborators: Collaborators): Promise<Client> {
  const { capture, info } = collaborators;
  info(`${failure.problem} Looking whether the client exists.`);
  const bearers = await capture
    .listClients(
      (client) => (isSameCreation(labelOf(client), plan.label) ? client : undefined),
      plan.features,
    )
    .catch((error: unknown) => {
      throw error instanceof CaptureError ? couldNotLook(failure, error) : error;
    });
  const client = lowest(bearers.picked);
  if (client === undefined) throw notFound(failure);
  if (client.clientSecret === '') throw unreadable(failure, client.clientId);
  info(`It does: client ${client.clientId} bears this step's marker.`);
  return client;
}

/** The client with the lowest id: all who choose among the same clients choose the same. */
export function lowest<T extends { readonly clientId: string }>(clients: readonly T[]): T | undefined {
  return clients.reduce<T | undefined>(
    (least, client) => (least === undefined || client.clientId < least.clientId ? client : least),
    undefined,
  );
}

function notFound(failure: CaptureError): CaptureError {
  return new CaptureError(
    `${failure.problem} The client may exist; looked for its marker: not found.`,
    `The post step looks again. ${failure.hint}`,
    failure.details,
  );
}

function unreadable(failure: CaptureError, clientId: string): CaptureError {
  return new CaptureError(
    `${failure.problem} Client ${clientId} bears this step's marker, but the list tells no secret of it.`,
    'The post step removes it. Does a proxy change what Capture answers?',
    { ...failure.details, retryable: false },
  );
}

/** Without a look nothing may be sent again. */
function couldNotLook(failure: CaptureError, lookup: CaptureError): CaptureError {
  return new CaptureError(
    `${failure.problem} The client may exist, and looking for its marker failed, too: ${lookup.problem}`,
    `The post step looks again. ${lookup.hint}`,
    { ...failure.details, retryable: false },
  );
}
