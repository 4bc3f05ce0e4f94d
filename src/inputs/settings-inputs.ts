import { isIPv4, isIPv6 } from 'node:net';
import * as z from 'zod/mini';
import { type Configuration, immutableSetting, type Settings } from '../lifecycle/settings.ts';
import { parseClientId, parseJson, type Reader, splitList } from './inputs.ts';

const rangesSchema = () => z.array(z.string());

/** Reads what a new client is to be told beyond its features; mistakes are noted in `reader`. */
export function readConfiguration(reader: Reader): Configuration {
  return {
    whitelist: reader.read('ip_allow_list', parseRanges),
    settings: reader.readUntrimmed('settings', parseSettings) ?? new Map(),
    copySettingsFrom: reader.read('copy_settings_from', parseClientId),
  };
}

/** IPv4 ranges, as a JSON array or separated by commas or newlines. Throws RangeError. */
function parseRanges(text: string): readonly string[] {
  const ranges = text.startsWith('[') ? parseJsonRanges(text) : splitList(text);
  if (ranges.length === 0)
    throw new RangeError('names no range. Leave it out if every address may use the client');
  return [...new Set(ranges.map(parseRange))];
}

function parseJsonRanges(text: string): string[] {
  const ranges = rangesSchema().safeParse(parseJson(text));
  if (ranges.success) return ranges.data;
  throw new RangeError('is not a JSON array of ranges, ["203.0.113.0/24"] for one');
}

/** `203.0.113.0/24` as it is, `203.0.113.7` as `203.0.113.7/32`. */
function parseRange(text: string): string {
  const [, address = '', prefix = '32'] = /^([^/]*)(?:\/(.*))?$/.exec(text) ?? [];
  if (isIPv6(address)) throw new RangeError(`names "${text}"; Capture's allow lists take IPv4 alone`);
  if (!isIPv4(address) || !/^(?:\d|[12]\d|3[0-2])$/.test(prefix)) {
    throw new RangeError(`names "${text}", which is no IPv4 range; one is 203.0.113.0/24`);
  }
  const network = networkOf(address, Number(prefix));
  if (network !== address) {
    throw new RangeError(
      `names "${text}", whose address is inside its range; did you mean ${network}/${prefix} or ${address}/32?`,
    );
  }
  return `${address}/${prefix}`;
}

/** The address with nothing but zeros behind the prefix. */
function networkOf(address: string, prefix: number): string {
  const bits = address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
  const size = 2 ** (32 - prefix);
  const network = Math.floor(bits / size) * size;
  return [24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256).join('.');
}

/** Lines of `key=value`, or a JSON object of strings. Throws RangeError, without any value in its message. */
function parseSettings(text: string): Settings {
  const settings = text.trimStart().startsWith('{') ? parseJsonSettings(text) : parseLines(text);
  for (const key of settings.keys()) {
    if (!/^[\x21-\x7e]+$/.test(key))
      throw new RangeError(`names the key ${JSON.stringify(key)}; a key is one word`);
  }
  if (settings.has(immutableSetting)) {
    throw new RangeError(
      `names ${immutableSetting}, which Hosted Login sets and nobody can change. Leave it out`,
    );
  }
  return settings;
}

function parseJsonSettings(text: string): Settings {
  const json = parseJson(text);
  if (json === undefined) throw new RangeError('begins like a JSON object and is none');
  const settings = new Map<string, unknown>(Object.entries(json as object));
  const wrong = [...settings].filter(([, value]) => typeof value !== 'string').map(([key]) => key);
  if (wrong.length === 0) return settings as Settings & Map<string, string>;
  throw new RangeError(`is a JSON object in which ${wrong.join(', ')} is no string. Put the value in quotes`);
}

function parseLines(text: string): Settings {
  const settings = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const separator = line.indexOf('=');
    const key = line.slice(0, separator).trimStart();
    if (separator < 0 || key === '') throw new RangeError(`has no key=value in line ${index + 1}`);
    if (key !== key.trimEnd())
      throw new RangeError(`has a space before = in line ${index + 1}; write key=value`);
    if (settings.has(key)) throw new RangeError(`names ${key} twice`);
    settings.set(key, line.slice(separator + 1));
  }
  return settings;
}
