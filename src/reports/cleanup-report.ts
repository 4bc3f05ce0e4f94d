import type { Log } from '../github/log.ts';
import type { Leftover } from '../lifecycle/cleanup.ts';
import type { Creation } from '../lifecycle/creation.ts';
import { formatTime } from '../lifecycle/label.ts';

/** A clean-up never turns a green job red: it says what is left, and how to finish by hand. */
export function warnAboutLeftover(
  { clientId, error }: Leftover,
  { marker, handedOver, expiresAt }: Creation,
  host: string,
  log: Log,
): void {
  const expires = formatTime(expiresAt);
  if (clientId !== undefined) {
    log.warning(
      `Could not delete client ${clientId} at ${host}. ${error.message} It ${error.details.applied === 'no' ? 'still works' : 'may still work'}; the sweep may remove it from ${expires} on. To finish: run the delete action with client_id: ${clientId}.`,
    );
  } else {
    const what = handedOver ? 'a second client was left beside the one handed over' : 'a client was left';
    log.warning(
      `Could not find out whether ${what} at ${host}. ${error.message} The sweep removes it from ${expires} on. To finish: delete ${handedOver ? 'any other client' : 'the client'} whose description holds the marker ${marker}, if there is one.`,
    );
  }
}
