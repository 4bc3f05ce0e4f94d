import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { EmulatedGitHub } from '../support/github-api.ts';
import { formsOf } from '../support/scenario.ts';
import { installAct, Origin, type RunOptions, type RunResult } from './act.ts';
import { exampleOf, examples } from './readme.ts';

beforeAll(() => {
  installAct();
});

const push: RunOptions = { event: 'push' };
const shop = { id: 123456, full_name: 'acme/shop' };

interface PullRequest {
  readonly number?: number;
  readonly user?: string;
  /** Where its branch is; null if that repository has been deleted. */
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

/** Every client but the owner. */
function clientsOf({ emulator }: Origin): string[] {
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

describe("the README's own workflows", () => {
  test('Quick start: the client works in the job, and is gone after it', async () => {
    await using repository = await Origin.create();
    const result = await repository.run(exampleOf('Quick start'), push);
    expectSuccess(result);
    expect(result.used).toHaveLength(1);
    expect(clientsOf(repository)).toEqual([]);
  });

  test.each([
    ['a wrong owner secret', 'wrong-secret', /Capture refused clients\/add \(402 invalid_client_credentials/],
    ['an empty one', '', /owner_client_secret is empty\. Is the secret spelt as in the settings/],
  ])('Quick start with %s fails, and the message says why', async (_, secret, message) => {
    await using repository = await Origin.create();
    const secrets = { CAPTURE_OWNER_CLIENT_SECRET: secret };
    const result = await repository.run(exampleOf('Quick start'), { ...push, secrets });
    expectFailure(result, message);
    expect(result.used).toEqual([]);
    expect(clientsOf(repository)).toEqual([]);
  });

  test('Integration: the sealed credentials work in the later job, and the last job deletes the client', async () => {
    await using repository = await Origin.create();
    const result = await repository.run(exampleOf('Integration'), push);
    expectSuccess(result);
    expect(result.used).toHaveLength(1);
    expect(result.log).toContain(`Opened the credentials of client ${result.used[0]?.id}`);
    expect(clientsOf(repository)).toEqual([]);
  });

  // In act the first leg that ends decides the outputs of all, so each leg gets a run; __tests__/bundle/seal.test.ts
  // evaluates the outputs of both legs of one run.
  test.each(['web', 'mobile'])(
    'Matrix: the leg %s has a client of its own, its consumer opens that, and the last job deletes it',
    async (name) => {
      await using repository = await Origin.create();
      const result = await repository.run(exampleOf('Matrix'), { ...push, leg: `name:${name}` });
      expectSuccess(result);
      expect(result.used).toHaveLength(1);
      const [added] = repository.emulator.requests.filter(({ call }) => call === 'clients/add');
      expect(added?.form.description).toContain(`, name ${name}, `);
      expect(clientsOf(repository)).toEqual([]);
    },
  );

  test('Preview: a second run reuses the client, and Preview clean-up deletes it', async () => {
    await using repository = await Origin.create();
    const first = await repository.run(exampleOf('Preview'), pullRequest('opened'));
    const second = await repository.run(exampleOf('Preview'), pullRequest('synchronize'));
    for (const result of [first, second]) expectSuccess(result);
    expect(second.used).toEqual(first.used);
    expect(clientsOf(repository)).toEqual([first.used[0]?.id]);

    expectSuccess(await repository.run(exampleOf('Preview clean-up'), pullRequest('closed')));
    expect(clientsOf(repository)).toEqual([]);
  });

  test('Preview environment: the client has its settings and those of the template, until the close', async () => {
    await using repository = await Origin.create({ defaultSettings: { site_name: 'Shop' } });
    const { emulator } = repository;
    const template = emulator.addClient({ description: 'template', features: ['login_client'] });
    emulator.setSettings(template.client_id, { default_flow_name: 'standard', rpx_key: 'x' });
    const vars = { CAPTURE_TEMPLATE_CLIENT_ID: template.client_id };
    const opened = await repository.run(exampleOf('Preview environment'), pullRequest('opened'), vars);
    expectSuccess(opened);
    expect(emulator.settings(opened.used[0]?.id ?? '')).toEqual({
      default_flow_name: 'standard',
      site_name: 'Preview of pull request 42',
      password_recover_url: 'https://pr-42.preview.example.com/recover',
      verify_email_url: 'https://pr-42.preview.example.com/verify',
    });
    expectSuccess(await repository.run(exampleOf('Preview clean-up'), pullRequest('closed')));
    expect(clientsOf(repository)).toEqual([template.client_id]);
  });

  test('Preview secrets: each pull request has its own credentials in its own environment', async () => {
    await using repository = await Origin.create();
    for (const number of [42, 43]) {
      expectSuccess(await repository.run(exampleOf('Preview secrets'), pullRequest('opened', { number })));
    }
    const ids = clientsOf(repository);
    expect(Object.keys(repository.environments)).toEqual(['pr-42', 'pr-43']);
    const written = Object.values(repository.environments);
    expect(written.map(({ CAPTURE_CLIENT_ID }) => CAPTURE_CLIENT_ID)).toEqual(ids);
    for (const { CAPTURE_CLIENT_ID: id = '', CAPTURE_CLIENT_SECRET: secret = '' } of written) {
      expect(repository.emulator.authenticates(id, secret)).toBe(true);
    }

    expectSuccess(await repository.run(exampleOf('Preview clean-up'), pullRequest('closed', { number: 42 })));
    expect(clientsOf(repository)).toEqual(ids.slice(1));
  });

  test('Sweep: what has expired, whose pull request is closed or whose run is over goes, and nothing else', async () => {
    await using repository = await Origin.create();
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
    const result = await repository.run(exampleOf('Sweep'), { event: 'workflow_dispatch', env });
    expectSuccess(result);
    for (const id of gone) expect(result.log).toContain(id);
    expect(clientsOf(repository)).toEqual(stay);
    const { GITHUB_TOKEN } = repository.settings.secrets;
    expect(new Set(github.requests.map(({ authorization }) => authorization))).toEqual(
      new Set([`token ${GITHUB_TOKEN}`]),
    );
  });

  test('Composite: inputs go in, outputs come out, and the post step still deletes', async () => {
    await using repository = await Origin.create();
    repository.addFile('.github/actions/capture-client/action.yml', exampleOf('Capture client'));
    const result = await repository.run(exampleOf('Composite'), push);
    expectSuccess(result);
    expect(result.used).toHaveLength(1);
    expect(clientsOf(repository)).toEqual([]);
  });

  test('Tests with a client: the client works in the job, and is gone after it', async () => {
    await using repository = await Origin.create();
    const result = await repository.run(exampleOf('Tests with a client'), pullRequest('opened'));
    expectSuccess(result);
    expect(result.used).toHaveLength(1);
    expect(clientsOf(repository)).toEqual([]);
  });

  // All of them but the sweep and what pushes start. Its secrets are there, so a run that is not left out would be seen.
  const ofPullRequests = examples.filter((text) => /^ {0,2}(on: )?pull_request/m.test(text));

  test.each(ofPullRequests.map((text) => [parse(text).name, text]))(
    '%s: does nothing for a fork, one that has been deleted, and Dependabot',
    async (_, workflow) => {
      await using repository = await Origin.create();
      const action = workflow.includes('pull_request_target') ? 'closed' : 'opened';
      for (const pull of [
        { from: { id: 7, full_name: 'eve/shop' } },
        { from: null },
        { user: 'dependabot[bot]' },
      ]) {
        expectSuccess(await repository.run(workflow, pullRequest(action, pull)));
      }
      expect(repository.emulator.requests).toEqual([]);
    },
  );
});
