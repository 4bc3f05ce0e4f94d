import type { Credentials } from '../capture/authentication.ts';
import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { Capture, Client } from '../capture/client.ts';
import { idempotent } from '../capture/retry.ts';
import type { Way } from '../capture/way.ts';
import { Canceled, sleepUnlessCanceled, throwIfCanceled } from './cancellation.ts';
import type { checkModes } from './check-modes.ts';
import {
  openPoints,
  type Point,
  type PointContext,
  type PointDependencies,
  waitingPoint,
} from './check-points.ts';
import type { ReadyRequest } from './client-request.ts';
import { addClient } from './create.ts';
import { deleteClient, deleteClients, pickLabeled } from './delete.ts';
import {
  formatDescription,
  isSameCreation,
  isSameOrigin,
  type Label,
  labelOf,
  type Origin,
} from './label.ts';
import { listSiblings } from './pull-request.ts';
import { reuseClient } from './reuse.ts';

/** What to check. */
export interface CheckRequest {
  /** How far the check goes. */
  readonly mode: (typeof checkModes)[number];
  /** Whether to wait for an hour to see a secret expire. */
  readonly waitForExpiry: boolean;
  readonly origin: Origin;
  readonly runId: string;
}

/** One line of the report. */
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
  /** The IDs of the clients that the check created and couldn't delete. */
  readonly left: readonly string[];
  readonly canceled: boolean;
}

export interface CheckDependencies extends Omit<PointDependencies, 'label'> {
  readonly captureAs: (credentials: Credentials) => Capture;
  readonly inspectWay: () => Promise<Way>;
  /** Whether the CI system's token shows what the sweep needs. Undefined: there's nothing to ask. */
  readonly inspectToken?:
    | (() => Promise<{ readonly isSufficient: boolean; readonly detail: string }>)
    | undefined;
}

/** A check in progress. */
interface Check extends CheckDependencies, PointContext {
  readonly request: CheckRequest;
  /** How many clients were added so far. */
  readonly added: () => number;
}

const hourMs = 60 * 60_000;
/** How long a change may take to have an effect. */
const maxDelayMs = 30_000;
const pollMs = 250;
/** Below that, a clock is right enough. */
const maxClockOffsetMs = 120_000;

/**
 * Shows whether this project works with a tenant: the way there, the credentials, one client's life, and the points that
 * Akamai's documents leave open. Creates clients one after the other, with a label that expires soon, and deletes them.
 * Never changes another client, the owner, or the application's defaults.
 */
export async function checkTenant(
  request: CheckRequest,
  dependencies: CheckDependencies,
): Promise<CheckResult> {
  const lines: CheckLine[] = [];
  const check = startCheck(request, dependencies);
  const report = createReporter(lines, check);
  let before: number | undefined;
  let end: { after?: number; left: readonly string[] } = { left: [] };
  let canceled = false;
  try {
    await checkWay(report, check);
    before = await checkCredentials(report, check);
    if (before !== undefined && request.mode !== 'credentials') {
      const isDeleted = await checkLife(report, check);
      // Otherwise, every point would leave clients.
      if (isDeleted && request.mode === 'all') await checkPoints(report, check);
    }
  } catch (error) {
    if (!(error instanceof Canceled)) throw error;
    canceled = true;
  }
  const created = check.added();
  if (created > 0 && !canceled) end = await checkLeft(report, check);
  return { lines, before, after: created === 0 ? before : end.after, created, left: end.left, canceled };
}

