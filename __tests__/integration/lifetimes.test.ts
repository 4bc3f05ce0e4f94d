import { describe, expect, test } from '@jest/globals';
import type { StageResult } from '../support/runner/run.ts';
import { onPullRequest, printed, Scenario } from '../support/scenario.ts';

const forPullRequest = { lifetime: 'pull_request', features: 'login_client' };

describe('lifetime: job', () => {
  test('the post step deletes the client with one request and without inputs', async () => {
    await using scenario = await Scenario.start();
    const main = await scenario.create({ lifetime: 'job', features: 'login_client' });
    expect(scenario.clients).toHaveLength(1);
    const [post] = await scenario.job.post({ withoutInputs: true });
    expect(post?.log).toContain(`Deleted client ${main.outputs.client_id}`);
    expect(scenario.emulator.requests.map(({ call }) => call)).toEqual(['clients/add', 'clients/delete']);
    expect(scenario.clients).toEqual([]);
  });

  test('a failed cleanup warns with the ID and how to finish, and the job stays green', async () => {
    await using scenario = await Scenario.start();
    const main = await scenario.create({ lifetime: 'job' });
    const body = JSON.stringify({ stat: 'error', code: 403, error: 'client_permission_error' });
    scenario.emulator.inject({ kind: 'response', status: 200, body, times: Infinity });
    const post = await scenario.post();
    expect(post.conclusion).toBe('success');
    const { client_id, expires_at } = main.outputs;
    const message = expect.stringMatching(
      new RegExp(`${client_id}.*403.*client_id: ${client_id}.*${expires_at}`),
    );
    expect(post.annotations).toMatchObject([{ level: 'warning', message }]);
  });

  test('a client with the owner feature loses its features first', async () => {
    await using scenario = await Scenario.start();
    await scenario.create({ lifetime: 'job', features: 'owner', allow_privileged_features: 'true' });
    await scenario.post();
    expect(scenario.clients).toEqual([]);
    expect(scenario.emulator.requests.map(({ call }) => call)).toEqual([
      'clients/add',
      'clients/set_features',
      'clients/delete',
    ]);
  });
});

describe('lifetime: pull_request', () => {
  test("a client belongs to one number, name, and repository: #4 isn't #42", async () => {
    await using scenario = await Scenario.start();
    const steps = [
      await scenario.create(forPullRequest, onPullRequest(4)),
      await scenario.create(forPullRequest, onPullRequest(42)),
      await scenario.create({ ...forPullRequest, name: 'api' }, onPullRequest(42)),
      await scenario.create({ ...forPullRequest, pull_request: '420' }),
      await scenario.create(forPullRequest, {
        ...onPullRequest(42),
        env: { GITHUB_REPOSITORY_ID: '1234567', GITHUB_EVENT_NAME: 'pull_request' },
      }),
    ];
    expect(steps.map(({ outputs }) => outputs.created)).toEqual(Array(5).fill('true'));
    expect(new Set(steps.map(({ outputs }) => outputs.client_id)).size).toBe(5);
  });

  test('a client that was deleted by hand is replaced, and a line says so', async () => {
    await using scenario = await Scenario.start();
    const first = await scenario.create(forPullRequest, onPullRequest(42));
    scenario.emulator.removeClient(first.outputs.client_id ?? '');
    const second = await scenario.create(forPullRequest, onPullRequest(42));
    expect(second.outputs.created).toBe('true');
    expect(second.log).toMatch(/^This pull request has no client yet, or its client was deleted\./m);
  });

  test.each([
    ['done', 'reset-after-commit', 'success'],
    ['not done', 'reset-before-commit', 'failure'],
  ] as const)(
    "an indeterminate rotation that was %s isn't sent again but looked up",
    async (_, kind, conclusion) => {
      await using scenario = await Scenario.start();
      const first = await scenario.create(forPullRequest, onPullRequest(42));
      scenario.emulator.inject({ kind, call: 'clients/reset_secret' });
      const second = await scenario.create({ ...forPullRequest, rotate_secret: '0h' }, onPullRequest(42));
      expect(second.conclusion).toBe(conclusion);
      expect(scenario.callsOf('clients/reset_secret')).toHaveLength(1);
      if (conclusion === 'success') {
        expect(second.outputs.client_secret).not.toBe(first.outputs.client_secret);
        expect(second.outputs.client_secret).toBe(scenario.clients[0]?.client_secret);
      } else {
        expect(second.log).toContain(first.outputs.client_id);
        expect(scenario.clients).toHaveLength(1);
      }
    },
  );

  test("a client that somebody gave the owner feature isn't handed over, unless features is set", async () => {
    await using scenario = await Scenario.start();
    const first = await scenario.create(forPullRequest, onPullRequest(42));
    scenario.emulator.removeClient(first.outputs.client_id ?? '');
    scenario.emulator.addClient({
      client_id: first.outputs.client_id ?? '',
      description: first.outputs.description ?? '',
      features: ['owner'],
    });
    const rejected = await scenario.create({ lifetime: 'pull_request' }, onPullRequest(42));
    expect(rejected.conclusion).toBe('failure');
    const named = await scenario.create(forPullRequest, onPullRequest(42));
    expect(named.outputs).toMatchObject({ created: 'false', features: '["login_client"]' });
  });
});

