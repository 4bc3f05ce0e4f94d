import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import { refuseIfInterrupted } from './interruption.ts';
import type { Collaborators } from './provision.ts';

/** Key and value, as `settings/items` gives them. */
export type Settings = ReadonlyMap<string, string>;

/** What a client is to be told beyond its features. */
export interface Configuration {
  /** IPv4 ranges, from where alone the client may be used; undefined if nobody said. */
  readonly whitelist: readonly string[] | undefined;
  readonly settings: Settings;
  /** The id of a client whose own settings this one gets, too. */
  readonly copySettingsFrom: string | undefined;
}

/** A configuration with its template read. */
export interface ReadyConfiguration extends Configuration {
  /** All settings of the client to copy from, the application's defaults included. */
  readonly template: Settings;
}

/** Belongs to Hosted Login, which sets it, and cannot be changed (capture-api.md §2). */
export const immutableSetting = 'janrainOidcClientId';

/**
 * Reads the settings that are to be copied, before there is a client that a failure would leave behind.
 * @throws CaptureError
 */
export async function prepare(
  configuration: Configuration,
  { capture }: Collaborators,
): Promise<ReadyConfiguration> {
  const { copySettingsFrom } = configuration;
  if (copySettingsFrom === undefined) return { ...configuration, template: new Map() };
  try {
    return { ...configuration, template: await capture.listSettings(copySettingsFrom) };
  } catch (error) {
    if (!(error instanceof CaptureError) || !isUnknownClient(error)) throw error;
    const hint = 'Is copy_settings_from the id of a client of this application? Nothing was created.';
    throw new CaptureError(error.problem, hint, error.details);
  }
}

/**
 * Configures a client that was just created.
 * @throws CaptureError, Interrupted
 */
export async function configureNew(
  { clientId }: Client,
  configuration: ReadyConfiguration,
  collaborators: Collaborators,
): Promise<void> {
  const { whitelist, settings, copySettingsFrom } = configuration;
  if (whitelist !== undefined) await setWhitelist(clientId, whitelist, collaborators);
  if (copySettingsFrom === undefined) return await setSettings(clientId, settings, collaborators);
  // Without settings of its own it has the application's defaults, which is what shows the template's own.
  const defaults = await collaborators.capture.listSettings(clientId);
  const copied = copyable(configuration, defaults, collaborators);
  await setSettings(clientId, new Map([...copied, ...settings]), collaborators);
}

/**
 * Brings a client that is reused in line: sends what differs, and leaves alone what the configuration does not name.
 * @throws CaptureError, Interrupted
 */
export async function bringInLine(
  client: Client,
  configuration: ReadyConfiguration,
  collaborators: Collaborators,
): Promise<void> {
  const { clientId } = client;
  const { whitelist, settings, copySettingsFrom } = configuration;
  if (whitelist !== undefined && !isSameSet(whitelist, client.whitelist)) {
    await setWhitelist(clientId, whitelist, collaborators);
  }
  if (copySettingsFrom === undefined && settings.size === 0) return;
  const current = await collaborators.capture.listSettings(clientId);
  const copied = await withoutDefaults(copyable(configuration, current, collaborators), collaborators);
  const differing = [...settings].filter(([key, value]) => current.get(key) !== value);
  await setSettings(clientId, new Map([...copied, ...differing]), collaborators);
}

/** What the template has and `current` has not, but for what no copy may hold and what `settings` names itself. */
function copyable(
  { template, settings }: ReadyConfiguration,
  current: Settings,
  { notice }: Collaborators,
): Settings {
  const differing = [...template].filter(
    ([key, value]) => key !== immutableSetting && !settings.has(key) && current.get(key) !== value,
  );
  const credentials = differing.map(([key]) => key).filter(holdsCredential);
  if (credentials.length > 0) {
    notice(
      `Not copied, as by their names they hold credentials: ${credentials.join(', ')}. Give them in settings if the client needs them.`,
    );
  }
  return new Map(differing.filter(([key]) => !holdsCredential(key)));
}

/** Where the reused client has an own value and the template none, the template shows the application's default. */
async function withoutDefaults(copied: Settings, { capture }: Collaborators): Promise<Settings> {
  const own = new Map<string, string>();
  for (const [key, value] of copied) {
    if ((await capture.getDefaultSetting(key)) !== value) own.set(key, value);
  }
  return own;
}

/**
 * `rpx_key`, `rpxKeyEu`, `fb_app_secret`; but not `password_recover_url`, whose last word says that it is something else.
 * Rather one too many than one too few.
 */
export function holdsCredential(key: string): boolean {
  const words = key
    .replace(/(?<=[a-z\d])(?=[A-Z])/g, '_')
    .toLowerCase()
    .split(/[^a-z\d]+/);
  return words.some((word) => credentialWord.test(word)) && !harmlessWord.test(words.at(-1) ?? '');
}

const credentialWord =
  /(?:key|token|secret|password|passwd|passphrase|pwd|credential)s?\d*$|^(?:pass|auth|bearer|private|hmac)$/;
const harmlessWord = /^(?:url|uri|lifetime|ttl|length|policy|attempts|visual)$/;

async function setWhitelist(
  clientId: string,
  whitelist: readonly string[],
  { capture, info, interrupted }: Collaborators,
): Promise<void> {
  await capture.setWhitelist(clientId, whitelist);
  refuseIfInterrupted(interrupted);
  info(`Client ${clientId} may be used from ${whitelist.join(', ')} alone.`);
}

/** Only keys are told: a value may be a secret. */
async function setSettings(
  clientId: string,
  settings: Settings,
  { capture, info, interrupted }: Collaborators,
): Promise<void> {
  if (settings.size === 0) return;
  await capture.setSettings(clientId, settings);
  refuseIfInterrupted(interrupted);
  info(`Set for client ${clientId}: ${[...settings.keys()].join(', ')}.`);
}

/** Neither order nor repetition counts. */
export function isSameSet(a: readonly string[], b: readonly string[] | undefined): boolean {
  return b !== undefined && a.every((item) => b.includes(item)) && b.every((item) => a.includes(item));
}
