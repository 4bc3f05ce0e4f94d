import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { Capture, Client } from '../capture/client.ts';
import { type CreationKey, formatDescription, isSameCreation, labelOf, parseDescription } from './label.ts';
import { isLive } from './pull-request.ts';
import { removeClient } from './remove.ts';

/** How long a run that is about to reuse a client has to write its own marker. */
const retirementMs = 3_000;

/** What the removal of one's own client works with. */
export interface RetireCollaborators {
  readonly capture: Capture;
  /** Sends each call once. */
  readonly captureOnce: Capture;
  /** Makes attempts, with back-off, as long as `mayRepeat` allows and there is time. */
  repeat<T>(attempt: () => Promise<T>, mayRepeat: (error: CaptureError) => boolean): Promise<T>;
  now(): number;
  sleep(ms: number): Promise<void>;
}

/**
 * Removes a client that this creation made and did not announce, if it still bears this creation's marker. One of a
 * pull request may be about to be reused by another run, and Capture has no compare-and-swap. So its label says first
 * that it has expired, which nobody reuses, and the marker shows a little later who was faster. It is read anew before
 * every attempt: one that is repeated must not undo what somebody wrote in between.
 * @param client as it was when it was seen to bear the marker
 * @throws CaptureError
 */
export async function removeOwn(
  client: Pick<Client, 'clientId' | 'features' | 'description'>,
  key: CreationKey,
  collaborators: RetireCollaborators,
): Promise<'deleted' | 'gone' | 'taken over'> {
  const { captureOnce, now, sleep } = collaborators;
  const described = parseDescription(client.description);
  if (described?.label.purpose.lifetime === 'pull_request' && isLive(described, now())) {
    const label = { ...described.label, expiresAt: Math.floor(now() / 1000) * 1000 };
    const expired = formatDescription({ ...described, label });
    const before = await whileOwn(client.clientId, key, collaborators, () =>
      captureOnce.setDescription(client.clientId, expired),
    );
    if (before !== 'done') return before;
    await sleep(retirementMs);
  }
  let removed: 'deleted' | 'gone' = 'gone';
  const after = await whileOwn(client.clientId, key, collaborators, async () => {
    removed = await removeClient(captureOnce, client);
  });
  return after === 'done' ? removed : after;
}

/** Makes attempts, each right after a look that shows the client to be this creation's. */
function whileOwn(
  clientId: string,
  key: CreationKey,
  { capture, repeat }: RetireCollaborators,
  act: () => Promise<void>,
): Promise<'done' | 'gone' | 'taken over'> {
  const attempt = async (): Promise<'done' | 'gone' | 'taken over'> => {
    const { picked } = await capture.listClients((client) =>
      client.clientId === clientId ? { label: labelOf(client) } : undefined,
    );
    const [found] = picked;
    if (found === undefined) return 'gone';
    if (!isSameCreation(found.label, key)) return 'taken over';
    try {
      await act();
    } catch (error) {
      if (error instanceof CaptureError && isUnknownClient(error)) return 'gone';
      throw error;
    }
    return 'done';
  };
  return repeat(attempt, (error) => error.details.retryable);
}
