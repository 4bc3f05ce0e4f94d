import { writeFileSync } from 'node:fs';
import { describe, expect, jest, test } from '@jest/globals';
import { Command } from 'commander';
import { type CommandName, inputsOf, inputTable } from '../../../src/inputs/input-table.ts';
import { parseBoolean } from '../../../src/inputs/parsers.ts';
import { flagOf } from '../../../src/shell/shell-words.ts';
import { withFolder } from '../../support/fixtures.ts';

let isTerminal = true;
jest.unstable_mockModule('node:tty', () => ({ isatty: (fd: number) => fd === 0 && isTerminal }));
// Would wait for the terminal.
jest.unstable_mockModule('node:stream/consumers', () => ({ text: async () => 'typed' }));
const { addInputs, readGiven } = await import('../../../src/shell/options.ts');

const names = Object.keys(inputTable) as CommandName[];

/** Parses a command line of this command, and reads its inputs. */
function read(name: CommandName, args: readonly string[], env = {}) {
  const command = addInputs(new Command(name)).exitOverride();
  command.parse(args, { from: 'user' });
  return readGiven(name, command.opts(), env);
}

describe.each(names)('%s', (name) => {
  const inputs = Object.entries(inputsOf(name, 'shell'));

  test.each(inputs)('takes %s from its flag', async (input, { parse, fromFile }) => {
    await withFolder(async (path) => {
      writeFileSync(path('file'), 'value\n');
      const isBoolean = parse === parseBoolean;
      const args = isBoolean ? [] : [fromFile ? path('file') : 'value'];
      const { source, flags, problems } = await read(name, [flagOf(input), ...args]);
      expect(source.get(input)).toBe(isBoolean ? 'true' : 'value');
      expect([...flags]).toEqual([[input, isBoolean ? 'true' : args[0]]]);
      expect(problems).toEqual([]);
      for (const [other] of inputs.filter(([one]) => one !== input)) expect(source.get(other)).toBe('');
    });
  });

  test('takes no secret from a flag', () => {
    for (const [input, { secret, fromFile }] of inputs)
      expect([input, fromFile]).toEqual([input, secret ?? fromFile]);
  });
});

test('only a workflow has the job summary, and each CI system its own token', () => {
  const shell = new Set(names.flatMap((name) => Object.keys(inputsOf(name, 'shell'))));
  const workflow = new Set(names.flatMap((name) => Object.keys(inputsOf(name, 'workflow'))));
  expect([...workflow].filter((name) => !shell.has(name))).toEqual(['show_summary', 'github_token']);
  expect([...shell].filter((name) => !workflow.has(name))).toEqual(['gitlab_token']);
});

test('the help of an input shows its value, default, and variable', () => {
  const options = names.flatMap((name) => addInputs(new Command(name)).options);
  expect(options.map(({ flags, description }) => `${flags}: ${description}`)).toEqual(
    expect.arrayContaining([
      '--auth-scheme <basic-auth|janrain-signed>: How API calls are authenticated: basic-auth or janrain-signed. Default: basic-auth.',
      '--wait-for-expiry: Whether to wait for an hour to see a secret expire, with --mode all.',
      '--name <VALUE>: With --lifetime, delete only the clients with this name. Default: any name.',
      '--seal-key-file <FILE>: The key that the credentials are encrypted with. (CAPTURE_SEAL_KEY)',
    ]),
  );
});

test('only one flag can read standard input', async () => {
  isTerminal = false;
  const { source, problems } = await read('exec', ['--seal-key-file', '-', '--name', '-']);
  expect([source.get('seal_key'), source.get('name'), problems]).toEqual(['typed', '-', []]);
  expect((await read('exec', ['--seal-key-file', '-', '--settings-file', '/dev/null'])).problems).toEqual([]);
  const both = await read('exec', ['--seal-key-file', '-', '--sealed-credentials-file', '-']);
  expect(both.problems).toEqual(['Only one flag can read standard input (-).']);
  isTerminal = true;
});

test.each([
  // It may be the secret.
  [
    '/no/such/file',
    "its file can't be read. Give the name of a file, not the secret, and check the file's permissions.",
  ],
  [
    '-',
    'standard input is a terminal, which would show what you type. Pipe the value into it, or name a file.',
  ],
])('what cannot be read is a problem: %s', async (file, problem) => {
  const { problems } = await read('unseal', ['--seal-key-file', file]);
  expect(problems).toEqual([`--seal-key-file: ${problem}`]);
});

describe('the environment', () => {
  const env = {
    CAPTURE_DOMAIN: 'domain',
    CAPTURE_OWNER_CLIENT_ID: 'owner',
    CAPTURE_OWNER_CLIENT_SECRET: 'secret',
    CAPTURE_CLIENT_ID: 'client',
    CAPTURE_SEAL_KEY: 'key',
    CAPTURE_SEALED_CREDENTIALS: 'sealed',
    CAPTURE_GITLAB_TOKEN: 'token',
  };
  const connection = { capture_domain: 'domain', owner_client_id: 'owner', owner_client_secret: 'secret' };

  test.each<[CommandName, object]>([
    ['create', { ...connection, seal_key: 'key' }],
    ['configure', connection],
    ['delete', { ...connection, client_id: 'client' }],
    ['sweep', { ...connection, gitlab_token: 'token' }],
    ['check', { ...connection, gitlab_token: 'token' }],
    ['list', connection],
    ['unseal', { sealed_credentials: 'sealed', seal_key: 'key' }],
    ['exec', { ...connection, sealed_credentials: 'sealed', seal_key: 'key' }],
  ])('gives %s %j', async (name, expected) => {
    const { source, flags } = await read(name, [], env);
    const given = Object.keys(inputsOf(name, 'shell')).filter((input) => source.get(input) !== '');
    expect(Object.fromEntries(given.map((input) => [input, source.get(input)]))).toEqual(expected);
    expect(flags.size).toBe(0);
  });

  test('loses to a flag', async () => {
    const { source } = await read('create', ['--capture-domain', 'other'], env);
    expect(source.get('capture_domain')).toBe('other');
  });

  test('names no client where a flag says which ones to delete', async () => {
    const { source } = await read('delete', ['--lifetime', 'run'], env);
    expect([source.get('client_id'), source.get('capture_domain')]).toEqual(['', 'domain']);
  });
});
