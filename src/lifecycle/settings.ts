import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { Capture, ClientReference, ListedClient } from '../capture/client.ts';
import type { CaptureSession } from '../capture/session.ts';
import { throwIfCanceled } from './cancellation.ts';

/** Capture counts the life of an old secret in hours. */
export const hourMs = 3_600_000;

export type Settings = ReadonlyMap<string, string>;

export interface Configuration {
  /** The IPv4 ranges that may use the client. Undefined: as it is. */
  readonly whitelist: readonly string[] | undefined;
  readonly settings: Settings;
  readonly copySettingsFrom?: string | undefined;
  /** The settings of that client, with the application's defaults, once they're read. */
  readonly template?: Settings;
}

/** Hosted Login sets it, and nobody can change it (docs/development/capture-api.md). */
export const immutableSetting = 'janrainOidcClientId';
/** If set, Capture rejects every other redirect_uri (docs/development/capture-api.md). */
const redirectAllowList = 'redirect_uri_allow_list';

/** Reads the settings to copy, before there is a client that a failure would leave behind. @throws CaptureError */
export async function readTemplate(configuration: Configuration, capture: Capture): Promise<Configuration> {
  const { copySettingsFrom: clientId } = configuration;
  if (clientId === undefined) return configuration;
  try {
    return { ...configuration, template: await capture.listSettings({ clientId }) };
  } catch (error) {
    if (!(error instanceof CaptureError) || !isUnknownClient(error)) throw error;
    throw error.because({ hint: 'Set `copy_settings_from` to the ID of a client in this application.' });
  }
}

/**
 * Sends what differs from what the client has. Settings that the configuration doesn't name stay as they are.
 * @returns the names of the settings that were set
 */
export async function applyConfiguration(
  client: ClientReference & Pick<ListedClient, 'whitelist'>,
  { whitelist, settings, template }: Configuration,
  { capture, log, signal }: CaptureSession,
): Promise<readonly string[]> {
  const { clientId, createdAt } = client;
  if (whitelist !== undefined && !isSameSet(whitelist, client.whitelist)) {
    await capture.setWhitelist(client, whitelist);
    throwIfCanceled(signal);
    log.info(`Limited client ${clientId} to ${whitelist.join(', ')}.`);
  }
  if (template === undefined && settings.size === 0) return [];
  // A client that was just created has only the application's defaults. A template has them, too: they aren't copied.
  const isNew = createdAt !== undefined;
  const current: Settings = isNew && template === undefined ? new Map() : await capture.listSettings(client);
  const isDifferent = ([key, value]: readonly [string, string]): boolean => current.get(key) !== value;
  const copied = [...(template ?? [])].filter(([key]) => !settings.has(key)).filter(isDifferent);
  // A new client gets all that was asked for, even what is a default today.
  const wanted = isNew ? [...settings] : [...settings].filter(isDifferent);
  const changes = new Map([...copyable(copied, log), ...wanted]);
  if (changes.size === 0) return [];
  await capture.setSettings(client, changes);
  throwIfCanceled(signal);
  const names = [...changes.keys()];
  log.info(`Set ${describeSettings(names)} of client ${clientId}.`);
  return names;
}

type Entries = readonly (readonly [key: string, value: string])[];

function copyable(settings: Entries, log: CaptureSession['log']): Entries {
  const credentials = settings.map(([key]) => key).filter(looksLikeCredential);
  if (credentials.length > 0) {
    log.notice(
      `Settings that look like credentials weren't copied: ${credentials.join(', ')}. If the client needs them, add them to \`settings\`.`,
    );
  }
  if (settings.some(([key]) => key === redirectAllowList)) {
    log.notice(
      `${redirectAllowList} was copied, so Capture rejects a redirect_uri on any other domain. To allow the domain of a preview, add ${redirectAllowList} to \`settings\`.`,
    );
  }
  return settings.filter(([key]) => key !== immutableSetting && !looksLikeCredential(key));
}

/** `rpx_key`, `fb_app_secret`, but not `password_recover_url`. When in doubt, true: a missing setting is noticed. */
export function looksLikeCredential(key: string): boolean {
  const name = key.replace(/(?<=[a-z\d])(?=[A-Z])/g, '_').toLowerCase();
  return name.split(/[^a-z\d]/).some((word) => credentialWord.test(word)) && !attributeWord.test(name);
}

const credentialWord =
  /(?:key|token|secret|password|passwd|passphrase|pwd|credential)s?\d*$|^(?:pass|auth|bearer|private|hmac)$/;
const attributeWord = /(?:^|[^a-z\d])(?:url|uri|lifetime|ttl|length|policy|attempts|visual)$/;

/** The settings that Akamai's documents name (docs/development/capture-api.md). */
const known =
  /^(?:capture_server_url|default_flow_(?:locale|name|version)|email_method|login_attempts(?:_threshold)?|password_recover_url|redirect_uri_allow_list|rpx_(?:app_id|realm|server)|site_name|user_entity_type|verify_email_url)$/;

/** Names settings. A line of a secret can look like the name of a setting, so only known names are shown. */
export function describeSettings(names: readonly string[]): string {
  const shown = names.filter((name) => known.test(name));
  const others = names.length - shown.length;
  if (others === 0) return shown.join(', ');
  const rest = `${others} ${shown.length === 0 ? '' : 'other '}${others === 1 ? 'setting' : 'settings'}`;
  return new Intl.ListFormat('en').format([...shown, rest]);
}

export function isSameSet(a: readonly string[], b: readonly string[] | undefined): boolean {
  return b !== undefined && a.every((item) => b.includes(item)) && b.every((item) => a.includes(item));
}
