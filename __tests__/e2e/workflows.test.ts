import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { examplePaths, readExample } from '../support/examples.ts';
import { EmulatedGitHub } from '../support/github-api.ts';
import { formsOf } from '../support/scenario.ts';
import { forAct, installAct, Repository, type RunOptions, type RunResult } from './act.ts';

beforeAll(() => {
  installAct();
});

const push: RunOptions = { event: 'push' };
const shop = { id: 123456, full_name: 'acme/shop' };

interface PullRequest {
  readonly number?: number;
  readonly user?: string;
  /** Where its branch is. Null if that repository was deleted. */
  readonly from?: { readonly id: number; readonly full_name: string } | null;
}

function pullRequest(
  action: string,
  { number = 42, user = 'ada', from = shop }: PullRequest = {},
): RunOptions {
  const pull_request = { number, user: { login: user }, head: { repo: from }, base: { repo: shop } };
  const event = action === 'closed' ? 'pull_request_target' : 'pull_request';
  return { event, payload: { action, number, pull_request } };
}

/** The IDs of all clients except the owner. */
function clientsOf({ emulator }: Repository): string[] {
  return emulator
    .clients()
    .slice(1)
    .map(({ client_id }) => client_id);
}

function expectSuccess(result: RunResult): void {
  if (!result.succeeded) throw new Error(result.log);
  expectSecrecy(result);
}

function expectFailure(result: RunResult, message: RegExp): void {
  expect(result.succeeded).toBe(false);
  expect(result.log).toMatch(message);
  expectSecrecy(result);
}

function expectSecrecy({ log, secrets }: RunResult): void {
  for (const { id, secret } of secrets) {
    for (const form of formsOf(id, secret)) expect(log).not.toContain(form);
  }
}

