import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { examples } from '../e2e/readme.ts';

// What GitHub decides and act does not: who gets an environment's secrets, who takes turns, what a pin is.

interface Job {
  readonly if?: string;
  readonly needs?: string | string[];
  readonly environment?: string;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

interface Workflow {
  readonly name: string;
  readonly on: string | Record<string, unknown>;
  readonly permissions: unknown;
  readonly concurrency?: { readonly group: string };
  readonly jobs: Record<string, Job>;
}

const workflows = examples
  .map((text): Workflow => parse(text))
  .filter(({ jobs }) => jobs !== undefined)
  .map((workflow) => [workflow.name, workflow] as const);

const guard =
  "github.event.pull_request.head.repo.full_name == github.repository && github.event.pull_request.user.login != 'dependabot[bot]'";

/** The events of the default branch: what runs is what stands there, so it may use `capture`. */
const trusted: Record<string, unknown> = {
  push: { branches: ['main'] },
  schedule: expect.anything(),
  workflow_dispatch: null,
  pull_request_target: { types: ['closed'] },
};

function eventsOf({ on }: Workflow): Record<string, unknown> {
  return typeof on === 'string' ? { [on]: null } : on;
}

function holdsOwnerSecret(job: Job): boolean {
  return JSON.stringify(job).includes('secrets.CAPTURE_OWNER_CLIENT_SECRET');
}

/** Whether a job is left out for forks and Dependabot, or one that it needs is. */
function isGuarded(workflow: Workflow, job: Job): boolean {
  if (job.if !== undefined) return job.if === guard;
  return [job.needs ?? []].flat().some((id) => isGuarded(workflow, workflow.jobs[id] as Job));
}

test.each(workflows)('%s is whole: pasted as it is, it runs', (name, workflow) => {
  expect(name).toBeTruthy();
  expect(workflow).toMatchObject({ on: expect.anything(), permissions: expect.anything() });
});

test('act runs every one of them', () => {
  const runs = readFileSync(resolve(import.meta.dirname, '../e2e/workflows.test.ts'), 'utf8');
  for (const text of examples) expect(runs).toContain(`exampleOf('${parse(text).name}')`);
});

describe('the owner secret is where its event may read it:', () => {
  test.each(workflows)('%s', (_, workflow) => {
    const events = eventsOf(workflow);
    const holders = Object.values(workflow.jobs).filter(holdsOwnerSecret);
    expect(holders).not.toEqual([]);
    if ('pull_request' in events) {
      expect(Object.keys(events)).toEqual(['pull_request']);
      for (const job of holders) expect(job.environment).toBe('capture-pull-requests');
    } else {
      for (const event of Object.keys(events)) expect(events[event]).toEqual(trusted[event]);
      for (const job of holders) expect(job.environment).toBe('capture');
    }
    if (Object.keys(events).some((event) => event.startsWith('pull_request'))) {
      for (const job of holders) expect(isGuarded(workflow, job)).toBe(true);
    }
  });
});

test('what pull_request_target starts runs the delete action alone, and has no right', () => {
  const started = workflows.filter(([, workflow]) => 'pull_request_target' in eventsOf(workflow));
  expect(started.map(([name]) => name)).toEqual(['Preview clean-up']);
  for (const [, { jobs, permissions }] of started) {
    expect(permissions).toEqual({});
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    expect(steps).toEqual([expect.objectContaining({ uses: 'org/capture-client-action/delete@v1' })]);
  }
});

test('the runs of one pull request that share its client take turns, and the delete with them', () => {
  const sharing = workflows.filter(([, { jobs }]) =>
    JSON.stringify(jobs).includes('"lifetime":"pull_request"'),
  );
  expect(sharing.map(([name]) => name)).toEqual([
    'Preview',
    'Preview clean-up',
    'Preview environment',
    'Preview secrets',
  ]);
  for (const [, { concurrency }] of sharing) {
    expect(concurrency?.group).toMatch(/^preview-\$\{\{ github\.event\.number \}\}$/);
  }
});

test('actions of others are pinned by commit, with the version that it is', () => {
  const uses = examples.flatMap((text) => [...text.matchAll(/uses: (.*)/g)].map(([, used = '']) => used));
  expect(uses.length).toBeGreaterThan(10);
  for (const used of uses) {
    expect(used).toMatch(/^(org\/capture-client-action(\/[a-z]+)?@v1|\.\/|[\w/-]+@[0-9a-f]{40} # v[\d.]+$)/);
  }
});
