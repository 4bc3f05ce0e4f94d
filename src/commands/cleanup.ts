import { withCapture } from '../capture/session.ts';
import type { Host, SavedState } from '../host.ts';
import { describeOutcome } from '../lifecycle/deletion.ts';
import { formatTime } from '../lifecycle/label.ts';
import { type CleanupResult, cleanUp } from '../lifecycle/leftovers.ts';
import { userAgent } from './use-capture.ts';

interface CleanupHost extends Pick<Host, 'run' | 'log' | 'words'> {
  /** Whether the client's user has only just stopped. Unknown at the end of a job. */
  readonly isInUseUntilNow: boolean;
}

/** Deletes what a command created, and that mustn't outlive it. Needs nothing but the saved state. */
export async function cleanup(saved: SavedState, host: CleanupHost): Promise<void> {
  const { creation, access, network } = saved;
  const { run, log } = host;
  // The end of a job is delayed less if a client was handed over.
  const timeoutMs = creation.handedOverId === undefined ? 60_000 : 30_000;
  const options = { access, timeoutMs, network, userAgent: userAgent(run), log };
  const result = await withCapture(options, (session) => cleanUp(creation, session));
  reportCleanup(result, saved, host);
}

/** A leftover is only a warning, with the way to finish. */
function reportCleanup(
  { outcomes, lookupError }: CleanupResult,
  { creation, access }: SavedState,
  { log, words, isInUseUntilNow }: CleanupHost,
): void {
  const { handedOverId, lifetime, expiresAt, marker } = creation;
  const { host } = access.domain;
  const isKept = handedOverId !== undefined && lifetime !== 'job';
  const otherwise = `Otherwise, the sweep deletes it after ${formatTime(expiresAt)}.`;
  let reason = '';
  if (handedOverId === undefined) reason = `, ${words.notHandedOver}`;
  else if (isKept) reason = ', a duplicate of the client that was handed over';
  for (const outcome of outcomes) {
    const { clientId } = outcome.client;
    if (outcome.result === 'deleted') log.info(`Deleted client ${clientId}${reason}.`);
    else if (outcome.result === 'gone' && clientId === handedOverId && isInUseUntilNow)
      log.warning(`Client ${clientId} was deleted while it was in use.`, 'client deleted too early');
    else if (outcome.result === 'failed') {
      const fix = `To delete it now, ${words.deletion(clientId)}. ${otherwise}`;
      log.warning(`${describeOutcome(outcome)} ${fix}`, 'client not deleted');
    } else if (outcome.result === 'unlabeled') log.warning(describeOutcome(outcome), 'client not deleted');
    else log.info(describeOutcome(outcome));
  }
  if (lookupError !== undefined) {
    const [subject, exception] = isKept
      ? ['a duplicate of the client', `, except client ${handedOverId}, which is in use`]
      : ['a client', ''];
    log.warning(
      `Could not check whether ${subject} is left at ${host}. ${lookupError.message} To make sure, delete any client with the marker ${marker} in its description${exception}. ${otherwise}`,
      'cleanup not finished',
    );
  } else if (outcomes.length === 0) {
    log.info(`Nothing to delete: no ${isKept ? 'duplicate ' : ''}client is left at ${host}.`);
  }
}
