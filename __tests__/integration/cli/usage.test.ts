import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildOnce, Place } from './command.ts';

const origin = ['--origin', 'git.example.com/acme/tools/shop'];
const create = ['create', ...origin, '--run-id', '7'];

beforeAll(() => {
  buildOnce();
});

describe('wrong usage', () => {
  test.each<[readonly string[], string, Record<string, string>?]>([
    [[...create, '--lifetime', 'job'], 'Use run or pull_request.'],
    [[...create, '--owner-client-secret', 'hush'], 'Pass --owner-client-secret-file FILE'],
    [[...create, '--settings=a=hush'], 'Pass --settings-file FILE'],
    [[...create, '--owner-client-secret-file', 'hush'], '--owner-client-secret-file: its file'],
    [[...create, '--format', 'dotenv'], 'The result would have no client secret.'],
    [[...create, '--output', 'file'], 'pass --force'],
    [['delete', ...origin], 'CAPTURE_CLIENT_ID and --lifetime are empty.'],
    [['sweep', ...origin, '--dry-run=false'], 'it takes no value like that'],
    [['exec', '--env', 'hush', '--', 'true'], 'Use NAME=VALUE'],
  ])('%j exits with 2, sends nothing, and shows no value', async (args, problem, env = {}) => {
    await using place = await Place.open();
    mkdirSync(join(place.folder, 'folder'));
    writeFileSync(join(place.folder, 'file'), 'kept');
    const { code, stdout, stderr } = await place.run(args, { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(problem);
    expect(stderr).not.toContain('hush');
    expect(place.emulator.requests).toEqual([]);
    expect(readFileSync(join(place.folder, 'file'), 'utf8')).toBe('kept');
  });

  test.each([
    ['of the command line', ['nosuch']],
    ['of an input', ['sweep']],
  ])('an error %s is red in a terminal, unless NO_COLOR is set', async (_, args) => {
    await using place = await Place.open();
    const red = '\u001b[31merror: ';
    const env = { TERM: 'xterm' };
    expect((await place.runInTerminal(args, { env })).stdout).toContain(red);
    expect((await place.runInTerminal(args, { env: { ...env, NO_COLOR: '1' } })).stdout).not.toContain(red);
    expect((await place.run(args, { env })).stderr).toMatch(/^capture-client: error: /);
  });
});

test('check shows only the lines in a terminal, and JSON if asked', async () => {
  await using place = await Place.open();
  const check = ['check', '--mode', 'credentials'];
  const { code, stdout } = await place.runInTerminal(check);
  expect(code).toBe(0);
  expect(stdout.trimEnd().split('\r\n')).not.toContainEqual(expect.not.stringMatching(/^capture-client: /));
  expect((await place.runInTerminal([...check, '--format', 'json'])).stdout).toContain('"verdict": "ready"');
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
      'package/emulator.js',
      'package/lib/emulator.js',
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
