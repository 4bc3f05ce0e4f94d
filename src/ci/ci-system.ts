import { mapConcurrently } from '../concurrency.ts';
import type { Label, Origin } from '../lifecycle/label.ts';
import type { SubjectState, SubjectStates } from '../lifecycle/sweep-plan.ts';

export interface Subject {
  readonly origin: Origin;
  readonly kind: 'pull_request' | 'run';
  readonly id: string;
}

export interface Problem {
  /** And what to do, in whole sentences. */
  readonly text: string;
  /** Whether the token is rejected everywhere, or can't read this repository. Undefined if it's something else. */
  readonly tokenFault?: 'rejected' | 'denied' | undefined;
}

export interface CiSystem {
  isFinished(subject: Subject): Promise<boolean>;
  /** Explains what `isFinished` throws. @throws the error itself if it's unexpected */
  explain(error: unknown, subject: Subject): Problem;
}

/** GitHub allows 100 requests at the same time. */
const maxAtOnce = 10;

export async function askForStates(labels: readonly Label[], system: CiSystem): Promise<SubjectStates> {
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
      states.set(key, (await system.isFinished(subject)) ? 'finished' : 'unfinished');
    } catch (error) {
      const { text, tokenFault } = system.explain(error, subject);
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
