import * as z from 'zod/mini';
import { mapConcurrently } from '../concurrency.ts';
import type { Label, Origin } from '../lifecycle/label.ts';
import type { SubjectState, SubjectStates } from '../lifecycle/sweep-plan.ts';
import type { TokenInspection } from '../lifecycle/test-clients.ts';
import { type Api, ApiError } from './rest.ts';

/** What the sweep has to know about a CI system. */
export interface CiDescription extends Api {
  readonly kinds: Readonly<Record<Subject['kind'], SubjectKind>>;
  readonly deniedNote?: string;
}

export interface SubjectKind {
  readonly plural: string;
  /** Below the repository. */
  readonly path: string;
  readonly permission: string;
  /** Whether one can be deleted, and is finished then. */
  readonly isDeletable: boolean;
  /** Throws for what it doesn't know. */
  isFinished(item: Readonly<Record<string, unknown>>): boolean;
}

/** Gets JSON of one repository, below its path. */
export type Get = (path: string, query?: Readonly<Record<string, string>>) => Promise<unknown>;

/** Prepares requests about a repository. @throws what a request throws */
export type OpenRepository = (origin: Origin) => Promise<Get>;

/** What a client belongs to. */
interface Subject {
  readonly origin: Origin;
  readonly kind: 'pull_request' | 'run';
  readonly id: string;
}

interface Problem {
  /** And what to do, in whole sentences. */
  readonly text: string;
  /** Whether the token is rejected everywhere, or can't read this repository. Undefined if it's something else. */
  readonly tokenFault?: 'rejected' | 'denied' | undefined;
}

export const checkLabel = 'Check who wrote the label in the description of that client.';

/** GitHub allows 100 requests at the same time. */
const maxAtOnce = 10;
const shortest = { per_page: '1' };

/** Asks which pull requests and runs are finished. Never fails because of the CI system. */
export async function askForStates(
  labels: readonly Label[],
  system: CiDescription,
  openRepository: OpenRepository,
): Promise<SubjectStates> {
  const subjects = new Map(labels.map((label) => [keyOf(label), subjectOf(label)]));
  const states = new Map<string, SubjectState>();
  const problems = new Set<string>();
  /** Repositories, by what the token may read in them. */
  const denied = new Set<string>();
  let isRejected = false;
  await mapConcurrently([...subjects], maxAtOnce, async ([key, subject]) => {
    const group = groupOf(subject);
    if (denied.has(group)) return;
    try {
      const get = await openRepository(subject.origin);
      states.set(
        key,
        (await isFinished(system.kinds[subject.kind], subject.id, get)) ? 'finished' : 'unfinished',
      );
    } catch (error) {
      const { text, tokenFault } = explain(error, system, subject);
      problems.add(text);
      isRejected ||= tokenFault === 'rejected';
      if (tokenFault === 'denied') denied.add(group);
    }
  });
  const groups = new Set([...subjects.values()].map(groupOf));
  return {
    stateOf: (label) => states.get(keyOf(label)) ?? 'unknown',
    problems: [...problems],
    isTokenUsable: !isRejected && (groups.size === 0 || groups.size > denied.size),
  };
}

/** Shows whether the token can read what the sweep needs of a repository, in whole sentences. */
export async function inspectToken(
  system: CiDescription,
  origin: Origin,
  openRepository: OpenRepository,
): Promise<TokenInspection> {
  const problems = new Set<string>();
  for (const kind of ['pull_request', 'run'] as const) {
    try {
      const get = await openRepository(origin);
      await get(system.kinds[kind].path, shortest);
    } catch (error) {
      problems.add(explain(error, system, { origin, kind }).text);
    }
  }
  const { pull_request, run } = system.kinds;
  const detail = `It can read ${pull_request.plural} and ${run.plural}.`;
  return problems.size === 0
    ? { isSufficient: true, detail }
    : { isSufficient: false, detail: [...problems].join(' ') };
}

const itemSchema = () => z.record(z.string(), z.unknown());

async function isFinished(kind: SubjectKind, id: string, get: Get): Promise<boolean> {
  const { path, plural, isDeletable } = kind;
  // Anyone who can write descriptions can write labels, so no ID may lead elsewhere in the API.
  if (!/^\d+$/.test(id)) throw new ApiError(`"${id}" can't be the ID of one of the ${plural}. ${checkLabel}`);
  try {
    return kind.isFinished(z.parse(itemSchema(), await get(`${path}/${id}`)));
  } catch (error) {
    if (apiErrorIn(error)?.status !== 404) throw error;
    // What was deleted and what the token can't read look the same: the list shows which it is.
    await get(path, shortest);
    if (isDeletable) return true;
    throw new ApiError(`None of the ${plural} has the number ${id}. ${checkLabel}`);
  }
}

/** Includes nothing from a response: that could be any text. @throws the error itself if it's unexpected */
function explain(
  error: unknown,
  { name, urlVariable, tokenName, kinds, deniedNote = '' }: CiDescription,
  { origin, kind }: Omit<Subject, 'id'>,
): Problem {
  if (error instanceof z.core.$ZodError || (error as Error).name === 'SyntaxError') {
    const problem = `${name}'s response about ${origin.name} can't be parsed.`;
    return { text: `${problem} Check that ${urlVariable} is the URL of its API.` };
  }
  const known = apiErrorIn(error);
  if (known === undefined) throw error;
  const { status, message, isTokenRejected } = known;
  if (status !== 403 && status !== 404) {
    return { text: message, tokenFault: isTokenRejected ? 'rejected' : undefined };
  }
  const { plural, permission } = kinds[kind];
  const text = `${tokenName} can't read ${plural} of ${origin.name} (HTTP ${status}). Check that the repository exists and that the token has ${permission} there.${deniedNote}`;
  return { text, tokenFault: 'denied' };
}

/** Octokit wraps what fetch throws. */
function apiErrorIn(error: unknown): ApiError | undefined {
  return [error, (error as Error).cause].find((candidate) => candidate instanceof ApiError);
}

function subjectOf({ origin, purpose }: Label): Subject {
  return purpose.lifetime === 'pull_request'
    ? { origin, kind: 'pull_request', id: String(purpose.pullRequest) }
    : { origin, kind: 'run', id: purpose.runId };
}

/** A repository that was renamed has labels with different names, and each may lead to another repository now. */
function groupOf({ origin, kind }: Subject): string {
  return `${origin.id} ${origin.name} ${kind}`;
}

function keyOf(label: Label): string {
  const subject = subjectOf(label);
  return `${groupOf(subject)} ${subject.id}`;
}
