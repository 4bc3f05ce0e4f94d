import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { Client } from '../capture/client.ts';
import { formatTime, type Label } from '../lifecycle/label.ts';
import type { SealedClient } from '../sealing.ts';
import { type CommandFile, EnvironmentError } from './context.ts';

/**
 * The outputs of the create action.
 * @param sealedCredentials undefined without a seal key
 */
export function createOutputs(
  { client, label, created }: { readonly client: Client; readonly label: Label; readonly created: boolean },
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
 * Sets all outputs of the step.
 * @param file the path in GITHUB_OUTPUT
 * @throws EnvironmentError if the file can't be written
 */
export function setOutputs(file: string, outputs: Readonly<Record<string, string>>): void {
  appendPairs('GITHUB_OUTPUT', file, outputs);
}

/**
 * Adds pairs to one of the runner's files with one append, so that a signal leaves either all of them or none.
 * `core.setOutput` and `core.saveState` append each on its own, and print it if there's no file.
 * @throws EnvironmentError if the file can't be written
 */
export function appendPairs(
  variable: CommandFile,
  file: string,
  pairs: Readonly<Record<string, string>>,
): void {
  const delimiter = `ghadelimiter_${randomUUID()}`;
  const entries = Object.entries(pairs).map(
    ([name, value]) => `${name}<<${delimiter}\n${value}\n${delimiter}\n`,
  );
  try {
    appendFileSync(file, entries.join(''));
  } catch (error) {
    throw new EnvironmentError(
      `Could not write ${variable} (${file}): ${(error as Error).message}. If this step created a client, its post step deletes it.`,
      "Check the runner's free disk space and the permissions of the file, then re-run the job.",
      { cause: error, title: 'unwritable file' },
    );
  }
}
