import { CaptureError } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import type { Collaborators } from './provision.ts';

/**
 * Resets a client's secret, whatever the answer: `clients/reset_secret` is not idempotent, so after an ambiguous one
 * nothing is sent again, and what the list says is the truth (DESIGN.md, "An expiry that Capture enforces").
 * @param hoursToLive how long the secret that the client has now stays valid
 * @returns the new secret, masked; undefined if it is still open whether there is one
 * @throws CaptureError if there certainly is none
 */
export async function resetSecret(
  client: Client,
  hoursToLive: number,
  collaborators: Collaborators,
): Promise<string | undefined> {
  const { capture, mask, info } = collaborators;
  const { clientId } = client;
  const use = (clientSecret: string): string => {
    mask({ clientId, clientSecret });
    return clientSecret;
  };
  try {
    return use(await capture.resetSecret(clientId, hoursToLive));
  } catch (error) {
    if (!(error instanceof CaptureError) || error.details.applied === 'no') throw error;
    info(`${error.problem} Looking which secret client ${clientId} has.`);
    const secret = await currentSecret(clientId, collaborators);
    return secret === undefined || secret === client.clientSecret ? undefined : use(secret);
  }
}

async function currentSecret(clientId: string, { capture }: Collaborators): Promise<string | undefined> {
  const { picked } = await capture.listClients((client) =>
    client.clientId === clientId ? client.clientSecret : undefined,
  );
  return picked[0];
}
