import { globSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { labelText, past } from '../support/labels.ts';
import { Job } from '../support/runner/run.ts';
import { onPullRequest, root, Scenario } from '../support/scenario.ts';
import { buildOnce, type Ended, Place } from './cli/command.ts';

// Each action and each command works at all. Part of `npm test`; the other tests of the command take longer.

const key = 'k'.repeat(40);

/** Uses every action, by its folder. */
const actions: Record<string, (scenario: Scenario) => Promise<void>> = {
  async '.'(scenario) {
    const { outputs } = await scenario.create({ lifetime: 'job' });
    expect(scenario.ids).toEqual([outputs.client_id]);
    await scenario.post();
    expect(scenario.clients).toEqual([]);
  },
  async delete(scenario) {
    const pullRequest = onPullRequest(42);
    await scenario.create({ lifetime: 'pull_request' }, pullRequest);
    const { outputs } = await scenario.delete({ lifetime: 'pull_request' }, pullRequest);
    expect(outputs.deleted).toBe('1');
    expect(scenario.clients).toEqual([]);
  },
  async sweep(scenario) {
    scenario.emulator.addClient({ description: `x ${labelText('run 7', past)}` });
    const { outputs } = await scenario.sweep();
    expect(outputs.deleted).toBe('1');
    expect(scenario.clients).toEqual([]);
  },
  async configure(scenario) {
    const { outputs } = await scenario.create();
    await scenario.run('configure', { lifetime: 'run', settings: 'a=b' });
    expect(scenario.emulator.settings(outputs.client_id ?? '')).toEqual({ a: 'b' });
  },
  async unseal(scenario) {
    const { outputs } = await scenario.create({ seal_key: key });
    await using later = new Job();
    const inputs = { sealed_credentials: outputs.sealed_credentials ?? '', seal_key: key };
    const opened = await scenario.unseal(later, inputs);
    expect(opened.outputs.client_secret).toBe(scenario.clients[0]?.client_secret);
  },
  async check(scenario) {
    const { outputs } = await scenario.run('check', { mode: 'life', github_token: '' });
    expect(outputs.verdict).toBe('ready');
    expect(scenario.clients).toEqual([]);
  },
};

describe('the action', () => {
  test.each(Object.entries(actions))('%s', async (_, use) => {
    await using scenario = await Scenario.start();
    await use(scenario);
  });

  test('is in this list', () => {
    const manifests = globSync('{action.yml,*/action.yml}', { cwd: root });
    expect(Object.keys(actions).sort()).toEqual(manifests.map((file) => dirname(file)).sort());
  });
});

const origin = ['--origin', 'git.example.com/acme/shop'];

/** Uses every command. */
const commands: Record<string, (place: Place) => Promise<void>> = {
  async exec(place) {
    const code = `
      const { CAPTURE_DOMAIN, CAPTURE_CLIENT_ID, CAPTURE_CLIENT_SECRET } = process.env;
      const authorization = 'Basic ' + btoa(CAPTURE_CLIENT_ID + ':' + CAPTURE_CLIENT_SECRET);
      fetch(CAPTURE_DOMAIN + '/settings/items', { headers: { authorization } }).then(() => {
        process.exitCode = 3;
      });`;
    const { code: exitCode } = await place.run(['exec', '--', process.execPath, '-e', code]);
    expect(exitCode).toBe(3);
    const calls = place.emulator.requests.map(({ call }) => call);
    expect(calls).toEqual(['clients/add', 'settings/items', 'clients/delete']);
    expect(place.clients).toEqual([]);
  },
  async create(place) {
    const { client_id } = resultOf(await place.run(['create', ...origin, '--run-id', '7']));
    expect(place.clients.map((client) => client.client_id)).toEqual([client_id]);
  },
  async delete(place) {
    const { client_id } = resultOf(await place.run(['create', ...origin, '--run-id', '7']));
    expect(resultOf(await place.run(['delete', ...origin, '--client-id', String(client_id)])).deleted).toBe(
      1,
    );
    expect(place.clients).toEqual([]);
  },
  async sweep(place) {
    const description = `x ${labelText('run 7', past, { host: 'git.example.com', id: 'acme/shop' })}`;
    place.emulator.addClient({ description });
    expect(resultOf(await place.run(['sweep', ...origin])).deleted).toBe(1);
    expect(place.clients).toEqual([]);
  },
  async configure(place) {
    const ofRun = [...origin, '--run-id', '7'];
    const { client_id } = resultOf(await place.run(['create', ...ofRun]));
    writeFileSync(join(place.folder, 'settings'), 'a=b');
    const settings = ['--lifetime', 'run', '--settings-file', 'settings'];
    expect(resultOf(await place.run(['configure', ...ofRun, ...settings]))).toEqual({ client_id });
    expect(place.emulator.settings(String(client_id))).toEqual({ a: 'b' });
  },
  async list(place) {
    const { client_id } = resultOf(await place.run(['create', ...origin, '--run-id', '7']));
    const { code, stdout } = await place.run(['list', ...origin]);
    expect([code, stdout]).toEqual([0, expect.stringContaining(String(client_id))]);
  },
  async unseal(place) {
    const env = { CAPTURE_SEAL_KEY: key };
    const created = resultOf(await place.run(['create', ...origin, '--run-id', '7'], { env }));
    const sealed = { ...env, CAPTURE_SEALED_CREDENTIALS: String(created.sealed_credentials) };
    const opened = resultOf(await place.run(['unseal', ...origin], { env: sealed }));
    expect(opened.client_secret).toBe(place.clients[0]?.client_secret);
  },
  async check(place) {
    expect(resultOf(await place.run(['check', '--mode', 'life'])).verdict).toBe('ready');
    expect(place.clients).toEqual([]);
  },
};

describe('the command', () => {
  beforeAll(() => {
    buildOnce();
  });

  test.each(Object.entries(commands))('%s', async (_, use) => {
    await using place = await Place.open();
    await use(place);
  });

  test('is in this list', async () => {
    await using place = await Place.open();
    const { stdout } = await place.run(['--help']);
    const [list = ''] = (stdout.split('\nCommands:\n')[1] ?? '').split('\n\n');
    const names = [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
    expect(Object.keys(commands).sort()).toEqual(names.filter((name) => name !== 'help').sort());
  });
});

function resultOf({ code, stdout, stderr }: Ended): Record<string, unknown> {
  expect({ code, stderr }).toEqual({ code: 0, stderr });
  return JSON.parse(stdout);
}
