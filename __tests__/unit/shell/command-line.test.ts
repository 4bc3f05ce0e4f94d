import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { actions, type CommandName, inputsOf, inputTable } from '../../../src/inputs/input-table.ts';
import { flagOf } from '../../../src/shell/shell-words.ts';
import { fakeOutput } from '../support/fake-output.ts';

let [out, err] = ['', ''];
jest.unstable_mockModule('../../../src/shell/output.ts', () =>
  fakeOutput((fd, text) => {
    if (fd === 1) out += text;
    else err += text;
  }),
);
const execInShell = jest.fn(async (..._: unknown[]) => 0);
jest.unstable_mockModule('../../../src/shell/exec-in-shell.ts', () => ({ execInShell }));
const { run } = await import('../../../src/shell/command-line.ts');
// Otherwise, mutation testing takes what it does when it's loaded for a part of the first test that creates.
await import('../../../src/commands/create.ts');

const names = Object.keys(inputTable) as CommandName[];
const saved = { env: process.env, exitCode: process.exitCode };

beforeEach(() => {
  [out, err] = ['', ''];
  process.env = {};
});

afterEach(() => {
  process.env = saved.env;
  process.exitCode = saved.exitCode;
});

/** Runs a command line, and returns its exit code. */
async function exitCodeOf(...args: string[]): Promise<typeof process.exitCode> {
  process.exitCode = undefined;
  await run(args);
  return process.exitCode;
}

