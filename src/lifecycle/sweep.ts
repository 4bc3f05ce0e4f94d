import { CaptureError } from '../capture/capture-error.ts';
import type { Capture } from '../capture/client.ts';
import { isSameCreation, isSameOrigin, type Label, labelOf, type Origin } from './label.ts';
import { type PaceCollaborators, type Task, workThrough } from './pace.ts';
import { type LabeledClient, pickLabeled, removeClient } from './remove.ts';

/** Whose clients are swept. */
export interface Scope {
  /** The repository that this sweep runs in. */
  readonly own: Origin;
  /** `owner/name` or `owner/*`, on the server of `own`; undefined for `own` alone. */
  readonly repositories: readonly string[] | undefined;
}

/** What GitHub says of the pull request or run that a client belongs to. */
export type SubjectState = 'over' | 'going on' | 'unknown';

/** The rule by which a client goes or stays. */
export type Reason =
  | 'expired'
  | 'pull_request_closed'
  | 'run_completed'
  | 'pull_request_open'
  | 'run_not_completed'
  /** GitHub could not be asked, and the client has not expired. */
  | 'state_unknown'
  /** Somebody renewed or renamed the client after the sweep had judged it. */
  | 'label_changed';

export type Result = 'deleted' | 'would_delete' | 'kept' | 'failed';

/** A labeled client in scope, and what became of it. */
export interface Swept {
  readonly client: LabeledClient;
  readonly reason: Reason;
  readonly result: Result;
  /** Why it failed; undefined if the time was up before its turn. */
  readonly failure?: CaptureError | undefined;
}

/** What came of a sweep. */
export interface Sweep {
  readonly swept: readonly Swept[];
  /** How many clients the application had. */
  readonly total: number;
}

/** What a sweep works with. */
export interface SweepCollaborators extends PaceCollaborators {
  readonly capture: Capture;
  /** Sends each call once: the pace decides when it is sent again. */
  readonly captureOnce: Capture;
  /** No deletion begins at this time (milliseconds since the epoch) or later. */
  readonly deadline: number;
  /** Asks GitHub about the pull requests and runs of these labels; never fails. */
  ask(labels: readonly Label[]): Promise<(label: Label) => SubjectState>;
}

/**
 * Removes every labeled client in scope whose time is over; a failure does not stop the rest.
 * @throws CaptureError if the clients could not be listed
 */
export async function sweep(
  scope: Scope,
  dryRun: boolean,
  collaborators: SweepCollaborators,
): Promise<Sweep> {
  const { capture, now, ask } = collaborators;
  const { picked, total } = await capture.listClients(pickLabeled((label) => isInScope(label, scope)));
  const freshUntil = now() + freshMs;
  const isExpired = ({ label }: LabeledClient): boolean => label.expiresAt <= now();
  const unexpired = picked.filter((client) => !isExpired(client)).map(({ label }) => label);
  const stateOf = unexpired.length === 0 ? undefined : await ask(unexpired);
  const judged = picked.map((client): Judged => {
    return { client, reason: judge(client.label, now(), stateOf?.(client.label) ?? 'unknown') };
  });
  const doomed = judged.filter(({ reason }) => isOver(reason));
  const kept = judged.filter(({ reason }) => !isOver(reason));
  const removed = dryRun
    ? doomed.map((one): Swept => ({ ...one, result: 'would_delete' }))
    : await removeAll(doomed, freshUntil, collaborators);
  return { swept: [...removed, ...kept.map((one): Swept => ({ ...one, result: 'kept' }))], total };
}

/** This repository is known by its id, whatever it was called; others can only be known by their names. */
export function isInScope({ origin }: Label, { own, repositories }: Scope): boolean {
  const isOwn = isSameOrigin(origin, own);
  if (repositories === undefined) return isOwn;
  if (origin.host !== own.host) return false;
  const name = foldName((isOwn ? own : origin).name);
  if (name === undefined) return false;
  // The name of this repository, which an earlier one may have had, means this one alone.
  const isNamed = isOwn || name !== foldName(own.name);
  const [owner = ''] = name.split('/');
  const names = [`${owner}/*`, ...(isNamed ? [name] : [])];
  return repositories.some((one) => names.includes(one.toLowerCase()));
}