function startCheck(request: CheckRequest, dependencies: CheckDependencies): Check {
  const { capture, captureAs, retry, clock, log, creation, newMarker } = dependencies;
  const { origin, runId, waitForExpiry } = request;
  const marker = newMarker();
  const expiresAt = Math.floor(clock.now() / 1000) * 1000 + (waitForExpiry ? 3 : 1) * hourMs;
  const purpose = { lifetime: 'job', runId } as const;
  const label: Label = { origin, purpose, name: `check-${marker.slice(0, 8)}`, expiresAt, marker };
  let texts = 0;
  let added = 0;
  const newText = (): string => {
    texts += 1;
    return `capture-client-action check, client ${texts}`;
  };
  const check: Check = {
    ...dependencies,
    creation: {
      ...creation,
      get isIndeterminate() {
        return creation.isIndeterminate;
      },
      created(clientId) {
        added += 1;
        creation.created(clientId);
      },
    },
    // A reused client keeps the marker, so that the post step finds every client of the check.
    newMarker: () => marker,
    request,
    label,
    newText,
    added: () => added,
    async add(features = [], text = newText()) {
      const addition = { text, label, features };
      creation.sending(label, [], clock.now());
      try {
        const client = await capture.addClient({ description: formatDescription(addition), features });
        log.mask(client);
        check.creation.created(client.clientId);
        return { ...client, description: formatDescription(addition) };
      } catch (error) {
        if (error instanceof CaptureError && error.details.applied === 'no') creation.notApplied();
        throw error;
      }
    },
    async remove(client) {
      await retry(() => deleteClient(capture, client), idempotent);
      creation.deleted();
    },
    async rejectionOf(credentials) {
      try {
        await retry(() => captureAs(credentials).listSettings(credentials.clientId), idempotent);
        return undefined;
      } catch (error) {
        if (!(error instanceof CaptureError) || error.details.code === undefined) throw error;
        return isUnknownClient(error) ? 402 : error.details.code;
      }
    },
    async isAccepted(credentials) {
      // 402: the credentials are wrong. Other rejections are about what the client may do.
      return (await check.rejectionOf(credentials)) !== 402;
    },
    async untilAccepted(credentials) {
      await observeDelay(() => check.isAccepted(credentials), '', check);
    },
  };
  return check;
}

/** Adds a line for a step, and returns whether the step didn't fail. */
type Reporter = (id: string, title: string, observe: () => Promise<Observation>) => Promise<boolean>;

function createReporter(lines: CheckLine[], { log, signal }: Check): Reporter {
  return async (id, title, observe) => {
    throwIfCanceled(signal);
    const observation = await observe().catch((error: unknown): Observation => {
      if (!(error instanceof CaptureError)) throw error;
      throwIfCanceled(signal);
      return { status: 'failed', detail: error.problem, hint: error.hint, isPrivate: true };
    });
    lines.push({ id, title, ...observation });
    log.info(`${title}: ${observation.status}. ${observation.detail}`);
    return observation.status !== 'failed';
  };
}

