import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { Capture, Client } from '../capture/client.ts';
import { type Label, parseDescription } from './label.ts';

/** A client that carries a label of ours; without its secret, which nobody needs to remove it. */
export interface LabeledClient {
  readonly clientId: string;
  readonly features: readonly string[];
  readonly description: string;
  readonly label: Label;
}

/** For `Capture.listClients`: keeps of a client what its removal needs, if it carries a label that is wanted. */
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
 * Deletes one client. An owner client cannot be deleted, so it loses its features first (capture-api.md §1).
 * @returns `gone` if there was no such client any more
 * @throws CaptureError
 */
export async function removeClient(
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
