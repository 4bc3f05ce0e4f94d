import { beforeAll, describe, expect, test } from '@jest/globals';
import { formsOf } from '../__tests__/bundle/scenario.ts';
import { installAct, Repository, type RunOptions, type RunResult } from './act.ts';
import { workflowOf } from './readme.ts';

beforeAll(() => {
  installAct();
});

const push: RunOptions = { event: 'push' };

function pullRequest(action: string): RunOptions {
  const repo = { id: 123456 };
  const payload = { action, number: 42, pull_request: { number: 42, head: { repo }, base: { repo } } };
  return { event: 'pull_request', payload };
}

/** Every client but the owner. */
function clientsOf({ emulator }: Repository): string[] {
  return emulator
    .clients()
    .slice(1)
    .map(({ client_id }) => client_id);
}

function expectSuccess(result: RunResult): void {
  if (!result.succeeded) throw new Error(result.log);
  for (const { id, secret } of result.used) {
    for (const form of formsOf(id, secret)) expect(result.log).not.toContain(form);
  }
}

describe("the README's own workflows", () => {
  test('Quick start: the client works in the job, and is gone after it', async () => {
    await using repository = await Repository.create();
    const result = await repository.run(workflowOf('Quick start'), push);
    expectSuccess(result);
    expect(result.used).toHaveLength(1);
    expect(clientsOf(repository)).toEqual([]);
  });

  test('Integration: the sealed credentials work in the later job, and the last job deletes the client', async () => {
    await using repository = await Repository.create();
    const result = await repository.run(workflowOf('Integration'), push);
    expectSuccess(result);
    expect(result.used).toHaveLength(1);
    expect(result.log).toContain(`Opened the credentials of client ${result.used[0]?.id}`);
    expect(clientsOf(repository)).toEqual([]);
  });

  // In act the first leg that ends decides the outputs of all, so each leg gets a run; __tests__/bundle/seal.test.ts has
  // the legs of one run.
  test('Matrix: each leg has a client of its own, and its consumer opens that', async () => {
    await using repository = await Repository.create();
    const ids: (string | undefined)[] = [];
    for (const name of ['web', 'mobile']) {
      const result = await repository.run(workflowOf('Matrix'), { ...push, leg: `name:${name}` });
      expectSuccess(result);
      expect(result.used).toHaveLength(1);
      expect(repository.emulator.clients().at(-1)?.description).toContain(`, name ${name}, `);
      ids.push(result.used[0]?.id);
    }
    expect(clientsOf(repository)).toEqual(ids);
  });

  test('Preview: a second run reuses the client, and Preview clean-up deletes it', async () => {
    await using repository = await Repository.create();
    const first = await repository.run(workflowOf('Preview'), pullRequest('opened'));
    const second = await repository.run(workflowOf('Preview'), pullRequest('synchronize'));
    for (const result of [first, second]) expectSuccess(result);
    expect(second.used).toEqual(first.used);
    expect(clientsOf(repository)).toEqual([first.used[0]?.id]);

    expectSuccess(await repository.run(workflowOf('Preview clean-up'), pullRequest('closed')));
    expect(clientsOf(repository)).toEqual([]);
  });

  test('Preview environment: the client has its settings and those of the template, until the close', async () => {
    await using repository = await Repository.create({ defaultSettings: { site_name: 'Shop' } });
    const { emulator } = repository;
    const template = emulator.addClient({ description: 'template', features: ['login_client'] });
    emulator.setSettings(template.client_id, { default_flow_name: 'standard', rpx_key: 'x' });
    const vars = { CAPTURE_TEMPLATE_CLIENT_ID: template.client_id };
    const workflow = workflowOf('Preview environment');
    const opened = await repository.run(workflow, pullRequest('opened'), vars);
    expectSuccess(opened);
    expect(emulator.settings(opened.used[0]?.id ?? '')).toEqual({
      default_flow_name: 'standard',
      site_name: 'Preview of pull request 42',
      password_recover_url: 'https://pr-42.preview.example.com/recover',
      verify_email_url: 'https://pr-42.preview.example.com/verify',
    });
    const closed = await repository.run(workflow, pullRequest('closed'), vars);
    expectSuccess(closed);
    expect(closed.used).toEqual([]);
    expect(clientsOf(repository)).toEqual([template.client_id]);
  });

  test('Sweep: what has expired goes, and nothing else', async () => {
    await using repository = await Repository.create();
    const { emulator } = repository;
    const label = (name: string, until: string, marker: string) =>
      `words [capture-client-action/1 github.com id 123456 acme/shop, pull request 7, name ${name}, until ${until}, ${marker}]`;
    const expired = { description: label('a', '2020-01-01T00:00:00Z', '0'.repeat(24)) };
    const live = { description: label('b', '2099-01-01T00:00:00Z', '1'.repeat(24)) };
    const foreign = { description: expired.description.replace('123456', '99') };
    const [gone, ...stay] = [expired, live, foreign].map((seed) => emulator.addClient(seed).client_id);
    const env = { GITHUB_API_URL: 'http://127.0.0.1:9' };
    const result = await repository.run(workflowOf('Sweep'), { event: 'workflow_dispatch', env });
    expectSuccess(result);
    expect(result.log).toContain(gone);
    expect(clientsOf(repository)).toEqual(stay);
  });

  test('Forks and Dependabot: without the secret the step is left out', async () => {
    await using repository = await Repository.create();
    const secrets = { CAPTURE_OWNER_CLIENT_SECRET: '' };
    expectSuccess(await repository.run(workflowOf('Forks and Dependabot'), { ...push, secrets }));
    expect(repository.emulator.requests).toEqual([]);
    expectSuccess(await repository.run(workflowOf('Forks and Dependabot'), push));
    expect(clientsOf(repository)).toHaveLength(1);
  });
});

