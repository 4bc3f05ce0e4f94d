import { ExpectedError } from '../errors.ts';
import { describeOutcome, pickLabeled } from './deletion.ts';
import { isSameCreation, isSameOrigin, type Label, type Origin } from './label.ts';
import { cleanUp } from './leftovers.ts';
import type { NewClient } from './new-client.ts';
import { openPoints, waitingPoint } from './open-points.ts';
import { reuseClient } from './reuse.ts';
import { hourMs } from './settings.ts';
import { expiryTime, listSiblings } from './siblings.ts';
import {
  addTestClient,
  type Check,
  type CheckDependencies,
  describeDelay,
  isAccepted,
  nothingWorks,
  type Observation,
  removeTestClient,
  requireAccepted,
  requireSoon,
  type Step,
  type TokenInspection,
  waitUntil,
} from './test-clients.ts';

/** How much longer a check takes that waits for a secret to expire, in milliseconds. */
export const expiryWaitMs = 62 * 60_000;

export interface CheckRequest {
  /** Each mode includes the ones before it. */
  readonly mode: 'credentials' | 'life' | 'all';
  /** Whether to wait for an hour to see a secret expire. */
  readonly waitForExpiry: boolean;
  readonly origin: Origin;
  readonly runId: string;
}

export interface CheckLine extends Observation, Pick<Step, 'id' | 'title'> {}

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
export async function checkTenant(
  request: CheckRequest,
  dependencies: CheckDependencies,
): Promise<CheckResult> {
  const { mode, waitForExpiry } = request;
  const { record, signal } = dependencies;
  const check = startCheck(request, dependencies);
  const lines: CheckLine[] = [];
  if ((await run(accessSteps(check), check, lines)) && mode !== 'credentials') {
    const isAlive = await run(lifeSteps(check), check, lines);
    const points = waitForExpiry ? [...openPoints, waitingPoint] : openPoints;
    // A point that can't be observed says nothing about whether the tenant can be used.
    if (isAlive && mode === 'all') await run(points, check, lines, 'skipped');
    await run([cleanupStep], check, lines);
  }
  const leftovers = (record.creation?.clients ?? []).map(({ clientId }) => clientId);
  return { lines, ...check.totals, created: record.createdIds.size, leftovers, canceled: signal.aborted };
}

function startCheck({ origin, runId, waitForExpiry }: CheckRequest, dependencies: CheckDependencies): Check {
  const marker = dependencies.newMarker();
  const expiresAt = Math.floor(dependencies.clock.now() / 1000) * 1000 + (waitForExpiry ? 3 : 1) * hourMs;
  const purpose = { lifetime: 'job', runId } as const;
  const label: Label = { origin, purpose, name: `check-${marker.slice(0, 8)}`, expiresAt, marker };
  let texts = 0;
  const newText = (): string => {
    texts += 1;
    return `capture-client-action check, client ${texts}`;
  };
  const totals = { before: undefined, after: undefined };
  // A reused client keeps the marker, so that cleanup finds every client of the check.
  return { ...dependencies, label, newText, totals, newMarker: () => marker };
}

/**
 * Adds a line for each step, until one fails or the check is canceled. @returns whether none failed
 * @param failure how a step with an expected error comes out
 */
async function run(
  steps: readonly Step[],
  check: Check,
  lines: CheckLine[],
  failure: Observation['status'] = 'failed',
): Promise<boolean> {
  const { signal, log } = check;
  for (const step of steps) {
    if (signal.aborted) return false;
    const observation = await observe(step, check).catch((error: unknown): Observation => {
      if (!(error instanceof ExpectedError)) throw error;
      const hint = failure === 'failed' ? error.hint : undefined;
      return { status: failure, detail: error.problem, hint, isPrivate: true };
    });
    // The error may come from the cancellation.
    if (signal.aborted && observation.status === failure) return false;
    const { id, title } = step;
    const { status, hint } = observation;
    // What is published isn't masked, and Capture's texts can repeat a secret.
    const detail = log.show(observation.detail);
    lines.push({ id, title, ...observation, detail, hint: hint && log.show(hint) });
    log.info(`${title}: ${status}. ${detail}`);
    if (status === 'failed') return false;
  }
  return true;
}

async function observe(step: Step, check: Check): Promise<Observation> {
  const observed = await step.observe(check);
  if (typeof observed !== 'string') return observed;
  const detail = `${observed.charAt(0).toUpperCase()}${observed.slice(1)}.`;
  if (observed === step.documented) return { status: 'passed', detail };
  const hint = step.hint?.(observed);
  if (step.documented !== undefined)
    return { status: 'differs', detail: `${detail} Documented: ${step.documented}.`, hint };
  return { status: hint === undefined ? 'passed' : 'differs', detail, hint };
}