describe('the workflows in examples/', () => {
  test('job/test.yml: the client works in the job and is gone afterward', async () => {
    await using repository = await Repository.create();
    const result = await repository.run(readExample('job/test.yml'), push);
    expectSuccess(result);
    expect(result.used).toHaveLength(1);
    expect(clientsOf(repository)).toEqual([]);
  });

  test('job/test.yml logs what the README shows', async () => {
    const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
    const [, shown = ''] = /^```text\n(.*?)^```$/ms.exec(readme) ?? [];
    await using repository = await Repository.create();
    const { log } = await repository.run(readExample('job/test.yml'), push);
    const lines = shown.trim().split('\n');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      const pattern = line
        .replace(/[.[\]()*+?]/g, '\\$&')
        .replaceAll('CLIENT_ID', '\\S+')
        .replaceAll(/HOST|TIME|…/g, '.+');
      expect(log).toMatch(new RegExp(pattern));
    }
  });

  test('check/check.yml: says that the tenant is ready to use, and leaves no client', async () => {
    await using repository = await Repository.create();
    await using github = await EmulatedGitHub.start({
      '/repos/acme/shop/pulls/7': { state: 'open' },
      '/repos/acme/shop/actions/runs/5': { status: 'completed' },
    });
    const env = { GITHUB_API_URL: github.url };
    const result = await repository.run(readExample('check/check.yml'), { event: 'workflow_dispatch', env });
    expectSuccess(result);
    expect(result.log).toMatch(/Ready to use with 127\.0\.0\.1/);
    expect(result.log).toContain('| duplicate-description | passed | Rejected. |');
    expect(result.log).toContain('| token | passed | It can read pull requests and runs. |');
    expect(clientsOf(repository)).toEqual([]);
  });

  test.each([
    ['a wrong owner secret', 'wrong-secret', /402 invalid_client_credentials/],
    ['an empty owner secret', '', /owner_client_secret is empty/],
  ])('job/test.yml with %s fails, and the message says why', async (_, secret, message) => {
    await using repository = await Repository.create();
    const secrets = { CAPTURE_OWNER_CLIENT_SECRET: secret };
    const result = await repository.run(readExample('job/test.yml'), { ...push, secrets });
    expectFailure(result, message);
    expect(result.used).toEqual([]);
    expect(clientsOf(repository)).toEqual([]);
  });

  test('later-jobs: the sealed credentials work in the later job, and the last job deletes the client', async () => {
    await using repository = await Repository.create();
    const result = await repository.run(readExample('later-jobs/integration.yml'), push);
    expectSuccess(result);
    expect(result.used).toHaveLength(1);
    expect(result.log).toContain(result.used[0]?.id);
    expect(clientsOf(repository)).toEqual([]);
  });

  // In act, the first matrix job to finish decides the outputs of all, so each one gets a run of its own. The integration
  // tests evaluate the outputs of both jobs of one run.
  test.each(['web', 'mobile'])(
    'matrix: the job for %s has its own client, its consumer opens that, and the last job deletes it',
    async (name) => {
      await using repository = await Repository.create();
      const result = await repository.run(readExample('matrix/matrix.yml'), {
        ...push,
        matrixJob: `name:${name}`,
      });
      expectSuccess(result);
      expect(result.used).toHaveLength(1);
      const [added] = repository.emulator.requests.filter(({ call }) => call === 'clients/add');
      expect(added?.form.description).toContain(`, name ${name}, `);
      expect(clientsOf(repository)).toEqual([]);
    },
  );

  test('pull-request: a second run reuses the client, and the cleanup deletes it', async () => {
    await using repository = await Repository.create();
    const first = await repository.run(readExample('pull-request/preview.yml'), pullRequest('opened'));
    const second = await repository.run(readExample('pull-request/preview.yml'), pullRequest('synchronize'));
    for (const result of [first, second]) expectSuccess(result);
    expect(second.used).toEqual(first.used);
    expect(clientsOf(repository)).toEqual([first.used[0]?.id]);

    expectSuccess(
      await repository.run(readExample('pull-request/preview-cleanup.yml'), pullRequest('closed')),
    );
    expect(clientsOf(repository)).toEqual([]);
  });

  test('preview-environment: the client has its own settings and those of the template until the pull request closes', async () => {
    await using repository = await Repository.create({ defaultSettings: { site_name: 'Shop' } });
    const { emulator } = repository;
    const template = emulator.addClient({ description: 'template', features: ['login_client'] });
    emulator.setSettings(template.client_id, { default_flow_name: 'standard', rpx_key: 'x' });
    const vars = { CAPTURE_TEMPLATE_CLIENT_ID: template.client_id };
    const opened = await repository.run(
      readExample('preview-environment/preview.yml'),
      pullRequest('opened'),
      vars,
    );
    expectSuccess(opened);
    expect(emulator.settings(opened.used[0]?.id ?? '')).toEqual({
      default_flow_name: 'standard',
      site_name: 'Preview of pull request 42',
      password_recover_url: 'https://pr-42.preview.example.com/recover',
      verify_email_url: 'https://pr-42.preview.example.com/verify',
    });
    expectSuccess(
      await repository.run(readExample('pull-request/preview-cleanup.yml'), pullRequest('closed')),
    );
    expect(clientsOf(repository)).toEqual([template.client_id]);
  });

  test('environment-secrets: each pull request has its own credentials in its own environment', async () => {
    await using repository = await Repository.create();
    for (const number of [42, 43]) {
      expectSuccess(
        await repository.run(
          readExample('environment-secrets/preview-secrets.yml'),
          pullRequest('opened', { number }),
        ),
      );
    }
    const ids = clientsOf(repository);
    expect(Object.keys(repository.environments)).toEqual(['pr-42', 'pr-43']);
    const written = Object.values(repository.environments);
    expect(written.map(({ CAPTURE_CLIENT_ID }) => CAPTURE_CLIENT_ID)).toEqual(ids);
    for (const { CAPTURE_CLIENT_ID: id = '', CAPTURE_CLIENT_SECRET: secret = '' } of written) {
      expect(repository.emulator.authenticates(id, secret)).toBe(true);
    }

    expectSuccess(
      await repository.run(
        readExample('pull-request/preview-cleanup.yml'),
        pullRequest('closed', { number: 42 }),
      ),
    );
    expect(clientsOf(repository)).toEqual(ids.slice(1));
  });

  test('sweep: deletes the clients that expired, whose pull request is closed, or whose run is completed, and no others', async () => {
    await using repository = await Repository.create();
    await using github = await EmulatedGitHub.start({
      '/repos/acme/shop/pulls/7': { state: 'closed' },
      '/repos/acme/shop/pulls/8': { state: 'open' },
      '/repos/acme/shop/actions/runs/5': { status: 'completed' },
      '/repos/acme/shop/actions/runs/6': { status: 'in_progress' },
    });
    const add = (subject: string, year: number, repositoryId = 123456): string => {
      const label = `github.com id ${repositoryId} acme/shop, ${subject}, name a, until ${year}-01-01T00:00:00Z`;
      const marker = String(repository.emulator.clients().length).padStart(24, '0');
      const description = `words [capture-client-action/1 ${label}, ${marker}]`;
      return repository.emulator.addClient({ description }).client_id;
    };
    const gone = [add('pull request 8', 2020), add('pull request 7', 2099), add('run 5', 2099)];
    const stay = [add('pull request 8', 2099), add('run 6', 2099), add('pull request 7', 2020, 99)];
    const env = { GITHUB_API_URL: github.url };
    const result = await repository.run(readExample('pull-request/sweep.yml'), {
      event: 'workflow_dispatch',
      env,
    });
    expectSuccess(result);
    for (const id of gone) expect(result.log).toContain(id);
    expect(clientsOf(repository)).toEqual(stay);
    const { GITHUB_TOKEN } = repository.settings.secrets;
    expect(new Set(github.requests.map(({ authorization }) => authorization))).toEqual(
      new Set([`token ${GITHUB_TOKEN}`]),
    );
  });

  test('composite: inputs go in, outputs come out, and the post step still deletes the client', async () => {
    await using repository = await Repository.create();
    repository.addFile('.github/actions/capture-client/action.yml', readExample('composite/action.yml'));
    const result = await repository.run(readExample('composite/test.yml'), push);
    expectSuccess(result);
    expect(result.used).toHaveLength(1);
    expect(clientsOf(repository)).toEqual([]);
  });

  test('reusable-workflow: the called workflow gets its secrets from the caller', async () => {
    await using repository = await Repository.create();
    repository.addFile(
      '.github/workflows/test-with-client.yml',
      forAct(readExample('reusable-workflow/test-with-client.yml')),
    );
    const result = await repository.run(readExample('reusable-workflow/caller.yml'), push);
    expectSuccess(result);
    expect(result.used).toHaveLength(1);
    expect(clientsOf(repository)).toEqual([]);
  });

  test('deployment-status: the client of the pull request gets the URL that the deployment reports', async () => {
    await using repository = await Repository.create();
    expectSuccess(await repository.run(readExample('pull-request/preview.yml'), pullRequest('opened')));
    const [id = ''] = clientsOf(repository);
    const payload = {
      deployment: { ref: 'feature', sha: 'a'.repeat(40) },
      deployment_status: { state: 'success', environment_url: 'https://pr-42.preview.example.com' },
    };
    const result = await repository.run(readExample('deployment-status/preview-url.yml'), {
      event: 'deployment_status',
      payload,
    });
    expectSuccess(result);
    expect(clientsOf(repository)).toEqual([id]);
    expect(repository.emulator.settings(id)).toEqual({
      password_recover_url: 'https://pr-42.preview.example.com/recover',
      verify_email_url: 'https://pr-42.preview.example.com/verify',
    });
  });

  test('job/pull-request.yml: the client works in the job and is gone afterward', async () => {
    await using repository = await Repository.create();
    const result = await repository.run(readExample('job/pull-request.yml'), pullRequest('opened'));
    expectSuccess(result);
    expect(result.used).toHaveLength(1);
    expect(clientsOf(repository)).toEqual([]);
  });

  // The secrets exist, so a run that isn't skipped would reach Capture.
  const ofPullRequests = examplePaths.filter((path) => {
    const text = readExample(path);
    return /^ {0,2}(on: )?pull_request/m.test(text) && text.includes('secrets.CAPTURE_OWNER_CLIENT_SECRET');
  });

  test.each(ofPullRequests)('%s does nothing for a fork, a deleted fork, and Dependabot', async (path) => {
    const workflow = readExample(path);
    await using repository = await Repository.create();
    const action = workflow.includes('pull_request_target') ? 'closed' : 'opened';
    for (const pull of [
      { from: { id: 7, full_name: 'eve/shop' } },
      { from: null },
      { user: 'dependabot[bot]' },
    ]) {
      expectSuccess(await repository.run(workflow, pullRequest(action, pull)));
    }
    expect(repository.emulator.requests).toEqual([]);
  });
});
