import { ExpectedError } from '../errors.ts';
import { describeOutcome } from './deletion.ts';
import { isSameCreation, isSameOrigin, type Label, type Origin } from './label.ts';
import { expiryTime, listSiblings, pickLabeled } from './labeled-clients.ts';
import { cleanUp } from './leftovers.ts';
import type { NewClient } from './new-client.ts';
import { observeOpenPoints } from './open-points.ts';
import { reuseClient } from './reuse.ts';
import { hourMs } from './settings.ts';
import {
  addTestClient,
  type Check,
  type CheckDependencies,
  CheckEnded,
  type CheckLine,
  describeDelay,
  isAccepted,
  lineAdder,
  type Observation,
  removeTestClient,
  requireAccepted,
  requireSoon,
  waitUntil,
} from './test-clients.ts';

/** How much longer a check takes that waits for a secret to expire, in milliseconds. */
export const expiryWaitMs = 62 * 60_000;

export interface CheckRequest {
  /** Each mode includes the ones before it. */
  readonly mode: 'credentials' | 'life' | 'all';
  readonly waitForExpiry: boolean;
  readonly origin: Origin;
  readonly runId: string;
}

export interface CheckResult {
  readonly lines: readonly CheckLine[];
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly created: number;
  /** The IDs of the clients that the check created and didn't delete. */
  readonly leftovers: readonly string[];
  readonly canceled: boolean;
}

/**
 * Shows whether this project works with a tenant. Ends at the first line that fails. Creates clients one after the
 * other, with a label that expires soon, and deletes them. Never changes another client, the owner, or the defaults.
 */
export async function checkTenant(request: CheckRequest, given: CheckDependencies): Promise<CheckResult> {
  const { mode, waitForExpiry } = request;
  const { record, signal } = given;
  const lines: CheckLine[] = [];
  const check = startCheck(request, given, lines);
  if ((await completes(checkAccess(check))) && mode !== 'credentials') {
    if ((await completes(checkLife(check))) && mode === 'all')
      await completes(observeOpenPoints(check, waitForExpiry));
    await completes(deleteLeftovers(check));
  }
  const leftovers = (record.creation?.clients ?? []).map(({ clientId }) => clientId);
  return { lines, ...check.totals, created: record.createdIds.size, leftovers, canceled: signal.aborted };
}

function startCheck(
  { origin, runId, waitForExpiry }: CheckRequest,
  dependencies: CheckDependencies,
  lines: CheckLine[],
): Check {
  const marker = dependencies.newMarker();
  const expiresAt = Math.floor(dependencies.clock.now() / 1000) * 1000 + (waitForExpiry ? 3 : 1) * hourMs;
  const purpose = { lifetime: 'job', runId } as const;
  const label: Label = { origin, purpose, name: `check-${marker.slice(0, 8)}`, expiresAt, marker };
  let texts = 0;
  return {
    ...dependencies,
    label,
    newText: () => `capture-client-action check, client ${++texts}`,
    totals: { before: undefined, after: undefined },
    // A reused client keeps the marker, so that cleanup finds every client of the check.
    newMarker: () => marker,
    line: lineAdder(lines, 'failed', dependencies),
    point: lineAdder(lines, 'skipped', dependencies),
  };
}

async function completes(part: Promise<void>): Promise<boolean> {
  try {
    await part;
    return true;
  } catch (error) {
    if (error instanceof CheckEnded) return false;
    throw error;
  }
}

/** Needs no client. The clients are listed once. */
async function checkAccess(check: Check): Promise<void> {
  const { capture, label, totals, proxy, inspectToken, line } = check;
  let labels: readonly Label[] = [];
  await line('credentials', 'Owner credentials', async () => {
    const pick = pickLabeled(({ origin }) => isSameOrigin(origin, label.origin));
    const { picked, total } = await capture.listClients(pick);
    labels = picked.map((client) => client.label);
    totals.before = total;
    const detail = 'Capture accepts them, and they can list clients';
    if (proxy === undefined) return detail;
    return { status: 'passed', detail: `${detail}, through the proxy ${proxy}.`, isPrivate: true };
  });
  await line('clock', 'Clock', async () => describeClock(capture.clockOffsetMs() ?? 0));
  await line('labels', 'Clients of this repository', async () => {
    const expired = labels.filter(({ expiresAt }) => expiresAt <= expiryTime(check)).length;
    const detail = `${labels.length} with its label, ${expired} of them expired.`;
    const hint = expired === 0 ? undefined : 'Schedule the sweep, which deletes expired clients.';
    return { status: 'passed', detail, hint };
  });
  if (inspectToken === undefined) return;
  await line('token', 'Token for the sweep', async () => {
    const { isSufficient, detail } = await inspectToken();
    if (isSufficient) return { status: 'passed', detail };
    const hint = 'If you run the sweep, give its token these permissions. Otherwise, ignore this line.';
    return { status: 'skipped', detail, hint, isPrivate: true };
  });
}

