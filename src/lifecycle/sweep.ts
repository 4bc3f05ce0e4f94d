import { CaptureError } from '../capture/capture-error.ts';
import type { Capture } from '../capture/client.ts';
import type { Clock } from '../capture/clock.ts';
import { createRetry, idempotent, minAttemptMs, type Retry } from '../capture/retry.ts';
import type { TimeLimit } from '../capture/time-limit.ts';
import type { Log } from '../log.ts';
import { captureNow } from './capture-time.ts';
import { deleteClient, type LabeledClient, pickLabeled } from './delete.ts';
import { isSameCreation, isSameOrigin, type Label, labelOf, type Origin } from './label.ts';
import { createPace, mapConcurrently, maxAtOnce, NotBegun, type Pace } from './pace.ts';

export interface Scope {
  /** The repository or project that this sweep runs in. */
  readonly thisOrigin: Origin;
  /** Names or `group/*`, on the same host; undefined for `thisOrigin` only. */
  readonly repositories: readonly string[] | undefined;
}

/** Whether the pull request or run that a client belongs to is finished: closed or merged, or completed. */
export type SubjectState = 'finished' | 'unfinished' | 'unknown';

/** What the CI system reports about pull requests and runs. */
export interface SubjectStates {
  stateOf(label: Label): SubjectState;
  /** Why states are unknown and what to do about it, in whole sentences, each cause once. */
  readonly problems: readonly string[];
}

/** Why a client is deleted or kept. */
export type Reason =
  | 'expired'
  | 'pull_request_closed'
  | 'run_completed'
  | 'pull_request_open'
  | 'run_not_completed'
  /** The client hasn't expired, and the CI system doesn't report the state of its pull request or run. */
  | 'state_unknown'
  /** The client was reused or relabeled after the sweep had judged it. */
  | 'label_changed';

export type Result = 'deleted' | 'would_delete' | 'kept' | 'failed';

/** What the sweep did with a labeled client in its scope. */
export interface Swept {
  readonly client: LabeledClient;
  readonly reason: Reason;
  readonly result: Result;
  /** Why it failed; undefined if the time was up before the first attempt. */
  readonly failure?: CaptureError | undefined;
}

export interface Sweep {
  /** First the clients that should be deleted, in the order of the list; then the kept ones. */
  readonly swept: readonly Swept[];
  /** How many clients Capture listed. */
  readonly total: number;
  /** Undefined if every client in scope has expired, so that nothing was asked. */
  readonly states: SubjectStates | undefined;
  /** Which of the scope's repositories no label matches. */
  readonly unmatched: readonly string[];
}

export interface SweepDependencies {
  readonly capture: Capture;
  readonly retry: Retry;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Pick<Log, 'info'>;
  /** From this time on, no deletion begins (milliseconds since the epoch). */
  readonly deadline: number;
  /** Asks the CI system about the pull requests and runs of these labels. Never fails. */
  ask(labels: readonly Label[]): Promise<SubjectStates>;
}

/** How a sweep repeats calls, and when it ends. Its pace reports standstills, which a line for each call would hide. */
export function sweepTiming({ clock, timeLimit }: { readonly clock: Clock; readonly timeLimit: TimeLimit }) {
  const { random } = Math;
  return {
    clock,
    random,
    retry: createRetry({ clock, timeLimit, random, log: { info() {} } }),
    deadline: clock.now() + timeLimit.remainingMs() - minAttemptMs,
  };
}

/**
 * Deletes every labeled client in scope that has expired or whose pull request or run is finished. Tries each of them,
 * even if another can't be deleted.
 * @throws CaptureError if the clients can't be listed
 */
export async function sweep(scope: Scope, dryRun: boolean, dependencies: SweepDependencies): Promise<Sweep> {
  const { capture, retry, clock, ask } = dependencies;
  const matched = new Set<string>();
  const pick = pickLabeled((label) => {
    for (const repository of matchingRepositories(label.origin, scope)) matched.add(repository);
    return isInScope(label, scope);
  });
  const { picked, total } = await retry(() => capture.listClients(pick), idempotent);
  const listedAt = clock.now();
  // A client has expired only if both clocks say so. Otherwise, the CI system decides.
  const now = Math.min(listedAt, captureNow(dependencies));
  const unexpired = picked.map(({ label }) => label).filter(({ expiresAt }) => expiresAt > now);
  const states = unexpired.length === 0 ? undefined : await ask(unexpired);
  const judged = picked.map((client): Judged => {
    return { client, reason: judge(client.label, now, states?.stateOf(client.label) ?? 'unknown') };
  });
  const due = judged.filter(({ reason }) => isDue(reason));
  const kept = judged.filter(({ reason }) => !isDue(reason));
  const deleted = dryRun
    ? due.map((client): Swept => ({ ...client, result: 'would_delete' }))
    : await deleteAll(due, listedAt, dependencies);
  return {
    swept: [...deleted, ...kept.map((client): Swept => ({ ...client, result: 'kept' }))],
    total,
    states,
    unmatched: unmatchedRepositories(scope, matched),
  };
}

export function isInScope({ origin }: Label, scope: Scope): boolean {
  if (scope.repositories === undefined) return isSameOrigin(origin, scope.thisOrigin);
  return matchingRepositories(origin, scope).length > 0;
}

/** Finds this repository by its ID, whatever its name was; another one can only be found by its name. */
function matchingRepositories(origin: Origin, { thisOrigin, repositories = [] }: Scope): string[] {
  if (origin.host !== thisOrigin.host) return [];
  const isThis = isSameOrigin(origin, thisOrigin);
  const name = foldName((isThis ? thisOrigin : origin).name);
  if (name === undefined) return [];
  const group = name.slice(0, name.lastIndexOf('/'));
  // The name of this repository means only this one, not an earlier repository that had the name.
  const isNamed = isThis || name !== foldName(thisOrigin.name);
  const matching = isNamed ? [name, `${group}/*`] : [`${group}/*`];
  return repositories.filter((repository) => matching.includes(repository.toLowerCase()));
}

