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

const capture = { name: 'capture', deployment: false };

/** What a job with the owner secret checks, by the event that starts it. GitHub names no pull request of a fork. */
const guards: Record<string, string> = {
  workflow_run:
    "github.event.workflow_run.event == 'pull_request' && github.event.workflow_run.conclusion == 'success' && github.event.workflow_run.head_repository.full_name == github.repository && github.event.workflow_run.pull_requests[0].number",
  pull_request_target:
    "github.event.pull_request.head.repo.full_name == github.repository && github.event.pull_request.user.login != 'dependabot[bot]'",
};

/** Events that run the default branch's version of a workflow, so that it may use the environment `capture`. */
const trusted: Record<string, unknown> = {
  push: { branches: ['main'] },
  schedule: expect.anything(),
  workflow_dispatch: null,
  workflow_call: null,
  workflow_run: { workflows: [expect.any(String)], types: ['completed'] },
  pull_request_target: { types: ['closed'] },
};

/** Examples that act doesn't run, and why. */
const notInAct: Record<string, string> = {
  'emulator-in-ci/test.yml':
    "checks out the action's repository; ci.yml runs the same steps on a real runner",
  'organization-sweep/sweep.yml':
    'differs from pull-request/sweep.yml in two inputs, which other tests cover',
  'reusable-workflow/test-with-client.yml': 'is called by reusable-workflow/caller.yml',
  'reusable-workflow/shared-preview.yml': 'is called by reusable-workflow/preview-caller.yml',
  'composite/action.yml': 'is used by composite/test.yml',
  'owner-secret/1password.yml': "needs 1Password, and differs from job/test.yml in the owner secret's source",
  'owner-secret/aws.yml': "needs AWS, and differs from job/test.yml in the owner secret's source",
  'owner-secret/vault.yml': "needs Vault, and differs from job/test.yml in the owner secret's source",
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
  const isOfBooleans = event !== null && Object.values(inputs).every(({ type }) => type === 'boolean');
  return isOfBooleans && Object.keys(rest).length === 0 ? null : event;
}

/** Whether a job, or one that it needs, is skipped for forks. */
function isGuarded(workflow: Workflow, job: Job, guard: string): boolean {
  if (job.if === guard) return true;
  return [job.needs ?? []].flat().some((id) => isGuarded(workflow, workflow.jobs[id] as Job, guard));
}

test.each(workflows)('%s can be copied as it is', (_, workflow) => {
  expect(workflow).toMatchObject({
    name: expect.anything(),
    on: expect.anything(),
    permissions: expect.anything(),
  });
});

test('act runs every workflow, or there is a reason why not', () => {
  const tests = readFileSync(resolve(import.meta.dirname, '../e2e/workflows.test.ts'), 'utf8');
  const missing = examplePaths.filter((path) => !tests.includes(`'${path}'`) && !(path in notInAct));
  expect(missing).toEqual([]);
  expect(Object.keys(notInAct).filter((path) => !examplePaths.includes(path))).toEqual([]);
});

const holding = workflows.filter(([, { jobs }]) => Object.values(jobs).some(hasOwnerSecret));

describe.each(holding)('the owner secret in %s', (path, workflow) => {
  const events = Object.entries(eventsOf(workflow));
  const holders = Object.values(workflow.jobs).filter(hasOwnerSecret);

  test("is in the environment of the default branch's workflows", () => {
    for (const [event, filter] of events) expect(withoutSwitches(filter)).toEqual(trusted[event]);
    for (const job of holders) expect(job.environment).toEqual(capture);
  });

  test('is out of reach of forks', () => {
    // It gets the number of the pull request from GitHub's API.
    if (path === 'preview-settings/preview-url.yml') return;
    const guarding =
      path === 'reusable-workflow/shared-preview.yml' ? ['workflow_run'] : events.map(([event]) => event);
    for (const guard of guarding.flatMap((event) => guards[event] ?? [])) {
      for (const job of holders) expect(isGuarded(workflow, job, guard)).toBe(true);
    }
  });

  test('is in no job that checks out a pull request', () => {
    if (events.some(([event]) => event === 'push' || event === 'workflow_call')) return;
    const steps = holders.flatMap((job) => job.steps ?? []);
    expect(JSON.stringify(steps)).not.toMatch(/"ref":|"repository":|refs\/pull/);
  });
});

test("the code of a pull request runs only where there's no secret but the seal key", () => {
  const workflow = parse(readExample('pull-request-tests/integration.yml'));
  const { jobs } = workflow as Workflow;
  expect(workflow).toMatchObject({ 'cache-mode': 'none', permissions: {} });
  const running = Object.values(jobs).filter((job) => JSON.stringify(job).includes('actions/checkout'));
  expect(running).toHaveLength(1);
  expect(new Set(JSON.stringify(running).match(/secrets\.\w+/g))).toEqual(
    new Set(['secrets.CAPTURE_SEAL_KEY']),
  );
  expect(readExample('pull-request/build.yml')).not.toContain('secrets.');
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
  const sharing = workflows.filter(([, workflow]) =>
    JSON.stringify(workflow.jobs).includes('"lifetime":"pull_request"'),
  );
  expect(sharing.map(([path]) => path)).toEqual([
    'environment-secrets/preview-secrets.yml',
    'preview-settings/preview.yml',
    'pull-request/preview-cleanup.yml',
    'pull-request/preview.yml',
    'reusable-workflow/shared-preview.yml',
  ]);
  for (const [, { concurrency }] of sharing) {
    expect([
      'preview-$' + '{{ github.event.number }}',
      'preview-$' + '{{ github.event.workflow_run.pull_requests[0].number || github.run_id }}',
    ]).toContain(concurrency?.group);
  }
});
