import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildOnce, Place } from './command.ts';

const origin = ['--origin', 'git.example.com/acme/tools/shop'];
const key = 'k'.repeat(40);
const sealKey = { env: { CAPTURE_SEAL_KEY: key } };
const create = ['create', ...origin, '--run-id', '7'];

beforeAll(() => {
  buildOnce();
});

describe('create', () => {
  test('writes its result as JSON to standard output, and everything else to standard error', async () => {
    await using place = await Place.open();
    const { code, stdout, stderr } = await place.run([
      ...create,
      '--features',
      'login_client',
      '--expires-in',
      '2h',
    ]);
    expect(code).toBe(0);
    const [client] = place.clients;
    expect(JSON.parse(stdout)).toEqual({
      capture_domain: place.emulator.domain,
      client_id: client?.client_id,
      client_secret: client?.client_secret,
      description: client?.description,
      features: ['login_client'],
      created: true,
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect(client?.description).toMatch(
      /^acme\/tools\/shop \[capture-client-action\/1 git\.example\.com id acme\/tools\/shop acme\/tools\/shop, run 7, name capture-client, /,
    );
    expect(stderr).not.toContain(client?.client_secret);
    expect(stderr).toContain('run capture-client delete --lifetime run --run-id 7');
  });

  test('writes lines that a shell evaluates', async () => {
    await using place = await Place.open();
    const { stdout } = await place.run([...create, '--format', 'env'], sealKey);
    const script = `${stdout}\nprintf '%s|' "$CAPTURE_DOMAIN" "$CAPTURE_CLIENT_ID" "$CAPTURE_CLIENT_SECRET"; env`;
    const shell = execFileSync('sh', ['-c', script], { encoding: 'utf8', env: { PATH: process.env.PATH } });
    const [client] = place.clients;
    expect(shell).toContain(`${place.emulator.domain}|${client?.client_id}|${client?.client_secret}|`);
    expect(shell).toMatch(/^CAPTURE_SEALED_CREDENTIALS=[\w.-]+$/m);
    expect(shell).toMatch(/^CAPTURE_EXPIRES_AT=\d/m);
  });

  test.each([
    [[], false],
    [['--reveal'], true],
  ])('writes dotenv lines with %j, which have the secret: %j', async (flags, isIncluded) => {
    await using place = await Place.open();
    const args = [...create, '--format', 'dotenv', '--output', 'client.env', ...flags];
    const { stdout, stderr } = await place.run(args, sealKey);
    const file = join(place.folder, 'client.env');
    const [client] = place.clients;
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => line.split('=')[0])).toEqual([
      'CAPTURE_DOMAIN',
      'CAPTURE_CLIENT_ID',
      ...(isIncluded ? ['CAPTURE_CLIENT_SECRET'] : []),
      'CAPTURE_SEALED_CREDENTIALS',
      'CAPTURE_EXPIRES_AT',
    ]);
    expect(lines.join('\n').includes(client?.client_secret ?? 'no client')).toBe(isIncluded);
    expect(stderr.includes('note: The result has no client secret. ')).toBe(!isIncluded);
    expect(stdout).toBe('');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('makes an existing file private before it writes the secret', async () => {
    await using place = await Place.open();
    const file = join(place.folder, 'client.json');
    writeFileSync(file, 'old content that is longer than nothing', { mode: 0o644 });
    await place.run([...create, '--output', 'client.json']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8')).client_secret).toBe(place.clients[0]?.client_secret);
  });

  test.each([
    [[], false],
    [['--reveal'], true],
  ])('shows the secret in a terminal or log with %j: %j', async (flags, isShown) => {
    await using place = await Place.open();
    const bin = join(buildOnce(), 'package', 'bin.js');
    // As in a CI job: standard output and standard error are the same log.
    const words = [process.execPath, bin, ...create, ...flags].map((word) => `'${word}'`).join(' ');
    const log = join(place.folder, 'log');
    const { spawn } = await import('node:child_process');
    const child = spawn('sh', ['-c', `${words} > '${log}' 2>&1`], {
      env: { ...process.env, ...place.owner },
    });
    await new Promise((done) => child.on('close', done));
    const [client] = place.clients;
    const text = readFileSync(log, 'utf8');
    expect(text).toContain(`"client_id": "${client?.client_id}"`);
    expect(text.includes(client?.client_secret ?? 'no client')).toBe(isShown);
    expect(
      text.includes('note: The result has no client secret. It could show in this terminal or log.'),
    ).toBe(!isShown);
  });

  test.each([
    [[], false],
    [['--reveal'], true],
    [['--format', 'env'], true],
  ])('keeps the secret out of a pipe in a CI job with %j: %j', async (flags, isIncluded) => {
    await using place = await Place.open();
    const { stdout } = await place.run([...create, ...flags], { env: { CI: 'true' } });
    const [client] = place.clients;
    expect(stdout).toContain(client?.client_id);
    expect(stdout.includes(client?.client_secret ?? 'no client')).toBe(isIncluded);
  });

  test('rejects dotenv without a seal key, which no later job could use', async () => {
    await using place = await Place.open();
    const { code, stderr } = await place.run([...create, '--format', 'dotenv', '--output', 'client.env']);
    expect({ code, requests: place.emulator.requests }).toEqual({ code: 2, requests: [] });
    expect(stderr).toContain('CAPTURE_SEAL_KEY is empty, and --format dotenv leaves out the client secret');
  });

  test.each([
    ['-', '--output: - is not a file.'],
    ['no/such/folder', '--output: "no/such/folder" can\'t be written.'],
  ])('rejects --output %s before anything is sent', async (file, message) => {
    await using place = await Place.open();
    const { code, stderr } = await place.run([...create, '--output', file]);
    expect({ code, requests: place.emulator.requests }).toEqual({ code: 2, requests: [] });
    expect(stderr).toContain(message);
  });

  test.each([['create', '--run-id', ''], ['sweep'], ['exec', '--', 'true']])(
    'in a job of an unknown CI system, %s needs to know where a client belongs',
    async (...args) => {
      await using place = await Place.open();
      const { code, stderr } = await place.run(args, { env: { CI: 'true' } });
      expect({ code, requests: place.emulator.requests }).toEqual({ code: 2, requests: [] });
      expect(stderr).toContain('--origin is missing');
      expect(stderr.includes('--run-id is missing')).toBe(args[0] === 'create');
    },
  );

  test('deletes the client if the result can’t be written', async () => {
    await using place = await Place.open();
    mkdirSync(join(place.folder, 'folder'));
    const { code, stderr } = await place.run([...create, '--output', 'folder']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Deleted client \w{32}, which wasn't handed over\./);
    expect(stderr).toContain('error: Could not write the result: EISDIR');
    expect(place.clients).toEqual([]);
  });

  test('reads secrets from files and standard input', async () => {
    await using place = await Place.open();
    writeFileSync(join(place.folder, 'key'), `${key}\r\n`);
    const { code, stdout } = await place.run(
      [...create, '--owner-client-secret-file', '-', '--seal-key-file', 'key', '--settings-file', 'key'],
      { input: `${place.emulator.owner.client_secret}\n`, env: { CAPTURE_OWNER_CLIENT_SECRET: 'wrong' } },
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    writeFileSync(join(place.folder, 'settings'), 'a.b=some value\n');
    const ended = await place.run(
      [...create, '--owner-client-secret-file', '-', '--seal-key-file', 'key', '--settings-file', 'settings'],
      { input: `${place.emulator.owner.client_secret}\n`, env: { CAPTURE_OWNER_CLIENT_SECRET: 'wrong' } },
    );
    expect(ended.code).toBe(0);
    expect(place.emulator.settings(place.clients[0]?.client_id ?? '')).toEqual({ 'a.b': 'some value' });
    const { sealed_credentials } = JSON.parse(ended.stdout);
    const unsealed = await place.run(['unseal', ...origin], {
      env: { CAPTURE_SEALED_CREDENTIALS: sealed_credentials, CAPTURE_SEAL_KEY: key },
    });
    expect(JSON.parse(unsealed.stdout)).toMatchObject({ client_secret: place.clients[0]?.client_secret });
  });
});

describe('delete and sweep', () => {
  test.each([
    ['sweep', ...origin],
    ['delete', ...origin, '--lifetime', 'run', '--run-id', '7'],
  ])('%s ends at a signal, because it has nothing to clean up', async (...args) => {
    await using place = await Place.open();
    place.emulator.inject({ kind: 'hang-before-commit', call: 'clients/list' });
    const { code, stdout } = await place.run(args, {
      async onStart(child) {
        while (place.emulator.requests.length === 0) await sleep(10);
        child.kill('SIGTERM');
      },
    });
    expect({ code, stdout }).toEqual({ code: null, stdout: '' });
  });

  test('delete the clients of a run, and no others', async () => {
    await using place = await Place.open();
    await place.run(create);
    await place.run(['create', ...origin, '--run-id', '8']);
    const { code, stdout } = await place.run(['delete', ...origin, '--lifetime', 'run', '--run-id', '7']);
    expect({ code, result: JSON.parse(stdout) }).toEqual({
      code: 0,
      result: { deleted: 1, client_ids: [expect.stringMatching(/^\w{32}$/)] },
    });
    expect(place.clients.map(({ description }) => description)).toEqual([
      expect.stringContaining(', run 8,'),
    ]);
  });

  test('delete the client that the environment names', async () => {
    await using place = await Place.open();
    const { client_id } = JSON.parse((await place.run(create)).stdout);
    const env = { CAPTURE_CLIENT_ID: client_id };
    expect((await place.run(['delete', '--origin', 'x/y/z'], { env })).code).toBe(1);
    expect(place.clients).toHaveLength(1);
    expect((await place.run(['delete', ...origin], { env })).code).toBe(0);
    expect(place.clients).toEqual([]);
  });

  test('delete what has expired, and nothing else', async () => {
    await using place = await Place.open();
    await place.run(create);
    await place.run(['create', ...origin, '--run-id', '8', '--expires-in', '1s']);
    await sleep(1500);
    const dry = await place.run(['sweep', ...origin, '--dry-run']);
    expect(JSON.parse(dry.stdout)).toMatchObject({ deleted: 0, kept: 2, failed: 0 });
    const { code, stdout } = await place.run(['sweep', ...origin]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      deleted: 1,
      kept: 1,
      failed: 0,
      report: [
        { run_id: '8', reason: 'expired', result: 'deleted' },
        { run_id: '7', reason: 'state_unknown', result: 'kept' },
      ],
    });
    expect(place.clients).toHaveLength(1);
  });

  test('a client that can’t be deleted makes them fail', async () => {
    await using place = await Place.open();
    await place.run(create);
    place.emulator.inject({ kind: 'api-before-commit', code: 403, call: 'clients/delete' });
    const { code, stdout, stderr } = await place.run([
      'delete',
      ...origin,
      '--lifetime',
      'run',
      '--run-id',
      '7',
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ deleted: 0, client_ids: [] });
    expect(stderr).toContain('error: Could not delete client');
  });
});

describe('wrong usage', () => {
  test.each([
    [
      ['create', ...origin, '--run-id', '7', '--features', 'login_clint'],
      '--features: unknown feature "login_clint". Did you mean login_client?',
    ],
    [
      ['create', ...origin, '--run-id', '7', '--lifetime', 'pull_request'],
      '--lifetime: this run belongs to no pull request. Pass its number with --pull-request.',
    ],
    [['create', ...origin, '--run-id', '7', '--lifetime', 'job'], '--lifetime job is for exec'],
    [
      ['create', ...origin, '--run-id', '7', '--owner-client-secret', 'hush'],
      "--owner-client-secret doesn't exist, because other users can read the flags of every process. Set CAPTURE_OWNER_CLIENT_SECRET, or pass --owner-client-secret-file.",
    ],
    [
      ['create', ...origin, '--run-id', '7', '--settings=a=hush'],
      "--settings doesn't exist, because other users can read the flags of every process. Pass --settings-file.",
    ],
    [
      ['create', ...origin, '--run-id', '7', '--seal-key-file', 'nosuch'],
      "--seal-key-file: the file can't be read.",
    ],
    [
      ['create', ...origin, '--run-id', '7', '--seal-key-file', '-', '--settings-file', '-'],
      'Only one flag can read standard input (-).',
    ],
    [['create', ...origin], '--run-id is missing'],
    [['create', '--run-id', '7'], '--origin is missing'],
    [['create', '--origin', 'acme/shop', '--run-id', '7'], '--origin: "acme/shop" isn\'t HOST/OWNER/NAME.'],
    [['delete', ...origin], '--client-id is empty.'],
    [
      ['delete', ...origin, '--lifetime', 'run', '--pull-request', '7'],
      '--pull-request has no effect with --lifetime run',
    ],
    [['delete', ...origin, '--lifetime', 'run'], '--run-id is missing'],
    [['sweep', '--secret=hush'], "unknown option '--secret=…'"],
    [['sweep', 'hush'], 'too many arguments'],
    [['exec'], "missing required argument 'command'"],
    [
      ['exec', '--env', 'hush', '--', 'true'],
      '--env: use NAME=VALUE, where VALUE is capture_domain, client_id, or client_secret.',
    ],
    [['exec', '--lifetime', 'run', '--', 'true'], "unknown option '--lifetime'"],
    [
      ['unseal', ...origin],
      'CAPTURE_SEALED_CREDENTIALS is empty. Set it, or pass --sealed-credentials-file.',
    ],
    [['nosuch'], "unknown command 'nosuch'"],
  ])('%j exits with 2, sends nothing, and shows no value', async (args, problem) => {
    await using place = await Place.open();
    const { code, stdout, stderr } = await place.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(problem);
    expect(stderr).not.toContain('hush');
    expect(place.emulator.requests).toEqual([]);
  });

  test('reports every problem at once', async () => {
    await using place = await Place.open();
    const { stderr } = await place.run(['create', '--timeout', '60', '--seal-key', 'x'], {
      env: { CAPTURE_OWNER_CLIENT_SECRET: '', CAPTURE_DOMAIN: '' },
    });
    for (const start of [
      'CAPTURE_DOMAIN is empty.',
      'CAPTURE_OWNER_CLIENT_SECRET is empty.',
      '--timeout: "60" isn\'t a duration.',
      '--seal-key doesn',
      '--origin is missing',
      '--run-id is missing',
    ]) {
      expect(stderr).toContain(`capture-client: - ${start}`);
    }
  });
});

describe('the package', () => {
  const folder = buildOnce();
  const archive = join(folder, `capture-client-action-${version()}.tgz`);

  function version(): string {
    return JSON.parse(readFileSync(join(folder, 'package', 'package.json'), 'utf8')).version;
  }

  test('is smaller than 300 kB, and has no dependencies and no scripts', () => {
    expect(statSync(archive).size).toBeLessThan(300_000);
    const manifest = JSON.parse(readFileSync(join(folder, 'package', 'package.json'), 'utf8'));
    expect(Object.keys(manifest)).not.toEqual(expect.arrayContaining(['dependencies']));
    expect(Object.keys(manifest)).not.toEqual(expect.arrayContaining(['scripts']));
    const names = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n').sort();
    expect(names.filter((name) => !/^package\/lib\/\d+\.index\.js$/.test(name))).toEqual([
      'package/LICENSE',
      'package/README.md',
      'package/bin.js',
      'package/lib/index.js',
      'package/licenses.txt',
      'package/package.json',
    ]);
  });

  test('runs with npx from the archive in an empty folder', async () => {
    await using place = await Place.open();
    copyFileSync(archive, join(place.folder, 'command.tgz'));
    const npx = spawnSync('npx', ['--offline', '--yes', './command.tgz', 'exec', '--help'], {
      cwd: place.folder,
      encoding: 'utf8',
      env: { ...process.env, npm_config_cache: join(place.folder, 'cache') },
    });
    expect(npx.stderr).toBe('');
    expect(npx.stdout).toContain('Usage: capture-client exec [options] -- COMMAND [ARG...]');
  });

  test('says in one sentence that an older Node.js is too old', () => {
    const bin = join(folder, 'package', 'bin.js');
    const code = `Object.defineProperty(process, 'versions', { value: { node: '22.18.1' } }); require(${JSON.stringify(bin)})`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: 'capture-client needs Node.js 22.19.0 or later; this is 22.18.1.\n',
    });
  });
});
