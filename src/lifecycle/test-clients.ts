import type { AuthScheme, Credentials } from '../capture/authentication.ts';
import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { DiagnosticSession } from '../capture/session.ts';
import { ExpectedError } from '../errors.ts';
import { sleepUnlessCanceled } from './cancellation.ts';
import type { Provisioning } from './client-request.ts';
import { deleteClients, describeOutcome, isOver, type Outcome } from './deletion.ts';
import type { Label } from './label.ts';
import { addClient, type NewClient } from './new-client.ts';
import type { TokenInspection } from './sweep-plan.ts';

export interface CheckDependencies extends Provisioning, DiagnosticSession {
  readonly authScheme: AuthScheme;
  /** Whether test clients may have the feature owner. */
  readonly allowPrivilegedFeatures: boolean;
  /** Undefined: there's no CI system to ask. */
  readonly inspectToken?: (() => Promise<TokenInspection>) | undefined;
}

export interface Check extends CheckDependencies {
  /** All clients of the check have this label. */
  readonly label: Label;
  readonly newText: () => string;
  /** How many clients the application had. Undefined while they aren't listed. */
  readonly totals: { before: number | undefined; after: number | undefined };
  /** For what every client needs. If it fails, the check ends. */
  readonly line: AddLine;
  /** For what the documents leave open. What can't be observed says nothing about whether the tenant can be used. */
  readonly point: AddLine;
}

/**
 * Adds a line to the report.
 * @param id stable, so that reports of several tenants can be compared
 * @param observe returns what this tenant does, in words that are the same for tenants that do the same
 * @throws CheckEnded
 */
export type AddLine = (
  id: string,
  title: string,
  observe: () => Promise<string | Observation>,
  expected?: Expected,
) => Promise<void>;

export interface Expected {
  /** What the documents say, as `observe` words it. Undefined if they say nothing. */
  readonly documented?: string;
  /** Which feature not to use if something else was observed. Undefined if the code handles that. */
  hint?(observed: string): string | undefined;
}

export interface Observation {
  /** `differs`: the tenant can be used, but doesn't behave as Akamai's documents say. */
  readonly status: 'passed' | 'failed' | 'differs' | 'skipped';
  /** In whole sentences. */
  readonly detail: string;
  /** What to do, or which feature not to use. */
  readonly hint?: string | undefined;
  /** Whether the detail may name a host, an ID, or a name. */
  readonly isPrivate?: boolean | undefined;
}

export interface CheckLine extends Observation {
  readonly id: string;
  readonly title: string;
  readonly isPoint: boolean;
}

/** A line failed, or the check was canceled. */
export class CheckEnded extends Error {}

/** @param failure how an expected error comes out */
export function lineAdder(
  lines: CheckLine[],
  failure: 'failed' | 'skipped',
  { signal, log }: CheckDependencies,
): AddLine {
  return async (id, title, observe, expected = {}) => {
    if (signal.aborted) throw new CheckEnded();
    const { status, ...observed } = await observe().then(
      (observation) => (typeof observation === 'string' ? compare(observation, expected) : observation),
      (error: unknown): Observation => {
        if (!(error instanceof ExpectedError)) throw error;
        const hint = failure === 'failed' ? error.hint : undefined;
        return { status: failure, detail: error.problem, hint, isPrivate: true };
      },
    );
    // The error may come from the cancellation.
    if (signal.aborted && status === failure) throw new CheckEnded();
    // What is published isn't masked, and Capture's texts can repeat a secret.
    const [detail, hint] = [log.show(observed.detail), observed.hint && log.show(observed.hint)];
    lines.push({ id, title, status, ...observed, detail, hint, isPoint: failure === 'skipped' });
    log.info(`${title}: ${status}. ${detail}`);
    if (status === 'failed') throw new CheckEnded();
  };
}

function compare(observed: string, { documented, hint }: Expected): Observation {
  const detail = `${observed.charAt(0).toUpperCase()}${observed.slice(1)}.`;
  if (observed === documented) return { status: 'passed', detail };
  const advice = hint?.(observed);
  if (documented === undefined)
    return { status: advice === undefined ? 'passed' : 'differs', detail, hint: advice };
  return { status: 'differs', detail: `${detail} Documented: ${documented}.`, hint: advice };
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
export async function rejectionOf({ captureAs }: Check, client: Credentials): Promise<number | undefined> {
  try {
    await captureAs(client).listSettings({ clientId: client.clientId });
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

/** @returns after how many seconds it held: 0 at once, undefined if it never did. @throws Canceled */
export async function waitUntil(
  holds: () => Promise<boolean>,
  check: Check,
  maxMs = maxDelayMs,
): Promise<number | undefined> {
  if (await holds()) return 0;
  const { clock } = check;
  const start = clock.now();
  while (clock.now() - start < maxMs) {
    await sleepUnlessCanceled(pollMs, check);
    if (await holds()) return Math.round((clock.now() - start) / 100) / 10;
  }
  return undefined;
}

export function describeDelay(what: string, seconds: number | undefined): string {
  if (seconds === undefined) return `not within ${maxDelayMs / 1000} s: "${what}"`;
  return `${what} ${seconds === 0 ? 'at once' : `after ${seconds} s`}`;
}

/** Waits, and says how long. @throws ExpectedError if it takes too long */
export async function requireSoon(
  what: string,
  check: Check,
  holds: () => Promise<boolean>,
): Promise<string> {
  const seconds = await waitUntil(holds, check);
  const delay = describeDelay(what, seconds);
  if (seconds !== undefined) return delay;
  const hint = 'Nothing works without this. Open an issue, and paste this report as Markdown.';
  throw new ExpectedError(`${delay}.`, hint);
}

export function requireAccepted(check: Check, credentials: Credentials): Promise<string> {
  return requireSoon('Capture accepts them', check, () => isAccepted(check, credentials));
}
