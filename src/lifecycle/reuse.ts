import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import { isPrivileged } from '../capture/features.ts';
import { idempotent } from '../capture/retry.ts';
import { ExpectedError } from '../expected-error.ts';
import { throwIfCanceled } from './cancellation.ts';
import { captureNow } from './capture-time.ts';
import { type ProvidedClient, type RequestWithTemplate, StartOver } from './client-request.ts';
import type { Dependencies } from './dependencies.ts';
import { formatDescription } from './label.ts';
import { isReusable, listSiblings, type Sibling } from './pull-request.ts';
import { hourMs, resetSecret, SecretUnknown } from './secret.ts';
import { applyConfiguration, isSameSet } from './settings.ts';

/**
 * Reuses the client that an earlier run of the pull request created. Writes a new marker and expiry first, so that no
 * other run's cleanup deletes the client as its own. Then updates the client to match the request, and looks once more
 * before it's handed over. What the request doesn't name stays as it is.
 * @throws CaptureError, Canceled; ExpectedError if the client can't be handed over; StartOver if it no longer exists
 */
export async function reuseClient(
  existing: Sibling,
  request: RequestWithTemplate,
  dependencies: Dependencies,
): Promise<ProvidedClient> {
  const { capture, retry, log, signal, newMarker } = dependencies;
  const { clientId } = existing;
  rejectUnfit(existing, request);
  log.mask(existing);
  log.info(`Reusing client ${clientId} of this pull request.`);

  const label = { ...request.label, marker: newMarker() };
  const text = request.text.given ? request.text.value : existing.text;
  try {
    await retry(() => capture.setDescription(clientId, formatDescription({ text, label })), idempotent);
    throwIfCanceled(signal);
    const { features } = request;
    if (features !== undefined && !isSameSet(features, existing.features)) {
      await retry(() => capture.setFeatures(clientId, features), idempotent);
      throwIfCanceled(signal);
    }
    await applyConfiguration({ ...request, client: existing, isNew: false }, dependencies);
    const renewed = await renewSecret(existing, request, dependencies);

    const siblings = await listSiblings(request.label, dependencies);
    const client = siblings.find((sibling) => sibling.clientId === clientId);
    if (client === undefined || !isReusable(client.label, captureNow(dependencies)))
      throw disappeared(clientId);
    const { clientSecret, oldSecretValidUntil } = renewed;
    return { client: { ...client, clientSecret }, label, created: false, oldSecretValidUntil };
  } catch (error) {
    if (error instanceof CaptureError && isUnknownClient(error)) throw disappeared(clientId, error);
    throw error;
  }
}

function disappeared(clientId: string, cause?: CaptureError): StartOver {
  const detail = cause === undefined ? '' : ` ${cause.problem}`;
  return new StartOver(
    `Client ${clientId} of this pull request was deleted while this step was reusing it.${detail}`,
    'Run this job again. If that fails, too, check whether something deletes the client, such as another workflow.',
    cause,
  );
}

function rejectUnfit({ clientId, clientSecret, features }: Sibling, request: RequestWithTemplate): void {
  const kept = request.features === undefined ? features : [];
  const privileged = kept.filter(isPrivileged);
  if (privileged.length > 0) {
    throw new ExpectedError(
      `Client ${clientId} of this pull request has ${privileged.join(' and ')}, which capture-client-action didn't add. Nothing was handed over.`,
      'Set features to the features that it should have, or delete the client.',
    );
  }
  if (clientSecret === '') {
    throw new ExpectedError(
      `Capture's list of clients has no secret for client ${clientId} of this pull request.`,
      "Check that no proxy changes Capture's responses.",
    );
  }
}

/**
 * Resets the secret if the request asks for it, so that the current one expires. A rotation hands over the new secret. An
 * enforced expiry hands over the current one, which nobody else has: the run before discarded it.
 */
async function renewSecret(
  existing: Sibling,
  { enforcedHours, rotateHours }: RequestWithTemplate,
  dependencies: Dependencies,
): Promise<{ clientSecret: string; oldSecretValidUntil?: number }> {
  const hours = enforcedHours ?? rotateHours;
  const current = { clientSecret: existing.clientSecret };
  if (hours === undefined) return current;
  try {
    const clientSecret = await resetSecret(existing, hours, dependencies);
    if (enforcedHours !== undefined) return current;
    return { clientSecret, oldSecretValidUntil: captureNow(dependencies) + hours * hourMs };
  } catch (error) {
    if (!(error instanceof SecretUnknown)) throw error;
    const problem = `${error.problem} No outputs were set.`;
    throw new CaptureError(problem, 'Run this job again.', error.details, { cause: error });
  }
}