/** In lowercase; undefined for an impossible name. Some other letters, such as the Kelvin sign, would become ASCII. */
function foldName(name: string): string | undefined {
  return /^[\w.-]+(?:\/[\w.-]+)+$/.test(name) ? name.toLowerCase() : undefined;
}

/** What matches this repository is spelled correctly, even if it has no clients now. */
function unmatchedRepositories(scope: Scope, matched: ReadonlySet<string>): string[] {
  const ofThis = matchingRepositories(scope.thisOrigin, scope);
  return (scope.repositories ?? []).filter((name) => !matched.has(name) && !ofThis.includes(name));
}

/** Expiry comes first; then the pull request or run decides. */
export function judge({ purpose, expiresAt }: Label, now: number, state: SubjectState): Reason {
  if (expiresAt <= now) return 'expired';
  if (state === 'unknown') return 'state_unknown';
  if (purpose.lifetime === 'pull_request') {
    return state === 'finished' ? 'pull_request_closed' : 'pull_request_open';
  }
  return state === 'finished' ? 'run_completed' : 'run_not_completed';
}

function isDue(reason: Reason): boolean {
  return reason === 'expired' || reason === 'pull_request_closed' || reason === 'run_completed';
}

type Judged = Pick<Swept, 'client' | 'reason'>;

async function deleteAll(
  due: readonly Judged[],
  listedAt: number,
  dependencies: SweepDependencies,
): Promise<Swept[]> {
  const { clock, random, log, deadline } = dependencies;
  const pace = createPace({ clock, random, log, end: deadline });
  const readLabels = keepFresh(due, listedAt, dependencies);
  const reportProgress = startProgress(due.length, pace, dependencies);
  return await mapConcurrently(due, maxAtOnce, async (judged) => {
    const swept = await deleteOne(judged, pace, readLabels, dependencies);
    reportProgress(swept);
    return swept;
  });
}

async function deleteOne(
  judged: Judged,
  pace: Pace,
  readLabels: ReadLabels,
  { capture, retry }: SweepDependencies,
): Promise<Swept> {
  const { clientId, label } = judged.client;
  let failure: CaptureError | undefined;
  const send = async (): Promise<'deleted' | 'gone' | 'label_changed'> => {
    const labels = await readLabels();
    if (!labels.has(clientId)) return 'gone';
    if (!isSameCreation(labels.get(clientId), label)) return 'label_changed';
    return await deleteClient(capture, judged.client);
  };
  const sendAtPace = () =>
    pace.run(send).catch((error: unknown) => {
      if (error instanceof CaptureError) failure = error;
      throw error;
    });
  try {
    const outcome = await retry(sendAtPace, idempotent);
    if (outcome === 'label_changed') return { client: judged.client, reason: outcome, result: 'kept' };
    return { ...judged, result: 'deleted' };
  } catch (error) {
    if (error instanceof CaptureError) failure = error;
    else if (!(error instanceof NotBegun)) throw error;
    return { ...judged, result: 'failed', failure };
  }
}

/** Returns the labels of the clients that still exist, by client ID. */
type ReadLabels = () => Promise<ReadonlyMap<string, Label | undefined>>;

/** A reopened pull request may reuse its client, with a new marker, after the sweep has listed it. */
const maxListAgeMs = 30_000;

/** Lists the clients again when the last list is too old. Deletions that wait for the same list share it. */
function keepFresh(
  due: readonly Judged[],
  listedAt: number,
  { capture, clock }: Pick<SweepDependencies, 'capture' | 'clock'>,
): ReadLabels {
  const ids = new Set(due.map(({ client }) => client.clientId));
  let current = Promise.resolve(new Map(due.map(({ client }) => [client.clientId, labelOf(client)])));
  let expiresAt = listedAt + maxListAgeMs;
  return () => {
    if (clock.now() >= expiresAt) {
      // While the list is being read, everyone waits for it.
      expiresAt = Infinity;
      current = list();
    }
    return current;
  };

  async function list(): Promise<Map<string, Label | undefined>> {
    try {
      const { picked } = await capture.listClients((client) =>
        ids.has(client.clientId) ? ([client.clientId, labelOf(client)] as const) : undefined,
      );
      expiresAt = clock.now() + maxListAgeMs;
      return new Map(picked);
    } catch (error) {
      // The next deletion reads it again, unless that's pointless. Then all of them fail: none can be safe anymore.
      if (error instanceof CaptureError && idempotent(error)) expiresAt = 0;
      throw error;
    }
  }
}

const progressInterval = { count: 100, ms: 10_000 };

function startProgress(
  total: number,
  pace: Pace,
  { clock, log }: Pick<SweepDependencies, 'clock' | 'log'>,
): (swept: Swept) => void {
  const done: Swept[] = [];
  let reported = { count: 0, at: clock.now() };
  const count = (result: Result): number => done.filter((swept) => swept.result === result).length;
  return (swept) => {
    done.push(swept);
    const { count: interval, ms } = progressInterval;
    if (done.length - reported.count < interval && clock.now() - reported.at < ms) return;
    reported = { count: done.length, at: clock.now() };
    log.info(
      `Progress: deleted ${count('deleted')} of ${total} clients, ${count('failed')} failed. Up to ${pace.atOnce} deletions run at once.`,
    );
  };
}