describe('beside them', () => {
  const step = `
        with:
          capture_domain: \${{ vars.CAPTURE_DOMAIN }}
          owner_client_id: \${{ vars.CAPTURE_OWNER_CLIENT_ID }}
          owner_client_secret: \${{ secrets.CAPTURE_OWNER_CLIENT_SECRET }}
          lifetime: job`;

  test.each([
    ['a wrong owner secret', 'wrong-secret', /Capture refused clients\/add \(402 invalid_client_credentials/],
    ['an empty one', '', /owner_client_secret is empty\. Is the secret spelt as in the settings/],
  ])('%s fails the workflow, and the message says why', async (_, secret, message) => {
    await using repository = await Repository.create();
    const workflow = `on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: org/capture-client-action@v1${step}\n`;
    const secrets = { CAPTURE_OWNER_CLIENT_SECRET: secret };
    const result = await repository.run(workflow, { ...push, secrets });
    expect(result.succeeded).toBe(false);
    expect(result.log).toMatch(message);
    expect(clientsOf(repository)).toEqual([]);
  });

  test('a composite action wraps it: inputs go in, outputs come out, and its post step still deletes', async () => {
    await using repository = await Repository.create();
    repository.addFile(
      'wrapped/action.yml',
      `name: Wrapped
description: A client with the defaults of the house
inputs:
  domain: { description: d, required: true }
  id: { description: i, required: true }
  secret: { description: s, required: true }
  features: { description: f }
outputs:
  id: { description: i, value: "\${{ steps.client.outputs.client_id }}" }
  secret: { description: s, value: "\${{ steps.client.outputs.client_secret }}" }
runs:
  using: composite
  steps:
    - uses: org/capture-client-action@v1
      id: client
      with:
        capture_domain: \${{ inputs.domain }}
        owner_client_id: \${{ inputs.id }}
        owner_client_secret: \${{ inputs.secret }}
        features: \${{ inputs.features }}
        lifetime: job
`,
    );
    const result = await repository.run(
      `on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: ./wrapped
        id: wrapped
        with:
          domain: \${{ vars.CAPTURE_DOMAIN }}
          id: \${{ vars.CAPTURE_OWNER_CLIENT_ID }}
          secret: \${{ secrets.CAPTURE_OWNER_CLIENT_SECRET }}
      - run: npm test
        env:
          CAPTURE_CLIENT_ID: \${{ steps.wrapped.outputs.id }}
          CAPTURE_CLIENT_SECRET: \${{ steps.wrapped.outputs.secret }}
`,
      push,
    );
    expectSuccess(result);
    expect(result.used).toHaveLength(1);
    expect(clientsOf(repository)).toEqual([]);
  });
});
