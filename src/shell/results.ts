import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isatty } from 'node:tty';
import { ExpectedError } from '../errors.ts';
import type { Result } from '../host.ts';
import { quote } from '../inputs/parsers.ts';
import type { Log } from '../log.ts';
import { isCiJob } from './ci-systems.ts';
import { areSame, leadsTo, openOutput } from './output.ts';
import { quoteForShell } from './shell-words.ts';

type Format = 'json' | 'env' | 'dotenv' | 'markdown';

/** The options of the group Result. */
export interface ResultOptions {
  /** Undefined: JSON, or what the command shows in a terminal. */
  readonly format?: Format | undefined;
  readonly output?: string | undefined;
  readonly force?: boolean | undefined;
  readonly reveal?: boolean | undefined;
}

/** The variables of the other formats, by the names in JSON. */
const resultVariables: Readonly<Record<string, string>> = {
  capture_domain: 'CAPTURE_DOMAIN',
  client_id: 'CAPTURE_CLIENT_ID',
  client_secret: 'CAPTURE_CLIENT_SECRET',
  sealed_credentials: 'CAPTURE_SEALED_CREDENTIALS',
  expires_at: 'CAPTURE_EXPIRES_AT',
};

/** Before anything is sent: a client whose credentials can't be written is of no use. In whole sentences. */
export function findProblemsWithOutput({ output: file, force }: ResultOptions): string[] {
  if (file === undefined) return force ? ['--force has no effect without --output. Remove it.'] : [];
  if (file === '-')
    return ['--output: - is not a file. Without --output, the result goes to standard output.'];
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isDirectory()) return [`--output: ${quote(file)} is a folder. Name a file.`];
    if (stats?.isFile() && (leadsTo(1, stats) || leadsTo(2, stats))) {
      return [`--output: ${quote(file)} is where this command already writes. Name another file.`];
    }
    if (stats?.isFile() && !force) {
      return [`--output: ${quote(file)} exists. Name another file, or pass --force to replace it.`];
    }
    // `/.` fails unless it's a folder.
    accessSync(stats === undefined ? `${dirname(file)}/.` : file, constants.W_OK);
    return [];
  } catch {
    return [`--output: ${quote(file)} can't be written. Check that its folder exists, and its permissions.`];
  }
}

/** Writes a result, without the secret where others could read it. @throws ExpectedError if it can't be written */
export async function writeResult(
  { values, terminal }: Result,
  options: ResultOptions,
  log: Log,
): Promise<void> {
  const { format, output } = options;
  if (terminal !== undefined && format === undefined && output === undefined && isatty(1)) {
    return await writeText(terminal, options);
  }
  if (format === 'markdown') return await writeText(`${values.markdown}\n`, options);
  const { client_secret, markdown, ...rest } = values;
  const obstacle = client_secret === undefined ? undefined : whyWithoutSecret(options);
  const shown = client_secret === undefined || obstacle !== undefined ? rest : { ...rest, client_secret };
  if (shown !== rest) maskInJob(String(client_secret));
  await writeText(formatResult(shown, format), options);
  // Where the sealed credentials are, nothing is missing.
  if (obstacle !== undefined && values.sealed_credentials === undefined)
    log.notice(`The result has no client secret. ${obstacle}`);
}

async function writeText(text: string, { output, force }: ResultOptions): Promise<void> {
  try {
    if (output !== undefined) return writeFile(output, text, force);
    await new Promise<void>((resolve, reject) => {
      openOutput(1).write(text, (error) => (error ? reject(error) : resolve()));
    });
  } catch (error) {
    const problem = `Could not write the result: ${(error as Error).message}.`;
    const hint = 'Check the path, its permissions, and the free disk space.';
    throw new ExpectedError(problem, hint, { cause: error });
  }
}

/** @returns undefined if the secret can be in the result */
export function whyWithoutSecret({ format, output, reveal }: ResultOptions): string | undefined {
  if (reveal) return undefined;
  if (format === 'dotenv') {
    return 'Others may be able to read a dotenv file. To include it all the same, pass --reveal.';
  }
  if (output !== undefined) {
    const isFile = statSync(output, { throwIfNoEntry: false })?.isFile() ?? true;
    return isFile
      ? undefined
      : `${quote(output)} isn't a regular file, so others could read it. Name a file, or pass --reveal.`;
  }
  // In a job, a pipe may lead to the log, and a shell that traces its commands prints what it evaluates.
  return isatty(1) || areSame() || isCiJob(process.env)
    ? 'It could show in this terminal or log. Use --output FILE, or pass --reveal.'
    : undefined;
}

/** Passes the secret to the CI system's own masker, unless the log of this command is a file. */
function maskInJob(secret: string): void {
  const { env } = process;
  const isGitHub = env.GITHUB_ACTIONS === 'true';
  const command = isGitHub ? '::add-mask::' : env.TF_BUILD && '##vso[task.setsecret]';
  if (!command || fstatSync(2).isFile()) return;
  // A line break would end the command, and print the rest. GitHub decodes percent signs, too.
  const value = (isGitHub ? secret.replaceAll('%', '%25') : secret)
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A');
  openOutput(2).write(`${command}${value}\n`);
}

/** Formats values for a program (json), for a shell's `eval` (env), or for a dotenv file. */
export function formatResult(values: Result['values'], format: Format = 'json'): string {
  if (format === 'json') return `${JSON.stringify(values, undefined, 2)}\n`;
  const pairs = Object.entries(resultVariables).flatMap(([name, variable]) =>
    values[name] === undefined ? [] : [[variable, String(values[name])] as const],
  );
  const toLine = (variable: string, value: string): string =>
    format === 'env' ? `export ${variable}=${quoteForShell(value)}` : toDotenv(variable, value);
  return pairs.map(([variable, value]) => `${toLine(variable, value)}\n`).join('');
}

/** Parsers disagree on quotes, and GitLab's knows none, so only values that need none are written. */
function toDotenv(variable: string, value: string): string {
  if (/^[\w.,:/@%+=~-]*$/.test(value)) return `${variable}=${value}`;
  const problem = `The value of ${variable} can't be written as dotenv.`;
  throw new ExpectedError(problem, 'Use --format json or env.');
}

/** Only the user can read the file. Without `force`, it must not exist, even if it didn't a moment ago. */
function writeFile(path: string, text: string, force = false): void {
  const isSpecial = statSync(path, { throwIfNoEntry: false })?.isFile() === false;
  const descriptor = openSync(path, force || isSpecial ? 'w' : 'wx', 0o600);
  if (fstatSync(descriptor).isFile()) fchmodSync(descriptor, 0o600);
  writeFileSync(descriptor, text);
  closeSync(descriptor);
}
