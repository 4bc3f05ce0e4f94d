/** Parsers of the inputs that configure a client. They throw a RangeError, as those in parsers.ts do. */
import { isIPv4, isIPv6 } from 'node:net';
import { tryTo } from '../errors.ts';
import { immutableSetting, type Settings } from '../lifecycle/settings.ts';
import { parseList, quote, rejectUnexpanded } from './parsers.ts';

/** IPv4 addresses and ranges. */
export function parseRanges(text: string): readonly string[] {
  const ranges = parseList(text, '["203.0.113.0/24"]');
  if (ranges.length === 0) {
    throw new RangeError('the list is empty. Add a range, or remove the input to allow any address.');
  }
  return [...new Set(ranges.map(parseRange))];
}

/** `203.0.113.0/24` as it is; `203.0.113.7` as `203.0.113.7/32`. */
function parseRange(text: string): string {
  const [address = '', prefix = '32', ...more] = text.split('/');
  if (isIPv6(address)) {
    throw new RangeError(`${quote(text)} is IPv6, which Capture's allow lists don't support. Use IPv4.`);
  }
  if (!isIPv4(address) || !/^(?:\d|[12]\d|3[0-2])$/.test(prefix) || more.length > 0) {
    throw new RangeError(`${quote(text)} isn't an IPv4 range. Use, for example, 203.0.113.0/24.`);
  }
  const number = Buffer.from(address.split('.').map(Number)).readUInt32BE();
  if (number % 2 ** (32 - Number(prefix)) !== 0) {
    throw new RangeError(`${quote(text)} isn't the first address of its range. For one address, use /32.`);
  }
  return `${address}/${prefix}`;
}

const keyPattern = /^[A-Za-z0-9_.:-]+$/;

/** Values are often secrets, and one that's cut in the wrong place looks like a key. So messages name only positions. */
export function parseSettings(text: string): Settings {
  if (text.startsWith('[')) {
    throw new RangeError('a JSON array has no keys. Use a JSON object, or lines of key=value.');
  }
  const settings = text.startsWith('{') ? parseJsonSettings(text) : parseLines(text);
  if (settings.has(immutableSetting)) {
    throw new RangeError(
      `${immutableSetting} can't be changed, because Hosted Login sets it. Remove it from \`settings\`.`,
    );
  }
  const values = [...settings.values()];
  for (const [index, value] of values.entries()) rejectUnexpanded(value, `the value of setting ${index + 1}`);
  return settings;
}

function parseJsonSettings(text: string): Settings {
  const json: unknown = tryTo(() => JSON.parse(text));
  if (json === undefined)
    throw new RangeError("the value starts like a JSON object, but isn't valid JSON. Correct it.");
  const settings = new Map<string, string>();
  for (const [index, [key, value]] of Object.entries(json as object).entries()) {
    if (!keyPattern.test(key)) {
      throw new RangeError(
        `key ${index + 1} isn't valid. Use only letters, digits, and the characters _ . : -`,
      );
    }
    if (typeof value !== 'string') {
      throw new RangeError(`the JSON value of key ${index + 1} isn't a string. Put it in quotes.`);
    }
    settings.set(key, value);
  }
  return settings;
}

/** Spaces around a key and a value don't count. */
function parseLines(text: string): Settings {
  const settings = new Map<string, string>();
  const lines = text.split('\n').map((line) => line.trim());
  let lineBefore: string | undefined;
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const [key = '', ...values] = line.split('=');
    const name = key.trim();
    const place = `line ${index + 1}`;
    // The end of a base64 value that openssl or base64 broke into lines looks like `key=`.
    const endsBase64 = /[\w+/-]{40}\n[\w+/-]+={1,2}$/.test(`${lineBefore}\n${line}`);
    if (values.length === 0 || !keyPattern.test(name) || endsBase64) {
      throw new RangeError(
        settings.size === 0
          ? `${place} isn't key=value. Use only letters, digits, and the characters _ . : - in a key.`
          : `${place} isn't key=value. If it belongs to the value before it, use JSON: {"key": "first line\\nsecond line"}.`,
      );
    }
    if (settings.has(name))
      throw new RangeError(`${place} has the same key as a line before it. Remove one.`);
    settings.set(name, values.join('=').trim());
    lineBefore = line;
  }
  return settings;
}