/** Undefined for what no repository is called: some letters beyond ASCII, the Kelvin sign for one, fold to ASCII. */
function foldName(name: string): string | undefined {
  return /^[\w-]+\/[\w.-]+$/.test(name) ? name.toLowerCase() : undefined;
}

/** `run` and `job` clients are judged by their run, `pull_request` clients by their pull request; expiry ends them all. */
export function judge({ purpose, expiresAt }: Label, now: number, state: SubjectState): Reason {
  if (expiresAt <= now) return 'expired';
  if (state === 'unknown') return 'state_unknown';
  if (purpose.lifetime === 'pull_request') {
    return state === 'over' ? 'pull_request_closed' : 'pull_request_open';
  }
  return state === 'over' ? 'run_completed' : 'run_not_completed';
}

function isOver(reason: Reason): boolean {
  return reason === 'expired' || reason === 'pull_request_closed' || reason === 'run_completed';
}

type Judged = Pick<Swept, 'client' | 'reason'>;

/**
 * A reopened pull request may take its client into use again, with a fresh marker, after the sweep has listed it. So a
 * list is good for this long, and what is not deleted by then is looked at anew.
 */
const freshMs = 30_000;

/** Works in rounds, each as long as its list is fresh. */
async function removeAll(
  doomed: readonly Judged[],
  freshUntil: number,
  collaborators: SweepCollaborators,
): Promise<Swept[]> {
  const { captureOnce, deadline, pace, now, sleep } = collaborators;
  const swept: Swept[] = [];
  const progress = startProgress(doomed.length, collaborators);
  const settle = (one: Judged, failure?: CaptureError): void => {
    swept.push(failure === undefined ? { ...one, result: 'deleted' } : { ...one, result: 'failed', failure });
    progress(failure === undefined);
  };
  let queue = doomed.map((subject): Task<Judged> => ({ subject }));
  for (let end = freshUntil; ; end = now() + freshMs) {
    await workThrough(
      queue,
      Math.min(end, deadline),
      ({ client }) => removeClient(captureOnce, client),
      settle,
      collaborators,
    );
    const next = Math.max(now(), pace.pausedUntil);
    if (queue.length === 0 || next >= deadline) break;
    await sleep(next - now());
    queue = await refresh(queue, settle, (one) => swept.push(one), collaborators);
  }
  for (const { subject, failure } of queue) swept.push({ ...subject, result: 'failed', failure });
  return swept;
}

/** Lists again; what is gone or was renewed leaves the queue. */
async function refresh(
  queue: readonly Task<Judged>[],
  settle: (one: Judged, failure?: CaptureError) => void,
  keep: (one: Swept) => void,
  { capture }: SweepCollaborators,
): Promise<Task<Judged>[]> {
  const tasks = new Map(queue.map((task) => [task.subject.client.clientId, task]));
  const current = new Map<string, Label | undefined>();
  try {
    const { picked } = await capture.listClients((client) =>
      tasks.has(client.clientId) ? { id: client.clientId, label: labelOf(client) } : undefined,
    );
    for (const { id, label } of picked) current.set(id, label);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    for (const { subject } of queue) settle(subject, error);
    return [];
  }
  return queue.filter(({ subject }) => {
    const { clientId, label } = subject.client;
    if (!current.has(clientId)) settle(subject);
    else if (isSameCreation(current.get(clientId), label)) return true;
    else keep({ client: subject.client, reason: 'label_changed', result: 'kept' });
    return false;
  });
}

const progressEvery = { count: 100, ms: 10_000 };

/** Shows on long work that it goes on. */
function startProgress(all: number, { pace, now, info }: SweepCollaborators): (isDeleted: boolean) => void {
  let deleted = 0;
  let failed = 0;
  let told = { count: 0, at: now() };
  return (isDeleted) => {
    if (isDeleted) deleted += 1;
    else failed += 1;
    const count = deleted + failed;
    if (count - told.count < progressEvery.count && now() - told.at < progressEvery.ms) return;
    told = { count, at: now() };
    info(`${deleted} of ${all} deleted, ${failed} failed; ${pace.atOnce} at a time.`);
  };
}
