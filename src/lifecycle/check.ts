import { CaptureError } from '../capture/capture-error.ts';
import type { Client, Picked } from '../capture/client.ts';
import { idempotent } from '../capture/retry.ts';
import { ExpectedError } from '../expected-error.ts';
import { Canceled, throwIfCanceled } from './cancellation.ts';
import { captureNow } from './capture-time.ts';
import {
  type Check,
  type CheckDependencies,
  isAccepted,
  maxDelayMs,
  newText,
  removeTestClient,
  waitUntil,
} from './check-context.ts';
import type { checkModes } from './check-modes.ts';
import { openPoints, type Point, waitingPoint } from './check-points.ts';
import type { RequestWithTemplate } from './client-request.ts';
import { addClient } from './create.ts';
import { deleteClients, type LabeledClient, pickLabeled } from './delete.ts';
import { isSameCreation, isSameOrigin, type Label, labelOf, type Origin } from './label.ts';
import { listSiblings } from './pull-request.ts';
import { reuseClient } from './reuse.ts';
import { hourMs } from './secret.ts';

/** How much longer a check takes that waits for a secret to expire, in milliseconds. */
export const expiryWaitMs = 62 * 60_000;

export interface CheckRequest {
  /** How far the check goes. */
  readonly mode: (typeof checkModes)[number];
  /** Whether to wait for an hour to see a secret expire. */
  readonly waitForExpiry: boolean;
  readonly origin: Origin;
  readonly runId: string;
}

export interface CheckLine {
  /** Stable, so that reports of several tenants can be compared. */
  readonly id: string;
  readonly title: string;
  /** `differs`: the tenant can be used, but doesn't behave as Akamai's documents say. */
  readonly status: 'passed' | 'failed' | 'differs' | 'skipped';
  /** What was observed, in whole sentences. Never contains a secret. */
  readonly detail: string;
  /** What to do, or which feature not to use. */
  readonly hint?: string | undefined;
  /** Whether the detail may name a host, an ID, or a name. */
  readonly isPrivate?: boolean | undefined;
}

type Observation = Omit<CheckLine, 'id' | 'title'>;

export interface CheckResult {
  readonly lines: readonly CheckLine[];
  /** How many clients the application had. Undefined if they couldn't be listed. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly created: number;
  /** The IDs of the clients that the check created and didn't delete. */
  readonly leftovers: readonly string[];
  readonly canceled: boolean;
}

/** Below that, a clock is right enough. */
const maxClockOffsetMs = 120_000;

/**
 * Shows whether this project works with a tenant: the network path, the credentials, one client's life, and the points that
 * Akamai's documents leave open. Creates clients one after the other, with a label that expires soon, and deletes them.
 * Never changes another client, the owner, or the application's defaults.
 */
export async function checkTenant(
  request: CheckRequest,
  dependencies: CheckDependencies,
): Promise<CheckResult> {
  const lines: CheckLine[] = [];
  const report = createReporter(lines, dependencies);
  let before: number | undefined;
  let after: number | undefined;
  let check: Check | undefined;
  let canceled = false;
  try {
    await checkNetworkPath(report, dependencies);
    before = await checkCredentials(report, request.origin, dependencies);
    if (before !== undefined && request.mode !== 'credentials') {
      check = startCheck(request, dependencies);
      const isDeleted = await checkLife(report, check);
      // Otherwise, every point would leave clients.
      if (isDeleted && request.mode === 'all') await checkPoints(report, request.waitForExpiry, check);
      after = await deleteLeftovers(report, check);
    }
  } catch (error) {
    if (!(error instanceof Canceled)) throw error;
    canceled = true;
  }
  const leftovers = dependencies.record.clients.map(({ clientId }) => clientId);
  return { lines, before, after, created: check?.counts.created ?? 0, leftovers, canceled };
}

/** Starts after the first response, which shows whether this machine's clock is right. */
function startCheck({ origin, runId, waitForExpiry }: CheckRequest, dependencies: CheckDependencies): Check {
  const { newMarker, probe, retry } = dependencies;
  const marker = newMarker();
  const expiresAt = Math.floor(captureNow(dependencies) / 1000) * 1000 + (waitForExpiry ? 3 : 1) * hourMs;
  const purpose = { lifetime: 'job', runId } as const;
  const label: Label = { origin, purpose, name: `check-${marker.slice(0, 8)}`, expiresAt, marker };
  // A reused client keeps the marker, so that cleanup finds every client of the check.
  return {
    ...dependencies,
    label,
    counts: { texts: 0, created: 0 },
    newMarker: () => marker,
    probe: (call) => retry(() => probe(call), idempotent),
  };
}

/** Adds a line for a step, and returns whether the step didn't fail. */
type Reporter = (id: string, title: string, observe: () => Promise<Observation>) => Promise<boolean>;

