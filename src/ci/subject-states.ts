import * as z from 'zod/mini';
import { mapConcurrently } from '../concurrency.ts';
import { ExpectedError } from '../errors.ts';
import type { Label, Origin } from '../lifecycle/label.ts';
import type { SubjectState, SubjectStates } from '../lifecycle/sweep-plan.ts';
import { type Api, ApiError } from './rest.ts';

/** What the sweep has to know about a CI system. */
export interface CiDescription extends Api {
  readonly kinds: Readonly<Record<Kind, SubjectKind>>;
  readonly deniedNote?: string;
}

type Kind = 'pull_request' | 'run';

interface SubjectKind {
  readonly plural: string;
  /** Below the repository. */
  readonly path: string;
  readonly permission: string;
  /** Its final states. Systems add states from time to time, and none of those was final. */
  readonly finished: readonly string[];
}

/** Gets JSON of one repository, below its path. */
export type Get = (path: string) => Promise<unknown>;

/** What a client belongs to. */
interface Subject {
  readonly origin: Origin;
  readonly kind: Kind;
  readonly id: string;
  /** The same for what a token can read or not. A renamed repository has several: each name may be another's now. */
  readonly group: string;
}

export const checkLabel = 'Check who wrote the label in the description of that client.';

/** GitHub allows 100 requests at the same time. */
const maxAtOnce = 10;

/** @param openRepository prepares requests about a repository */
export function connect(
  system: CiDescription,
  thisOrigin: Origin,
  openRepository: (origin: Origin) => Promise<Get>,
) {
  const { pull_request, run } = system.kinds;
  return {
    async ask(labels: readonly Label[]): Promise<SubjectStates> {
      const subjects = new Map(labels.map((label) => [keyOf(label), subjectOf(label)]));
      const groups = new Set([...subjects.values()].map(({ group }) => group));
      const states = new Map<string, SubjectState>();
      const problems = new Set<string>();
      const denied = new Set<string>();
      let isRejected = false;
      await mapConcurrently([...subjects], maxAtOnce, async ([key, subject]) => {
        if (denied.has(subject.group)) return;
        try {
          const get = await openRepository(subject.origin);
          states.set(key, (await isFinished(subject, system, get)) ? 'finished' : 'unfinished');
        } catch (error) {
          problems.add(explain(error, system, subject));
          const { status } = failureIn(error) ?? {};
          isRejected ||= status === 401;
          if (isDenied(status)) denied.add(subject.group);
        }
      });
      return {
        stateOf: (label) => states.get(keyOf(label)) ?? 'unknown',
        problems: [...problems],
        isTokenUsable: !isRejected && groups.size > denied.size,
      };
    },
    async inspectToken() {
      const problems = new Set<string>();
      for (const kind of ['pull_request', 'run'] as const) {
        try {
          const get = await openRepository(thisOrigin);
          await get(shortestList(system.kinds[kind]));
        } catch (error) {
          problems.add(explain(error, system, { origin: thisOrigin, kind }));
        }
      }
      return problems.size === 0
        ? { isSufficient: true, detail: `It can read ${pull_request.plural} and ${run.plural}.` }
        : { isSufficient: false, detail: [...problems].join(' ') };
    },
  };
}

function shortestList({ path }: SubjectKind): string {
  return `${path}?per_page=1`;
}

async function isFinished({ kind, id }: Subject, { kinds }: CiDescription, get: Get): Promise<boolean> {
  const { path, plural, finished } = kinds[kind];
  // Anyone who can write descriptions can write labels, so no ID may lead elsewhere in the API.
  if (!/^\d+$/.test(id)) throw new ApiError(`"${id}" can't be the ID of one of the ${plural}. ${checkLabel}`);
  try {
    const item = z.parse(z.record(z.string(), z.unknown()), await get(`${path}/${id}`));
    return finished.includes(z.parse(z.string(), kind === 'run' ? item.status : item.state));
  } catch (error) {
    if (failureIn(error)?.status !== 404) throw error;
    // What was deleted and what the token can't read look the same: the list shows which it is.
    await get(shortestList(kinds[kind]));
    // Nobody can delete a pull request.
    if (kind === 'run') return true;
    throw new ApiError(`None of the ${plural} has the number ${id}. ${checkLabel}`);
  }
}

/** Includes nothing from a response: that could be any text. @throws the error itself if it's unexpected */
function explain(
  error: unknown,
  { name, urlVariable, tokenName, kinds, deniedNote = '' }: CiDescription,
  { origin, kind }: Pick<Subject, 'origin' | 'kind'>,
): string {
  if (error instanceof z.core.$ZodError || (error as Error).name === 'SyntaxError') {
    return `${name}'s response about ${origin.name} can't be parsed. Check that ${urlVariable} is the URL of its API.`;
  }
  const failure = failureIn(error);
  if (failure === undefined) throw error;
  const { status, message } = failure;
  const { plural, permission } = kinds[kind];
  return isDenied(status)
    ? `${tokenName} can't read ${plural} of ${origin.name} (HTTP ${status}). Check that the repository exists and that the token has ${permission} there.${deniedNote}`
    : message;
}

function isDenied(status: number | undefined): boolean {
  return status === 403 || status === 404;
}

type Failure = ExpectedError & Partial<Pick<ApiError, 'status'>>;

/** Octokit wraps what fetch throws. */
function failureIn(error: unknown): Failure | undefined {
  return [error, (error as Error).cause].find((one): one is Failure => one instanceof ExpectedError);
}

function subjectOf({ origin, purpose }: Label): Subject {
  const [kind, id] =
    purpose.lifetime === 'pull_request'
      ? (['pull_request', String(purpose.pullRequest)] as const)
      : (['run', purpose.runId] as const);
  return { origin, kind, id, group: `${origin.id} ${origin.name} ${kind}` };
}

function keyOf(label: Label): string {
  const { group, id } = subjectOf(label);
  return `${group} ${id}`;
}
