/**
 * Watches for the runner's signals (actions-runtime.md §1d). Node would die of the first one at once; watched, the
 * process has until SIGKILL to learn what came of a request and to note it down.
 * @returns fires with the first SIGINT or SIGTERM
 */
export function watchSignals(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}

/** Lets a signal that has arrived already be seen. */
export async function seePendingSignals(): Promise<void> {
  // A signal is delivered in the poll phase: the second turn has certainly been through one.
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
