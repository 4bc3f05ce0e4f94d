import type { CreateInputs } from '../inputs/create-inputs.ts';
import type { Provided } from '../lifecycle/provide.ts';
import { seal } from '../sealing.ts';
import type { WorkflowContext } from './context.ts';

/**
 * Seals a client's credentials for the later jobs of this repository.
 * @returns undefined if there is no key to seal them with
 */
export async function sealFor(
  { sealKey, capture }: CreateInputs,
  { client, label }: Provided,
  { origin, runAttempt }: WorkflowContext,
): Promise<string | undefined> {
  if (sealKey === undefined) return undefined;
  const { clientId, clientSecret } = client;
  const sealed = { clientId, clientSecret, captureDomain: capture.domain.origin };
  const envelope = { repositoryId: origin.id, runAttempt, expiresAt: label.expiresAt };
  return await seal(sealed, envelope, sealKey);
}
