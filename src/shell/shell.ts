import { readNetworkSettings } from '../capture/network-settings.ts';
import { cleanup } from '../commands/cleanup.ts';
import { ExpectedError } from '../errors.ts';
import type { Ci, Host, SavedState } from '../host.ts';
import type { CommandName } from '../inputs/input-table.ts';
import { type InputSource, maskInputs } from '../inputs/read-inputs.ts';
import type { RunContext } from '../inputs/run-context.ts';
import { clientsToDelete, needsCleanup } from '../lifecycle/creation-record.ts';
import { failWith, type Log, warnAboutCleanup } from '../log.ts';
import type { VariableNames } from './child-environment.ts';
import { isCiJob, type RunFlags, readRunContext } from './ci-systems.ts';
import { isGitLab } from './gitlab-context.ts';
import { type Given, readGiven } from './options.ts';
import { findProblemsWithOutput, type ResultOptions, whyWithoutSecret, writeResult } from './results.ts';
import { openShellLog } from './shell-log.ts';
import { type Flags, flagOf, nameOf, shellWords } from './shell-words.ts';
import { exitCodeOf, receiveSignals, watchSignals } from './signals.ts';

/** The options of a command besides its inputs. */
export interface ShellOptions extends RunFlags, ResultOptions {
  readonly env?: VariableNames | undefined;
  /** Undefined: only what goes to no terminal. */
  readonly redact?: boolean | undefined;
}

/** A command line, parsed. */
export interface Invocation {
  readonly name: CommandName;
  /** All options, those of the inputs among them. */
  readonly given: Readonly<Record<string, unknown>>;
  /** What exec runs. */
  readonly program: readonly string[];
}

export interface Shell extends Host, Pick<Invocation, 'program'>, Pick<Given, 'flags'> {
  readonly run: ReturnType<typeof readRun>;
  readonly options: ShellOptions;
}

const howToReport =
  'Report it in the repository of this command, with the output of the same command with CAPTURE_DEBUG=1.';

/** Runs a command, cleans up after it, and sets the exit code of the process. */
export async function runInShell(
  { name, given, program }: Invocation,
  command: (shell: Shell) => Promise<unknown>,
): Promise<void> {
  const { env } = process;
  // The others have nothing to clean up, so a signal ends them at once.
  const signal = ['exec', 'create', 'check'].includes(name) ? watchSignals() : new AbortController().signal;
  const inputs = await readGiven(name, given, env);
  const { source, flags } = inputs;
  // An empty value means not given, as in `--run-id "$UNSET"`.
  const options: ShellOptions = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const log = openShellLog((input, value) => nameOf(input, value, flags));
  const network = readNetworkSettings(env);
  maskInputs(source, network, log);
  const run = readRun(name, options, inputs, log);
  const kept: { state?: SavedState } = {};
  const shell: Shell = {
    ...{ inputs: source, flags, options, program, run, log, signal, network },
    words: shellWords(repeatedFlags(options, flags), options.runId),
    ci: gitLabOf(run, options, network),
    keep(state) {
      kept.state = state;
    },
    publish: (result) => writeResult(result, options, log),
    summarize() {},
  };
  try {
    const exitCode = await command(shell);
    if (typeof exitCode === 'number') process.exitCode = exitCode;
    else if (process.exitCode === 1 && signal.aborted) process.exitCode = exitCodeOf(signal.reason);
  } catch (error) {
    failWith(error, howToReport, log);
    if (error instanceof ExpectedError && error.exitCode) process.exitCode = error.exitCode;
    else if (signal.aborted) process.exitCode = exitCodeOf(signal.reason);
  }
  if (kept.state !== undefined && needsCleanup(kept.state.creation)) await cleanUpAfter(kept.state, shell);
}

function readRun(name: CommandName, options: ShellOptions, { source, problems: ofFiles }: Given, log: Log) {
  const lifetime = source.get('lifetime') || (name === 'create' && 'run');
  const { problems, place, ...run } = readRunContext(process.env, options, {
    origin: needsOrigin(name, source),
    ownRun: name === 'create' || name === 'exec',
    runId: lifetime === 'run' && ['create', 'delete', 'configure'].includes(name),
  });
  log.debug(`Context: ${run.origin.host}/${run.origin.name}, run ${run.runId}, from ${place}.`);
  const ofOutput = findProblemsWithOutput(options);
  // What is lost depends on where it goes.
  if (ofOutput.length === 0) ofOutput.push(...findLostSecret(name, options, source));
  return { ...run, problems: [...ofFiles, ...problems, ...ofOutput] };
}

/** What another job or a sweep has to find can't have the name of this machine. */
function needsOrigin(name: CommandName, source: InputSource): boolean {
  if (name === 'check' || name === 'list') return false;
  if (name === 'delete') return source.get('lifetime') !== '' || isCiJob(process.env);
  if (name === 'exec') return source.get('sealed_credentials') !== '' || isCiJob(process.env);
  return true;
}

/** A client whose secret nobody gets is of no use. */
function findLostSecret(name: CommandName, options: ShellOptions, source: InputSource): string[] {
  if (name !== 'create' || source.get('seal_key') !== '') return [];
  const obstacle = whyWithoutSecret(options);
  if (obstacle === undefined) return [];
  return [
    `The result would have no client secret. ${obstacle} To pass the client to another job, set \`seal_key\`.`,
  ];
}

/** What a printed command needs again, because the environment doesn't say it. */
function repeatedFlags({ origin }: ShellOptions, flags: Shell['flags']): Flags {
  const names = ['capture_domain', 'owner_client_id', 'owner_client_secret', 'auth_scheme'];
  const ofInputs = names.map((name) => [flagOf(name), flags.get(name)] as const);
  const all = [['--origin', origin] as const, ...ofInputs];
  return all.flatMap(([flag, value]) => (value === undefined ? [] : [[flag, value] as const]));
}

/** GitLab in its jobs, if the user named no other origin, of which it knows nothing. */
function gitLabOf({ origin }: RunContext, options: ShellOptions, network: Host['network']): Ci | undefined {
  const apiUrl = process.env.CI_API_V4_URL;
  if (apiUrl === undefined || !isGitLab(process.env) || options.origin !== undefined) return undefined;
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
    await cleanup(state, { log, run, words, isInUseUntilNow: true });
  } catch (error) {
    const rest = 'If a client was created, the sweep deletes it after it expires.';
    warnAboutCleanup(error, howToReport, rest, log);
  } finally {
    stop();
  }
}