function createReporter(lines: CheckLine[], { log, signal }: CheckDependencies): Reporter {
  return async (id, title, observe) => {
    throwIfCanceled(signal);
    const observation = await observe().catch((error: unknown): Observation => {
      if (!(error instanceof ExpectedError) || error instanceof Canceled) throw error;
      throwIfCanceled(signal);
      return { status: 'failed', detail: error.problem, hint: error.hint, isPrivate: true };
    });
    lines.push({ id, title, ...observation });
    log.info(`${title}: ${observation.status}. ${observation.detail}`);
    return observation.status !== 'failed';
  };
}

async function checkNetworkPath(report: Reporter, { inspectNetworkPath }: CheckDependencies): Promise<void> {
  await report('network-path', 'Network path', async () => {
    const { addresses, proxy, issuer } = await inspectNetworkPath();
    const parts = [
      proxy === undefined ? 'Without a proxy' : `Through the proxy ${proxy}`,
      ...(addresses === undefined
        ? []
        : [addresses.length === 1 ? '1 address' : `${addresses.length} addresses`]),
      ...(issuer === undefined ? [] : [`certificate issued by ${issuer}`]),
    ];
    return { status: 'passed', detail: `${parts.join(', ')}.`, isPrivate: true };
  });
}

/**
 * Lists the clients once, and reduces the list to counts.
 * @returns how many clients the application has; undefined if the tenant can't be used
 */
async function checkCredentials(
  report: Reporter,
  origin: Origin,
  dependencies: CheckDependencies,
): Promise<number | undefined> {
  const { capture, retry, inspectToken } = dependencies;
  const pick = pickLabeled((label) => isSameOrigin(label.origin, origin));
  let list: Picked<LabeledClient> | undefined;
  await report('credentials', 'Owner credentials', async () => {
    list = await retry(() => capture.listClients(pick), idempotent);
    return { status: 'passed', detail: 'Capture accepts them, and they can list clients.' };
  });
  if (list === undefined) return undefined;

  const offsetMs = capture.clockOffsetMs() ?? 0;
  await report('clock', 'Clock', async () => {
    const seconds = Math.round(Math.abs(offsetMs) / 1000);
    // The Date header has whole seconds, and travels for a while.
    if (seconds <= 2) return { status: 'passed', detail: "This machine's clock agrees with Capture's." };
    const detail = `This machine's clock is ${seconds} s ${offsetMs < 0 ? 'ahead of' : 'behind'} Capture's.`;
    if (Math.abs(offsetMs) <= maxClockOffsetMs) return { status: 'passed', detail };
    return { status: 'differs', detail, hint: 'Correct the clock: it decides when clients expire.' };
  });
  const { picked, total } = list;
  await report('labels', 'Clients of this repository', async () => {
    const now = captureNow(dependencies);
    const expired = picked.filter(({ label }) => label.expiresAt <= now).length;
    const hint = expired === 0 ? undefined : 'Schedule the sweep, which deletes expired clients.';
    return { status: 'passed', detail: `${picked.length} with its label, ${expired} of them expired.`, hint };
  });
  if (inspectToken !== undefined) {
    await report('token', 'Token for the sweep', async () => {
      const { isSufficient, detail } = await inspectToken();
      if (isSufficient) return { status: 'passed', detail };
      const hint = 'If you run the sweep, give its token these permissions. Otherwise, ignore this line.';
      return { status: 'skipped', detail, hint, isPrivate: true };
    });
  }
  return total;
}

/**
 * One client's life, with the functions that the actions use.
 * @returns whether the client could be deleted
 */
async function checkLife(report: Reporter, check: Check): Promise<boolean> {
  const { capture, retry, label, record, counts } = check;
  let client: Client | undefined;
  let oldSecret: string | undefined;
  const withClient = (observe: (client: Client) => Promise<Observation>) => async () =>
    client === undefined ? afterFailure : await observe(client);

  await report('add', 'Create a client', async () => {
    client = await addClient({ text: newText(check), label, features: ['login_client'] }, check);
    counts.created += 1;
    return { status: 'passed', detail: 'Created, with a label and the feature login_client.' };
  });
  await report(
    'find',
    'Find the client by its marker',
    withClient(async () => {
      const find = (listed: Client) => (isSameCreation(labelOf(listed), label) ? true : undefined);
      const isListed = async () =>
        (await retry(() => capture.listClients(find), idempotent)).picked.length > 0;
      return await observeDelay(isListed, 'The list shows it', check);
    }),
  );
  await report(
    'accepted',
    'Use the credentials',
    withClient((current) => observeDelay(() => isAccepted(check, current), 'Capture accepts them', check)),
  );
  await report(
    'reuse',
    'Reuse the client: description, features, settings, and a new secret',
    withClient(async (current) => {
      const [sibling] = await listSiblings(label, check);
      if (sibling === undefined) return notListed;
      // This client belongs to no pull request, as the messages would say.
      const log = { ...check.log, info: () => {} };
      const reused = await reuseClient(sibling, reuseRequest(label), { ...check, log });
      oldSecret = current.clientSecret;
      client = reused.client;
      return { status: 'passed', detail: 'Description, features, settings, and secret were updated.' };
    }),
  );
  await report(
    'rotate',
    'Use the new and the old secret',
    withClient(async (current) => {
      if (oldSecret === undefined) return afterFailure;
      const isNewAccepted = (await waitUntil(() => isAccepted(check, current), check)) !== undefined;
      const isOldAccepted = await isAccepted(check, { ...current, clientSecret: oldSecret });
      if (isNewAccepted && isOldAccepted) return { status: 'passed', detail: 'Capture accepts both.' };
      const other = isOldAccepted ? 'only the old one' : 'neither';
      const accepted = isNewAccepted ? 'only the new one' : other;
      const hint = "Don't use rotate_secret or enforce_expiry with this tenant.";
      return { status: 'differs', detail: `Capture accepts ${accepted}.`, hint };
    }),
  );
  const isDeleted = await report(
    'delete',
    'Delete the client',
    withClient(async ({ clientId }) => {
      const { deleted, failures } = await deleteClients({ clientId }, label.origin, check);
      if (failures[0] !== undefined) throw failures[0].error;
      if (deleted.length === 0) return notListed;
      record.recordDeleted(clientId);
      return { status: 'passed', detail: 'Deleted.' };
    }),
  );
  if (!isDeleted || client === undefined) return false;
  await report(
    'gone',
    'Use the credentials of the deleted client',
    withClient(async (current) => {
      const isRejected = async () => !(await isAccepted(check, current));
      const observation = await observeDelay(isRejected, 'Capture rejects them', check);
      if (observation.status === 'passed') return observation;
      const hint =
        'Set enforce_expiry if credentials must stop working: those of deleted clients work for a while.';
      return { ...observation, status: 'differs', hint };
    }),
  );
  return true;
}

