import type { CaptureSession } from '../capture/session.ts';
import { deleteClients, type Outcome } from './deletion.ts';
import { hasUnreadableLabel, isSameOrigin, type Label, type Origin } from './label.ts';
import { expiryTime, type LabeledClient, pickLabeled } from './labeled-clients.ts';

export interface Scope {
  readonly thisOrigin: Origin;
  /** Names or `group/*`, on the same host; undefined for `thisOrigin` only. */
  readonly repositories: readonly string[] | undefined;
}

export interface SweepRequest {
  readonly scope: Scope;
  readonly dryRun: boolean;
  /** Asks the CI system about the pull requests and runs of these labels. Never fails. */
  ask(labels: readonly Label[]): Promise<SubjectStates>;
}

/** Whether the pull request or run that a client belongs to is finished: closed or merged, or completed. */
export type SubjectState = 'finished' | 'unfinished' | 'unknown';

export interface SubjectStates {
  stateOf(label: Label): SubjectState;
  /** Why states are unknown and what to do about it, in whole sentences, each cause once. */
  readonly problems: readonly string[];
  /** False if the token can't do what it's there for: it's rejected, or can read none of the repositories. */
  readonly isTokenUsable: boolean;
}

/** Whether a token can read what the sweep needs, in whole sentences. */
export interface TokenInspection {
  readonly isSufficient: boolean;
  readonly detail: string;
}

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

export interface Swept {
  readonly client: LabeledClient;
  readonly reason: Reason;
  readonly result: 'deleted' | 'would_delete' | 'kept' | 'failed';
  /** Only if it failed. */
  readonly outcome?: Outcome | undefined;
}

export interface Sweep {
  /** First the clients that should be deleted, in the order of the list; then the kept ones. */
  readonly swept: readonly Swept[];
  readonly total: number;
  /** The IDs of clients whose label can't be read, so it's unknown whose they are. */
  readonly unreadable: readonly string[];
  /** Undefined if every client in scope has expired, so that nothing was asked. */
  readonly states: SubjectStates | undefined;
  readonly unmatched: readonly string[];
}

/** A higher number would get calls rejected that the application needs for itself. */
const atOnce = 4;

/**
 * Deletes every labeled client in scope that has expired or whose pull request or run is finished.
 * @throws CaptureError if the clients can't be listed
 */
export async function sweep({ scope, dryRun, ask }: SweepRequest, session: CaptureSession): Promise<Sweep> {
  const { picked, ...listed } = await listInScope(scope, session);
  const listedAt = session.clock.now();
  const now = expiryTime(session);
  const unexpired = picked.map(({ label }) => label).filter(({ expiresAt }) => expiresAt > now);
  const states = unexpired.length === 0 ? undefined : await ask(unexpired);
  const judged = picked.map((client) => ({
    client,
    reason: judge(client.label, now, states?.stateOf(client.label) ?? 'unknown'),
  }));
  const due = judged.filter(({ reason }) => isDue(reason));
  const kept = judged.filter(({ reason }) => !isDue(reason));
  const targets = dryRun ? [] : due.map(({ client }) => client);
  const outcomes = await deleteClients(targets, session, { listedAt, atOnce });
  return {
    ...listed,
    swept: [
      ...due.map((one, index) => ({ ...one, ...resultOf(outcomes[index]) })),
      ...kept.map((one) => ({ ...one, result: 'kept' as const })),
    ],
    states,
  };
}

function resultOf(outcome: Outcome | undefined): Omit<Swept, 'client' | 'reason'> & Partial<Swept> {
  switch (outcome?.result) {
    case undefined:
      return { result: 'would_delete' };
    case 'failed':
      return { result: 'failed', outcome };
    case 'relabeled':
    case 'unlabeled':
      return { result: 'kept', reason: 'label_changed' };
    default:
      return { result: 'deleted' };
  }
}

async function listInScope(scope: Scope, { capture }: CaptureSession) {
  const named = scope.repositories ?? [];
  // What matches this repository is spelled correctly, even if it has no clients now.
  const matched = new Set(matching(named, scope.thisOrigin, scope));
  const unreadable: string[] = [];
  const pickInScope = pickLabeled((label) => {
    for (const repository of matching(named, label.origin, scope)) matched.add(repository);
    return isInScope(label, scope);
  });
  const { picked, total } = await capture.listClients((client) => {
    if (hasUnreadableLabel(client.description)) unreadable.push(client.clientId);
    return pickInScope(client);
  });
  return { picked, total, unreadable, unmatched: named.filter((name) => !matched.has(name)) };
}

export function isInScope({ origin }: Label, scope: Scope): boolean {
  if (scope.repositories === undefined) return isSameOrigin(origin, scope.thisOrigin);
  return matching(scope.repositories, origin, scope).length > 0;
}

/** Finds this repository by its ID, whatever its name was; another one can only be found by its name. */
function matching(repositories: readonly string[], origin: Origin, { thisOrigin }: Scope): string[] {
  if (origin.host !== thisOrigin.host) return [];
  const isThis = isSameOrigin(origin, thisOrigin);
  const name = foldName((isThis ? thisOrigin : origin).name);
  if (name === undefined) return [];
  // The name of this repository means only this one, not an earlier repository that had the name. `--origin` has no ID.
  const isNamed = isThis || thisOrigin.id === thisOrigin.name || name !== foldName(thisOrigin.name);
  return repositories.filter((repository) => {
    const known = repository.toLowerCase();
    return known.endsWith('/*') ? name.startsWith(known.slice(0, -1)) : isNamed && known === name;
  });
}

/** In lowercase; undefined for an impossible name. Some other letters, such as the Kelvin sign, would become ASCII. */
function foldName(name: string): string | undefined {
  return /^[\w.-]+(?:\/[\w.-]+)+$/.test(name) ? name.toLowerCase() : undefined;
}

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
