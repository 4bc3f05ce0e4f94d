import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { isatty } from 'node:tty';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Environment } from '../capture/network-settings.ts';
import { type CommandName, type Input, inputsOf } from '../inputs/input-table.ts';
import { minKeyLength, parseBoolean, quote } from '../inputs/parsers.ts';
import type { InputSource } from '../inputs/read-inputs.ts';
import { flagOf } from './shell-words.ts';

/** In the order of the help. */
const groups = ['Required', 'Client', 'Lifetime', 'Hand-over', 'Network', 'Options'];

/** Adds a flag for each input of a command. */
export function addInputs(command: Command): Command {
  const inputs = Object.entries(inputsOf(command.name() as CommandName, 'shell'));
  const groupOf = ({ required, group }: Input): string => (required ? 'Required' : (group ?? 'Options'));
  for (const group of groups) {
    for (const [name, input] of inputs.filter(([, one]) => groupOf(one) === group)) {
      const option = new Option(flagWithValue(name, input), describeFlag(input)).helpGroup(`${group}:`);
      command.addOption(once(option));
    }
  }
  return command;
}

/** Rejects an option that is given twice. An empty value means not given, so it's none of the choices. */
export function once(option: Option): Option {
  const { parseArg } = option;
  return option.argParser((value, previous) => {
    if (previous !== undefined) {
      throw new InvalidArgumentError(`${option.long} is given twice. Remove one of them.`);
    }
    return value === '' || parseArg === undefined ? value : parseArg(value, previous);
  });
}

function flagWithValue(name: string, { parse, fromFile }: Input): string {
  if (fromFile) return `${flagOf(name)} <FILE>`;
  return parse === parseBoolean ? flagOf(name) : `${flagOf(name)} <${parse.choices?.join('|') ?? 'VALUE'}>`;
}

/** Shows the inputs that a description names as their flags. */
function describeFlag(input: Input): string {
  const hasDefault = input.default !== undefined && input.parse !== parseBoolean;
  const defaultNote = hasDefault ? ` Default: ${input.default}.` : '';
  const variableNote = input.variable === undefined ? '' : ` (${input.variable})`;
  const description = input.description.replace(/`(\w+)(?:: (\w+))?`/g, (_, name: string, value = '') =>
    `${flagOf(name)} ${value}`.trimEnd(),
  );
  return description + defaultNote + variableNote;
}

export type Given = Awaited<ReturnType<typeof readGiven>>;

/** Reads the inputs from flags, files, and the environment, in this order. */
export async function readGiven(
  command: CommandName,
  options: Readonly<Record<string, unknown>>,
  env: Environment,
) {
  /** What can't be read, in whole sentences. */
  const problems: string[] = [];
  const values = new Map<string, string | undefined>();
  /** Inputs that a flag gave, with the flag's own value. */
  const flags = new Map<string, string>();
  const inputs = Object.entries(inputsOf(command, 'shell'));
  for (const [name, { fromFile, secret, variable }] of inputs) {
    const flag = flagOf(name);
    const option = options[new Option(flag).attributeName()];
    // A client that the environment names isn't meant where a flag says which ones to delete.
    const isMeant = name !== 'client_id' || options.lifetime === undefined;
    if (option === undefined) {
      if (isMeant && variable) values.set(name, env[variable]);
      continue;
    }
    const given = String(option);
    flags.set(name, given);
    try {
      values.set(name, fromFile ? await readText(given, secret) : given);
    } catch (error) {
      problems.push(`${flag}: ${(error as Error).message}`);
      // A valid value in its place, so that nothing else seems wrong with it.
      values.set(name, `${name}=${'x'.repeat(minKeyLength)}`);
    }
  }
  const fromInput = inputs.filter(([name, { fromFile }]) => fromFile && flags.get(name) === '-');
  if (fromInput.length > 1) problems.push('Only one flag can read standard input (-).');
  const source: InputSource = { get: (name: string) => (values.get(name) ?? '').trim(), variables: [] };
  return { source, flags, problems };
}

/** @throws RangeError with the problem */
async function readText(file: string, isSecret = false): Promise<string> {
  if (file === '-' && isatty(0)) {
    throw new RangeError(
      'standard input is a terminal, which would show what you type. Pipe the value into it, or name a file.',
    );
  }
  try {
    return file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8');
  } catch {
    // It may be the secret itself instead of the name of its file.
    throw new RangeError(
      isSecret
        ? "its file can't be read. Give the name of a file, not the secret, and check the file's permissions."
        : `${quote(file)} can't be read. Check the file's name and permissions.`,
    );
  }
}
