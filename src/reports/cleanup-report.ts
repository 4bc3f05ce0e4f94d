import type { Wording } from '../inputs/run-context.ts';
import type { CleanupResult, Leftover } from '../lifecycle/cleanup.ts';
import type { Creation } from '../lifecycle/creation.ts';
import { formatTime } from '../lifecycle/label.ts';
import type { Log } from '../log.ts';

export interface CleanupContext {
  readonly creation: Creation;
  /** Capture's host. */
  readonly host: string;
  readonly wording: Wording;
}

/** Reports what cleanup deleted, or that nothing was left. A leftover is only a warning, with the way to finish. */
export function reportCleanup(
  { deleted, leftovers }: CleanupResult,
  { creation, host, wording }: CleanupContext,
  log: Log,
): void {
  const { handedOverId, lifetime } = creation;
  const isKept = handedOverId !== undefined && lifetime !== 'job';
  let reason = '';
  if (handedOverId === undefined) reason = `, ${wording.notHandedOver}`;
  else if (isKept) reason = ', a duplicate of the client in the outputs';
  for (const clientId of deleted) {
    log.info(`Deleted client ${clientId}${reason}.`);
  }
  for (const leftover of leftovers) warnAboutLeftover(leftover, { creation, host, wording }, log);
  if (deleted.length === 0 && leftovers.length === 0) {
    log.info(`Nothing to delete: this step left no ${isKept ? 'duplicate ' : ''}client at ${host}.`);
  }
}

function warnAboutLeftover(
  { clientId, error }: Leftover,
  { creation: { marker, handedOverId, expiresAt }, host, wording }: CleanupContext,
  log: Log,
): void {
  const expires = formatTime(expiresAt);
  if (clientId !== undefined) {
    log.warning(
      `Could not delete client ${clientId} at ${host}, which may still work. ${error.message} To delete it now, ${wording.deletion(clientId)}. Otherwise, the sweep deletes it after ${expires}.`,
      'client not deleted',
    );
    return;
  }
  const isKept = handedOverId !== undefined;
  const subject = isKept ? 'a duplicate of the client' : 'a client';
  const exception = isKept ? `, except client ${handedOverId}, which is in use` : '';
  log.warning(
    `Could not check whether this step left ${subject} at ${host}. ${error.message} To make sure, delete any client with the marker ${marker} in its description${exception}. Otherwise, the sweep deletes it after ${expires}.`,
    'cleanup not finished',
  );
}

/** Reports that another step changed how this job reaches Capture. The owner secret doesn't go that way. */
export function warnAboutRoute(variables: readonly string[], log: Log): void {
  if (variables.length === 0) return;
  log.warning(
    `A later step changed ${variables.join(', ')}. Cleanup ignores that, and reaches Capture in the way that the create step did. Check that you expect the change.`,
    'network settings changed',
  );
}
