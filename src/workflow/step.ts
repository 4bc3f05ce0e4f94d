import { CaptureError } from '../capture/errors.ts';
import { Interrupted } from '../lifecycle/interruption.ts';
import { EnvironmentError } from './context.ts';
import { InputError } from './inputs.ts';
import type { Log } from './log.ts';

/** Runs a step to its end: an error fails it with a sentence, and only one that nobody foresaw asks for a report. */
export async function runStep(log: Log, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (isForeseen(error)) {
      log.fail(...(error instanceof InputError ? error.lines : [error.message]));
      return;
    }
    log.fail(
      `Unexpected: ${String(error)}. This is a fault of the action; please report it, with a debug log if you can.`,
    );
    for (const line of error instanceof Error ? (error.stack ?? '').split('\n') : []) log.debug(line);
  }
}

function isForeseen(error: unknown): error is Error {
  return [InputError, CaptureError, EnvironmentError, Interrupted].some((kind) => error instanceof kind);
}
