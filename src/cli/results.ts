import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  openSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Environment } from '../capture/route.ts';
import { ExpectedError } from '../expected-error.ts';
import { quote } from '../inputs/quote.ts';
import type { Log } from '../log.ts';
import { isCiJob } from './context.ts';

/** In which form and where a result goes. */
export interface ResultOptions {
  readonly format?: 'json' | 'env' | 'dotenv' | 'markdown';
  /** A file; undefined for standard output. */
  readonly output?: string | undefined;
  /** Whether a secret may go where others can read it. */
  readonly reveal?: boolean;
}

/** Values by their names in JSON. */
export type Result = Readonly<Record<string, unknown>>;

/** The variables of the other formats, by the names in JSON. */
const resultVariables: Readonly<Record<string, string>> = {
  capture_domain: 'CAPTURE_DOMAIN',
  client_id: 'CAPTURE_CLIENT_ID',
  client_secret: 'CAPTURE_CLIENT_SECRET',
  sealed_credentials: 'CAPTURE_SEALED_CREDENTIALS',
  expires_at: 'CAPTURE_EXPIRES_AT',
};

/** The outputs of an action whose values are all JSON. */
export function parseOutputs(outputs: Readonly<Record<string, string>>): Result {
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, JSON.parse(value)]));
}

/** Before anything is sent: a client whose credentials can't be written is of no use. */
export function findProblemWithOutput(file: string): string | undefined {
  if (file === '-') return '--output: - is not a file. Without --output, the result goes to standard output.';
  try {
    accessSync(existsSync(file) ? file : dirname(file), constants.W_OK);
    return undefined;
  } catch {
    return `--output: ${quote(file)} can't be written. Check that its folder exists, and its permissions.`;
  }
}

/**
 * Writes a result. Leaves the secret out where others could read it.
 * @throws ExpectedError if it can't be written
 */
export async function writeResult(
  result: Result,
  { env, options, log }: { readonly env: Environment; readonly options: ResultOptions; readonly log: Log },
): Promise<void> {
  const { client_secret, ...rest } = result;
  const isSecret = client_secret !== undefined;
  const obstacle = isSecret ? whyWithoutSecret(options, env) : undefined;
  await writeText(formatResult(obstacle === undefined ? result : rest, options.format), options.output);
  if (obstacle !== undefined) log.notice(`The result has no client secret. ${obstacle}`);
}

/**
 * Writes a text to a file that only the user can read, or to standard output.
 * @throws ExpectedError if it can't be written
 */
export async function writeText(text: string, file: string | undefined): Promise<void> {
  try {
    if (file === undefined) await writeToStandardOutput(text);
    else writeFile(file, text);
  } catch (cause) {
    throw new ExpectedError(
      `Could not write the result: ${(cause as Error).message}.`,
      'Check the path, its permissions, and the free disk space.',
      { cause },
    );
  }
}

/** @returns undefined if the secret can be in the result */
function whyWithoutSecret({ format, output, reveal }: ResultOptions, env: Environment): string | undefined {
  if (reveal) return undefined;
  if (format === 'dotenv') {
    return 'Others may be able to read a dotenv file. Use the sealed credentials, or pass --reveal.';
  }
  // In a job, a pipe may lead to the log. `env` is for a shell's `eval`, so its pipe leads there.
  return isStandardOutput(output) && (isShown() || (format !== 'env' && isCiJob(env)))
    ? 'It could show in this terminal or log. Use --output FILE or eval with --format env, or pass --reveal.'
    : undefined;
}

/** Whether a file is another name of standard output, such as /dev/stdout. */
function isStandardOutput(file: string | undefined): boolean {
  return file === undefined || (existsSync(file) && isSameFile(statSync(file), fstatSync(1)));
}

function isSameFile(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** Whether standard output is a terminal, or goes where messages go, as in the log of a CI job. */
function isShown(): boolean {
  if (process.stdout.isTTY) return true;
  return isSameFile(fstatSync(1), fstatSync(2));
}

/** Formats a result for a program (json), for a shell's `eval` (env), or for a dotenv file. */
export function formatResult(result: Result, format: ResultOptions['format'] = 'json'): string {
  if (format === 'json') return `${JSON.stringify(result, undefined, 2)}\n`;
  const pairs = Object.entries(resultVariables).flatMap(([name, variable]) =>
    result[name] === undefined ? [] : [[variable, String(result[name])] as const],
  );
  const toLine = format === 'env' ? toExport : toDotenv;
  return pairs.map(([variable, value]) => `${toLine(variable, value)}\n`).join('');
}

function toExport(variable: string, value: string): string {
  return `export ${variable}='${value.replaceAll("'", "'\\''")}'`;
}

/** Parsers disagree on quotes, and GitLab's knows none, so only values that need none are written. */
function toDotenv(variable: string, value: string): string {
  if (/^[\w.,:/@%+=~-]*$/.test(value)) return `${variable}=${value}`;
  throw new ExpectedError(
    `The value of ${variable} can't be written as dotenv.`,
    'Use --format json or env.',
  );
}

async function writeToStandardOutput(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.once('error', reject);
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** A file that exists keeps its mode, so that is set before anything is written. */
function writeFile(path: string, text: string): void {
  const descriptor = openSync(path, 'w', 0o600);
  try {
    if (fstatSync(descriptor).isFile()) fchmodSync(descriptor, 0o600);
    writeFileSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}
