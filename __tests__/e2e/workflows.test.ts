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
const sha = 'a'.repeat(40);

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

/** The completed run of the build of a pull request. GitHub names no pull request of a fork, or one that is closed. */
function built(
  { number = 42, from = shop }: PullRequest = {},
  pull_requests = [{ number, base: { repo: shop } }],
): RunOptions {
  const workflow_run = {
    ...{ id: 4711, event: 'pull_request', conclusion: 'success', head_branch: 'feature', head_sha: sha },
    ...{ head_repository: from, pull_requests: from?.id === shop.id ? pull_requests : [] },
  };
  return { event: 'workflow_run', payload: { action: 'completed', workflow_run } };
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

  test('pull-request: previews share one client, which the sweep deletes after the pull request was merged', async () => {
    await using repository = await Repository.create();
    const used = [];
    for (const action of ['opened', 'synchronize']) {
      const build = await repository.run(readExample('pull-request/build.yml'), pullRequest(action));
      expectSuccess(build);
      expect(build.used).toEqual([]);
      const preview = await repository.run(readExample('pull-request/preview.yml'), built());
      expectSuccess(preview);
      used.push(...preview.used);
    }
    expect(used).toHaveLength(2);
    expect(used[1]).toEqual(used[0]);
    expect(clientsOf(repository)).toEqual([used[0]?.id]);

    await using github = await EmulatedGitHub.start({ '/repos/acme/shop/pulls/42': { state: 'closed' } });
    const env = { GITHUB_API_URL: github.url };
    expectSuccess(await repository.run(readExample('pull-request/sweep.yml'), { ...push, env }));
    expect(clientsOf(repository)).toEqual([]);
  });

  test('pull-request: the optional cleanup deletes the client of the pull request that closes', async () => {
    await using repository = await Repository.create();
    for (const number of [42, 43]) {
      expectSuccess(await repository.run(readExample('pull-request/build.yml'), pullRequest('opened')));
      expectSuccess(await repository.run(readExample('pull-request/preview.yml'), built({ number })));
    }
    const [, other] = clientsOf(repository);
    expectSuccess(
      await repository.run(readExample('pull-request/preview-cleanup.yml'), pullRequest('closed')),
    );
    expect(clientsOf(repository)).toEqual([other]);
  });

  test('pull-request: a build whose pull request was closed in the meantime gets no preview', async () => {
    await using repository = await Repository.create();
    expectSuccess(await repository.run(readExample('pull-request/preview.yml'), built({}, [])));
    expect(repository.emulator.requests).toEqual([]);
  });

  test('preview-settings: the client has its own settings and those of the template', async () => {
    await using repository = await Repository.create({ defaultSettings: { site_name: 'Shop' } });
    const { emulator } = repository;
    const template = emulator.addClient({ description: 'template', features: ['login_client'] });
    emulator.setSettings(template.client_id, { default_flow_name: 'standard', rpx_key: 'x' });
    const vars = { CAPTURE_TEMPLATE_CLIENT_ID: template.client_id };
    expectSuccess(await repository.run(readExample('pull-request/build.yml'), pullRequest('opened')));
    const preview = await repository.run(readExample('preview-settings/preview.yml'), built(), vars);
    expectSuccess(preview);
    expect(emulator.settings(preview.used[0]?.id ?? '')).toEqual({
      default_flow_name: 'standard',
      site_name: 'Preview of pull request 42',
      password_recover_url: 'https://pr-42.preview.example.com/recover',
      verify_email_url: 'https://pr-42.preview.example.com/verify',
    });
  });

  describe('preview-settings: the URL of a deployment', () => {
    const url = 'https://pr-42.preview.example.com';
    const deployed = (environment: string): RunOptions => ({
      event: 'deployment_status',
      payload: { deployment: { environment, sha }, deployment_status: { state: 'success' } },
    });
    const completed: RunOptions = {
      event: 'workflow_run',
      payload: {
        action: 'completed',
        workflow_run: { event: 'deployment_status', conclusion: 'success', head_sha: sha, pull_requests: [] },
      },
    };
    const responses = (state: string, environment_url: string) => ({
      [`repos/acme/shop/commits/${sha}/pulls`]: [{ number: 42, state }],
      [`repos/acme/shop/deployments?sha=${sha}&environment=Preview`]: [{ id: 7 }],
      'repos/acme/shop/deployments/7/statuses': [{ state: 'success', environment_url }, { state: 'pending' }],
    });

    test.each([
      ['Preview', true],
      ['Production', false],
    ])('of %s starts the workflow that sets it: %p', async (environment, starts) => {
      await using repository = await Repository.create();
      const result = await repository.run(
        readExample('preview-settings/preview-deployed.yml'),
        deployed(environment),
      );
      expectSuccess(result);
      expect(result.log.includes('The preview is deployed.')).toBe(starts);
    });

    test('of an open pull request is set, and nothing else changes', async () => {
      await using repository = await Repository.create();
      expectSuccess(await repository.run(readExample('pull-request/build.yml'), pullRequest('opened')));
      expectSuccess(await repository.run(readExample('pull-request/preview.yml'), built()));
      const before = repository.emulator.clients();
      repository.respondToGh(responses('open', url));
      expectSuccess(await repository.run(readExample('preview-settings/preview-url.yml'), completed));
      expect(repository.emulator.clients()).toEqual(before);
      expect(repository.emulator.settings(clientsOf(repository)[0] ?? '')).toEqual({
        password_recover_url: `${url}/recover`,
        verify_email_url: `${url}/verify`,
      });
    });

    test('of a closed pull request changes nothing', async () => {
      await using repository = await Repository.create();
      repository.respondToGh(responses('closed', url));
      const result = await repository.run(readExample('preview-settings/preview-url.yml'), completed);
      expectSuccess(result);
      expect(result.log).toContain('No open pull request has this commit.');
      expect(repository.emulator.requests).toEqual([]);
    });

    test.each(['', 'https://example.org', 'http://pr-42.preview.example.com'])(
      '"%s" is rejected',
      async (unexpected) => {
        await using repository = await Repository.create();
        repository.respondToGh(responses('open', unexpected));
        const result = await repository.run(readExample('preview-settings/preview-url.yml'), completed);
        // act can lose what a step printed just before it failed.
        expectFailure(result, /Failure - Main Find the open pull request and the URL/);
        expect(repository.emulator.requests).toEqual([]);
      },
    );
  });

  test('pull-request-tests: the job that runs the pull request has the seal key only, and the client is deleted', async () => {
    await using repository = await Repository.create();
    const result = await repository.run(readExample('pull-request-tests/integration.yml'), built());
    expectSuccess(result);
    expect(result.used).toHaveLength(1);
    expect(repository.statuses).toEqual(['state=success']);
    expect(clientsOf(repository)).toEqual([]);
  });

  test('environment-secrets: each pull request has its own credentials in its own environment', async () => {
    await using repository = await Repository.create();
    for (const number of [42, 43]) {
      expectSuccess(
        await repository.run(readExample('environment-secrets/preview-secrets.yml'), built({ number })),
      );
    }
    const ids = clientsOf(repository);
    expect(Object.keys(repository.environments)).toEqual(['pr-42', 'pr-43']);
    const written = Object.values(repository.environments);
    expect(written.map(({ CAPTURE_CLIENT_ID }) => CAPTURE_CLIENT_ID)).toEqual(ids);
    for (const { CAPTURE_CLIENT_ID: id = '', CAPTURE_CLIENT_SECRET: secret = '' } of written) {
      expect(repository.emulator.authenticates(id, secret)).toBe(true);
    }
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

  test('reusable-workflow: the called preview knows the pull request of its caller, and skips forks', async () => {
    await using repository = await Repository.create();
    const called = readExample('reusable-workflow/shared-preview.yml');
    repository.addFile('.github/workflows/shared-preview.yml', forAct(called));
    const caller = readExample('reusable-workflow/preview-caller.yml');
    expectSuccess(await repository.run(caller, built({ from: { id: 7, full_name: 'eve/shop' } })));
    expect(repository.emulator.requests).toEqual([]);
    expectSuccess(await repository.run(readExample('pull-request/build.yml'), pullRequest('opened')));
    const result = await repository.run(caller, built());
    expectSuccess(result);
    expect(result.used).toHaveLength(1);
    const [added] = repository.emulator.requests.filter(({ call }) => call === 'clients/add');
    expect(added?.form.description).toContain(', pull request 42, name preview, ');
  });

  // The secrets exist, so a run that isn't skipped would reach Capture.
  const ofPullRequests = examplePaths.filter((path) =>
    /^ {2}workflow_run:.*github\.event\.workflow_run\.pull_requests/ms.test(readExample(path)),
  );

  test.each(ofPullRequests)('%s does nothing for a fork, and a deleted fork', async (path) => {
    await using repository = await Repository.create();
    for (const from of [{ id: 7, full_name: 'eve/shop' }, null]) {
      expectSuccess(await repository.run(readExample(path), built({ from })));
    }
    expect(repository.emulator.requests).toEqual([]);
  });

  test.each([{ from: { id: 7, full_name: 'eve/shop' } }, { from: null }, { user: 'dependabot[bot]' }])(
    'pull-request/preview-cleanup.yml does nothing for %j',
    async (pull) => {
      await using repository = await Repository.create();
      const workflow = readExample('pull-request/preview-cleanup.yml');
      expectSuccess(await repository.run(workflow, pullRequest('closed', pull)));
      expect(repository.emulator.requests).toEqual([]);
    },
  );
});
