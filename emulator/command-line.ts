import { parseArgs } from 'node:util';
import type { EmulatorOptions, Fault } from './emulator.ts';

/** An invalid command line. Its message is the one sentence to print. */
export class UsageError extends Error {}

/** What the command line says. */
export interface CommandLine {
  help: boolean;
  options: EmulatorOptions;
  faults: Fault[];
}

/** Parses the arguments of the command. Throws a UsageError. */
export function parseCommandLine(args: string[]): CommandLine {
  const values = parse(args);
  if (values.help !== undefined) return { help: true, options: {}, faults: [] };
  return { help: false, options: readOptions(values), faults: (values.fault ?? []).map(parseFault) };
}

/** The text of --help. @param command how this process was started */
export function usage(command: string): string {
  const lines = Object.entries(FLAGS).map(([name, { value, help }]) =>
    `  ${`--${name}${value === undefined ? '' : ` ${value}`}`.padEnd(34)}${help}`.trimEnd(),
  );
  return [`${command} [options]`, '', ...lines, ''].join('\n');
}

/** One option of the command. */
interface Flag {
  /** The placeholder of its value in --help. A flag without one has no value. */
  value?: string;
  help: string;
  /** What it means for the emulator. Throws a UsageError if the value is invalid. */
  read: (value: string, flag: string) => EmulatorOptions;
}

const FLAGS: Record<string, Flag> = {
  host: { value: 'ADDRESS', help: 'address to listen on (default: 127.0.0.1)', read: (host) => ({ host }) },
  port: whole('port', 'N', 'port to listen on (default: any free port)', { max: 65_535 }),
  'owner-client-id': other('ID', 'credentials of the owner client (default: random; give both or neither)'),
  'owner-client-secret': other('SECRET', ''),
  latency: milliseconds('latencyMs', 'minimum time for every response (default: 0)'),
  'max-calls': whole('maxSimultaneousCalls', 'N', 'number of simultaneous calls (default: no limit)', {
    min: 1,
  }),
  'limit-response': choice('limitResponse', 'for further calls', ['code-510', 'http-510', 'http-429']),
  'retry-after': whole('retryAfterSeconds', 'SECONDS', 'Retry-After header of that response (default: none)'),
  'clock-offset': {
    value: 'SECONDS',
    help: 'how far its clock is ahead; if negative, behind (--clock-offset=-60)',
    read: (text, flag) => ({ clockOffsetMs: integer(text, flag, { min: -1e9, max: 1e9 }) * 1000 }),
  },
  'clock-tolerance': {
    value: 'SECONDS',
    help: 'how far the Date of signed requests can be off (default: 600)',
    read: (text, flag) => ({ clockToleranceMs: integer(text, flag) * 1000 }),
  },
  'empty-signature': choice('emptySignature', 'of calls without parameters', ['both', 'code', 'documents']),
  'read-methods': choice('readMethods', 'for calls that read', ['both', 'GET', 'POST']),
  'wrong-method': choice('wrongMethod', 'response to another method', ['code-404', 'http-405']),
  'allow-duplicate-descriptions': yes(
    { uniqueDescriptions: false },
    'let several clients have the same description',
  ),
  'allow-login-client-with-others': yes(
    { loginClientWithOthers: true },
    'let a client have login_client and other features',
  ),
  'max-description-length': whole(
    'maxDescriptionLength',
    'N',
    'reject longer descriptions (default: no limit)',
    { min: 1 },
  ),
  'description-unit': choice('descriptionUnit', 'what that length counts', ['characters', 'bytes']),
  'truncate-descriptions': yes({ longDescriptions: 'truncate' }, 'truncate longer descriptions instead'),
  'wrong-credentials-stat': choice('wrongCredentialsStat', 'stat of code 402', ['error', 'fail']),
  'omit-client-argument': yes(
    { unknownClientArgument: false },
    'leave argument_name out of errors about an unknown client',
  ),
  deletion: acceptOrCode(
    'deletion',
    'accept (default), or the code that rejects every deletion, such as 403',
  ),
  'owner-deletion': acceptOrCode(
    'ownerDeletion',
    'accept, or the code that rejects the deletion of an owner (default: 200)',
  ),
  'new-accepted-after': milliseconds(
    'newAcceptedAfterMs',
    'time until new credentials are accepted (default: 0)',
  ),
  'new-known-after': milliseconds(
    'newKnownAfterMs',
    'time until calls know the ID of a new client (default: 0)',
  ),
  'new-listed-after': milliseconds('newListedAfterMs', 'time until a new client is listed (default: 0)'),
  'deleted-accepted-for': milliseconds(
    'deletedAcceptedForMs',
    'time until deleted credentials are rejected (default: 0)',
  ),
  'deleted-listed-for': milliseconds(
    'deletedListedForMs',
    'time until a deleted client is no longer listed (default: 0)',
  ),
  'old-secret': milliseconds(
    'oldSecretMs',
    'time until an old secret is rejected after a reset (default: as requested)',
  ),
  fault: other('JSON', 'inject a fault; can be repeated (see the README of the emulator)'),
  help: yes({}, 'print this help'),
};

