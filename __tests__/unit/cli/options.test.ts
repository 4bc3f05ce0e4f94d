import { writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { addInputs, type CommandName, inputsOf, readGiven } from '../../../src/cli/options.ts';
import { flagOf, isFromFile } from '../../../src/cli/wording.ts';
import { parseBoolean } from '../../../src/inputs/parsers.ts';
import { type Input, inputTable } from '../../../src/inputs/table.ts';
import { withFolder } from '../../support/fixtures.ts';

const names: CommandName[] = ['exec', 'create', 'delete', 'sweep', 'unseal', 'check'];

/** Parses a command line of this command, and reads its inputs. */
async function read(name: CommandName, args: readonly string[], env = {}) {
  const command = addInputs(new Command(name)).exitOverride();
  command.parse(args, { from: 'user' });
  return await readGiven(name, command.opts(), env);
}

describe.each(names)('%s', (name) => {
  const inputs = Object.entries(inputsOf(name));

  test.each(inputs)('takes %s from its flag', async (input, { parse }) => {
    await withFolder(async (path) => {
      writeFileSync(path('file'), 'value\n');
      const value = isFromFile(input) ? path('file') : 'value';
      const isBoolean = parse === parseBoolean;
      const { source, flags, problems } = await read(
        name,
        isBoolean ? [flagOf(input)] : [flagOf(input), value],
      );
      expect(source.get(input)).toBe(isBoolean ? 'true' : 'value');
      expect(flags).toEqual([input]);
      expect(problems).toEqual([]);
      for (const [other] of inputs.filter(([one]) => one !== input)) expect(source.get(other)).toBe('');
    });
  });

  test.each(inputs.filter(([input]) => isFromFile(input)))('takes %s from no other flag', async (input) => {
    const flag = flagOf(input).replace('-file', '');
    for (const args of [[flag, 'hush'], [`${flag}=hush`], [flag]]) {
      const { source, problems } = await read(name, args);
      expect(source.get(input)).toBe('');
      expect(problems).toEqual([
        expect.stringContaining(`${flag} doesn't exist, because other users can read`),
      ]);
      expect(problems.join()).not.toContain('hush');
    }
  });

  test('has a flag for every secret that names a file', () => {
    for (const [input, { secret }] of inputs as [string, Input][]) {
      if (secret) expect(flagOf(input)).toMatch(/-file$/);
    }
  });

  test('describes every input in --help', () => {
    const help = addInputs(new Command(name)).helpInformation();
    for (const [input] of inputs) expect(help).toContain(`  ${flagOf(input)} `);
    expect(help).not.toMatch(/undefined|\$\{|--seal-key \[/);
  });
});

test('every input of the actions is in a command, except for the job summary', () => {
  const all = names.slice(1).flatMap((name) => Object.keys(inputsOf(name)));
  const known = names.slice(1).flatMap((name) => Object.keys(inputTable[name as keyof typeof inputTable]));
  expect(new Set(known.filter((input) => !all.includes(input)))).toEqual(new Set(['show_summary']));
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

  test.each<[CommandName, object]>([
    [
      'create',
      { capture_domain: 'domain', owner_client_id: 'owner', owner_client_secret: 'secret', seal_key: 'key' },
    ],
    ['delete', { client_id: 'client' }],
    ['sweep', { github_token: 'token' }],
    ['check', { github_token: 'token', owner_client_secret: 'secret' }],
    ['unseal', { sealed_credentials: 'sealed', seal_key: 'key' }],
    ['exec', { sealed_credentials: 'sealed', seal_key: 'key' }],
  ])('gives %s %j', async (name, expected) => {
    const { source, flags } = await read(name, [], env);
    expect(Object.fromEntries(Object.keys(expected).map((input) => [input, source.get(input)]))).toEqual(
      expected,
    );
    expect(flags).toEqual([]);
  });

  test('loses to a flag', async () => {
    expect((await read('create', ['--capture-domain', 'other'], env)).source.get('capture_domain')).toBe(
      'other',
    );
  });

  test('names no client where a flag says which ones to delete', async () => {
    expect((await read('delete', ['--lifetime', 'run'], env)).source.get('client_id')).toBe('');
  });
});
