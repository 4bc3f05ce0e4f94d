import * as core from '@actions/core';
import { type Environment, readNetworkSettings } from '../capture/network-settings.ts';
import type { Command, Host } from '../host.ts';
import { type InputSource, maskInputs } from '../inputs/read-inputs.ts';
import { failWith, type Log, warnAboutCleanup } from '../log.ts';
import { setOutputs } from './command-files.ts';
import { writeSummary } from './job-summary.ts';
import { loadState, saveState } from './saved-state.ts';
import { openStepLog } from './step-log.ts';
import { readStepContext, requireVariable, type WorkflowContext } from './workflow-context.ts';
import { workflowWords } from './workflow-words.ts';

/** A fork has issues of its own. A local action (`./`) has no repository of its own. */
function howToReport(env: Environment): string {
  const repository = env.GITHUB_ACTION_REPOSITORY;
  const place = repository
    ? `at ${env.GITHUB_SERVER_URL}/${repository}/issues`
    : 'in the repository of this action';
  return `Report it ${place} with a debug log: re-run the job with debug logging enabled.`;
}

/** Runs a command as a step of a workflow run, and masks its secrets first. An error fails the step. */
export async function runStep(command: Command): Promise<void> {
  const { env } = process;
  const log = openStepLog();
  // From the first moment: a signal would end the process at once.
  const signal = watchCancellation();
  try {
    const run = readStepContext(env);
    await command(openHost(env, run, log, signal));
  } catch (error) {
    failWith(error, howToReport(env), log);
  }
}

/** Runs the post of an action with what its main saved. A cleanup never turns a green job red: an error is a warning. */
export async function runPostStep(): Promise<void> {
  const { env } = process;
  const log = openStepLog();
  const rest =
    'If this step created a client, the client may still exist. The sweep deletes it after it expires; to delete it now, run the delete action with its client_id.';
  const warn = (error: unknown): void => warnAboutCleanup(error, howToReport(env), rest, log);
  // A socket can fail after its request is over.
  process.on('uncaughtException', warn);
  // A runner that's gone reads nothing. Otherwise, each warning about that would cause another one.
  process.stdout.on('error', () => {});
  try {
    const run = readStepContext(env);
    const saved = loadState();
    log.mask(saved.access.owner);
    const { cleanup } = await import('../commands/cleanup.ts');
    await cleanup(saved, { run, log, words: workflowWords(run), isInUseUntilNow: false });
  } catch (error) {
    warn(error);
  }
}

/** The runner sends these to cancel a step, and gives it about ten seconds (docs/development/runner.md). */
function watchCancellation(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => controller.abort(name));
  return controller.signal;
}

function openHost(env: Environment, run: WorkflowContext, log: Log, signal: AbortSignal): Host {
  const inputs: InputSource = { get: core.getInput, variables: Object.keys(env) };
  const network = readNetworkSettings(env);
  maskInputs(inputs, network, log);
  return {
    inputs,
    run,
    words: workflowWords(run),
    log,
    signal,
    network,
    ci: {
      name: 'GitHub',
      async open(token, limitMs) {
        const { openGitHub } = await import('./github-api.ts');
        const apiUrl = requireVariable(env, 'GITHUB_API_URL');
        return await openGitHub({ apiUrl, token, network, limitMs }, run.origin);
      },
    },
    keep: saveState,
    publish: async ({ values }) => setOutputs(values),
    summarize: (summary) => writeSummary(summary, log),
  };
}
