/**
 * Watches for SIGINT and SIGTERM, which the runner sends to cancel a step. Unwatched, the first one ends the process at
 * once. Watched, the process has about ten seconds to save what became of a request.
 * @returns a signal that aborts with the first of them
 */
export function watchSignals(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}

/** Lets Node deliver a signal that the process has already received. */
export async function seePendingSignals(): Promise<void> {
  // Node delivers signals in the poll phase. Two turns of the event loop include a whole one.
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
