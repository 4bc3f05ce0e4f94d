import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { formatTime } from '../lifecycle/label.ts';
import type { Provided } from '../lifecycle/provide.ts';
import type { SealedClient } from '../sealing.ts';

/**
 * The outputs of the create action (DESIGN.md, "The contract").
 * @param sealedCredentials undefined without a seal key
 */
export function createOutputs(
  { client, label, created }: Provided,
  sealedCredentials: string | undefined,
): Record<string, string> {
  return {
    client_id: client.clientId,
    client_secret: client.clientSecret,
    description: client.description,
    features: JSON.stringify(client.features),
    created: String(created),
    expires_at: formatTime(label.expiresAt),
    ...(sealedCredentials === undefined ? {} : { sealed_credentials: sealedCredentials }),
  };
}

/** The outputs of the unseal action. */
export function unsealOutputs({
  clientId,
  clientSecret,
  captureDomain,
}: SealedClient): Record<string, string> {
  return { client_id: clientId, client_secret: clientSecret, capture_domain: captureDomain };
}

/**
 * Sets all outputs of the step with one append, so that a signal leaves either all of them or none
 * (`core.setOutput` would append once for each).
 * @param file the runner's GITHUB_OUTPUT
 */
export function setOutputs(file: string, outputs: Readonly<Record<string, string>>): void {
  const delimiter = `ghadelimiter_${randomUUID()}`;
  const entries = Object.entries(outputs).map(
    ([name, value]) => `${name}<<${delimiter}\n${value}\n${delimiter}\n`,
  );
  appendFileSync(file, entries.join(''));
}
