import type { Credentials } from '../capture/authentication.ts';
import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { Capture, Client } from '../capture/client.ts';
import type { NetworkPath } from '../capture/network-path.ts';
import type { Probe } from '../capture/probe.ts';
import { idempotent } from '../capture/retry.ts';
import { sleepUnlessCanceled } from './cancellation.ts';
import { sendAdd } from './create.ts';
import { deleteClient } from './delete.ts';
import type { Dependencies } from './dependencies.ts';
import { formatDescription, type Label } from './label.ts';

export interface CheckDependencies extends Dependencies {
  readonly owner: Credentials;
  readonly probe: Probe;
  /** Whether test clients may have the feature owner. */
  readonly allowPrivilegedFeatures: boolean;
  readonly captureAs: (credentials: Credentials) => Capture;
  readonly inspectNetworkPath: () => Promise<NetworkPath>;
  /** Whether the CI system's token shows what the sweep needs. Undefined: there's nothing to ask. */
  readonly inspectToken?:
    | (() => Promise<{ readonly isSufficient: boolean; readonly detail: string }>)
    | undefined;
}

/** A check in progress. */
export interface Check extends CheckDependencies {
  /** All clients of the check have this label. */
  readonly label: Label;
  /** How many texts were made, and how many clients were created. */
  readonly counts: { texts: number; created: number };
}

/** How long a change may take to have an effect. */
export const maxDelayMs = 30_000;
const pollMs = 250;

/** Returns a text for a description that no other client of the check has. */
export function newText({ counts }: Check): string {
  counts.texts += 1;
  return `capture-client-action check, client ${counts.texts}`;
}

/** Adds one client. @throws CaptureError */
export async function addTestClient(
  check: Check,
  features: readonly string[] = [],
  text = newText(check),
): Promise<Client> {
  const request = { text, label: check.label, features };
  const client = await sendAdd(request, check);
  check.log.mask(client);
  check.record.recordCreated({ clientId: client.clientId, features });
  check.counts.created += 1;
  return { ...client, description: formatDescription(request) };
}

/** Deletes a client of the check. @throws CaptureError */
export async function removeTestClient(
  { capture, retry, record }: Check,
  client: Pick<Client, 'clientId' | 'features'>,
): Promise<void> {
  await retry(() => deleteClient(capture, client), idempotent);
  record.recordDeleted(client.clientId);
}

/** The code with which Capture rejects a call with the credentials. Undefined if it doesn't. @throws CaptureError */
export async function rejectionOf(
  { captureAs, retry }: Check,
  credentials: Credentials,
): Promise<number | undefined> {
  try {
    await retry(() => captureAs(credentials).listSettings(credentials.clientId), idempotent);
    return undefined;
  } catch (error) {
    if (!(error instanceof CaptureError) || error.details.code === undefined) throw error;
    return isUnknownClient(error) ? 402 : error.details.code;
  }
}

/** Whether Capture accepts the credentials, whatever their features allow. @throws CaptureError */
export async function isAccepted(check: Check, credentials: Credentials): Promise<boolean> {
  // 402: the credentials are wrong. Other rejections are about what the client may do.
  return (await rejectionOf(check, credentials)) !== 402;
}

/**
 * Waits until something holds.
 * @returns after how many seconds it held: 0 at once, undefined if it never did
 * @throws Canceled, and what `holds` throws
 */
export async function waitUntil(
  holds: () => Promise<boolean>,
  { clock, signal }: Pick<Check, 'clock' | 'signal'>,
  maxMs = maxDelayMs,
): Promise<number | undefined> {
  if (await holds()) return 0;
  const start = clock.now();
  while (clock.now() - start < maxMs) {
    await sleepUnlessCanceled(pollMs, { clock, signal });
    if (await holds()) return Math.round((clock.now() - start) / 100) / 10;
  }
  return undefined;
}
