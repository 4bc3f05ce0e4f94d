import type { Label, Origin } from './label.ts';
import { mapConcurrently } from './pace.ts';
import type { SubjectState, SubjectStates } from './sweep.ts';

/** The pull requests or the runs of one repository or project, by its name in their labels. */
export interface SubjectGroup {
  readonly origin: Origin;
  readonly kind: 'pull_request' | 'run';
}

/** Reads the subjects of one group from the CI system. Its methods throw errors that `CiSystem.describe` explains. */
export interface SubjectReader {
  /** Lists IDs of unfinished subjects, a page at a time. It may leave some out, but never includes a finished one. */
  listUnfinished(): AsyncIterable<readonly string[]>;
  isFinished(id: string): Promise<boolean>;
}

export interface CiSystem {
  open(group: SubjectGroup): Promise<SubjectReader>;
  /**
   * Explains why states of the group stay unknown, and what to do, in whole sentences.
   * @throws the error itself if it's unexpected
   */
  describe(error: unknown, group: SubjectGroup): string;
}

/** Requests at the same time: the product of both at most. GitHub allows 100. */
const maxAtOnce = { groups: 4, lookups: 5 };
/** A group of so few subjects is looked up without a list. */
const maxSubjectsWithoutList = 5;

interface GroupStates extends SubjectGroup {
  /** By ID. */
  readonly states: Map<string, SubjectState>;
}

/**
 * Asks the CI system which pull requests and runs are finished. Lists the unfinished ones first. A list can miss one that
 * moves between its pages, so a subject that isn't listed is looked up: only that shows that it's finished.
 */
export async function askForStates(labels: readonly Label[], system: CiSystem): Promise<SubjectStates> {
  const groups = groupLabels(labels);
  const problems = new Set<string>();
  await mapConcurrently([...groups.values()], maxAtOnce.groups, (group) =>
    collectProblems(group, async () => {
      const reader = await system.open(group);
      await listUnfinished(group, reader);
      await mapConcurrently(unknownIds(group), maxAtOnce.lookups, (id) =>
        collectProblems(group, async () => {
          group.states.set(id, (await reader.isFinished(id)) ? 'finished' : 'unfinished');
        }),
      );
    }),
  );
  return {
    stateOf: (label) => groups.get(groupKey(label))?.states.get(subjectId(label)) ?? 'unknown',
    problems: [...problems],
  };

  async function collectProblems(group: SubjectGroup, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      problems.add(system.describe(error, group));
    }
  }
}

function groupLabels(labels: readonly Label[]): Map<string, GroupStates> {
  const groups = new Map<string, GroupStates>();
  for (const label of labels) {
    const kind = kindOf(label);
    const group = groups.get(groupKey(label)) ?? { origin: label.origin, kind, states: new Map() };
    groups.set(groupKey(label), group);
    group.states.set(subjectId(label), 'unknown');
  }
  return groups;
}

/** A repository that was renamed has labels with different names, and each may lead to another repository now. */
function groupKey(label: Label): string {
  return `${label.origin.id} ${label.origin.name} ${kindOf(label)}`;
}

function kindOf({ purpose }: Label): SubjectGroup['kind'] {
  return purpose.lifetime === 'pull_request' ? 'pull_request' : 'run';
}

function subjectId({ purpose }: Label): string {
  return purpose.lifetime === 'pull_request' ? String(purpose.pullRequest) : purpose.runId;
}

function unknownIds({ states }: GroupStates): string[] {
  return [...states.keys()].filter((id) => states.get(id) === 'unknown');
}

/** Stops when it's cheaper to look up the rest. */
async function listUnfinished(group: GroupStates, reader: SubjectReader): Promise<void> {
  let requests = 0;
  const isWorthIt = (): boolean => unknownIds(group).length > Math.max(maxSubjectsWithoutList, requests);
  if (!isWorthIt()) return;
  for await (const ids of reader.listUnfinished()) {
    requests += 1;
    for (const id of ids) if (group.states.has(id)) group.states.set(id, 'unfinished');
    if (!isWorthIt()) return;
  }
}