describe('help', () => {
  test.each(names)('of %s describes every input, and has groups and examples', async (name) => {
    expect(await exitCodeOf(name, '--help')).toBe(0);
    for (const input of Object.keys(inputsOf(name, 'shell'))) expect(out).toContain(`\n  ${flagOf(input)} `);
    expect(out).toMatch(/\nRequired:\n(?:.+\n)+/);
    expect(out).toMatch(new RegExp(`\\nExamples:\\n  capture-client ${name}`));
    expect(out).not.toMatch(/undefined|`/);
    expect(await exitCodeOf('help', name)).toBe(0);
  });

  test('has the groups of inputs and options, and the words of a choice', async () => {
    await exitCodeOf('create', '--help');
    const groups = [...out.matchAll(/^(\S.*):$/gm)].map(([, group]) => group).join();
    expect(groups).toBe('Required,Client,Lifetime,Hand-over,Network,Result,Options,Examples');
    const text = out.replace(/\s+/g, ' ');
    expect(text).toContain('--lifetime <run|pull_request> ');
    expect(text).toContain('Format of the result. Default: json. (choices: "json", "env", "dotenv")');
  });

  test('of exec shows where the program goes', async () => {
    await exitCodeOf('exec', '--help');
    expect(out).toMatch(/^Usage: capture-client exec \[options\] -- COMMAND \[ARG\.\.\.\]\n/);
    expect(out).toMatch(/\nExamples:\n {2}capture-client exec .* npm test\n {2}capture-client exec .*\n$/);
  });

  test.each([['--help'], ['help']])('of the program names every command: %s', async (arg) => {
    expect(await exitCodeOf(arg)).toBe(0);
    expect(out).toMatch(
      /^Usage: capture-client \[options\] \[command\]\n\nTemporary API clients for Akamai /,
    );
    for (const name of names) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(out).toMatch(/^ {2}help \[command\] +Show how to use the command line/m);
    await exitCodeOf('help', 'help');
    expect(out).toContain('\nUsage: capture-client help [command]\n');
    expect(out).toContain('\n  2    wrong usage; nothing was sent\n');
    expect(out).toContain('\nSet CAPTURE_DEBUG=1 for a line about each API call.\n');
  });

  test('exists for every action', () => {
    for (const action of actions) expect(names).toContain(action);
  });
});

describe('a usage error names what is wrong, points to help, and exits with 2:', () => {
  test.each<[string[], string]>([
    [['nope'], "capture-client: error: unknown command 'nope'\nTry capture-client --help.\n"],
    [['help', 'nope'], "capture-client: error: unknown command 'nope'\nTry capture-client --help.\n"],
    [
      ['configure', '--settings', '{}'],
      "capture-client: error: --settings doesn't exist, because others can read the flags of a process. Pass --settings-file FILE.\nTry capture-client configure --help.\n",
    ],
    [
      ['create', '--lifetimes', 'run'],
      "capture-client: error: unknown option '--lifetimes'\n(Did you mean --lifetime?)\nTry capture-client create --help.\n",
    ],
    [
      ['create', 'extra'],
      "capture-client: error: too many arguments for 'create'. Expected 0 arguments but got 1.\nTry capture-client create --help.\n",
    ],
    [
      ['create', '--name'],
      "capture-client: error: option '--name <VALUE>' argument missing\nTry capture-client create --help.\n",
    ],
    [
      ['exec'],
      "capture-client: error: missing required argument 'command'\nTry capture-client exec --help.\n",
    ],
  ])('%j', async (args, message) => {
    expect(await exitCodeOf(...args)).toBe(2);
    expect(err).toBe(message);
  });

  test.each([
    '--nope=SECRET',
    '--nope=a\nSECRET',
    "--nope'SECRET'",
    '--nope\u001b[31mSECRET',
    '-xSECRET\nSECRET',
    '--no SECRET\n\nSECRET',
    '--dry-run=SECRET',
  ])('%j, without its value', async (arg) => {
    expect(await exitCodeOf('sweep', arg)).toBe(2);
    expect(err).toMatch(
      /^capture-client: error: .*'-.*\n(?:\(Did you mean .*\n)?Try capture-client sweep --help\.\n$/,
    );
    expect(err.replace('-xSECRET', '')).not.toMatch(/SECRET|\u001b/);
  });

  test.each(['', ' SECRET', '=SECRET', ':SECRET'])(
    '--owner-client-secret%s, with where secrets come from',
    async (value) => {
      expect(await exitCodeOf('sweep', `--owner-client-secret${value}`)).toBe(2);
      expect(err).toBe(
        "capture-client: error: --owner-client-secret doesn't exist, because others can read the flags of a process. Pass --owner-client-secret-file FILE, or set CAPTURE_OWNER_CLIENT_SECRET.\nTry capture-client sweep --help.\n",
      );
    },
  );

  test.each(['--dry-run', '-d'])('%s=false, with how to write it', async (flag) => {
    await exitCodeOf('sweep', `${flag}=false`);
    expect(err).toContain(
      `unknown option '${flag}…' If ${flag} exists, it takes no value like that: write it alone, or with a space before its value.`,
    );
  });
});

describe('an option that is given twice is rejected:', () => {
  test.each(['--origin', '--run-id', '--format', '--output', '--name'])('%s', async (flag) => {
    expect(await exitCodeOf('create', flag, 'json', flag, 'json')).toBe(2);
    expect(err).toContain(` is invalid. ${flag} is given twice. Remove one of them.\n`);
  });
});

test('a format that the command does not have is rejected', async () => {
  expect(await exitCodeOf('delete', '--format', 'env')).toBe(2);
  expect(err).toContain("error: option '--format <FORMAT>…' is invalid. Allowed choices are json.\n");
});

test.each(['SECRET', 'A=SECRET'])('--env %s is rejected without showing it', async (value) => {
  expect(await exitCodeOf('exec', '--env', value, '--', 'true')).toBe(2);
  expect(err).toMatch(
    /^capture-client: error: option '--env <NAME=VALUE>…' is invalid\. Use NAME=VALUE, where /,
  );
  expect(err).not.toContain('SECRET');
});

test('an empty option is not given', async () => {
  await exitCodeOf('create', '--origin', '', '--run-id', '7', '--format', '', '--output', '');
  expect(err).toContain('- --origin is missing, and ');
  expect(err).not.toMatch(/--run-id|--format|--output/);
});

test('exec gets the program with its flags, and every name of a variable', async () => {
  const env = { A: 'client_id', B: 'client_id' };
  await exitCodeOf('exec', '--env', 'A=client_id', '--env', 'B=client_id', '--', 'npm', '--env');
  const shell = { program: ['npm', '--env'], options: { env } };
  expect(execInShell.mock.calls).toEqual([[expect.objectContaining(shell)]]);
});

test('a bug is no usage error', async () => {
  await expect(run(null as never)).rejects.toThrow('first parameter');
});
