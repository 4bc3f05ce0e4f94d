import { type Environment, readNetworkSettings } from '../capture/network-settings.ts';
import { cleanup } from '../commands/cleanup.ts';
import { ExpectedError } from '../errors.ts';
import type { Ci, Host, SavedState } from '../host.ts';
import type { CommandName } from '../inputs/input-table.ts';
import { InputError, maskInputs } from '../inputs/read-inputs.ts';
import type { RunContext } from '../inputs/run-context.ts';
import { clientsToDelete, needsCleanup } from '../lifecycle/leftovers.ts';
import { failWith, type Log, warnAboutCleanup } from '../log.ts';
import { gitLabApiOf, isCiJob, type RunFlags, readRunContext, type ShellRun } from './ci-systems.ts';
import { type Given, readGiven } from './options.ts';
import { findProblemsWithOutput, type ResultOptions, whyWithoutSecret, writeResult } from './results.ts';
import { openShellLog } from './shell-log.ts';
import { flagOf, nameOf, shellWords } from './shell-words.ts';
import { exitCodeOf, receiveSignals, watchSignals } from './signals.ts';

/** The options of a command besides its inputs. */
export interface ShellOptions extends RunFlags, ResultOptions {
  /** `NAME=client_id` */
  readonly env?: readonly string[] | undefined;
  /** Undefined: only what goes to no terminal. */
  readonly redact?: boolean | undefined;
}

/** A command line, parsed. */
export interface Invocation {
  readonly name: CommandName;
  readonly options: ShellOptions;
  /** All options as they were given. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/** A host of a shell, and what only exec needs of it. */
export interface Shell extends Host {
  readonly given: Given;
  readonly env: Environment;
  readonly run: ShellRun;
}

const howToReport =
  'Report it in the repository of this command, with the output of the same command with CAPTURE_DEBUG=1.';

/** Runs a command, cleans up after it, and sets the exit code of the process. */
export async function runInShell(
  invocation: Invocation,
  command: (shell: Shell) => Promise<unknown>,
): Promise<void> {
  const { name } = invocation;
  const { env } = process;
  // The others have nothing to clean up, so a signal ends them at once.
  const signal = ['exec', 'create', 'check'].includes(name) ? watchSignals() : new AbortController().signal;
  const given = readGiven(name, invocation.flags, env);
  const log = openShellLog({
    isVerbose: Boolean(env.CAPTURE_DEBUG),
    nameOf: (input, value) => nameOf(input, value, given.flags),
  });
  const network = readNetworkSettings(env);
  maskInputs(given.source, network, log);
  const kept: { state?: SavedState } = {};
  const shell = openShell(invocation, { given, log, signal, network }, kept);
  try {
    const exitCode = await command(shell);
    if (typeof exitCode === 'number') process.exitCode = exitCode;
    else if (process.exitCode === 1 && signal.aborted) process.exitCode = exitCodeOf(signal.reason);
  } catch (error) {
    failWith(error, howToReport, log);
    if (error instanceof InputError) process.exitCode = 2;
    else if (error instanceof ExpectedError && error.exitCode !== undefined)
      process.exitCode = error.exitCode;
    else if (signal.aborted) process.exitCode = exitCodeOf(signal.reason);
  }
  if (kept.state !== undefined && needsCleanup(kept.state.creation)) await cleanUpAfter(kept.state, shell);
}

function openShell(
  invocation: Invocation,
  { given, log, signal, network }: Pick<Shell, 'given' | 'log' | 'signal' | 'network'>,
  kept: { state?: SavedState },
): Shell {
  const { env } = process;
  const { options } = invocation;
  const run = readRun(invocation, given, log);
  return {
    inputs: given.source,
    given,
    env,
    run,
    words: shellWords(repeatedFlags(invocation, given), options.runId, given.unreadable),
    log,
    signal,
    network,
    ci: gitLabOf(gitLabApiOf(env, options), run, network),
    keep(state) {
      kept.state = state;
    },
    publish: (result) => writeResult(result, options, { env, log }),
    summarize() {},
  };
}

function readRun({ name, options }: Invocation, given: Given, log: Log): ShellRun {
  const { env } = process;
  const { source, problems } = given;
  const lifetime = source.get('lifetime') || (name === 'create' ? 'run' : '');
  const run = readRunContext(env, options, {
    origin: needsOrigin(name, source) || (name !== 'check' && name !== 'list' && isCiJob(env)),
    ownRun: name === 'create' || name === 'exec',
    runId: lifetime === 'run' && ['create', 'delete', 'configure'].includes(name),
  });
  log.debug(`Context: ${run.origin.host}/${run.origin.name}, run ${run.runId}, from ${run.source}.`);
  const ofOutput = findProblemsWithOutput(options);
  // What is lost depends on where it goes.
  if (ofOutput.length === 0) ofOutput.push(...findLostSecret(name, options, given));
  return { ...run, problems: [...problems, ...run.problems, ...ofOutput] };
}

/** What another job or a sweep has to find can't have the name of this machine. */
function needsOrigin(name: CommandName, source: Given['source']): boolean {
  if (name === 'delete') return source.get('lifetime') !== '';
  if (name === 'exec') return source.get('sealed_credentials') !== '';
  return ['create', 'configure', 'unseal', 'sweep'].includes(name);
}

/** A client whose secret nobody gets is of no use. */
function findLostSecret(name: CommandName, options: ShellOptions, { source, unreadable }: Given): string[] {
  if (name !== 'create' || source.get('seal_key') !== '' || unreadable.has('seal_key')) return [];
  const obstacle = whyWithoutSecret(options, process.env);
  return obstacle === undefined
    ? []
    : [
        `The result would have no client secret. ${obstacle} To pass the client to another job, set \`seal_key\`.`,
      ];
}

/** What a printed command needs again, because the environment doesn't say it. */
function repeatedFlags({ options }: Invocation, { flags }: Given): readonly (readonly [string, string])[] {
  const names = ['capture_domain', 'owner_client_id', 'owner_client_secret', 'auth_scheme'];
  const ofInputs = names.flatMap((name) => {
    const value = flags.get(name);
    return value === undefined ? [] : [[flagOf(name), value] as const];
  });
  return options.origin === undefined ? ofInputs : [['--origin', options.origin], ...ofInputs];
}

function gitLabOf(
  apiUrl: string | undefined,
  { origin }: RunContext,
  network: Host['network'],
): Ci | undefined {
  if (apiUrl === undefined) return undefined;
  return {
    name: 'GitLab',
    async open(token, limitMs) {
      const { openGitLab } = await import('./gitlab-api.ts');
      return openGitLab({ apiUrl, token, network, limitMs }, origin);
    },
  };
}

/** Only warns: what became of the client changes no exit code. */
async function cleanUpAfter(state: SavedState, { log, run, words }: Shell): Promise<void> {
  const clients = clientsToDelete(state.creation);
  // Someone who presses Ctrl+C again wants to know what takes so long.
  const stop = receiveSignals(() => {
    for (const { clientId } of clients)
      log.info(`Deleting client ${clientId}. If this is killed, ${words.deletion(clientId)}`);
    if (clients.length === 0) log.info('Looking for a client that may be left.');
  });
  try {
    await cleanup(state, { log, run, words }, { isInUseUntilNow: true });
  } catch (error) {
    const rest = 'If a client was created, the sweep deletes it after it expires.';
    warnAboutCleanup(error, howToReport, rest, log);
  } finally {
    stop();
  }
}
