import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { examplePaths, readExample } from '../support/examples.ts';

// What GitHub decides and act doesn't: who gets an environment's secrets, which runs take turns, what a pin is.

interface Job {
  readonly if?: string;
  readonly needs?: string | string[];
  readonly environment?: string | { readonly name: string; readonly deployment: boolean };
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[];
}

interface Workflow {
  readonly on: string | Record<string, unknown>;
  readonly permissions: unknown;
  readonly concurrency?: { readonly group: string };
  readonly jobs: Record<string, Job>;
}

const workflows = examplePaths
  .map((path) => [path, parse(readExample(path)) as Workflow] as const)
  .filter(([, { jobs }]) => jobs !== undefined);

const guard =
  "github.event.pull_request.head.repo.full_name == github.repository && github.event.pull_request.user.login != 'dependabot[bot]'";

const capture = { name: 'capture', deployment: false };
const capturePullRequests = { name: 'capture-pull-requests', deployment: false };

/** Events that run the default branch's version of a workflow, so that it may use the environment `capture`. */
const trusted: Record<string, unknown> = {
  push: { branches: ['main'] },
  schedule: expect.anything(),
  workflow_dispatch: null,
  workflow_call: null,
  pull_request_target: { types: ['closed'] },
};

/** Examples that act doesn't run, and why. */
const notInAct: Record<string, string> = {
  'emulator-in-ci/test.yml':
    "checks out the action's repository; ci.yml runs the same steps on a real runner",
  'organization-sweep/sweep.yml':
    'differs from pull-request/sweep.yml in two inputs, which other tests cover',
  'reusable-workflow/test-with-client.yml': 'is called by reusable-workflow/caller.yml',
  'composite/action.yml': 'is used by composite/test.yml',
};

function eventsOf({ on }: Workflow): Record<string, unknown> {
  return typeof on === 'string' ? { [on]: null } : on;
}

function hasOwnerSecret(job: Job): boolean {
  return JSON.stringify(job).includes('secrets.CAPTURE_OWNER_CLIENT_SECRET');
}

/** An input that is only true or false can't inject anything. */
function withoutSwitches(event: unknown): unknown {
  const { inputs = {}, ...rest } = (event ?? {}) as { inputs?: Record<string, { type?: string }> };
  const isHarmless = event !== null && Object.values(inputs).every(({ type }) => type === 'boolean');
  return isHarmless && Object.keys(rest).length === 0 ? null : event;
}

/** Whether a job, or one that it needs, is skipped for forks and Dependabot. */
function isGuarded(workflow: Workflow, job: Job): boolean {
  if (job.if !== undefined) return job.if === guard;
  return [job.needs ?? []].flat().some((id) => isGuarded(workflow, workflow.jobs[id] as Job));
}

test.each(workflows)('%s can be copied as it is', (_, workflow) => {
  expect(workflow).toMatchObject({
    name: expect.anything(),
    on: expect.anything(),
    permissions: expect.anything(),
  });
});

test.each(examplePaths)('%s has no comment that only a linter needs', (path) => {
  expect(readExample(path)).not.toMatch(/#.*(zizmor|actionlint|shellcheck|yamllint)/);
});

test('act runs every workflow, or there is a reason why not', () => {
  const tests = readFileSync(resolve(import.meta.dirname, '../e2e/workflows.test.ts'), 'utf8');
  const missing = examplePaths.filter((path) => !tests.includes(`'${path}'`) && !(path in notInAct));
  expect(missing).toEqual([]);
  expect(Object.keys(notInAct).filter((path) => !examplePaths.includes(path))).toEqual([]);
});

describe('the owner secret comes from the environment that the event may use:', () => {
  test.each(workflows.filter(([, { jobs }]) => Object.values(jobs).some(hasOwnerSecret)))(
    '%s',
    (_, workflow) => {
      const events = Object.keys(eventsOf(workflow));
      const holders = Object.values(workflow.jobs).filter(hasOwnerSecret);
      const isOfPullRequest = events.some(
        (event) => event === 'pull_request' || event === 'deployment_status',
      );
      if (isOfPullRequest) expect(events).toHaveLength(1);
      else
        for (const event of events)
          expect(withoutSwitches(eventsOf(workflow)[event])).toEqual(trusted[event]);
      for (const job of holders)
        expect(job.environment).toEqual(isOfPullRequest ? capturePullRequests : capture);
      if (events.some((event) => event.startsWith('pull_request'))) {
        for (const job of holders) expect(isGuarded(workflow, job)).toBe(true);
      }
    },
  );
});

test('pull_request_target starts only the delete action, without permissions', () => {
  const started = workflows.filter(([, workflow]) => 'pull_request_target' in eventsOf(workflow));
  expect(started.map(([path]) => path)).toEqual(['pull-request/preview-cleanup.yml']);
  for (const [, { jobs, permissions }] of started) {
    expect(permissions).toEqual({});
    const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);
    expect(steps).toEqual([expect.objectContaining({ uses: 'org/capture-client-action/delete@v1' })]);
  }
});

test('runs that share the client of a pull request take turns, the delete included', () => {
  const sharing = workflows.filter(
    ([, workflow]) =>
      JSON.stringify(workflow.jobs).includes('"lifetime":"pull_request"') &&
      !('deployment_status' in eventsOf(workflow)),
  );
  expect(sharing.map(([path]) => path)).toEqual([
    'environment-secrets/preview-secrets.yml',
    'preview-environment/preview.yml',
    'pull-request/preview-cleanup.yml',
    'pull-request/preview.yml',
  ]);
  for (const [, { concurrency }] of sharing) {
    expect(concurrency?.group).toMatch(/^preview-\$\{\{ github\.event\.number \}\}$/);
  }
});

test('actions of others are pinned by commit, with their version as a comment', () => {
  const uses = examplePaths.flatMap((path) =>
    [...readExample(path).matchAll(/uses: (.*)/g)].map(([, used = '']) => used),
  );
  expect(uses.length).toBeGreaterThan(10);
  for (const used of uses) {
    expect(used).toMatch(/^(org\/capture-client-action(\/[a-z]+)?@v1|\.\/|[\w/-]+@[0-9a-f]{40} # v[\d.]+$)/);
  }
});
