import { featureMeanings, isFeature, recordFeatures } from '../capture/features.ts';
import type { CreateInputs } from '../inputs/create-inputs.ts';
import type { Wording } from '../inputs/run-context.ts';
import type { ProvidedClient } from '../lifecycle/client-request.ts';
import { formatTime, labelOf } from '../lifecycle/label.ts';
import type { Log } from '../log.ts';
import { remarkOnDomain } from './domain-remark.ts';

/** Reports, before anything is sent, what the user may not have meant. */
export function remarkOnInputs({ capture, features = [] }: CreateInputs, log: Log): void {
  remarkOnDomain(capture.domain, log);
  if (features.includes('login_client') && features.length > 1) {
    log.warning(
      "Akamai's documentation says that login_client and other features exclude each other, so Capture may reject them. Create one client with login_client and another with the other features.",
      'features exclude each other',
    );
  }
}

/** @param sealedCredentials undefined without a seal key */
export function createOutputs(
  { client, label, created }: ProvidedClient,
  sealedCredentials: string | undefined,
): Record<string, string> {
  return {
    client_id: client.clientId,
    client_secret: client.clientSecret,
    description: client.description,
    features: JSON.stringify(client.features),
    created: String(created),
    expires_at: formatTime(label.expiresAt),
    ...(sealedCredentials === undefined ? {} : { sealed_credentials: sealedCredentials }),
  };
}

/** Reports what the client can do, and who deletes it when. */
export function reportClient(
  { client, label, oldSecretValidUntil }: ProvidedClient,
  { capture, sealKey }: CreateInputs,
  wording: Wording,
  log: Log,
): void {
  const { clientId, description, features } = client;
  if (oldSecretValidUntil !== undefined) {
    log.info(`Rotated the secret. The old secret works until ${formatTime(oldSecretValidUntil)}.`);
  }
  log.info(`Client ${clientId} at ${capture.domain.host} is ready: ${description}`);
  if (labelOf(client) === undefined) {
    log.warning(
      `Capture returned the description of client ${clientId} without the label at its end. If Capture stored it like that, delete and sweep can't find the client. Use a shorter description, and delete this client in the Console.`,
      'label missing',
    );
  }
  log.info(`Features: ${describeFeatures(features)}.`);
  if (features.length === 0) {
    log.notice(
      `This client has no features, so Capture rejects its calls. Set ${wording.input('features')}, for example login_client.`,
      'no features',
    );
  }
  const opening = recordFeatures.filter((feature) => features.includes(feature));
  if (opening.length > 0) {
    const access = opening.includes('direct_access') ? 'read and change' : 'read';
    log.notice(
      `Anyone who has the secret of client ${clientId} can ${access} every customer record.`,
      'access to customer records',
    );
  }
  log.info(`Expires: ${formatTime(label.expiresAt)}. Cleanup: ${wording.cleanup(label)}`);
  const laterJobs = wording.laterJobs(label, sealKey !== undefined);
  if (laterJobs !== undefined) log.info(laterJobs);
}

/** The rows of the job summary. */
export function summarize(
  { client, label, created }: ProvidedClient,
  { capture, sealKey }: CreateInputs,
  wording: Wording,
): readonly (readonly [string, string])[] {
  const laterJobs = wording.laterJobs(label, sealKey !== undefined);
  return [
    ['Client ID', client.clientId],
    ['Created', created ? 'by this step' : 'by an earlier run'],
    ['Features', describeFeatures(client.features)],
    ['Capture domain', capture.domain.host],
    ['Lifetime', label.purpose.lifetime],
    ['Expires', formatTime(label.expiresAt)],
    ['Cleanup', wording.cleanup(label)],
    ...(laterJobs === undefined ? [] : [['Later jobs', laterJobs] as const]),
  ];
}

function describeFeatures(features: readonly string[]): string {
  if (features.length === 0) return 'none';
  return features
    .map((feature) => (isFeature(feature) ? `${feature} (${featureMeanings[feature]})` : feature))
    .join(', ');
}
