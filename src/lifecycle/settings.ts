import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import { idempotent } from '../capture/retry.ts';
import { throwIfCanceled } from './cancellation.ts';
import type { Dependencies } from './dependencies.ts';

/** Keys and values, as `settings/items` returns them. */
export type Settings = ReadonlyMap<string, string>;

/** What a client gets in addition to its features. */
export interface Configuration {
  /** The IPv4 ranges that may use the client. Undefined: as it is. */
  readonly whitelist: readonly string[] | undefined;
  readonly settings: Settings;
  /** The ID of a client whose settings are copied. */
  readonly copySettingsFrom: string | undefined;
}

/** The settings of the client to copy from, with the application's defaults. Undefined: nothing is copied. */
export type Template = Settings | undefined;

/** Hosted Login sets it, and nobody can change it (docs/development/capture-api.md). */
export const immutableSetting = 'janrainOidcClientId';
/** If set, Capture rejects every other redirect_uri (docs/development/capture-api.md). */
const redirectAllowList = 'redirect_uri_allow_list';

/**
 * Reads the settings to copy, before there is a client that a failure would leave behind.
 * @throws CaptureError
 */
export async function readTemplate(
  { copySettingsFrom }: Configuration,
  { capture, retry }: Pick<Dependencies, 'capture' | 'retry'>,
): Promise<Template> {
  if (copySettingsFrom === undefined) return undefined;
  try {
    return await retry(() => capture.listSettings(copySettingsFrom), idempotent);
  } catch (error) {
    if (!(error instanceof CaptureError) || !isUnknownClient(error)) throw error;
    const hint = 'Nothing was created. Set copy_settings_from to the ID of a client in this application.';
    throw new CaptureError(error.problem, hint, error.details, { cause: error });
  }
}

/** A client to configure. */
export interface ConfigurationTarget {
  readonly client: Pick<Client, 'clientId' | 'whitelist'>;
  /** A new client has only the application's defaults. */
  readonly isNew: boolean;
  readonly configuration: Configuration;
  readonly template: Template;
}

/**
 * Sends the part of the configuration that differs from what the client has. Settings that the configuration doesn't
 * name stay as they are.
 * @throws CaptureError, Canceled
 */
export async function applyConfiguration(
  { client, isNew, configuration, template }: ConfigurationTarget,
  { capture, retry, log, signal }: Dependencies,
): Promise<void> {
  const { clientId } = client;
  const { whitelist, settings } = configuration;
  if (whitelist !== undefined && !isSameSet(whitelist, client.whitelist)) {
    await retry(() => capture.setWhitelist(clientId, whitelist), idempotent);
    throwIfCanceled(signal);
    log.info(`Limited client ${clientId} to ${whitelist.join(', ')}.`);
  }
  if (template === undefined && settings.size === 0) return;
  // The defaults in a template are what a client without settings of its own has, too: they aren't copied.
  const current: Settings =
    isNew && template === undefined
      ? new Map()
      : await retry(() => capture.listSettings(clientId), idempotent);
  const isDifferent = ([key, value]: readonly [string, string]): boolean => current.get(key) !== value;
  const copied = [...(template ?? [])].filter(([key]) => !settings.has(key)).filter(isDifferent);
  // A new client gets all that was asked for, even what is a default today.
  const asked = isNew ? [...settings] : [...settings].filter(isDifferent);
  const changes = new Map([...copyable(copied, log), ...asked]);
  if (changes.size === 0) return;
  await retry(() => capture.setSettings(clientId, changes), idempotent);
  throwIfCanceled(signal);
  // Only the keys: values can be secrets.
  log.info(`Set ${[...changes.keys()].join(', ')} of client ${clientId}.`);
}

/** Leaves out what a copy must not have. */
function copyable(
  settings: readonly (readonly [string, string])[],
  log: Dependencies['log'],
): readonly (readonly [string, string])[] {
  const credentials = settings.map(([key]) => key).filter(looksLikeCredential);
  if (credentials.length > 0) {
    log.notice(
      `Settings that look like credentials weren't copied: ${credentials.join(', ')}. If the client needs them, add them to settings.`,
    );
  }
  if (settings.some(([key]) => key === redirectAllowList)) {
    log.notice(
      `${redirectAllowList} was copied, so Capture rejects a redirect_uri on any other domain. To allow the domain of a preview, add ${redirectAllowList} to settings.`,
    );
  }
  return settings.filter(([key]) => key !== immutableSetting && !looksLikeCredential(key));
}

/**
 * True for `rpx_key`, `rpxKeyEu`, and `fb_app_secret`; false for `password_recover_url`, because of its last word. When
 * in doubt, true: a missing setting is noticed, a copied credential isn't.
 */
export function looksLikeCredential(key: string): boolean {
  const words = key
    .replace(/(?<=[a-z\d])(?=[A-Z])/g, '_')
    .toLowerCase()
    .split(/[^a-z\d]+/);
  return words.some((word) => credentialWord.test(word)) && !attributeWord.test(words.at(-1) ?? '');
}

const credentialWord =
  /(?:key|token|secret|password|passwd|passphrase|pwd|credential)s?\d*$|^(?:pass|auth|bearer|private|hmac)$/;
const attributeWord = /^(?:url|uri|lifetime|ttl|length|policy|attempts|visual)$/;

/** Compares without regard to order and repetition. */
export function isSameSet(a: readonly string[], b: readonly string[] | undefined): boolean {
  return b !== undefined && a.every((item) => b.includes(item)) && b.every((item) => a.includes(item));
}
