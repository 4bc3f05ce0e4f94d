import { formatTime } from '../lifecycle/label.ts';
import type { Log } from '../log.ts';
import type { Envelope, SealedClient } from '../sealing.ts';

export function unsealOutputs({ clientId, clientSecret, captureDomain }: SealedClient) {
  return { client_id: clientId, client_secret: clientSecret, capture_domain: captureDomain };
}

/** Reports whose credentials were decrypted, and whether the client may already be deleted. */
export function reportUnsealed(
  { clientId, captureDomain, expiresAt, runAttempt }: SealedClient & Envelope,
  context: { readonly runAttempt: string },
  log: Log,
): void {
  log.info(
    `Decrypted the credentials of client ${clientId} at ${captureDomain}. The client expires at ${formatTime(expiresAt)}.`,
  );
  if (runAttempt === context.runAttempt) return;
  log.warning(
    `These credentials are from attempt ${runAttempt} of this run, and this is attempt ${context.runAttempt}. Client ${clientId} may already be deleted. If Capture rejects it, re-run all jobs instead of only the failed ones.`,
    'credentials of an earlier attempt',
  );
}