/** All values of every flag that is given. */
type Values = Partial<Record<string, string[]>>;

// The messages of parseArgs go on with advice; the first sentence is enough.
function parse(args: string[]): Values {
  const options = Object.fromEntries(
    Object.entries(FLAGS).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: true as const },
    ]),
  );
  try {
    const { values } = parseArgs({ args, options });
    return Object.fromEntries(
      Object.entries(values).map(([name, all]) => [name, (all as (string | boolean)[]).map(String)]),
    );
  } catch (error) {
    const [sentence] = String((error as Error).message).split(/[.\n]/);
    throw new UsageError(`${sentence}; --help lists the options.`, { cause: error });
  }
}

function readOptions(values: Values): EmulatorOptions {
  const read = Object.entries(FLAGS).map(([name, flag]) => {
    const value = values[name]?.at(-1);
    return value === undefined ? {} : flag.read(value, name);
  });
  const owner = readOwner(values['owner-client-id']?.at(-1), values['owner-client-secret']?.at(-1));
  return Object.assign({}, ...read, owner);
}

function readOwner(id: string | undefined, secret: string | undefined): Pick<EmulatorOptions, 'owner'> {
  if (id === undefined && secret === undefined) return {};
  if (!id || !secret) throw new UsageError('--owner-client-id and --owner-client-secret go together.');
  // Both ways to authenticate end the id at the first colon.
  if (id.includes(':')) throw new UsageError('--owner-client-id must not contain a colon.');
  return { owner: { client_id: id, client_secret: secret } };
}

/** A flag that isn't an option of its own. */
function other(value: string, help: string): Flag {
  return { value, help, read: () => ({}) };
}

function yes(options: EmulatorOptions, help: string): Flag {
  return { help, read: () => options };
}

function whole(option: keyof EmulatorOptions, value: string, help: string, range?: Range): Flag {
  return { value, help, read: (text, flag) => ({ [option]: integer(text, flag, range) }) };
}

/** About 24 days at most, the longest time that a timer of Node.js can wait. */
function milliseconds(option: keyof EmulatorOptions, help: string): Flag {
  return whole(option, 'MS', help, { max: 2 ** 31 - 1 });
}

/** The first choice is the default. */
function choice(option: keyof EmulatorOptions, help: string, choices: string[]): Flag {
  const [first = '', ...rest] = choices;
  return {
    value: 'KIND',
    help: `${help}: ${listOf([`${first} (default)`, ...rest])}`,
    read: (text, flag) => ({ [option]: oneOf(text, flag, choices) }),
  };
}

function acceptOrCode(option: 'deletion' | 'ownerDeletion', help: string): Flag {
  return {
    value: 'RULE',
    help,
    read: (text, flag) => ({
      [option]: text === 'accept' ? text : { code: integer(text, flag, { min: 100, max: 999 }) },
    }),
  };
}

interface Range {
  min?: number;
  max?: number;
}

function integer(text: string, flag: string, { min = 0, max }: Range = {}): number {
  const number = /^-?\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= (max ?? number)) return number;
  const range = max === undefined ? `of ${min} or more` : `from ${min} to ${max}`;
  throw new UsageError(`--${flag} must be a whole number ${range}, not "${text}".`);
}

function oneOf(text: string, flag: string, choices: string[]): string {
  if (choices.includes(text)) return text;
  throw new UsageError(`--${flag} must be ${listOf(choices)}, not "${text}".`);
}

function listOf(choices: string[]): string {
  return new Intl.ListFormat('en-US', { type: 'disjunction' }).format(choices);
}

function parseFault(json: string): Fault {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UsageError(`--fault: this isn't JSON: ${json}`, { cause: error });
  }
}
