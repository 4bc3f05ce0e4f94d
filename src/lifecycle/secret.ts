import { CaptureError } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import { idempotent, ifNotApplied } from '../capture/retry.ts';
import type { Dependencies } from './dependencies.ts';

/** Capture counts the life of an old secret in hours. */
export const hourMs = 3_600_000;

/** It's still unknown whether a client's secret was reset. */
export class SecretUnknown extends CaptureError {
  constructor(clientId: string, lost: CaptureError) {
    const problem = `${lost.problem} It's unknown whether client ${clientId} has a new secret.`;
    super(problem, lost.hint, lost.details, { cause: lost });
  }
}

/**
 * Resets a client's secret. `clients/reset_secret` isn't idempotent: after an indeterminate failure nothing is sent
 * again, and the list shows which secret the client has.
 * @param hoursToLive how long the current secret stays valid
 * @returns the new secret, masked
 * @throws SecretUnknown; CaptureError if the secret certainly wasn't reset
 */
export async function resetSecret(
  { clientId, clientSecret: current }: Client,
  hoursToLive: number,
  { capture, retry, log }: Pick<Dependencies, 'capture' | 'retry' | 'log'>,
): Promise<string> {
  const secretInList = async (): Promise<string | undefined> => {
    const { picked } = await retry(
      () => capture.listClients((client) => (client.clientId === clientId ? client.clientSecret : undefined)),
      idempotent,
    );
    return picked[0];
  };
  const resolve = async (error: unknown): Promise<string> => {
    if (!(error instanceof CaptureError) || error.details.applied === 'no') throw error;
    log.info(`${error.problem} Checking whether client ${clientId} has a new secret.`);
    const secret = await secretInList();
    if (secret === undefined || secret === '' || secret === current) throw new SecretUnknown(clientId, error);
    return secret;
  };
  const clientSecret = await retry(() => capture.resetSecret(clientId, hoursToLive), ifNotApplied).catch(
    resolve,
  );
  log.mask({ clientId, clientSecret });
  return clientSecret;
}
