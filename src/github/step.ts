import * as core from '@actions/core';
import { CaptureError } from '../capture/capture-error.ts';
import { InputError, type InputSource } from '../inputs/inputs.ts';
import { ForeignClient } from '../lifecycle/delete.ts';
import { Interrupted } from '../lifecycle/interruption.ts';
import { NotHandedOut } from '../lifecycle/provide.ts';
import { SealError } from '../sealing.ts';
import {
  type Environment,
  EnvironmentError,
  readContext,
  readEvent,
  required,
  type WorkflowContext,
} from './context.ts';
import type { Log } from './log.ts';

/** What every step begins with. */
export interface Step {
  readonly source: InputSource;
  readonly context: WorkflowContext;
  /** The runner's GITHUB_OUTPUT. */
  readonly outputFile: string;
}

/**
 * Runs a step to its end. The owner secret and the seal key are masked before anything can be said; an error fails the step with a
 * sentence, and only one that nobody foresaw asks for a report.
 */
export async function runStep(env: Environment, log: Log, run: (step: Step) => Promise<void>): Promise<void> {
  try {
    const source: InputSource = {
      get: core.getInput,
      getUntrimmed: (name) => core.getInput(name, { trimWhitespace: false }),
      variables: Object.keys(env),
    };
    log.mask({ clientId: source.get('owner_client_id'), clientSecret: source.get('owner_client_secret') });
    log.maskSecret(source.get('seal_key'));
    const context = readContext(env, readEvent(env));
    await run({ source, context, outputFile: required(env, 'GITHUB_OUTPUT') });
  } catch (error) {
    failWith(error, log);
  }
}

const foreseen = [
  InputError,
  CaptureError,
  EnvironmentError,
  Interrupted,
  ForeignClient,
  NotHandedOut,
  SealError,
];

function failWith(error: unknown, log: Log): void {
  if (error instanceof InputError) {
    log.fail(...error.lines);
  } else if (error instanceof Error && foreseen.some((kind) => error instanceof kind)) {
    log.fail(error.message);
  } else {
    log.fail(
      `Unexpected: ${String(error)}. This is a fault of the action; please report it, with a debug log if you can.`,
    );
    for (const line of error instanceof Error ? (error.stack ?? '').split('\n') : []) log.debug(line);
  }
}
