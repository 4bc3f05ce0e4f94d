import { CaptureError } from '../capture/capture-error.ts';
import type { Capture, Client } from '../capture/client.ts';
import { isSameOrigin, isSamePurpose, type Label, type Origin, type Purpose } from './label.ts';
import { pickLabeled, removeClient } from './remove.ts';

/** Which clients of a repository are to go. */
export type Target =
  | { readonly clientId: string }
  /** Without a name, whatever their names. */
  | { readonly purpose: Purpose; readonly name: string | undefined };

/** What came of it. */
export interface Deletion {
  /** The ids of the clients that were listed and are gone. */
  readonly deleted: readonly string[];
  readonly failures: readonly { readonly clientId: string; readonly error: CaptureError }[];
  /** How many clients Capture listed. */
  readonly total: number;
}

/** The client is there, but it is none that this repository's workflows made. */
export class ForeignClient extends Error {
  override readonly name = 'ForeignClient';

  constructor(clientId: string, { host, name }: Origin) {
    super(
      `Client ${clientId} carries no label of ${host}/${name}, so it was not made by a workflow of this repository and is not deleted. Is the id right? Nothing was changed.`,
    );
  }
}

/**
 * Deletes the clients that carry this repository's label and are meant. Tries every one, whatever becomes of the others.
 * @throws ForeignClient; CaptureError if the clients cannot be listed
 */
export async function deleteClients(target: Target, repository: Origin, capture: Capture): Promise<Deletion> {
  const isMeant = (label: Label): boolean => isSameOrigin(label.origin, repository) && isOf(label, target);
  const pick = pickLabeled(isMeant);
  const { picked, total } = await capture.listClients((client) => {
    if (!('clientId' in target)) return pick(client);
    if (client.clientId !== target.clientId) return undefined;
    return pick(client) ?? refuse(client, repository);
  });
  const deleted: string[] = [];
  const failures: { clientId: string; error: CaptureError }[] = [];
  for (const client of picked) {
    try {
      // Also if it is found gone: a deletion whose answer was lost is sent again, and finds its own work.
      await removeClient(capture, client);
      deleted.push(client.clientId);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      failures.push({ clientId: client.clientId, error });
    }
  }
  return { deleted, failures, total };
}

function refuse({ clientId }: Client, repository: Origin): never {
  throw new ForeignClient(clientId, repository);
}

/** `run` leaves the clients of jobs to their own jobs. */
function isOf(label: Label, target: Target): boolean {
  if ('clientId' in target) return true;
  const { purpose, name } = target;
  return isSamePurpose(label.purpose, purpose) && (name === undefined || label.name === name);
}
