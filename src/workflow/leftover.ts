import type { Leftover } from '../lifecycle/cleanup.ts';
import type { Creation } from '../lifecycle/journal.ts';
import { formatTime } from '../lifecycle/label.ts';
import type { Log } from './log.ts';

/** A clean-up never turns a green job red: it says what is left, and how to finish by hand. */
export function warnAboutLeftover(
  { clientId, error }: Leftover,
  { marker, announced, expiresAt }: Creation,
  host: string,
  log: Log,
): void {
  const expires = formatTime(expiresAt);
  if (clientId !== undefined) {
    log.warning(
      `Could not delete client ${clientId} at ${host}. ${error.message} It ${error.details.effect === 'none' ? 'still works' : 'may still work'}; the sweep may remove it from ${expires} on. To finish: run the delete action with client_id: ${clientId}.`,
    );
  } else {
    const what = announced ? 'a second client was left beside the one handed over' : 'a client was left';
    log.warning(
      `Could not find out whether ${what} at ${host}. ${error.message} The sweep removes it from ${expires} on. To finish: delete ${announced ? 'any other client' : 'the client'} whose description holds the marker ${marker}, if there is one.`,
    );
  }
}
