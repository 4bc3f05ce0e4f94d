import { readUnsealInputs } from '../inputs/unseal-inputs.ts';
import { formatTime } from '../lifecycle/label.ts';
import { reportUnsealed } from '../reports/unseal-report.ts';
import { type Envelope, type SealedClient, unseal } from '../sealing.ts';
import type { Invocation } from './invocation.ts';
import { writeResult } from './results.ts';

/** Opens the credentials that an earlier job sealed. */
export async function unsealCommand(invocation: Invocation): Promise<void> {
  const { clientId, clientSecret, captureDomain, expiresAt } = await openSealed(invocation);
  const result = {
    capture_domain: captureDomain,
    client_id: clientId,
    client_secret: clientSecret,
    expires_at: formatTime(expiresAt),
  };
  await writeResult(result, invocation);
}

/** @throws InputError, SealError */
export async function openSealed({ source, context, log }: Invocation): Promise<SealedClient & Envelope> {
  const { sealedCredentials, sealKey } = readUnsealInputs(source, context);
  const { id: repositoryId } = context.origin;
  const unsealed = await unseal(sealedCredentials, sealKey, { repositoryId, now: Date.now() });
  log.mask(unsealed);
  reportUnsealed(unsealed, context, log);
  return unsealed;
}