describe('an event of workflow_run', () => {
  const base = { repo: { id: 123456 } };
  const elsewhere = { repo: { id: 999 } };
  const onWorkflowRun = (...pull_requests: object[]) => ({
    event: { workflow_run: { id: 1, pull_requests } },
    env: { GITHUB_EVENT_NAME: 'workflow_run' },
  });

  test('that names one pull request of this repository belongs to it, for every action', async () => {
    await using scenario = await Scenario.start();
    const event = onWorkflowRun({ number: 42, base }, { number: 7, base: elsewhere });
    const { outputs } = await scenario.create(forPullRequest, event);
    expect(outputs.description).toContain(', pull request 42,');
    const again = await scenario.create(forPullRequest, onPullRequest(42));
    expect(again.outputs.client_id).toBe(outputs.client_id);
    const configured = await scenario.run('configure', { settings: 'a=b' }, event);
    expect(configured.outputs.client_id).toBe(outputs.client_id);
    const deleted = await scenario.delete({ lifetime: 'pull_request' }, event);
    expect(deleted.outputs.deleted).toBe('1');
  });
});

describe('enforce_expiry', () => {
  const hour = 3_600_000;

  test.each([['run'], ['job'], ['pull_request']])(
    'limits the secret of a %s client without a sweep',
    async (lifetime) => {
      let now = Date.now();
      await using scenario = await Scenario.start({ emulator: { now: () => now } });
      const main = await scenario.create(
        { lifetime, enforce_expiry: 'true', expires_in: '90m', features: 'login_client' },
        onPullRequest(42),
      );
      const { client_id = '', client_secret = '', expires_at = '' } = main.outputs;
      expect(scenario.callsOf('clients/reset_secret').map(({ form }) => form)).toEqual([
        { for_client_id: client_id, hours_to_live: '2' },
      ]);
      expect(Math.abs(Date.parse(expires_at) - now - 2 * hour)).toBeLessThan(60_000);
      expect(main.outputs.description).toContain(`until ${expires_at}`);
      now += 2 * hour - 60_000;
      expect(scenario.emulator.authenticates(client_id, client_secret)).toBe(true);
      now += 120_000;
      expect(scenario.emulator.authenticates(client_id, client_secret)).toBe(false);
      expect(printed(main)).not.toContain(scenario.clients[0]?.client_secret);
    },
  );

  test('a reuse issues another secret that expires in time, with one reset', async () => {
    let now = Date.now();
    await using scenario = await Scenario.start({ emulator: { now: () => now } });
    const inputs = { ...forPullRequest, enforce_expiry: 'true', expires_in: '2h' };
    const first = await scenario.create(inputs, onPullRequest(42));
    const second = await scenario.create(inputs, onPullRequest(42));
    expect(second.outputs).toMatchObject({ created: 'false', client_id: first.outputs.client_id });
    expect(second.outputs.client_secret).not.toBe(first.outputs.client_secret);
    expect(second.masks).toEqual(
      expect.arrayContaining([second.outputs.client_secret, scenario.clients[0]?.client_secret]),
    );
    expect(scenario.callsOf('clients/reset_secret')).toHaveLength(2);
    const notices = second.annotations.filter(({ title }) => title?.endsWith('secret replaced'));
    expect(notices).toMatchObject([{ message: expect.stringMatching(/rejected from now on: redeploy/) }]);
    expect(second.rawSummary).toContain('(enforced)');
    const works = (stage: StageResult): boolean =>
      scenario.emulator.authenticates(stage.outputs.client_id ?? '', stage.outputs.client_secret ?? '');
    expect(works(second)).toBe(true);
    now += 2 * hour + 60_000;
    expect(works(second)).toBe(false);
  });

  test.each([
    ['done', 'reset-after-commit', 1],
    ['not done', 'reset-before-commit', 2],
  ] as const)(
    "an indeterminate reset that was %s isn't sent again for this client",
    async (_, kind, adds) => {
      await using scenario = await Scenario.start({ faults: [{ kind, call: 'clients/reset_secret' }] });
      const main = await scenario.create({ enforce_expiry: 'true', expires_in: '1h' });
      expect(main.conclusion).toBe('success');
      expect(scenario.callsOf('clients/add')).toHaveLength(adds);
      const ids = scenario.callsOf('clients/reset_secret').map(({ form }) => form.for_client_id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(scenario.ids).toEqual([main.outputs.client_id]);
      const { client_id = '', client_secret = '' } = main.outputs;
      expect(scenario.emulator.authenticates(client_id, client_secret)).toBe(true);
      expect(scenario.clients[0]?.client_secret).not.toBe(client_secret);
    },
  );
});
