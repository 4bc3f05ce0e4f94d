import { featureMeanings, isFeature, recordFeatures } from '../capture/features.ts';
import type { Cell, Host, Summary } from '../host.ts';
import { type CreateInputs, readCreateInputs } from '../inputs/create-inputs.ts';
import { stopIfCanceled } from '../lifecycle/cancellation.ts';
import type { ProvisionedClient } from '../lifecycle/client-request.ts';
import type { CreationRecord } from '../lifecycle/creation-record.ts';
import { formatPurpose, formatTime, labelOf } from '../lifecycle/label.ts';
import { provisionClient } from '../lifecycle/provision.ts';
import { describeSettings } from '../lifecycle/settings.ts';
import { randomHex } from '../random.ts';
import { withCaptureOf, withRecord } from './use-capture.ts';

/** Creates a client or, for a pull request, reuses it. */
export async function create(host: Host): Promise<void> {
  const inputs = readCreateInputs(host);
  warnAboutInputs(inputs, host);
  await withRecord(inputs.capture, host, async (record) => {
    const provisioned = await provision(inputs, record, host);
    const sealed = await sealFor(inputs, provisioned, host);
    await stopIfCanceled(host.signal);

    // The outputs, and then the record of it, hand over the client. Nothing after that may fail.
    await host.publish({ values: valuesOf(provisioned, inputs, sealed) });
    record.recordHandedOver(provisioned.client.clientId);
    reportClient(provisioned, inputs, host);
    if (inputs.showSummary) host.summarize(summarize(provisioned, inputs, host));
  });
}

/** Points out, before anything is sent, what the user may not have meant. */
export function warnAboutInputs({ features }: CreateInputs, { log }: Host): void {
  if (features?.includes('login_client') && features.length > 1) {
    log.warning(
      "Akamai's documentation says that login_client and other features exclude each other, so Capture may reject them. Create one client with login_client and another with the other features.",
      'features exclude each other',
    );
  }
}

export async function provision(
  inputs: CreateInputs,
  record: CreationRecord,
  host: Host,
): Promise<ProvisionedClient> {
  return await withCaptureOf(inputs.capture, host, (session) =>
    provisionClient(inputs, { ...session, record, newMarker: () => randomHex(24) }),
  );
}

async function sealFor(
  { sealKey, capture }: CreateInputs,
  { client, label }: ProvisionedClient,
  { run }: Host,
): Promise<string | undefined> {
  if (sealKey === undefined) return undefined;
  const { seal } = await import('../secrets/sealing.ts');
  const { clientId, clientSecret } = client;
  const credentials = { clientId, clientSecret, captureDomain: capture.domain.origin };
  const envelope = { repositoryId: run.origin.id, runAttempt: run.runAttempt, expiresAt: label.expiresAt };
  return await seal(credentials, envelope, sealKey);
}

function valuesOf(
  { client, label, created }: ProvisionedClient,
  { capture }: CreateInputs,
  sealedCredentials: string | undefined,
): Readonly<Record<string, unknown>> {
  return {
    capture_domain: capture.domain.origin,
    client_id: client.clientId,
    client_secret: client.clientSecret,
    description: client.description,
    features: client.features,
    created,
    expires_at: formatTime(label.expiresAt),
    sealed_credentials: sealedCredentials,
  };
}

export function reportClient(
  { client, label, oldSecretValidUntil }: ProvisionedClient,
  { capture, sealKey }: CreateInputs,
  { log, words }: Pick<Host, 'log' | 'words'>,
): void {
  const { clientId, description, features } = client;
  if (oldSecretValidUntil !== undefined) {
    log.info(`Rotated the secret. The old secret works until ${formatTime(oldSecretValidUntil)}.`);
  }
  const subject = `${label.origin.name} ${formatPurpose(label.purpose)} (name ${label.name})`;
  log.info(`Client ${clientId} is ready at ${capture.domain.host} for ${subject}.`);
  log.debug(`Description: ${description}`);
  if (labelOf(client) === undefined) {
    log.warning(
      `Capture returned the description of client ${clientId} without the label at its end. If Capture stored it like that, delete and sweep can't find the client. Use a shorter description, and delete this client in the Console.`,
      'label missing',
    );
  }
  log.info(`Features: ${describeFeatures(features)}.`);
  if (features.length === 0) {
    log.notice(
      'This client has no features, so Capture rejects its calls. Set `features`, for example login_client.',
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
  log.info(`Expires: ${formatTime(label.expiresAt)}. ${words.cleanup(label)}`);
  const laterJobs = words.laterJobs(label, sealKey !== undefined);
  if (laterJobs !== undefined) log.info(laterJobs);
}

function summarize(
  { client, label, created, settings }: ProvisionedClient,
  { capture, sealKey, enforcedHours }: CreateInputs,
  { words }: Host,
): Summary {
  const subject = { text: `${label.origin.name} ${formatPurpose(label.purpose)}`, url: words.link(label) };
  const enforced = enforcedHours === undefined ? '' : '; Capture rejects the secret then (enforced)';
  const laterJobs = sealKey === undefined ? undefined : words.laterJobs(label, true);
  const facts: [string, Cell | undefined][] = [
    ['Client ID', { text: client.clientId, isCode: true }],
    ['Name', label.name],
    ['For', subject],
    ['Created', created ? 'by this step' : 'earlier, and reused by this step'],
    ['Features', describeFeatures(client.features)],
    ['Settings', settings.length === 0 ? undefined : describeSettings(settings)],
    ['Capture domain', capture.domain.host],
    ['Expires', formatTime(label.expiresAt) + enforced],
    ['Cleanup', words.cleanup(label)],
    ['Later jobs', laterJobs],
  ];
  const rows = facts.flatMap(([name, fact]) => (fact === undefined ? [] : [[name, fact]]));
  return { title: 'Capture API client', table: { rows } };
}

function describeFeatures(features: readonly string[]): string {
  if (features.length === 0) return 'none';
  return features
    .map((feature) => (isFeature(feature) ? `${feature} (${featureMeanings[feature]})` : feature))
    .join(', ');
}
