import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildOnce, Place } from './command.ts';

const origin = ['--origin', 'git.example.com/acme/tools/shop'];
const key = 'k'.repeat(40);
const sealKey = { env: { CAPTURE_SEAL_KEY: key } };
const create = ['create', ...origin, '--run-id', '7'];

beforeAll(() => {
  buildOnce();
});

/** The only client's secret. */
function secretOf({ clients }: Place): string {
  expect(clients).toHaveLength(1);
  return clients[0]?.client_secret ?? '';
}

describe('create', () => {
  test('writes lines that a shell evaluates', async () => {
    await using place = await Place.open();
    const script = `eval "$(capture-client ${create.join(' ')} --format env)"; echo "$CAPTURE_CLIENT_ID $CAPTURE_CLIENT_SECRET"`;
    const { stdout } = await place.runScript(script, sealKey);
    expect(stdout).toBe(`${place.clients[0]?.client_id} ${secretOf(place)}\n`);
  });

  test.each([
    [[], false],
    [['--reveal'], true],
  ])('writes dotenv lines with %j, which have the secret: %j', async (flags, isIncluded) => {
    await using place = await Place.open();
    const args = [...create, '--format', 'dotenv', '--output', 'client.env', ...flags];
    const { stdout } = await place.run(args, sealKey);
    const file = join(place.folder, 'client.env');
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^CAPTURE_SEALED_CREDENTIALS=[\w.-]+$/m);
    expect(text.includes(`\nCAPTURE_CLIENT_SECRET=${secretOf(place)}\n`)).toBe(isIncluded);
    expect(stdout).toBe('');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('reads secrets from files and standard input', async () => {
    await using place = await Place.open();
    writeFileSync(join(place.folder, 'key'), `${key}\r\n`);
    writeFileSync(join(place.folder, 'settings'), 'a.b=some value\n');
    const owner = ['--owner-client-secret-file', '-'];
    const files = [...owner, '--seal-key-file', 'key', '--settings-file', 'settings'];
    const { code, stdout } = await place.run([...create, ...files], {
      input: `${place.emulator.owner.client_secret}\n`,
      env: { CAPTURE_OWNER_CLIENT_SECRET: 'wrong' },
    });
    expect(code).toBe(0);
    expect(place.emulator.settings(place.clients[0]?.client_id ?? '')).toEqual({ 'a.b': 'some value' });
    expect(JSON.parse(stdout)).toHaveProperty('sealed_credentials');
  });

  test('deletes the client if the result can’t be written', async () => {
    await using place = await Place.open();
    const { code, stderr } = await place.run([...create, '--output', '/dev/full', '--reveal']);
    expect(code).toBe(1);
    expect(stderr).toContain('capture-client: error: Could not write the result: ENOSPC');
    expect(place.emulator.requests.map(({ call }) => call)).toEqual(['clients/add', 'clients/delete']);
    expect(place.clients).toEqual([]);
  });
});

describe('the secret', () => {
  const inJob = { CI: 'true' };
  test.each<[readonly string[], Record<string, string>]>([
    [[], inJob],
    [['--format', 'env'], inJob],
    [['--format', 'env'], { JENKINS_URL: 'https://ci' }],
    [['--format', 'dotenv', '--output', 'client.env'], {}],
    [['--output', '/dev/null'], {}],
  ])('that nobody would get is an error with %j and %j, and nothing is created', async (flags, env) => {
    await using place = await Place.open();
    const { code, stdout, stderr } = await place.run([...create, ...flags], { env });
    expect({ code, stdout, requests: place.emulator.requests }).toEqual({
      code: 2,
      stdout: '',
      requests: [],
    });
    expect(stderr).toContain('The result would have no client secret.');
  });

  test.each([
    ['', false],
    ['--reveal', true],
    ['--format env', false],
    ['--output /dev/stderr --force', false],
    ['--output /dev/fd/2 --force', false],
  ])('shows in a log that is a pipe with %j: %j', async (flags, isShown) => {
    await using place = await Place.open();
    const script = `{ capture-client ${create.join(' ')} ${flags} 2>&1; } | cat`;
    const { stdout } = await place.runScript(script, sealKey);
    expect(stdout).toContain(`${place.clients[0]?.client_id}`);
    expect(stdout.includes(secretOf(place))).toBe(isShown);
  });

  test.each(['/dev/stderr', '/dev/fd/2'])('%s: a log that is a file is kept', async (output) => {
    await using place = await Place.open();
    const script = `echo earlier > log; capture-client ${create.join(' ')} --output ${output} >> log 2>&1`;
    expect((await place.runScript(script)).code).toBe(2);
    expect(readFileSync(join(place.folder, 'log'), 'utf8')).toMatch(/^earlier\ncapture-client: error: /);
    expect(place.emulator.requests).toEqual([]);
  });

  test.each([
    [[], false],
    [['--format', 'env'], false],
    [['--output', '/dev/tty'], false],
    [['--output', '/dev/tty', '--reveal'], true],
  ])('shows in a terminal with %j: %j', async (flags, isShown) => {
    await using place = await Place.open();
    const { code, stdout } = await place.runInTerminal([...create, ...flags], sealKey);
    expect(code).toBe(0);
    expect(stdout.includes(secretOf(place))).toBe(isShown);
  });
});

test('CAPTURE_DEBUG shows where the context comes from and each call, and no secret', async () => {
  await using place = await Place.open();
  const env = { CAPTURE_DEBUG: '1', BUILDKITE: 'true', BUILDKITE_BUILD_ID: '7', CAPTURE_SEAL_KEY: key };
  const { stdout, stderr } = await place.run(['create', ...origin], { env });
  expect(stderr).toContain('Context: git.example.com/acme/tools/shop, run 7, from --origin.');
  expect(stderr).toMatch(/^capture-client: clients\/add: HTTP 200, \d+ ms, attempt 1$/m);
  for (const secret of [secretOf(place), place.emulator.owner.client_secret])
    expect(stderr).not.toContain(secret);
  expect(stdout).not.toContain(place.emulator.owner.client_secret);
});
