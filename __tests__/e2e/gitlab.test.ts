import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { formsOf } from '../support/scenario.ts';
import { Installation, type PipelineResult, Project, type Variables } from './gitlab.ts';

const examples = resolve(import.meta.dirname, '../../examples/gitlab');
const example = readFileSync(join(examples, '.gitlab-ci.yml'), 'utf8');
const oneJob = readFileSync(join(examples, 'one-job.gitlab-ci.yml'), 'utf8');

let installation: Installation;
beforeAll(() => {
  installation = new Installation();
});
afterAll(() => installation[Symbol.dispose]());

/** gitlab-ci-local copies the project for each job with these. */
const missing = ['git', 'rsync'].filter((program) => spawnSync(program, ['--version']).status !== 0);
const describeWithPrograms = missing.length === 0 ? describe : describe.skip;
if (missing.length > 0) console.warn(`Skipping the GitLab example: install ${missing.join(' and ')}.`);

const push: Variables = { CI_PIPELINE_SOURCE: 'push' };
const schedule: Variables = { CI_PIPELINE_SOURCE: 'schedule' };

function mergeRequest(iid: number, sourceProject = '1217'): Variables {
  return {
    CI_PIPELINE_SOURCE: 'merge_request_event',
    CI_MERGE_REQUEST_IID: String(iid),
    CI_MERGE_REQUEST_PROJECT_ID: '1217',
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: sourceProject,
  };
}

/** The descriptions of all clients except the owner. */
function clientsOf({ emulator }: Project): string[] {
  return emulator
    .clients()
    .slice(1)
    .map(({ description }) => description);
}

function expectSuccess(result: PipelineResult, project: Project): void {
  if (!result.succeeded) throw new Error(result.log);
  expectSecrecy(result, project);
}

/** Neither the log nor an artifact has a secret. Each command prints the client's secret. */
function expectSecrecy({ log, used }: PipelineResult, { artifacts, emulator, sealKey }: Project): void {
  const owner = { id: emulator.owner.client_id, secret: emulator.owner.client_secret };
  for (const { id, secret } of [owner, { id: '', secret: sealKey }, ...used]) {
    for (const form of formsOf(id, secret)) {
      for (const text of [log, ...artifacts]) expect(text).not.toContain(form);
    }
  }
  for (const { variables } of used) {
    expect(variables).toContain('CAPTURE_CLIENT_SECRET');
    expect(variables).not.toContain('CAPTURE_OWNER_CLIENT_SECRET');
    expect(variables).not.toContain('CAPTURE_SEAL_KEY');
    expect(variables).not.toContain('CAPTURE_GITLAB_TOKEN');
  }
}

describeWithPrograms('examples/gitlab/one-job.gitlab-ci.yml', () => {
  test.each([0, 3])('the client lives as long as the command, which ends with %d', async (code) => {
    await using project = await Project.create(oneJob, installation.bin);
    const result = await project.run({ ...push, EXIT_CODE: String(code) });
    expect(result.succeeded).toBe(code === 0);
    if (code !== 0) expect(result.log).toMatch(`FAIL ${code}`);
    expectSecrecy(result, project);
    expect(result.used).toHaveLength(1);
    expect(result.log).toContain('the secret is ***');
    expect(clientsOf(project)).toEqual([]);
  });
});

