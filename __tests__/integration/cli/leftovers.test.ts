import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../support/http-server.ts';
import { buildOnce, Place } from './command.ts';

const origin = ['--origin', 'git.example.com/acme/tools/shop'];

beforeAll(() => {
  buildOnce();
});

/** Adds a client of the origin. */
function addClient({ emulator }: Place, subject: string, until: string, text = 'x') {
  const label = `git.example.com id acme/tools/shop acme/tools/shop, ${subject}, name preview`;
  const marker = String(emulator.clients().length).padStart(24, '0');
  const description = `${text} [capture-client-action/1 ${label}, until ${until}, ${marker}]`;
  return emulator.addClient({ description, features: ['login_client'] });
}

const past = '2026-01-01T00:00:00Z';
const future = '2999-01-01T00:00:00Z';

describe('delete and sweep', () => {
  test('a sweep ends at a signal, because it has nothing to clean up', async () => {
    await using place = await Place.open();
    place.emulator.inject({ kind: 'hang-before-commit', call: 'clients/list' });
    const { signal, stdout } = await place.run(['sweep', ...origin], {
      async onStart(child) {
        await until(() => place.emulator.requests.length > 0);
        child.kill('SIGTERM');
      },
    });
    expect({ signal, stdout }).toEqual({ signal: 'SIGTERM', stdout: '' });
  });

  test('delete the client that the environment names', async () => {
    await using place = await Place.open();
    const env = { CAPTURE_CLIENT_ID: addClient(place, 'run 7', future).client_id };
    expect((await place.run(['delete', '--origin', 'x/y/z'], { env })).code).toBe(1);
    expect(place.clients).toHaveLength(1);
    expect((await place.run(['delete', ...origin], { env })).code).toBe(0);
    expect(place.clients).toEqual([]);
  });

  test('a sweep in Jenkins says what it covers, and doesn’t warn that nothing is asked there', async () => {
    await using place = await Place.open();
    addClient(place, 'run 7', future);
    const env = { JENKINS_URL: 'https://ci', GIT_URL: 'https://git.example.com/acme/tools/shop.git' };
    const { code, stderr } = await place.run(['sweep'], { env });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^capture-client: acme\/tools\/shop: 1 labeled client /m);
    expect(stderr).not.toMatch(/warning|note|error/);
  });
});

test.each([
  [['create'], []],
  [['exec'], ['--', 'true']],
])('the cleanup command that %j prints can be pasted into a shell, and deletes', async (name, program) => {
  await using place = await Place.open();
  writeFileSync(join(place.folder, 'the secret'), place.emulator.owner.client_secret);
  place.emulator.inject({ kind: 'api-before-commit', code: 403, call: 'clients/delete' });
  const flags = ['--run-id', "it's #7", '--owner-client-secret-file', 'the secret', ...origin];
  // Without what the flags say.
  const env = { CAPTURE_OWNER_CLIENT_SECRET: '' };
  const { stderr } = await place.run([...name, ...flags, ...program], { env });
  expect(place.clients).toHaveLength(1);
  const printed = /run: (capture-client delete .*?)(?:\. Otherwise.*)?$/m.exec(stderr)?.[1] ?? '';
  if (name[0] === 'create') expect((await place.runScript(printed, { env })).code).toBe(1);
  expect((await place.runScript(printed, { env })).code).toBe(0);
  expect(place.clients).toEqual([]);
});

test('list shows a table in a terminal and JSON elsewhere, without secrets', async () => {
  await using place = await Place.open();
  const { client_id: later } = addClient(place, 'pull request 42', future, 'Preview \u202eof 42');
  const { client_id: first } = addClient(place, 'run 7', past);
  place.emulator.addClient({ description: 'made by hand' });
  const table = await place.runInTerminal(['list', ...origin], { env: { NO_COLOR: '1' } });
  const shop = 'git.example.com/acme/tools/shop';
  expect(table.stdout.split('\r\n').slice(0, 3)).toEqual([
    expect.stringMatching(/^CLIENT ID +ORIGIN +PURPOSE +NAME +EXPIRES +DESCRIPTION$/),
    `${first}  ${shop}  run 7            preview  ${past}  x`,
    `${later}  ${shop}  pull request 42  preview  ${future}  Preview of 42`,
  ]);
  const group = ['--repositories', 'acme/*', '--origin', 'git.example.com/y/z'];
  const json = await place.run(['list', ...group]);
  const ids = JSON.parse(json.stdout).clients.map((item: { client_id: string }) => item.client_id);
  expect(ids).toEqual([first, later]);
  expect(JSON.parse((await place.run(['list', '--origin', 'x/y/z'])).stdout)).toEqual({ clients: [] });
  for (const { client_secret } of place.clients)
    expect(table.stdout + json.stdout + json.stderr).not.toContain(client_secret);
});
