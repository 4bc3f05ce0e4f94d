import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { notebook, withFolder } from '../../support/fixtures.ts';
import { fakeOutput } from '../support/fake-output.ts';

/** What standard output and standard error are. */
const streams = { areSame: false, isTerminal: false, isErrorFile: true, leadsTo: 0 };
const fstatSync = jest.fn((fd: number) =>
  fd === 2 ? { isFile: () => streams.isErrorFile } : fs.fstatSync(fd),
);
// For root, a mistake would close /dev/null for everybody else.
const fchmodSync = jest.fn((fd: number, mode: number) => {
  if (fs.fstatSync(fd).isFile()) fs.fchmodSync(fd, mode);
});
const accessSync = jest.fn(fs.accessSync);
jest.unstable_mockModule('node:fs', () => ({ ...fs, accessSync, fstatSync, fchmodSync }));
jest.unstable_mockModule('node:tty', () => ({ isatty: () => streams.isTerminal }));
let [out, err] = ['', ''];
jest.unstable_mockModule('../../../src/shell/output.ts', () => ({
  ...fakeOutput((fd, text) => {
    if (fd === 1) out += text;
    else err += text;
  }),
  areSame: () => streams.areSame,
  leadsTo: (fd: number) => fd === streams.leadsTo,
}));
const { findProblemsWithOutput, formatResult, writeResult } = await import('../../../src/shell/results.ts');

const { env } = process;
afterEach(() => {
  process.env = env;
});
beforeEach(() => {
  process.env = {};
  [out, err] = ['', ''];
  Object.assign(streams, { areSame: false, isTerminal: false, isErrorFile: true, leadsTo: 0 });
  fchmodSync.mockClear();
});

describe('the format', () => {
  test('json has every value under its name', () => {
    const result = { client_id: 'id', features: ['a'], created: true, sealed_credentials: undefined };
    expect(JSON.parse(formatResult(result))).toEqual({ client_id: 'id', features: ['a'], created: true });
  });

  test('env gives a shell exactly the value', () => {
    const value = fc.string({ unit: fc.constantFrom("'", '"', '$', '`', '\\', '\n', ' ', 'a', 'ü', '!') });
    fc.assert(
      fc.property(value, (text) => {
        const script = `${formatResult({ client_secret: text }, 'env')}printf '%s.' "$CAPTURE_CLIENT_SECRET"`;
        expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(`${text}.`);
      }),
      { numRuns: 50 },
    );
  });

  test('dotenv has plain values', () => {
    const result = {
      client_id: 'id',
      expires_at: '2030-01-02T03:04:05Z',
      capture_domain: 'https://x.example',
    };
    expect(formatResult(result, 'dotenv')).toBe(
      'CAPTURE_DOMAIN=https://x.example\nCAPTURE_CLIENT_ID=id\nCAPTURE_EXPIRES_AT=2030-01-02T03:04:05Z\n',
    );
  });

  test.each(['a b', 'a"b', 'a\nb', '$a', '#'])('dotenv has no value like %j, and shows none', (secret) => {
    expect(() => formatResult({ client_secret: secret }, 'dotenv')).toThrow(
      "The value of CAPTURE_CLIENT_SECRET can't be written as dotenv. Use --format json or env.",
    );
  });
});

describe('before anything is sent', () => {
  test('the output is a file that can be written', () =>
    withFolder((path) => {
      const check = (output: string, force?: boolean) => findProblemsWithOutput({ output, force });
      fs.writeFileSync(path('file'), '');
      expect(check(path('new'))).toEqual([]);
      expect(findProblemsWithOutput({ force: true })).toEqual([
        '--force has no effect without --output. Remove it.',
      ]);
      expect(check('/dev/stderr')).toEqual([]);
      expect(check(path('file'), true)).toEqual([]);
      // The file itself, not its folder: root can write to both.
      expect(accessSync).toHaveBeenLastCalledWith(path('file'), fs.constants.W_OK);
      expect(check('-')).toEqual([
        '--output: - is not a file. Without --output, the result goes to standard output.',
      ]);
      expect(check(path('.'), true)).toEqual([`--output: "${path('.')}" is a folder. Name a file.`]);
      expect(check(path('file'))).toEqual([
        `--output: "${path('file')}" exists. Name another file, or pass --force to replace it.`,
      ]);
      for (const fd of [1, 2]) {
        streams.leadsTo = fd;
        expect(check(path('file'), true)).toEqual([
          `--output: "${path('file')}" is where this command already writes. Name another file.`,
        ]);
      }
      for (const name of ['no/such', 'file/such', 'x'.repeat(300)]) {
        const problem = "can't be written. Check that its folder exists, and its permissions.";
        expect(check(path(name))).toEqual([expect.stringMatching(`^--output: ".*" ${problem}$`)]);
      }
    }));
});