const maxClockOffsetMs = 120_000;

function describeClock(offsetMs: number): Observation {
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  // The Date header has whole seconds, and travels for a while.
  if (seconds <= 2) return { status: 'passed', detail: "This machine's clock agrees with Capture's." };
  const detail = `This machine's clock is ${seconds} s ${offsetMs < 0 ? 'ahead of' : 'behind'} Capture's.`;
  if (Math.abs(offsetMs) <= maxClockOffsetMs) return { status: 'passed', detail };
  return { status: 'differs', detail, hint: 'Correct the clock: it decides when clients expire.' };
}

/** One client's life, with the functions that the actions use. */
async function checkLife(check: Check): Promise<void> {
  const { capture, label, line } = check;
  let client: NewClient;
  let reused: NewClient;
  await line('add', 'Create a client', async () => {
    client = await addTestClient(check, ['login_client']);
    return 'created, with a label and the feature login_client';
  });
  await line('find', 'Find the client by its marker', () =>
    requireSoon('the list shows it', check, async () => {
      const find = pickLabeled((listed) => isSameCreation(listed, label));
      return (await capture.listClients(find)).picked.length > 0;
    }),
  );
  await line('accepted', 'Use the credentials', () => requireAccepted(check, client));
  await line('reuse', 'Reuse the client: description, features, settings, and a new secret', async () => {
    reused = await reuse(client, check);
    return 'description, features, settings, and secret were updated';
  });
  await line(
    'rotate',
    'Use the new and the old secret',
    async () => {
      const isNewAccepted = (await waitUntil(() => isAccepted(check, reused), check)) !== undefined;
      const isOldAccepted = await isAccepted(check, client);
      if (isNewAccepted) return `Capture accepts ${isOldAccepted ? 'both' : 'only the new one'}`;
      return `Capture accepts ${isOldAccepted ? 'only the old one' : 'neither'}`;
    },
    {
      documented: 'Capture accepts both',
      hint: () => "Don't use `rotate_secret` or `enforce_expiry` with this tenant.",
    },
  );
  await line('delete', 'Delete the client', async () => {
    await removeTestClient(check, reused, label);
    return 'deleted';
  });
  await line(
    'gone',
    'Use the credentials of the deleted client',
    async () => {
      const seconds = await waitUntil(async () => !(await isAccepted(check, reused)), check);
      return describeDelay('Capture rejects them', seconds);
    },
    {
      hint: (observed) =>
        observed.startsWith('not')
          ? 'Set `enforce_expiry` if credentials must stop working: those of deleted clients work for a while.'
          : undefined,
    },
  );
}

async function reuse(client: NewClient, check: Check): Promise<NewClient> {
  const [listed] = await listSiblings(check.label, check);
  if (listed === undefined)
    throw new ExpectedError("Capture's list doesn't show it.", 'Run the check again.');
  const request = {
    text: { value: 'capture-client-action check, reused', given: true },
    features: ['direct_read_access'],
    label: check.label,
    enforcedHours: undefined,
    rotateHours: 1,
    configuration: { whitelist: undefined, settings: new Map([['capture_client_action_check', '1']]) },
  };
  // This client belongs to no pull request, as the messages would say.
  const log = { ...check.log, info() {} };
  const existing = { ...listed, createdAt: client.createdAt };
  return { ...client, ...(await reuseClient(existing, request, { ...check, log })).client };
}

/** Deletes what the steps left, and counts again. */
async function deleteLeftovers(check: Check): Promise<void> {
  const { capture, record, totals } = check;
  await check.line('cleanup', 'Cleanup', async () => {
    const cleanup = record.creation && (await cleanUp(record.creation, check));
    const outcomes = cleanup?.outcomes ?? [];
    const failed = outcomes.filter(({ result }) => result === 'failed');
    for (const outcome of outcomes)
      if (!failed.includes(outcome)) record.recordDeleted(outcome.client.clientId);
    if (cleanup?.lookupError !== undefined) throw cleanup.lookupError;
    totals.after = (await capture.listClients(() => undefined)).total;
    if (failed.length === 0) return 'no client of this check is left';
    const hint = 'Delete each of them by its ID, or wait for the sweep.';
    return { status: 'failed', detail: failed.map(describeOutcome).join(' '), hint, isPrivate: true };
  });
}