describeWithPrograms('examples/gitlab/.gitlab-ci.yml', () => {
  test('a pipeline of the default branch: the later job opens the sealed credentials, and the last one deletes the client', async () => {
    await using project = await Project.create(example, installation.bin);
    const result = await project.run(push);
    expectSuccess(result, project);
    expect(result.used).toHaveLength(1);
    expect(result.log).toContain('the secret is ***');
    expect(project.artifacts.join('\n')).toContain(`CAPTURE_CLIENT_ID=${result.used[0]?.id}`);
    expect(clientsOf(project)).toEqual([]);
  });

  test('the client is deleted if the tests fail', async () => {
    await using project = await Project.create(example, installation.bin);
    const result = await project.run({ ...push, EXIT_CODE: '3' });
    expect(result.succeeded).toBe(false);
    expect(result.log).toMatch(/FAIL +test/);
    expectSecrecy(result, project);
    expect(result.used).toHaveLength(1);
    expect(clientsOf(project)).toEqual([]);
  });

  test('a merge request has one client until its environment stops', async () => {
    await using project = await Project.create(example, installation.bin);
    const first = await project.run(mergeRequest(42));
    const second = await project.run(mergeRequest(42));
    const other = await project.run(mergeRequest(43));
    for (const result of [first, second, other]) expectSuccess(result, project);
    expect(second.used.map(({ id }) => id)).toEqual(first.used.map(({ id }) => id));
    expect(other.used).toHaveLength(1);
    expect(other.used).not.toEqual(first.used);

    // GitLab starts this job when the merge request is merged or closed.
    expectSuccess(await project.run(mergeRequest(42), 'stop-preview'), project);
    expect(clientsOf(project)).toEqual([
      expect.stringContaining('acme/web/shop, pull request 43, name preview'),
    ]);
  });

  test('a merge request of a fork starts no job', async () => {
    await using project = await Project.create(example, installation.bin);
    const result = await project.run(mergeRequest(42, '9999'));
    expect(result.used).toEqual([]);
    expect(project.emulator.requests).toEqual([]);
  });

  test('the scheduled sweep deletes the clients of what is finished, and keeps those of what is not', async () => {
    await using project = await Project.create(example, installation.bin);
    for (const iid of [41, 42]) expectSuccess(await project.run(mergeRequest(iid)), project);
    for (let count = 0; count < 2; count += 1) expectSuccess(await project.run(push, 'provision'), project);
    const [finished, running] = clientsOf(project).flatMap((text) => /, run (\d+),/.exec(text)?.[1] ?? []);
    Object.assign(project.gitlab.responses, {
      '/projects/1217/merge_requests/41': { state: 'merged' },
      '/projects/1217/merge_requests/42': { state: 'opened' },
      [`/projects/1217/pipelines/${finished}`]: { status: 'success' },
      [`/projects/1217/pipelines/${running}`]: { status: 'running' },
    });
    expectSuccess(await project.run(schedule), project);
    expect(clientsOf(project)).toEqual([
      expect.stringContaining('acme/web/shop, pull request 42, '),
      expect.stringContaining(`acme/web/shop, run ${running}, `),
    ]);
    expect(new Set(project.gitlab.requests.map(({ token }) => token))).toEqual(new Set(['glpat-token']));
  });
});

describeWithPrograms('the components, included as in examples/gitlab/components.gitlab-ci.yml', () => {
  const root = resolve(examples, '../..');
  const files = Object.fromEntries(
    ['templates/test.yml', 'templates/preview.yml'].map((path) => [
      path,
      readFileSync(join(root, path), 'utf8'),
    ]),
  );
  const components = readFileSync(join(examples, 'components.gitlab-ci.yml'), 'utf8');

  test.each([0, 3])('test: the client lives as long as the command, which ends with %d', async (code) => {
    await using project = await Project.create(components, installation.bin, files);
    const result = await project.run({ ...push, EXIT_CODE: String(code) });
    expect(result.succeeded).toBe(code === 0);
    expectSecrecy(result, project);
    expect(result.used).toHaveLength(1);
    expect(clientsOf(project)).toEqual([]);
  });

  test('preview: a merge request has one client until its environment stops, and a fork gets none', async () => {
    await using project = await Project.create(components, installation.bin, files);
    const first = await project.run(mergeRequest(42));
    const second = await project.run(mergeRequest(42));
    for (const result of [first, second]) expectSuccess(result, project);
    expect(first.used).toHaveLength(1);
    expect(second.used.map(({ id }) => id)).toEqual(first.used.map(({ id }) => id));
    expect((await project.run(mergeRequest(43, '9999'))).used).toEqual([]);
    expectSuccess(await project.run(mergeRequest(42), 'stop-preview'), project);
    expect(clientsOf(project)).toEqual([]);
  });
});