describe('a file', () => {
  const values = { client_id: 'id', client_secret: 'hush' };
  const write = async (output: string, options = {}) => {
    const { log, said } = notebook();
    await writeResult({ values, terminal: '' }, { output, ...options }, log);
    return said;
  };

  test('is new, has the secret, and can be read only by its user', () =>
    withFolder(async (path) => {
      streams.isTerminal = true;
      expect(await write(path('new'))).toEqual([]);
      expect(JSON.parse(fs.readFileSync(path('new'), 'utf8'))).toEqual(values);
      expect(fs.statSync(path('new')).mode & 0o777).toBe(0o600);
    }));

  test('that exists is replaced only with --force, and is private then', () =>
    withFolder(async (path) => {
      fs.writeFileSync(path('file'), 'x'.repeat(1000), { mode: 0o644 });
      await expect(write(path('file'))).rejects.toThrow(
        /^Could not write the result: EEXIST.* Check the path, its permissions, and the free disk space\.$/,
      );
      await write(path('file'), { force: true });
      expect(JSON.parse(fs.readFileSync(path('file'), 'utf8'))).toEqual(values);
      expect(fs.statSync(path('file')).mode & 0o777).toBe(0o600);
    }));

  test('that is not a regular one gets no secret unless it is revealed', async () => {
    expect(await write('/dev/null')).toEqual([
      'notice: The result has no client secret. "/dev/null" isn\'t a regular file, so others could read it. Name a file, or pass --reveal.',
    ]);
    expect(await write('/dev/null', { reveal: true })).toEqual([]);
    expect(fchmodSync).not.toHaveBeenCalled();
  });
});

describe('standard output', () => {
  const values = { client_id: 'id', client_secret: 'hush' };
  const sealed = { ...values, sealed_credentials: 'sealed' };
  const inJob = { CI: 'true' };

  /** Whether the secret is there, or what a notice says why not. */
  async function secretIn(result: object, options: object, env: object, where: Partial<typeof streams> = {}) {
    Object.assign(streams, where);
    process.env = { ...env };
    const { log, said } = notebook();
    await writeResult({ values: { ...result } }, options, log);
    const reasons = said.map((text) =>
      text.replace(/^notice: The result has no client secret\. (.*?)\..*$/, '$1'),
    );
    return [...(out.includes('hush') ? ['secret'] : []), ...reasons].join();
  }

  const shown = 'It could show in this terminal or log';
  const readable = 'Others may be able to read a dotenv file';

  test.each<[string, object, object, object, Partial<typeof streams>, string]>([
    ['a pipe', values, {}, {}, {}, 'secret'],
    ['a terminal', values, {}, {}, { isTerminal: true }, shown],
    ['a terminal, of a result that has none', { client_id: 'id' }, {}, {}, { isTerminal: true }, ''],
    ['a terminal, revealed', values, { reveal: true }, {}, { isTerminal: true }, 'secret'],
    ['the same file as messages', values, {}, {}, { areSame: true }, shown],
    ['a pipe in a CI job, which may lead to the log', values, {}, inJob, {}, shown],
    ['the shell of a CI job, which may trace it', values, { format: 'env' }, inJob, {}, shown],
    ['the shell of a CI job, sealed, so nothing is missing', sealed, { format: 'env' }, inJob, {}, ''],
    ['the shell of a CI job, revealed', values, { format: 'env', reveal: true }, inJob, {}, 'secret'],
    ['the shell of a laptop, sealed', sealed, { format: 'env' }, {}, {}, 'secret'],
    ['a dotenv file', values, { format: 'dotenv' }, {}, {}, readable],
    ['a dotenv file, sealed', sealed, { format: 'dotenv' }, {}, {}, ''],
  ])('%s', async (_, result, options, env, where, expected) => {
    expect(await secretIn(result, options, env, where)).toBe(expected);
    expect(out).toContain('id');
  });

  test.each<[object, boolean, object, boolean, string]>([
    [{ GITHUB_ACTIONS: 'true' }, false, values, true, '::add-mask::hush\n'],
    [{ GITHUB_ACTIONS: 'true' }, false, values, false, ''],
    [{ GITHUB_ACTIONS: 'true' }, false, { client_id: 'id' }, true, ''],
    [{ TF_BUILD: 'True' }, false, values, true, '##vso[task.setsecret]hush\n'],
    [{ TF_BUILD: 'True' }, true, values, true, ''],
    [{ CI: 'true' }, false, values, true, ''],
  ])(
    'passes a secret that shows to the masker of %j, unless messages go to a file (%j): %j, revealed: %j',
    async (env, isErrorFile, result, reveal, masked) => {
      await secretIn(result, { reveal }, env, { isErrorFile });
      expect(err).toBe(masked);
    },
  );

  test.each([
    [{ GITHUB_ACTIONS: 'true' }, '::add-mask::hush%250A%0D%0Ab\n'],
    [{ TF_BUILD: 'True' }, '##vso[task.setsecret]hush%0A%0D%0Ab\n'],
  ])('passes the whole of a secret with line breaks to the masker of %j', async (env, masked) => {
    const lines = { ...values, client_secret: 'hush%0A\r\nb' };
    await secretIn(lines, { format: 'env', reveal: true }, env, { isErrorFile: false });
    expect(err).toBe(masked);
  });

  test('that is a terminal shows lines instead of JSON, unless a format is given', async () => {
    streams.isTerminal = true;
    const result = { values: { client_id: 'id' }, terminal: 'ID of the client: id\n' };
    const write = (options: object) => writeResult(result, options, notebook().log);
    await write({});
    expect(out).toBe('ID of the client: id\n');
    out = '';
    await write({ format: 'json' });
    expect(JSON.parse(out)).toEqual({ client_id: 'id' });
  });

  test('can get the report as Markdown, and JSON leaves it out', async () => {
    const result = { values: { verdict: 'ready', markdown: '# Report' } };
    const write = (options: object) => writeResult(result, options, notebook().log);
    await write({ format: 'markdown' });
    expect(out).toBe('# Report\n');
    out = '';
    await write({});
    expect(JSON.parse(out)).toEqual({ verdict: 'ready' });
  });
});
