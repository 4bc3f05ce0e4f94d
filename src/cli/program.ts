import { Command, CommanderError, Option } from 'commander';
import { type Environment, proxyPasswords, readRoute } from '../capture/route.ts';
import { ExpectedError } from '../expected-error.ts';
import { InputError } from '../inputs/inputs.ts';
import { Canceled } from '../lifecycle/cancellation.ts';
import { version } from '../version.ts';
import { checkCommand } from './check.ts';
import { StartError } from './child.ts';
import { isCiJob, readRunContext } from './context.ts';
import { create } from './create.ts';
import { deleteCommand } from './delete.ts';
import { exec } from './exec.ts';
import { exitCodeOf, watchSignals } from './interruption.ts';
import type { Invocation, Options } from './invocation.ts';
import { type CommandLog, openLog } from './log.ts';
import { addInputs, type CommandName, type Given, readGiven } from './options.ts';
import { findProblemWithOutput } from './results.ts';
import { sweepCommand } from './sweep.ts';
import { unsealCommand } from './unseal.ts';

/** Runs a command. Returns the exit code, if it has one of its own. */
type Run = (invocation: Invocation) => Promise<unknown>;

interface Definition {
  readonly summary: string;
  readonly run: Run;
  readonly options: readonly Option[];
}

const formatOf = (...formats: string[]) =>
  new Option('--format <FORMAT>', 'Format of the result.').choices(formats).default('json');
const output = new Option('--output <FILE>', 'Write the result to a file that only you can read.');
const reveal = new Option(
  '--reveal',
  'Include the client secret even where others may read it: in a terminal, a log, or a dotenv file.',
);
const runId = new Option(
  '--run-id <ID>',
  'ID of the run that the client belongs to. Default: from the CI system.',
);
const withSecret = [formatOf('json', 'env', 'dotenv'), output, reveal];

const definitions: Readonly<Record<CommandName, Definition>> = {
  exec: {
    summary: 'Run a program with a client of its own, which is deleted when the program ends.',
    run: exec,
    options: [
      new Option(
        '--env <NAME=VALUE>',
        'Use another name for the variable that contains capture_domain, client_id, or client_secret. Can be repeated.',
      ).argParser((value, previous: readonly string[] = []) => [...previous, value]),
      new Option('--redact', 'Hide secrets in terminal output, too.'),
      new Option('--no-redact', "Don't hide secrets in the output of the program."),
      runId,
    ],
  },
  create: { summary: 'Create a client.', run: create, options: [...withSecret, runId] },
  delete: {
    summary: 'Delete one client, or all clients of a run or pull request.',
    run: deleteCommand,
    options: [output, runId],
  },
  sweep: {
    summary: 'Delete every client that has expired or is no longer needed.',
    run: sweepCommand,
    options: [output],
  },
  unseal: {
    summary: 'Decrypt the credentials that create encrypted.',
    run: unsealCommand,
    options: withSecret,
  },
  check: {
    summary: 'Show whether this command works with your tenant. Creates clients, and deletes them.',
    run: checkCommand,
    options: [formatOf('json', 'markdown'), output],
  },
};

const overview = `
Secrets come from the environment, a file (--…-file FILE), or standard input (--…-file -), never from a flag.
Flags take precedence over environment variables.

Exit codes:
  0    success
  1    failed
  2    wrong usage; nothing was sent
  128+n  interrupted by signal n
  exec: the program's own exit code, 126 if it can't be started, 127 if it doesn't exist

In GitLab CI and GitHub Actions, the variables of the job say where a client belongs. In Jenkins, Azure Pipelines,
Buildkite, and CircleCI, they are the default of --origin and --run-id.`;

/** Creates the command line with all its commands and options. */
export function createProgram(): Command {
  const program = new Command('capture-client')
    .description('Short-lived API clients for Akamai Identity Cloud (Capture).')
    .version(version)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(withoutValues(text)) })
    .addHelpText('after', overview);
  for (const [name, definition] of Object.entries(definitions))
    addCommand(program, name as CommandName, definition);
  return program;
}

/** Runs the command line, and sets the exit code of the process. */
export async function run(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
}