async function checkWay(report: Reporter, { inspectWay }: Check): Promise<void> {
  await report('way', 'Way to Capture', async () => {
    const { addresses, proxy, issuer } = await inspectWay();
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
async function checkCredentials(report: Reporter, check: Check): Promise<number | undefined> {
  const { capture, retry, clock, request, inspectToken } = check;
  const pick = pickLabeled((label) => isSameOrigin(label.origin, request.origin));
  let list: Awaited<ReturnType<typeof capture.listClients<ReturnType<typeof pick>>>> | undefined;
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
    const now = clock.now() + offsetMs;
    const expired = picked.filter((client) => (client?.label.expiresAt ?? now) <= now).length;
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
  const { capture, retry, label, creation, isAccepted } = check;
  let client: Client | undefined;
  let oldSecret: string | undefined;
  const withClient = (observe: (client: Client) => Promise<Observation>) => async () =>
    client === undefined ? afterFailure : await observe(client);

  await report('add', 'Create a client', async () => {
    const addition = { text: check.newText(), label, features: ['login_client'] };
    client = await addClient(addition, check);
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
    withClient((own) => observeDelay(() => isAccepted(own), 'Capture accepts them', check)),
  );
  await report(
    'reuse',
    'Reuse the client: description, features, settings, and a new secret',
    withClient(async (own) => {
      const [sibling] = await listSiblings(label, check);
      if (sibling === undefined) return afterFailure;
      // Its log speaks of a pull request.
      const log = { ...check.log, info: () => {} };
      const reused = await reuseClient(sibling, reuseRequest(label), { ...check, log });
      oldSecret = own.clientSecret;
      client = reused.client;
      return { status: 'passed', detail: 'Changed, as a later run of a pull request does.' };
    }),
  );
  await report(
    'rotate',
    'Use the new and the old secret',
    withClient(async (own) => {
      if (oldSecret === undefined) return afterFailure;
      const isNewAccepted = (await observeDelay(() => isAccepted(own), '', check)).status === 'passed';
      const isOldAccepted = await isAccepted({ ...own, clientSecret: oldSecret });
      if (isNewAccepted && isOldAccepted) return { status: 'passed', detail: 'Capture accepts both.' };
      const accepted = isNewAccepted ? 'only the new one' : isOldAccepted ? 'only the old one' : 'neither';
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
      if (deleted.length === 0) return afterFailure;
      creation.deleted();
      return { status: 'passed', detail: 'Deleted.' };
    }),
  );
  if (!isDeleted || client === undefined) return false;
  await report(
    'gone',
    'Use the credentials of the deleted client',
    withClient(async (own) => {
      const observation = await observeDelay(
        async () => !(await isAccepted(own)),
        'Capture rejects them',
        check,
      );
      if (observation.status === 'passed') return observation;
      const hint =
        'Set enforce_expiry if credentials must stop working: those of deleted clients work for a while.';
      return { ...observation, status: 'differs', hint };
    }),
  );
  return true;
}

const afterFailure: Observation = { status: 'skipped', detail: 'An earlier step failed.' };

function reuseRequest(label: Label): ReadyRequest {
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
  const { clock } = check;
  const start = clock.now();
  for (let attempt = 1; ; attempt += 1) {
    const isHolding = await holds();
    const seconds = Math.round((clock.now() - start) / 1000);
    if (isHolding) {
      return { status: 'passed', detail: `${what} ${attempt === 1 ? 'at once' : `after ${seconds} s`}.` };
    }
    if (clock.now() - start > maxDelayMs) {
      const hint = 'This project relies on it. Report it, with the report of this check.';
      return { status: 'failed', detail: `Not within ${seconds} s: "${what}".`, hint };
    }
    await sleepUnlessCanceled(pollMs, check);
  }
}

async function checkPoints(report: Reporter, check: Check): Promise<void> {
  const points = check.request.waitForExpiry ? [...openPoints, waitingPoint] : openPoints;
  for (const point of points) await report(point.id, point.title, () => observePoint(point, check));
}

/** A point that can't be observed says nothing about whether the tenant can be used. */
async function observePoint({ documented, hint, observe }: Point, check: Check): Promise<Observation> {
  try {
    const observed = await observe(check);
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

/** Deletes what the steps left, and counts again. */
async function checkLeft(
  report: Reporter,
  check: Check,
): Promise<{ after?: number; left: readonly string[] }> {
  const { capture, retry, label } = check;
  const pick = pickLabeled((one) => isSameCreation(one, label));
  let after: number | undefined;
  let left: readonly string[] = [];
  await report('clean-up', 'Clean-up', async () => {
    const { picked } = await retry(() => capture.listClients(pick), idempotent);
    const failures: CaptureError[] = [];
    for (const client of picked) {
      await check.remove(client).catch((error: unknown) => {
        if (!(error instanceof CaptureError)) throw error;
        failures.push(error);
        left = [...left, client.clientId];
      });
    }
    after = (await retry(() => capture.listClients(pick), idempotent)).total;
    const [failure] = failures;
    if (failure === undefined) return { status: 'passed', detail: 'No client of this check is left.' };
    const detail = `${left.length} clients of this check are left: ${left.join(', ')}. ${failure.problem}`;
    const hint = `Run the delete action with each client_id, or wait for the sweep. ${failure.hint}`;
    return { status: 'failed', detail, hint, isPrivate: true };
  });
  return { ...(after === undefined ? {} : { after }), left };
}