const afterFailure: Observation = { status: 'skipped', detail: 'An earlier step failed.' };

const notListed: Observation = {
  status: 'failed',
  detail: "Capture's list doesn't show the client with its label.",
  hint: 'Nothing works without this. Open an issue, and paste this report as Markdown.',
};

function reuseRequest(label: Label): RequestWithTemplate {
  const settings = new Map([['capture_client_action_check', '1']]);
  return {
    text: { value: 'capture-client-action check, reused', given: true },
    features: ['direct_read_access'],
    label,
    enforcedHours: undefined,
    rotateHours: 1,
    configuration: { whitelist: undefined, settings, copySettingsFrom: undefined },
    template: undefined,
  };
}

/** Waits until something holds, and reports how long that took. */
async function observeDelay(holds: () => Promise<boolean>, what: string, check: Check): Promise<Observation> {
  const seconds = await waitUntil(holds, check);
  if (seconds !== undefined) {
    return { status: 'passed', detail: `${what} ${seconds === 0 ? 'at once' : `after ${seconds} s`}.` };
  }
  const hint = 'Nothing works without this. Open an issue, and paste this report as Markdown.';
  return { status: 'failed', detail: `Not within ${maxDelayMs / 1000} s: "${what}".`, hint };
}

async function checkPoints(report: Reporter, waitForExpiry: boolean, check: Check): Promise<void> {
  const points = waitForExpiry ? [...openPoints, waitingPoint] : openPoints;
  for (const point of points) await report(point.id, point.title, () => observePoint(point, check));
}

/** A point that can't be observed says nothing about whether the tenant can be used. */
async function observePoint({ documented, hint, observe }: Point, check: Check): Promise<Observation> {
  try {
    const observed = await observe(check);
    if (typeof observed !== 'string') return { status: 'skipped', detail: observed.skipped };
    const detail = `${observed.charAt(0).toUpperCase()}${observed.slice(1)}.`;
    if (observed === documented) return { status: 'passed', detail };
    const limit = hint?.(observed);
    if (documented === undefined)
      return { status: limit === undefined ? 'passed' : 'differs', detail, hint: limit };
    return { status: 'differs', detail: `${detail} Documented: ${documented}.`, hint: limit };
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    throwIfCanceled(check.signal);
    return { status: 'skipped', detail: error.problem, isPrivate: true };
  }
}

/** Deletes what the steps left, by ID and by marker, and counts again. */
async function deleteLeftovers(report: Reporter, check: Check): Promise<number | undefined> {
  const { capture, retry, label, record } = check;
  let after: number | undefined;
  await report('cleanup', 'Cleanup', async () => {
    const pick = pickLabeled((candidate) => isSameCreation(candidate, label));
    const { picked } = await retry(() => capture.listClients(pick), idempotent);
    const known = record.clients;
    const others = picked.filter(({ clientId }) => !known.some((client) => client.clientId === clientId));
    let failure: CaptureError | undefined;
    for (const client of [...known, ...others]) {
      await removeTestClient(check, client).catch((error: unknown) => {
        if (!(error instanceof CaptureError)) throw error;
        failure = error;
      });
    }
    after = (await retry(() => capture.listClients(pick), idempotent)).total;
    if (failure === undefined) return { status: 'passed', detail: 'No client of this check is left.' };
    const ids = record.clients.map(({ clientId }) => clientId).join(', ');
    const hint = `Delete each of them by its client_id, or wait for the sweep. ${failure.hint}`;
    return { status: 'failed', detail: `Not deleted: ${ids}. ${failure.problem}`, hint, isPrivate: true };
  });
  return after;
}
