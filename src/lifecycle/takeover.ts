import type { Clock } from '../capture/clock.ts';
import type { CaptureSession } from '../capture/session.ts';
import { sleepUnlessCanceled, throwIfCanceled } from './cancellation.ts';
import { deleteClients, listLabels, type Outcome, outcomeOf, whyKept } from './deletion.ts';
import { formatDescription } from './label.ts';
import { isReusable, type LabeledClient, listSiblings, minRemainingMs } from './labeled-clients.ts';

/** How long a run that is about to reuse a client has to write its own marker. */
const takeoverMs = 3_000;

/**
 * Deletes clients that this process created. Another run may be about to reuse one of a pull request, and Capture has
 * no compare-and-swap. So its label is first set to expired, which no run reuses. A little later, the marker shows who
 * was faster. @throws Canceled
 */
export async function deleteUnlessReused(
  clients: readonly LabeledClient[],
  session: CaptureSession,
): Promise<Outcome[]> {
  const { clock } = session;
  const outcomes: Outcome[] = [];
  const due: LabeledClient[] = [];
  for (const client of clients) {
    const outcome = await expire(client, session);
    if (outcome === undefined) due.push(client);
    else outcomes.push(outcome);
  }
  if (due.some((client) => mayBeReused(client, clock))) await sleepUnlessCanceled(takeoverMs, session);
  const targets = due.map((client) => (isOfPullRequest(client) ? client : { ...client, label: undefined }));
  return [...outcomes, ...(await deleteClients(targets, session))];
}

const isOfPullRequest = ({ label }: LabeledClient): boolean => label.purpose.lifetime === 'pull_request';

function mayBeReused(client: LabeledClient, clock: Clock): boolean {
  return isOfPullRequest(client) && client.label.expiresAt - clock.now() > minRemainingMs;
}

/** @returns undefined if the client can be deleted now */
async function expire(
  client: LabeledClient,
  { capture, clock }: CaptureSession,
): Promise<Outcome | undefined> {
  if (!mayBeReused(client, clock)) return undefined;
  const label = { ...client.label, expiresAt: Math.floor(clock.now() / 1000) * 1000 };
  const description = formatDescription({ text: client.text, label });
  return await capture
    .setDescription(client, description, () => whyKept(client, () => listLabels([client], capture)))
    .then(
      (result) => result && { client, result },
      (error: unknown) => outcomeOf(client, error),
    );
}

/** How long a run waits until the list shows its own client, and with the lower ID until its rival has deleted its own. */
const maxRivalWaitMs = 5_000;
const rivalPollMs = 1_000;

/**
 * Decides which of several runs that created a client for the same pull request keeps its own: the lowest ID wins.
 * A loser hasn't handed over anything, and deletes its client. The winner waits for that; a rival that stays was
 * handed over earlier, and wins.
 * @returns whether `own` has to be deleted
 */
export async function hasWinningRival(
  own: Pick<LabeledClient, 'clientId' | 'label'>,
  session: CaptureSession,
): Promise<boolean> {
  const { clock, signal } = session;
  const { clientId: ownId } = own;
  const start = clock.now();
  let rivalsSince: number | undefined;
  for (;;) {
    throwIfCanceled(signal);
    const siblings = await listSiblings(own.label, session);
    // A creation that was sent twice can have a duplicate with the same marker, which cleanup deletes.
    const rivals = siblings.filter(
      (sibling) =>
        sibling.clientId !== ownId &&
        sibling.label.marker !== own.label.marker &&
        isReusable(sibling, session),
    );
    if (rivals.length > 0) {
      rivalsSince ??= clock.now();
      const isLate = clock.now() - rivalsSince >= maxRivalWaitMs;
      if (isLate || rivals.some(({ clientId }) => clientId < ownId)) return true;
    } else {
      // A list that doesn't show this client yet may lack an older rival, too.
      const isListed = siblings.some(({ clientId }) => clientId === ownId);
      if (isListed || clock.now() - start >= maxRivalWaitMs) return false;
    }
    await sleepUnlessCanceled(rivalPollMs, session);
  }
}
