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
});

describe('lifetime: pull_request', () => {
  test('a client that was deleted by hand is replaced, and a line says so', async () => {
    await using scenario = await Scenario.start();
    const first = await scenario.create(forPullRequest, onPullRequest(42));
    scenario.emulator.removeClient(first.outputs.client_id ?? '');
    const second = await scenario.create(forPullRequest, onPullRequest(42));
    expect(second.outputs.created).toBe('true');
    expect(second.log).toMatch(/^This pull request has no client yet, or its client was deleted\./m);
  });

  test('the summary of a second call in the same run says that the client was created earlier', async () => {
    await using scenario = await Scenario.start();
    await scenario.create(forPullRequest, onPullRequest(42));
    const { rawSummary } = await scenario.create(forPullRequest, onPullRequest(42));
    expect(rawSummary).toMatch(/Created<\/th><td>earlier, and reused by this step/);
  });
});

describe('an event of workflow_run', () => {
  const base = { repo: { id: 123456 } };
  const elsewhere = { repo: { id: 999 } };
  const onWorkflowRun = (...pull_requests: object[]) => ({
    event: { workflow_run: { id: 1, pull_requests } },
    env: { GITHUB_EVENT_NAME: 'workflow_run' },
  });

  test.each([
    ['one pull request', [{ number: 42, base }]],
    [
      'one of this repository',
      [
        { number: 42, base },
        { number: 7, base: elsewhere },
      ],
    ],
  ])('that names %s belongs to it, for every action', async (_, pullRequests) => {
    await using scenario = await Scenario.start();
    const event = onWorkflowRun(...pullRequests);
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
});
