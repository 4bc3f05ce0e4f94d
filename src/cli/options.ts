import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { Environment } from '../capture/route.ts';
import type { InputSource } from '../inputs/inputs.ts';
import { parseBoolean } from '../inputs/parsers.ts';
import { type Input, inputTable } from '../inputs/table.ts';
import { flagOf, inputVariables, isFromFile } from './wording.ts';

/** A command that has inputs. */
export type CommandName = 'exec' | keyof typeof inputTable;

type Inputs = Readonly<Record<string, Input>>;

/** The short life of its client decides these. */
const notForExec = ['lifetime', 'pull_request', 'rotate_secret'];

/** Descriptions that differ from those in a workflow. */
const descriptions: Readonly<Record<string, string>> = {
  client_id:
    "ID of the client to delete. Its description must end with this origin's label. Set this or --lifetime. --lifetime takes precedence over CAPTURE_CLIENT_ID.",
  github_token:
    'Token with the scope read_api that reads which merge requests and pipelines are finished, for GitLab. Without it, the sweep deletes only expired clients.',
  seal_key: 'Key of 32 or more characters that encrypts credentials for later jobs, and decrypts them there.',
  sealed_credentials: 'Credentials that create encrypted in an earlier job.',
  description:
    'One line of text that describes the client. A label is added. Default: the origin, and the pull request or branch.',
  name: 'Distinguishes the clients of one run or pull request. Default: from the CI system, or capture-client.',
  repositories:
    'Repositories whose clients to sweep: group/name, group/subgroup/name, or group/*, separated by commas or newlines. Default: the origin.',
  settings: 'Settings of the client: lines of key=value, or a JSON object of strings.',
  timeout:
    'Time limit for all API calls, such as 90s or 5m. Maximum: 1h. Each attempt gets up to a third of it.',
};

/** Those of one command. */
const ownDescriptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  exec: {
    expires_in: 'How long until the sweep may delete the client, if this command is killed. Default: 2h.',
  },
  check: {
    github_token: 'Token to check for the sweep in GitLab: whether it can read merge requests and pipelines.',
  },
  delete: { name: 'With --lifetime, delete only the clients with this name. Default: any name.' },
  create: {
    lifetime:
      'When the client is deleted. run: by delete or sweep, after this run. pull_request: reused by later runs; by delete or sweep, after the pull request closes.',
  },
};

/** Values that a flag takes. Those of all others are called TEXT. */
const placeholders: Readonly<Record<string, string>> = {
  capture_domain: 'HOST',
  client_id: 'ID',
  copy_settings_from: 'ID',
  expires_in: 'DURATION',
  features: 'LIST',
  ip_allow_list: 'LIST',
  mode: 'MODE',
  owner_client_id: 'ID',
  pull_request: 'NUMBER',
  repositories: 'LIST',
  rotate_secret: 'HOURS',
  timeout: 'DURATION',
};

/** The inputs of a command. A command line has no job summary. */
export function inputsOf(command: CommandName): Inputs {
  if (command !== 'exec') {
    const { show_summary, ...inputs }: Inputs = inputTable[command];
    return inputs;
  }
  const ofCreate = Object.entries(inputsOf('create')).filter(([name]) => !notForExec.includes(name));
  return { ...Object.fromEntries(ofCreate), ...inputTable.unseal };
}

/** Adds a flag for each input of a command. */
export function addInputs(command: Command): Command {
  const name = command.name() as CommandName;
  for (const [input, definition] of Object.entries(inputsOf(name))) {
    command.addOption(new Option(flagWithValue(input, definition), describe(name, input, definition)));
    // So that a secret in a flag is rejected without being shown.
    if (isFromFile(input)) command.addOption(new Option(`${withoutFile(input)} [text]`).hideHelp());
  }
  return command;
}

function flagWithValue(name: string, { parse }: Input): string {
  if (isFromFile(name)) return `${flagOf(name)} <FILE>`;
  return parse === parseBoolean ? flagOf(name) : `${flagOf(name)} <${placeholders[name] ?? 'TEXT'}>`;
}

function describe(command: CommandName, name: string, input: Input): string {
  const text = ownDescriptions[command]?.[name] ?? descriptions[name] ?? input.description;
  const isDefaultShown = input.default !== undefined && input.parse !== parseBoolean;
  return [
    text,
    ...(isDefaultShown ? [`Default: ${input.default}.`] : []),
    ...(inputVariables[name] === undefined || (name === 'client_id' && command !== 'delete')
      ? []
      : [`(${inputVariables[name]})`]),
  ].join(' ');
}

function withoutFile(name: string): string {
  return flagOf(name).replace(/-file$/, '');
}

/** What commander calls the value of a flag. */
function keyOf(flag: string): string {
  return new Option(`${flag} <value>`).attributeName();
}

/** The inputs as the user gave them. */
export interface Given {
  readonly source: InputSource;
  /** Inputs that a flag gave, not the environment. */
  readonly flags: readonly string[];
  /** What's wrong with how they were given, in whole sentences. */
  readonly problems: readonly string[];
}

/** Reads the inputs from flags, files, and the environment, in this order. */
export async function readGiven(
  command: CommandName,
  options: Readonly<Record<string, unknown>>,
  env: Environment,
): Promise<Given> {
  const names = Object.keys(inputsOf(command));
  const problems: string[] = [];
  const values = new Map<string, string>();
  const readText = openReader();
  for (const name of names) {
    const flag = flagOf(name);
    const value = options[keyOf(flag)];
    if (isFromFile(name) && options[keyOf(withoutFile(name))] !== undefined) {
      problems.push(
        `${withoutFile(name)} doesn't exist, because other users can read the flags of every process. ${describeOtherWays(name)}`,
      );
    }
    if (value === undefined) continue;
    const text = isFromFile(name) ? await readText(String(value)) : String(value);
    if (text === undefined)
      problems.push(
        `${flag}: the file can't be read. Check its name and permissions. Only one flag can read standard input (-).`,
      );
    else values.set(name, text);
  }
  const flags = [...values.keys()];
  for (const name of names) {
    const value = env[inputVariables[name] ?? ''];
    if (value !== undefined && isFromEnvironment(name, command, flags)) values.set(name, value);
  }
  const getUntrimmed = (name: string): string => values.get(name) ?? '';
  return {
    source: { get: (name) => getUntrimmed(name).trim(), getUntrimmed, variables: [] },
    flags,
    problems,
  };
}

/** A client that the environment names isn't meant where a flag says which ones to delete. */
function isFromEnvironment(name: string, command: CommandName, flags: readonly string[]): boolean {
  if (flags.includes(name)) return false;
  return name !== 'client_id' || (command === 'delete' && !flags.includes('lifetime'));
}

function describeOtherWays(name: string): string {
  const variable = inputVariables[name];
  return variable === undefined ? `Pass ${flagOf(name)}.` : `Set ${variable}, or pass ${flagOf(name)}.`;
}

/** Makes a function that reads a file, or standard input once, and returns undefined if that's impossible. */
function openReader(): (file: string) => Promise<string | undefined> {
  let isRead = false;
  return async (file) => {
    if (file === '-' && isRead) return undefined;
    isRead ||= file === '-';
    try {
      return file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  };
}
