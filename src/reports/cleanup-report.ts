import type { Wording } from '../inputs/run-context.ts';
import type { CleanUpResult, Leftover } from '../lifecycle/cleanup.ts';
import type { Creation } from '../lifecycle/creation.ts';
import { formatTime } from '../lifecycle/label.ts';
import type { Log } from '../log.ts';

/** What the reader of a report has to know about the clean-up. */
export interface CleanUpContext {
  readonly creation: Creation;
  /** Capture's host. */
  readonly host: string;
  readonly wording: Wording;
}

/** Reports what the post step deleted, or that nothing was left. A leftover is only a warning, with the way to finish. */
export function reportCleanUp(
  { deleted, leftovers }: CleanUpResult,
  { creation, host, wording }: CleanUpContext,
  log: Log,
): void {
  const { handedOver, lifetime } = creation;
  const isKept = handedOver && lifetime !== 'job';
  let which = '';
  if (!handedOver) which = ", which wasn't handed over";
  else if (isKept) which = ', a duplicate of the one handed over';
  for (const clientId of deleted) log.info(`Deleted client ${clientId}${which}.`);
  for (const leftover of leftovers) warnAboutLeftover(leftover, { creation, host, wording }, log);
  if (deleted.length === 0 && leftovers.length === 0) {
    log.info(`Nothing to delete: this step left no ${isKept ? 'duplicate ' : ''}client at ${host}.`);
  }
}

function warnAboutLeftover(
  { clientId, error }: Leftover,
  { creation: { marker, handedOver, expiresAt }, host, wording }: CleanUpContext,
  log: Log,
): void {
  const expires = formatTime(expiresAt);
  if (clientId !== undefined) {
    const state = error.details.applied === 'no' ? 'still works' : 'may still work';
    log.warning(
      `Could not delete client ${clientId} at ${host}, which ${state}. ${error.message} To delete it now, ${wording.deletion(clientId)}. Otherwise, the sweep deletes it after ${expires} at the latest.`,
      'client not deleted',
    );
    return;
  }
  const subject = handedOver ? 'a duplicate of the client' : 'a client';
  const others = handedOver ? 'any other client' : 'any client';
  log.warning(
    `Could not check whether this step left ${subject} at ${host}. ${error.message} To make sure, delete ${others} with the marker ${marker} in its description. Otherwise, the sweep deletes it after ${expires} at the latest.`,
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
