import { type Capture, isUnknownClient } from '../capture/client.ts';
import { CaptureError } from '../capture/errors.ts';
import { formatDescription, labelOf, parseDescription } from './label.ts';

/** How long a run that is about to reuse a client has to write its own marker. */
const retirementMs = 3_000;

/**
 * Prepares the removal of a pull request's client that this creation made and did not announce. A later run may be
 * about to reuse it, and Capture has no compare-and-swap. So its label says first that it has expired, which nobody
 * reuses; then the marker shows who was faster.
 * @param description as it was when the client still bore the marker
 * @returns whether the client still bears the marker: only then is it this creation's to remove
 */
export async function retire(
  { clientId, description }: { readonly clientId: string; readonly description: string },
  marker: string,
  { capture, now, sleep }: { readonly capture: Capture; now(): number; sleep(ms: number): Promise<void> },
): Promise<boolean> {
  const isStillOurs = async (): Promise<boolean> => {
    const { picked } = await capture.listClients((client) =>
      client.clientId === clientId ? labelOf(client)?.marker : undefined,
    );
    return picked.includes(marker);
  };
  const described = parseDescription(description);
  if (described === undefined || !(await isStillOurs())) return false;
  const label = { ...described.label, expiresAt: Math.floor(now() / 1000) * 1000 };
  try {
    await capture.setDescription(clientId, formatDescription({ ...described, label }));
  } catch (error) {
    if (error instanceof CaptureError && isUnknownClient(error)) return false;
    throw error;
  }
  await sleep(retirementMs);
  return await isStillOurs();
}
