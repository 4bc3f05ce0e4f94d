import type { Host } from '../host.ts';
import { readInputs } from '../inputs/read-inputs.ts';
import { formatTime } from '../lifecycle/label.ts';
import { type Envelope, type SealedClient, unseal } from '../secrets/sealing.ts';

export async function unsealCommand(host: Host): Promise<void> {
  const { clientId, clientSecret, captureDomain, expiresAt } = await openSealed(host);
  await host.publish({
    values: {
      capture_domain: captureDomain,
      client_id: clientId,
      client_secret: clientSecret,
      expires_at: formatTime(expiresAt),
    },
  });
}

/** Opens sealed credentials, and masks them. @throws ExpectedError */
export async function openSealed(host: Host): Promise<SealedClient & Envelope> {
  const { run, log } = host;
  const values = readInputs('unseal', [], host, 'Nothing was decrypted.');
  const here = { repositoryId: run.origin.id, now: Date.now() };
  const unsealed = await unseal(values.sealed_credentials, values.seal_key, here);
  log.mask(unsealed);
  const { clientId, captureDomain, expiresAt, runAttempt } = unsealed;
  log.info(
    `Decrypted the credentials of client ${clientId} at ${captureDomain}. The client expires at ${formatTime(expiresAt)}.`,
  );
  if (runAttempt !== run.runAttempt) {
    log.warning(
      `These credentials are from attempt ${runAttempt} of this run, and this is attempt ${run.runAttempt}. Client ${clientId} may already be deleted. If Capture rejects it, re-run all jobs instead of only the failed ones.`,
      'credentials of an earlier attempt',
    );
  }
  return unsealed;
}
