import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import type { CommandName } from '../../../src/inputs/input-table.ts';
import { InputError, readInputs } from '../../../src/inputs/read-inputs.ts';
import { createProgram } from '../../../src/shell/command-line.ts';
import { readGiven } from '../../../src/shell/options.ts';
import { shellWords } from '../../../src/shell/shell-words.ts';
import { pushContext } from '../../support/fixtures.ts';

const root = resolve(import.meta.dirname, '../../..');
const ours =
  /capture-client(?:-action@\d+)? ((?:exec|create|configure|delete|sweep|unseal|check|list)\b(?:[^\n`'"#;)>|]|'[^\n']*')*)/g;

/** Every command line of ours in documents and examples, up to what the shell or YAML adds. */
const commands = globSync(['README.md', 'docs/**/*.md', 'examples/**/*'], { cwd: root, withFileTypes: true })
  .filter((file) => file.isFile())
  .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8').replaceAll('\\\n', ' '))
  .flatMap((text) => [...text.matchAll(ours)].map(([, command = '']) => command.trim()))
  .filter((command) => command !== 'exec');

/** What's wrong with a command line besides what the environment would give. */
async function problemsOf(command: string): Promise<readonly string[]> {
  const program = createProgram();
  const problems: string[] = [];
  for (const one of program.commands) {
    one.action(async () => {
      const { source } = await readGiven(one.name() as CommandName, one.opts(), {});
      const run = { ...pushContext, hasPostStep: false, hasSubgroups: true };
      try {
        readInputs(one.name() as CommandName, [], { inputs: source, run, words: shellWords([], undefined) });
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        problems.push(...error.lines.slice(1, -1));
      }
    });
  }
  await program.parseAsync(command.replaceAll("'", '').split(/\s+/), { from: 'user' });
  return problems.filter((problem) => !/ (?:isn't set\.|is missing\.)/.test(problem));
}

test.each([...new Set(commands)])(
  'a command in a document or example has flags that exist: %s',
  async (command) => {
    expect(await problemsOf(command)).toEqual([]);
  },
);
