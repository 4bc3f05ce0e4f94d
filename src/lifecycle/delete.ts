import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { Capture, Client } from '../capture/client.ts';
import { idempotent, type Retry } from '../capture/retry.ts';
import { ExpectedError } from '../expected-error.ts';
import {
  isSameOrigin,
  isSamePurpose,
  type Label,
  type Origin,
  type Purpose,
  parseDescription,
} from './label.ts';

/** A client with a label, without its secret, which a deletion doesn't need. */
export interface LabeledClient {
  readonly clientId: string;
  readonly features: readonly string[];
  readonly description: string;
  readonly label: Label;
}

/** For `Capture.listClients`: picks clients by their label. */
export function pickLabeled(
  isWanted: (label: Label) => boolean,
): (client: Client) => LabeledClient | undefined {
  return ({ clientId, features, description }) => {
    const label = parseDescription(description)?.label;
    if (label === undefined || !isWanted(label)) return undefined;
    return { clientId, features, description, label };
  };
}

/**
 * Deletes one client. Capture deletes no client that has the feature owner, so that is removed first
 * (docs/development/capture-api.md).
 * @returns `gone` if the client no longer existed. That counts as deleted where only the result matters (delete, sweep):
 *   after a lost response, the repeated request finds nothing. Cleanup reports only what it deleted itself.
 * @throws CaptureError
 */
export async function deleteClient(
  capture: Capture,
  client: Pick<Client, 'clientId' | 'features'>,
): Promise<'deleted' | 'gone'> {
  try {
    if (client.features.includes('owner')) await capture.setFeatures(client.clientId, []);
  } catch (error) {
    if (error instanceof CaptureError && isUnknownClient(error)) return 'gone';
    throw error;
  }
  return await capture.deleteClient(client.clientId);
}

export type Target =
  | { readonly clientId: string }
  /** Without a name: clients of any name. */
  | { readonly purpose: Purpose; readonly name: string | undefined };

export interface Deletion {
  /** The IDs of the clients that were listed and no longer exist. */
  readonly deleted: readonly string[];
  readonly failures: readonly { readonly clientId: string; readonly error: CaptureError }[];
  /** How many clients Capture listed. */
  readonly total: number;
}

/** The client exists, but has no label of this origin. */
export class ForeignClient extends ExpectedError {
  override readonly name = 'ForeignClient';

  constructor(clientId: string, { host, name }: Origin) {
    super(
      `Client ${clientId} wasn't created by ${host}/${name}, so it wasn't deleted.`,
      'Check the client ID. To delete a client of another origin, use the Console.',
      { title: 'not deleted' },
    );
  }
}

/**
 * Deletes the clients of an origin that match the target. Tries each of them, even if another can't be deleted.
 * @throws ForeignClient; CaptureError if the clients can't be listed
 */
export async function deleteClients(
  target: Target,
  origin: Origin,
  { capture, retry }: { readonly capture: Capture; readonly retry: Retry },
): Promise<Deletion> {
  const pick = pickLabeled((label) => isSameOrigin(label.origin, origin) && matches(label, target));
  const pickTarget = (client: Client): LabeledClient | undefined => {
    if (!('clientId' in target)) return pick(client);
    if (client.clientId !== target.clientId) return undefined;
    const labeled = pick(client);
    if (labeled === undefined) throw new ForeignClient(client.clientId, origin);
    return labeled;
  };
  const { picked, total } = await retry(() => capture.listClients(pickTarget), idempotent);
  const deleted: string[] = [];
  const failures: { clientId: string; error: CaptureError }[] = [];
  for (const client of picked) {
    try {
      await retry(() => deleteClient(capture, client), idempotent);
      deleted.push(client.clientId);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      failures.push({ clientId: client.clientId, error });
    }
  }
  return { deleted, failures, total };
}

/** `run` leaves out the clients of jobs: each job deletes its own. */
function matches(label: Label, target: Target): boolean {
  if ('clientId' in target) return true;
  const { purpose, name } = target;
  return isSamePurpose(label.purpose, purpose) && (name === undefined || label.name === name);
}