/** What needs no client. The clients are listed once. */
function accessSteps({ inspectToken }: Check): readonly Step[] {
  let labels: readonly Label[] = [];
  return [
    {
      id: 'credentials',
      title: 'Owner credentials',
      async observe({ capture, label, totals, proxy }) {
        const pick = pickLabeled(({ origin }) => isSameOrigin(origin, label.origin));
        const { picked, total } = await capture.listClients(pick);
        labels = picked.map((client) => client.label);
        totals.before = total;
        const detail = 'Capture accepts them, and they can list clients';
        if (proxy === undefined) return detail;
        return { status: 'passed', detail: `${detail}, through the proxy ${proxy}.`, isPrivate: true };
      },
    },
    {
      id: 'clock',
      title: 'Clock',
      observe: async ({ capture }) => describeClock(capture.clockOffsetMs() ?? 0),
    },
    {
      id: 'labels',
      title: 'Clients of this repository',
      async observe(check) {
        const expired = labels.filter(({ expiresAt }) => expiresAt <= expiryTime(check)).length;
        const detail = `${labels.length} with its label, ${expired} of them expired.`;
        const hint = expired === 0 ? undefined : 'Schedule the sweep, which deletes expired clients.';
        return { status: 'passed', detail, hint };
      },
    },
    ...(inspectToken === undefined ? [] : [tokenStep(inspectToken)]),
  ];
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

function tokenStep(inspectToken: () => Promise<TokenInspection>): Step {
  return {
    id: 'token',
    title: 'Token for the sweep',
    async observe() {
      const { isSufficient, detail } = await inspectToken();
      if (isSufficient) return { status: 'passed', detail };
      const hint = 'If you run the sweep, give its token these permissions. Otherwise, ignore this line.';
      return { status: 'skipped', detail, hint, isPrivate: true };
    },
  };
}

/** One client's life, with the functions that the actions use. */
function lifeSteps(check: Check): readonly Step[] {
  const { capture, label } = check;
  // The steps run in order, and the first failure ends them.
  let client: NewClient;
  let reused: NewClient;
  return [
    {
      id: 'add',
      title: 'Create a client',
      async observe() {
        client = await addTestClient(check, ['login_client']);
        return 'created, with a label and the feature login_client';
      },
    },
    {
      id: 'find',
      title: 'Find the client by its marker',
      observe: () =>
        requireSoon('the list shows it', check, async () => {
          const find = pickLabeled((listed) => isSameCreation(listed, label));
          return (await capture.listClients(find)).picked.length > 0;
        }),
    },
    {
      id: 'accepted',
      title: 'Use the credentials',
      observe: () => requireAccepted(check, client),
    },
    {
      id: 'reuse',
      title: 'Reuse the client: description, features, settings, and a new secret',
      async observe() {
        const [listed] = await listSiblings(label, check);
        if (listed === undefined) throw new ExpectedError("Capture's list doesn't show it.", nothingWorks);
        // This client belongs to no pull request, as the messages would say.
        const log = { ...check.log, info: () => {} };
        const existing = { ...listed, createdAt: client.createdAt };
        const request = { ...reuseRequest, label };
        reused = { ...client, ...(await reuseClient(existing, request, { ...check, log })).client };
        return 'description, features, settings, and secret were updated';
      },
    },
    {
      id: 'rotate',
      title: 'Use the new and the old secret',
      documented: 'Capture accepts both',
      hint: () => "Don't use `rotate_secret` or `enforce_expiry` with this tenant.",
      async observe() {
        const isNewAccepted = (await waitUntil(() => isAccepted(check, reused), check)) !== undefined;
        const isOldAccepted = await isAccepted(check, client);
        if (isNewAccepted) return `Capture accepts ${isOldAccepted ? 'both' : 'only the new one'}`;
        return `Capture accepts ${isOldAccepted ? 'only the old one' : 'neither'}`;
      },
    },
    {
      id: 'delete',
      title: 'Delete the client',
      async observe() {
        await removeTestClient(check, reused, label);
        return 'deleted';
      },
    },
    {
      id: 'gone',
      title: 'Use the credentials of the deleted client',
      hint: (observed) =>
        observed.startsWith('not')
          ? 'Set `enforce_expiry` if credentials must stop working: those of deleted clients work for a while.'
          : undefined,
      async observe() {
        const seconds = await waitUntil(async () => !(await isAccepted(check, reused)), check);
        return describeDelay('Capture rejects them', seconds);
      },
    },
  ];
}

const reuseRequest = {
  text: { value: 'capture-client-action check, reused', given: true },
  features: ['direct_read_access'],
  enforcedHours: undefined,
  rotateHours: 1,
  configuration: { whitelist: undefined, settings: new Map([['capture_client_action_check', '1']]) },
};

/** Deletes what the steps left, and counts again. */
const cleanupStep: Step = {
  id: 'cleanup',
  title: 'Cleanup',
  async observe(check) {
    const { capture, record, totals } = check;
    const { outcomes, lookupError } = await cleanUp(record.creation, check);
    const failed = outcomes.filter(({ result }) => result === 'failed');
    for (const outcome of outcomes)
      if (!failed.includes(outcome)) record.recordDeleted(outcome.client.clientId);
    if (lookupError !== undefined) throw lookupError;
    totals.after = (await capture.listClients(() => undefined)).total;
    if (failed.length === 0) return 'no client of this check is left';
    const hint = 'Delete each of them by its ID, or wait for the sweep.';
    return { status: 'failed', detail: failed.map(describeOutcome).join(' '), hint, isPrivate: true };
  },
};
