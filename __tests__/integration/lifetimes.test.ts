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
    expect(post).toMatchObject({ conclusion: 'success', log: `Deleted client ${main.outputs.client_id}.\n` });
    expect(scenario.emulator.requests.map(({ call }) => call)).toEqual(['clients/add', 'clients/delete']);
    expect(scenario.clients).toEqual([]);
  });

  test('if the client is already gone, the post step succeeds and says so', async () => {
    await using scenario = await Scenario.start();
    const main = await scenario.create({ lifetime: 'job' });
    scenario.emulator.removeClient(main.outputs.client_id ?? '');
    const { host } = new URL(scenario.emulator.domain);
    const log = `Nothing to delete: this step left no client at ${host}.\n`;
    expect(await scenario.post()).toMatchObject({ conclusion: 'success', log, annotations: [] });
  });

  test('a failed cleanup warns with the ID and how to finish, and the job stays green', async () => {
    await using scenario = await Scenario.start();
    const main = await scenario.create({ lifetime: 'job' });
    scenario.emulator.inject({ kind: 'response', status: 200, body: apiError(403), times: Infinity });
    const post = await scenario.post();
    expect(post.conclusion).toBe('success');
    expect(post.annotations).toEqual([
      {
        level: 'warning',
        message: expect.stringMatching(
          new RegExp(
            `^Could not delete client ${main.outputs.client_id} at 127\\.0\\.0\\.1:\\d+, which may still work\\. .*403.* To delete it now, run the delete action with client_id: ${main.outputs.client_id}\\. Otherwise, the sweep deletes it after ${main.outputs.expires_at}\\.$`,
          ),
        ),
        title: 'Capture client: client not deleted',
      },
    ]);
  });

  test('the cleanup retries', async () => {
    await using scenario = await Scenario.start();
    await scenario.create({ lifetime: 'job' });
    scenario.emulator.inject({ kind: 'reset-after-commit', call: 'clients/delete' });
    expect(await scenario.post()).toMatchObject({ conclusion: 'success', annotations: [] });
    expect(scenario.clients).toEqual([]);
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

test.each([
  ['run', false],
  ['job', true],
  ['pull_request', false],
])(
  'whether the saved state of a %s client that was handed over has the owner secret: %s',
  async (lifetime, isKept) => {
    await using scenario = await Scenario.start();
    const main = await scenario.create({ lifetime }, onPullRequest(42));
    expect(main.conclusion).toBe('success');
    expect(JSON.stringify(main.state).includes(scenario.emulator.owner.client_secret)).toBe(isKept);
    expect(JSON.stringify(main.state)).not.toContain(main.outputs.client_secret);
  },
);

describe('lifetime: pull_request', () => {
  test('a later run reuses the client, and post steps delete nothing', async () => {
    await using scenario = await Scenario.start();
    const first = await scenario.create(forPullRequest, onPullRequest(42));
    const second = await scenario.create(forPullRequest, onPullRequest(42));
    for (const post of await scenario.job.post())
      expect(post).toMatchObject({ conclusion: 'success', log: '' });
    expect(first.outputs.created).toBe('true');
    expect(second.outputs).toMatchObject({
      created: 'false',
      client_id: first.outputs.client_id,
      client_secret: first.outputs.client_secret,
      features: '["login_client"]',
    });
    expect(second.log).toContain(`Reusing client ${first.outputs.client_id} of this pull request.`);
    expect(scenario.clients).toHaveLength(1);
    expect(markerOf(second)).not.toBe(markerOf(first));
  });

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

  test('given features and descriptions are updated, and others stay', async () => {
    await using scenario = await Scenario.start({ emulator: { loginClientWithOthers: true } });
    const pr = onPullRequest(42);
    const features = 'direct_access,direct_read_access';
    const first = await scenario.create({ ...forPullRequest, features, description: 'First words' }, pr);
    const same = await scenario.create({ lifetime: 'pull_request' }, pr);
    expect(same.outputs.description).toMatch(/^First words \[/);
    expect(JSON.parse(same.outputs.features ?? '')).toEqual(['direct_access', 'direct_read_access']);
    expect(scenario.callsOf('clients/set_features')).toEqual([]);
    const changed = await scenario.create(
      { lifetime: 'pull_request', features: '["login_client"]', description: 'New words' },
      pr,
    );
    expect(changed.outputs).toMatchObject({
      client_id: first.outputs.client_id,
      features: '["login_client"]',
    });
    expect(changed.outputs.description).toMatch(/^New words \[/);
    const none = await scenario.create({ lifetime: 'pull_request', features: '[]' }, pr);
    expect(none.outputs).toMatchObject({ client_id: first.outputs.client_id, features: '[]' });
    expect(scenario.clients).toEqual([expect.objectContaining({ features: [] })]);
    for (const { form } of scenario.callsOf('clients/set_'))
      expect(form.for_client_id).toBe(first.outputs.client_id);
  });

  test('a reuse renews the expiry', async () => {
    await using scenario = await Scenario.start();
    const first = await scenario.create({ ...forPullRequest, expires_in: '1h' }, onPullRequest(42));
    const second = await scenario.create({ ...forPullRequest, expires_in: '3d' }, onPullRequest(42));
    expect(second.outputs.client_id).toBe(first.outputs.client_id);
    expect(second.outputs.description).toContain(`until ${second.outputs.expires_at}`);
    const days = (Date.parse(second.outputs.expires_at ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(2.9);
    expect(days).toBeLessThanOrEqual(3);
  });

  test('a client is replaced five minutes before it expires', async () => {
    await using scenario = await Scenario.start();
    const first = await scenario.create({ ...forPullRequest, expires_in: '301s' }, onPullRequest(42));
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const second = await scenario.create(forPullRequest, onPullRequest(42));
    expect(second.outputs.created).toBe('true');
    expect(second.outputs.client_id).not.toBe(first.outputs.client_id);
    expect(scenario.clients.map(({ client_id }) => client_id)).toEqual([second.outputs.client_id]);
  });

  test('rotate_secret issues a new secret on reuse, and the old one keeps working', async () => {
    await using scenario = await Scenario.start();
    const first = await scenario.create(forPullRequest, onPullRequest(42));
    const second = await scenario.create({ ...forPullRequest, rotate_secret: '2h' }, onPullRequest(42));
    expect(second.outputs.client_secret).not.toBe(first.outputs.client_secret);
    const id = first.outputs.client_id ?? '';
    for (const { outputs } of [first, second]) {
      expect(scenario.emulator.authenticates(id, outputs.client_secret ?? '')).toBe(true);
    }
    expect(scenario.callsOf('clients/reset_secret')).toEqual([
      expect.objectContaining({ form: { for_client_id: id, hours_to_live: '2' } }),
    ]);
    expect(printed(second)).not.toContain(second.outputs.client_secret);
    expect(second.masks).toEqual(
      expect.arrayContaining([first.outputs.client_secret, second.outputs.client_secret]),
    );
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
        expect(second.log).toContain(
          `It's unknown whether client ${first.outputs.client_id} has a new secret.`,
        );
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
    expect(rejected.annotations.at(-1)?.message).toContain(
      "has owner, which capture-client-action didn't add",
    );
    const named = await scenario.create(forPullRequest, onPullRequest(42));
    expect(named.outputs).toMatchObject({ created: 'false', features: '["login_client"]' });
  });

  test('a marker is found even if the list lacks other fields, and nothing is sent again', async () => {
    await using scenario = await Scenario.start();
    let description = '';
    const main = await scenario.create(
      { timeout: '9s' },
      {
        onStart: () => {
          scenario.emulator.inject({ kind: 'reset-after-commit', call: 'clients/add' });
          const poll = setInterval(() => {
            const [client] = scenario.clients;
            if (client === undefined) return;
            clearInterval(poll);
            description = client.description;
            const results = [{ client_id: client.client_id, description }];
            scenario.emulator.inject({
              kind: 'response',
              body: JSON.stringify({ stat: 'ok', results }),
              call: 'clients/list',
            });
          }, 1);
        },
      },
    );
    expect(main.conclusion).toBe('failure');
    expect(main.log).toContain(
      'was created, but clients/list returned no secret for it. Cleanup deletes it.',
    );
    expect(scenario.callsOf('clients/add')).toHaveLength(1);
    expect(await scenario.post()).toMatchObject({ conclusion: 'success', annotations: [] });
    expect(scenario.clients).toEqual([]);
  });

  test('is an input error without a pull request', async () => {
    await using scenario = await Scenario.start();
    const main = await scenario.create(forPullRequest);
    expect(main.annotations.at(-1)?.message).toMatch(
      /^lifetime: the event push belongs to no pull request\. Set pull_request to its number/,
    );
    expect(scenario.emulator.requests).toEqual([]);
  });

  test('privileged features are rejected, allowed or not', async () => {
    await using scenario = await Scenario.start();
    const main = await scenario.create(
      { lifetime: 'pull_request', features: 'owner', allow_privileged_features: 'true' },
      onPullRequest(42),
    );
    expect(main.log).toContain('Remove it: lifetime pull_request never allows that.');
    expect(scenario.emulator.requests).toEqual([]);
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
    const works = (stage: StageResult): boolean =>
      scenario.emulator.authenticates(stage.outputs.client_id ?? '', stage.outputs.client_secret ?? '');
    expect(works(second)).toBe(true);
    now += 2 * hour + 60_000;
    expect(works(second)).toBe(false);
  });

  test('an indeterminate reset on reuse fails the step and leaves the client to the other runs', async () => {
    await using scenario = await Scenario.start();
    const inputs = { ...forPullRequest, enforce_expiry: 'true' };
    const first = await scenario.create(inputs, onPullRequest(42));
    scenario.emulator.inject({ kind: 'reset-before-commit', call: 'clients/reset_secret' });
    const second = await scenario.create(inputs, onPullRequest(42));
    expect(second).toMatchObject({ conclusion: 'failure', outputs: {} });
    expect(scenario.clients.map(({ client_id }) => client_id)).toEqual([first.outputs.client_id]);
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
      expect(scenario.clients.map(({ client_id }) => client_id)).toEqual([main.outputs.client_id]);
      const { client_id = '', client_secret = '' } = main.outputs;
      expect(scenario.emulator.authenticates(client_id, client_secret)).toBe(true);
      expect(scenario.clients[0]?.client_secret).not.toBe(client_secret);
    },
  );

  test('more than 168 hours are rejected, and the default of a pull request is shortened', async () => {
    await using scenario = await Scenario.start();
    const rejected = await scenario.create({ enforce_expiry: 'true', expires_in: '8d' });
    expect(rejected.log).toContain('expires_in: 192h is too long with enforce_expiry. Use at most 168h (7d)');
    const main = await scenario.create({ ...forPullRequest, enforce_expiry: 'true' }, onPullRequest(42));
    expect(main.conclusion).toBe('success');
    expect(scenario.callsOf('clients/reset_secret')[0]?.form.hours_to_live).toBe('168');
  });
});

function apiError(code: number): string {
  return JSON.stringify({
    stat: 'error',
    code,
    error: 'client_permission_error',
    request_id: 'abcdefgh23456789',
  });
}

function markerOf({ outputs }: StageResult): string | undefined {
  return /([0-9a-f]{24})\]$/.exec(outputs.description ?? '')?.[1];
}
