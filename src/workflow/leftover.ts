import { CaptureError } from '../capture/errors.ts';
import type { Creation } from '../lifecycle/journal.ts';
import type { Log } from './log.ts';

/** A clean-up never turns a green job red: it says what is left, and how to finish by hand. */
export function warnAboutLeftover(
  { marker, outcome }: Creation,
  host: string,
  error: unknown,
  log: Log,
): void {
  const why = error instanceof CaptureError ? error.message : `Unexpected: ${String(error)}.`;
  log.warning(
    typeof outcome === 'object'
      ? `Could not delete client ${outcome.clientId} at ${host}; it still works. ${why} To finish: run the delete action with client_id: ${outcome.clientId}.`
      : `Could not find out whether a client was left at ${host}. ${why} To finish: delete the client whose description holds the marker ${marker}, if there is one; the sweep does so when it expires.`,
  );
}
