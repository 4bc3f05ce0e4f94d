import * as core from '@actions/core';
import { type Environment, proxyPasswords, readRoute } from '../capture/route.ts';
import { ExpectedError } from '../expected-error.ts';
import type { InputSource } from '../inputs/inputs.ts';
import type { Log } from '../log.ts';
import {
  readContext,
  readEvent,
  requireVariable,
  requireWorkflowStep,
  type WorkflowContext,
} from './context.ts';
import { loadState, type SavedState } from './saved-state.ts';

const issuesUrl = 'https://github.com/org/capture-client-action/issues';

export interface Step {
  readonly source: InputSource;
  readonly context: WorkflowContext;
  /** The path in GITHUB_OUTPUT. */
  readonly outputFile: string;
}

/**
 * Runs the main of an action. Checks that it's a step of a workflow run, then masks the owner secret and the seal key,
 * before anything else can print them. An error fails the step.
 * @param afterBug what an unexpected error means for clients, in whole sentences
 */
export async function runStep(
  env: Environment,
  log: Log,
  run: (step: Step) => Promise<void>,
  afterBug = '',
): Promise<void> {
  try {
    requireWorkflowStep(env);
    const context = readContext(env, readEvent(env));
    const source: InputSource = {
      get: core.getInput,
      getUntrimmed: (name) => core.getInput(name, { trimWhitespace: false }),
      variables: Object.keys(env),
    };
    log.mask({ clientId: source.get('owner_client_id'), clientSecret: source.get('owner_client_secret') });
    log.maskSecret(source.get('seal_key'));
    // The saved state has the proxy, and the runner's debug log prints the state.
    for (const password of proxyPasswords(readRoute(env))) log.maskSecret(password);
    await run({ source, context, outputFile: requireVariable(env, 'GITHUB_OUTPUT') });
  } catch (error) {
    if (error instanceof ExpectedError) log.fail(error.lines, error.title);
    else reportBug(error, afterBug, log);
  }
}

/**
 * Runs the post of an action with what its main saved; does nothing if it saved nothing. A cleanup never turns a green
 * job red: an error is a warning.
 */
export async function runPostStep(
  env: Environment,
  log: Log,
  run: (saved: SavedState, context: WorkflowContext) => Promise<void>,
): Promise<void> {
  const warn = (error: unknown): void => warnAboutCleanup(error, log);
  // A socket can fail after its request is over.
  process.on('uncaughtException', warn);
  try {
    requireWorkflowStep(env);
    const context = readContext(env, readEvent(env));
    const saved = loadState();
    if (saved === undefined) return;
    log.mask(saved.access.owner);
    await run(saved, context);
  } catch (error) {
    warn(error);
  }
}

function reportBug(error: unknown, afterBug: string, log: Log): void {
  log.fail(`${describeBug(error)} ${afterBug}`.trim(), 'bug');
  logStacks(error, log);
}

function warnAboutCleanup(error: unknown, log: Log): void {
  const problem = error instanceof ExpectedError ? error.message : describeBug(error);
  log.warning(
    `Cleanup failed. ${problem} If this step created a client, the client may still exist. The sweep deletes it after it expires; to delete it now, run the delete action with its client_id.`,
    'cleanup failed',
  );
  if (!(error instanceof ExpectedError)) logStacks(error, log);
}

function describeBug(error: unknown): string {
  return `Unexpected error: ${String(error)}. This is a bug in capture-client-action. Report it at ${issuesUrl} with a debug log: re-run the job with debug logging enabled.`;
}

function logStacks(error: unknown, log: Log): void {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    for (const line of (cause.stack ?? String(cause)).split('\n')) log.debug(line);
  }
}
