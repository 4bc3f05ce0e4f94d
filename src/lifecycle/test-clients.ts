import type { Credentials } from '../capture/authentication.ts';
import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { DiagnosticSession } from '../capture/session.ts';
import { ExpectedError } from '../errors.ts';
import { sleepUnlessCanceled } from './cancellation.ts';
import type { Provisioning } from './client-request.ts';
import { deleteClients, describeOutcome, isOver, type Outcome } from './deletion.ts';
import type { Label } from './label.ts';
import { addClient, type NewClient } from './new-client.ts';

export interface CheckDependencies extends Provisioning, DiagnosticSession {
  readonly owner: Credentials;
  /** Whether test clients may have the feature owner. */
  readonly allowPrivilegedFeatures: boolean;
  /** Undefined: there's no CI system to ask. */
  readonly inspectToken?: (() => Promise<TokenInspection>) | undefined;
}

/** Whether a token can read what the sweep needs, in whole sentences. */
export interface TokenInspection {
  readonly isSufficient: boolean;
  readonly detail: string;
}

export interface Check extends CheckDependencies {
  /** All clients of the check have this label. */
  readonly label: Label;
  readonly newText: () => string;
  /** How many clients the application had. Undefined while they aren't listed. */
  readonly totals: { before: number | undefined; after: number | undefined };
}

export interface Step {
  /** Stable, so that reports of several tenants can be compared. */
  readonly id: string;
  readonly title: string;
  /** What the documents say, as `observe` words it. Undefined if they say nothing. */
  readonly documented?: string;
  /** Which feature not to use if something else was observed. Undefined if the code handles that. */
  hint?(observed: string): string | undefined;
  /** What this tenant does, in words that are the same for tenants that do the same. @throws ExpectedError */
  observe(check: Check): Promise<string | Observation>;
}

export interface Observation {
  /** `differs`: the tenant can be used, but doesn't behave as Akamai's documents say. */
  readonly status: 'passed' | 'failed' | 'differs' | 'skipped';
  /** What was observed, in whole sentences. Never contains a secret. */
  readonly detail: string;
  /** What to do, or which feature not to use. */
  readonly hint?: string | undefined;
  /** Whether the detail may name a host, an ID, or a name. */
  readonly isPrivate?: boolean | undefined;
}

/** How long a change may take to have an effect. */
const maxDelayMs = 30_000;
const pollMs = 250;

export async function addTestClient(
  check: Check,
  features: readonly string[] = [],
  text = check.newText(),
): Promise<NewClient> {
  if (features.includes('owner') && !check.allowPrivilegedFeatures) {
    const fix = 'To check it, set `allow_privileged_features: true`.';
    throw new ExpectedError(`It needs a client with the owner feature. ${fix}`, '');
  }
  return await addClient({ text: { value: text, given: true }, features }, check.label, check);
}

/** Deletes by the ID or, with a label, only while the client has that. @throws ExpectedError if it isn't deleted */
export async function removeTestClient(
  check: Check,
  { clientId, features, createdAt }: NewClient,
  label?: Label,
): Promise<void> {
  const [outcome] = (await deleteClients([{ clientId, features, createdAt, label }], check)) as [Outcome];
  if (!isOver(outcome)) throw outcome.error ?? new ExpectedError(describeOutcome(outcome), 'Try again.');
  check.record.recordDeleted(clientId);
}

/** The code with which Capture rejects a call with the credentials. Undefined if it doesn't. @throws CaptureError */
export async function rejectionOf(
  { captureAs }: Check,
  credentials: Credentials,
): Promise<number | undefined> {
  try {
    await captureAs(credentials).listSettings({ clientId: credentials.clientId });
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

export const nothingWorks = 'Nothing works without this. Open an issue, and paste this report as Markdown.';

/** Waits, and says how long. @throws ExpectedError if it takes too long */
export async function requireSoon(
  what: string,
  check: Check,
  holds: () => Promise<boolean>,
): Promise<string> {
  const seconds = await waitUntil(holds, check);
  const delay = describeDelay(what, seconds);
  if (seconds === undefined) throw new ExpectedError(`${delay}.`, nothingWorks);
  return delay;
}

export function describeDelay(what: string, seconds: number | undefined): string {
  if (seconds === undefined) return `not within ${maxDelayMs / 1000} s: "${what}"`;
  return `${what} ${seconds === 0 ? 'at once' : `after ${seconds} s`}`;
}

export function requireAccepted(check: Check, credentials: Credentials): Promise<string> {
  return requireSoon('Capture accepts them', check, () => isAccepted(check, credentials));
}
