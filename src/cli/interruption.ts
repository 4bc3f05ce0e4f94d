import { constants } from 'node:os';

/** The signals that ask a process to end. */
export const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Watches for these signals. None of them ends this process: it cleans up first.
 * @returns a signal that aborts with the first one; the reason is its name
 */
export function watchSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of signals) process.on(name, () => controller.abort(name));
  return controller.signal;
}

/** The exit code of a program that a signal ended, as a shell reports it. */
export function exitCodeOf(name: NodeJS.Signals): number {
  return 128 + constants.signals[name];
}