function addCommand(program: Command, name: CommandName, { summary, run, options }: Definition): void {
  const command = program.command(name).description(summary).helpCommand(false);
  addInputs(command);
  command.addOption(
    new Option(
      '--origin <HOST/OWNER/NAME>',
      'Repository that the client belongs to. Default: from the CI system.',
    ),
  );
  for (const option of options) command.addOption(option);
  if (name === 'exec') {
    command.argument('<command...>').passThroughOptions().usage('[options] -- COMMAND [ARG...]');
  }
  command.action(async () => {
    await invoke(name, run, withoutEmpty(command.opts<Options>()), command.args);
  });
}

/** As with inputs, an empty value means not given: `--run-id "$UNSET"`. */
function withoutEmpty(options: Options): Options {
  const { origin, runId, output, ...others } = options;
  return { ...others, origin: origin || undefined, runId: runId || undefined, output: output || undefined };
}

/** A value could be a secret. */
function withoutValues(text: string): string {
  return text.replace(/(option '-[^'=]*)=.*'/s, "$1=…'");
}

async function invoke(
  name: CommandName,
  run: Run,
  options: Options,
  program: readonly string[],
): Promise<void> {
  const { env } = process;
  const log = openLog(Boolean(env.CAPTURE_DEBUG));
  let { signal } = new AbortController();
  try {
    const given = await readGiven(name, { ...options }, env);
    // The others have nothing to clean up, so a signal ends them at once.
    if (name === 'exec' || name === 'create' || name === 'check') signal = watchSignals();
    maskSecrets(given, env, log);
    const context = contextFor(name, options, given);
    const { source, flags } = given;
    const exitCode = await run({ env, source, flags, context, log, signal, options, program });
    if (typeof exitCode === 'number') process.exitCode = exitCode;
    else if (process.exitCode === 1 && signal.aborted) process.exitCode = exitCodeOf(signal.reason);
  } catch (error) {
    report(error, log);
    if (error instanceof InputError) process.exitCode = 2;
    else if (error instanceof StartError) process.exitCode = error.exitCode;
    else if (signal.aborted) process.exitCode = exitCodeOf(signal.reason);
  }
}

/** Before anything else can print them. */
function maskSecrets({ source }: Given, env: Environment, log: CommandLog): void {
  log.mask({ clientId: source.get('owner_client_id'), clientSecret: source.get('owner_client_secret') });
  for (const name of ['seal_key', 'github_token']) log.maskSecret(source.get(name));
  for (const password of proxyPasswords(readRoute(env))) log.maskSecret(password);
}

function contextFor(name: CommandName, options: Options, { source, problems }: Given) {
  const lifetime = source.get('lifetime') || 'run';
  const context = readRunContext(process.env, options, {
    origin: name !== 'check' && (isCiJob(process.env) || needsOrigin(name, source)),
    ownRun: name === 'create' || name === 'exec',
    runId:
      (name === 'create' && lifetime === 'run') || (name === 'delete' && source.get('lifetime') === 'run'),
  });
  const outputProblem = options.output === undefined ? undefined : findProblemWithOutput(options.output);
  const ofJob = name === 'create' && lifetime === 'job';
  const unsupported =
    '--lifetime job is for exec, which deletes its client itself. Use exec, or --lifetime run.';
  return {
    ...context,
    problems: [
      ...problems,
      ...(context.problems ?? []),
      ...(ofJob ? [unsupported] : []),
      ...(outputProblem === undefined ? [] : [outputProblem]),
    ],
  };
}

/** What another job or a sweep has to find can't have the name of this machine. */
function needsOrigin(name: CommandName, source: Given['source']): boolean {
  return (
    name === 'create' || name === 'unseal' || (name === 'exec' && source.get('sealed_credentials') !== '')
  );
}

function report(error: unknown, log: CommandLog): void {
  if (error instanceof Canceled) {
    log.fail('Interrupted. Nothing was handed over.');
    return;
  }
  if (error instanceof ExpectedError) {
    log.fail(error.lines);
    return;
  }
  log.fail(
    `Unexpected error: ${String(error)}. This is a bug in capture-client-action. Report it at https://github.com/org/capture-client-action/issues with the output of the same command with CAPTURE_DEBUG=1.`,
  );
  for (let one = error; one instanceof Error; one = one.cause) {
    for (const line of (one.stack ?? String(one)).split('\n')) log.debug(line);
  }
}
