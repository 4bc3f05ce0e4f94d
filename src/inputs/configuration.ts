/** Parsers of the inputs that configure a client. They throw a RangeError, as those in parsers.ts do. */
import { isIPv4, isIPv6 } from 'node:net';
import { immutableSetting, type Settings } from '../lifecycle/settings.ts';
import { parseJson, parseJsonList, splitList } from './parsers.ts';
import { quote } from './quote.ts';

/** IPv4 addresses and ranges, as a JSON array or separated by commas or newlines. */
export function parseRanges(text: string): readonly string[] {
  const ranges = text.startsWith('[') ? parseJsonList(text, '["203.0.113.0/24"]') : splitList(text);
  if (ranges.length === 0) {
    throw new RangeError('the list is empty. Add a range, or remove the input to allow any address.');
  }
  return [...new Set(ranges.map(parseRange))];
}

/** `203.0.113.0/24` as it is; `203.0.113.7` as `203.0.113.7/32`. */
function parseRange(text: string): string {
  const [, address = '', prefix = '32'] = /^([^/]*)(?:\/(.*))?$/.exec(text) ?? [];
  if (isIPv6(address)) {
    throw new RangeError(`${quote(text)} is IPv6, which Capture's allow lists don't support. Use IPv4.`);
  }
  if (!isIPv4(address) || !/^(?:\d|[12]\d|3[0-2])$/.test(prefix)) {
    throw new RangeError(`${quote(text)} isn't an IPv4 range. Use, for example, 203.0.113.0/24.`);
  }
  const network = networkOf(address, Number(prefix));
  if (network !== address) {
    throw new RangeError(
      `${quote(text)} isn't the first address of its range. Use ${network}/${prefix} or ${address}/32.`,
    );
  }
  return `${address}/${prefix}`;
}

/** The address with only zeros after the prefix. */
function networkOf(address: string, prefix: number): string {
  const bits = address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
  const size = 2 ** (32 - prefix);
  const network = Math.floor(bits / size) * size;
  return [24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256).join('.');
}

const keyPattern = /^[A-Za-z0-9_.:-]+$/;

/**
 * Lines of `key=value`, or a JSON object of strings. Values are often secrets, and a value that's cut in the wrong place
 * looks like a key. So messages name only positions, and keys that can't be a part of a value.
 */
export function parseSettings(text: string): Settings {
  const start = text.trimStart().slice(0, 1);
  if (start === '[') {
    throw new RangeError('a JSON array has no keys. Use a JSON object, or lines of key=value.');
  }
  const settings = start === '{' ? parseJsonSettings(text) : parseLines(text);
  if (!settings.has(immutableSetting)) return settings;
  throw new RangeError(
    `${immutableSetting} can't be changed, because Hosted Login sets it. Remove it from settings.`,
  );
}

function parseJsonSettings(text: string): Settings {
  const json = parseJson(text);
  if (json === undefined)
    throw new RangeError("the value starts like a JSON object, but isn't valid JSON. Correct it.");
  const settings = new Map<string, unknown>(Object.entries(json as object));
  const keys = [...settings.keys()];
  const invalid = keys.findIndex((key) => !keyPattern.test(key));
  if (invalid >= 0) {
    throw new RangeError(
      `key ${invalid + 1} isn't valid. Use only letters, digits, and the characters _ . : -`,
    );
  }
  const notText = keys.filter((key) => typeof settings.get(key) !== 'string');
  if (notText.length > 0) {
    throw new RangeError(`the JSON value of ${notText.join(', ')} isn't a string. Put it in quotes.`);
  }
  // What's left is flat, so every string before a colon is a key.
  const strings = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)];
  const written = strings.filter(([, colon]) => colon !== undefined);
  if (written.length > settings.size) throw new RangeError('a JSON key appears twice. Remove one of them.');
  return settings as Settings & Map<string, string>;
}

function parseLines(text: string): Settings {
  const settings = new Map<string, string>();
  let lineBefore = '';
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const separator = line.indexOf('=');
    const key = line.slice(0, Math.max(separator, 0)).trimStart();
    const place = `line ${index + 1}`;
    if (key !== key.trimEnd() && keyPattern.test(key.trimEnd())) {
      throw new RangeError(`${place} has a space before the equal sign. Write key=value.`);
    }
    if (!keyPattern.test(key) || endsBase64(line, lineBefore)) {
      throw new RangeError(
        settings.size === 0
          ? `${place} isn't key=value. Use only letters, digits, and the characters _ . : - in a key.`
          : `${place} isn't key=value. If it belongs to the value before it, use JSON: {"key": "first line\\nsecond line"}.`,
      );
    }
    if (settings.has(key)) throw new RangeError(`${place} has the same key as a line before it. Remove one.`);
    settings.set(key, line.slice(separator + 1));
    lineBefore = line;
  }
  return settings;
}

/** Whether a line is the end of a base64 value that openssl or base64 broke into lines, and not `key=`. */
function endsBase64(line: string, lineBefore: string): boolean {
  return /[\w+/-]{40}$/.test(lineBefore) && /^[\w+/-]+={1,2}$/.test(line);
}
