/**
 * Parsers of single inputs. Each throws a RangeError for an invalid value. Its message is the problem and the fix, in
 * whole sentences; `readInputs` puts the input's name and a colon before it.
 */
import { closest, distance } from 'fastest-levenshtein';
import { type Feature, featureNames, isFeature, isPrivileged, isStringArray } from '../capture/features.ts';
import { tryTo } from '../errors.ts';
import { maxNameBytes, nameBytes } from '../lifecycle/label.ts';
import { isOneLine } from '../secrets/sanitize.ts';
import type { RunContext } from './run-context.ts';

/** Capture keeps an old secret for 0 to 168 hours. */
export const maxHoursToLive = 168;

/** Quotes a value for a message, shortened if it's long. */
export function quote(text: string): string {
  const start = text.slice(0, 100).toWellFormed();
  return `"${start}${start === text ? '' : '…'}"`;
}

/** Rejects a variable or expression that a CI system or shell left as it is. */
export function rejectUnexpanded(text: string, subject: string): void {
  // Searched without a pattern, which would take quadratic time.
  const expression = text.indexOf('$' + '{{');
  const hasExpression = expression >= 0 && text.includes('}}', expression);
  const isVariable = /^(?:\$\([\w.-]+\)|\$\{\w+\}|\$[A-Za-z_]\w*|%[A-Za-z_]\w*%)$/.test(text.trim());
  if (!hasExpression && !isVariable) return;
  throw new RangeError(
    `${subject} is a variable that wasn't replaced by its value. Check that it exists here, and its syntax.`,
  );
}

export const parseText = (text: string): string => text;

/** Makes a parser of one of several words, which `--help` lists. */
export function oneOf<const T extends string>(...words: readonly T[]) {
  const parse = (text: string): T => {
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    throw new RangeError(`${quote(text)} isn't valid. Use ${alternatives(words)}.`);
  };
  return Object.assign(parse, { choices: words });
}

/** `a or b`; `a, b, or c` */
function alternatives(words: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(words);
}

export const parseLastingLifetime = oneOf('run', 'pull_request');
const parseAnyLifetime = oneOf('run', 'job', 'pull_request');

/** A shell has exec instead of `job`. */
export const parseLifetime = Object.assign(
  (text: string, run?: RunContext) =>
    run?.hasPostStep === false ? parseLastingLifetime(text) : parseAnyLifetime(text),
  { choices: parseLastingLifetime.choices },
);

export function parseBoolean(text: string): boolean {
  return oneOf('true', 'false')(text.toLowerCase()) === 'true';
}

/** Capture's own limit for descriptions isn't documented, so what counts are the bytes that are sent. */
export function oneLine(maxBytes: number): (text: string) => string {
  return (text) => {
    if (!isOneLine(text)) {
      throw new RangeError('the text has a line break or control character. Use one line of plain text.');
    }
    const bytes = Buffer.byteLength(text);
    if (bytes > maxBytes) throw new RangeError(`${bytes} bytes is too long. Use at most ${maxBytes}.`);
    return text;
  };
}

const maxNameLength = 64;

/** A client's name is part of its label, where letters outside ASCII take up to nine bytes each. */
export function parseName(text: string): string {
  const name = oneLine(maxNameBytes)(text);
  const bytes = nameBytes(name);
  if (name.length <= maxNameLength && bytes <= maxNameBytes) return name;
  throw new RangeError(
    `the name is too long: ${name.length} characters, which take ${bytes} bytes in the label. Use at most ${maxNameLength} characters and ${maxNameBytes} bytes.`,
  );
}

export function parseClientId(text: string): string {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
    throw new RangeError('a UUID is the ID of a Hosted Login (OIDC) client. Use the ID of an API client.');
  }
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(text)) {
    throw new RangeError(
      "the value contains a character that isn't valid in a client ID. Copy only the client ID.",
    );
  }
  return text;
}

const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Parses a number and a unit, such as `90m` or `1.5h`: whole seconds, rounded down, at least 1. */
export function parseDuration(text: string, max?: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([smhd])$/.exec(text);
  if (match === null) {
    const example = /^\d{1,9}$/.test(text) ? `${text}s` : '30m';
    throw new RangeError(
      `${quote(text)} isn't a duration. Use a number and a unit (s, m, h, or d), for example ${example}.`,
    );
  }
  const [, number, unit] = match;
  // Rounded first: in binary, 2.3 days are a little less than they are.
  const exact = Number((Number(number) * unitSeconds[unit as keyof typeof unitSeconds]).toFixed(6));
  const seconds = Math.floor(exact);
  if (seconds < 1) throw new RangeError(`${quote(text)} is too short. Use at least 1s.`);
  if (max !== undefined && seconds > parseDuration(max))
    throw new RangeError(`${quote(text)} is too long. Use at most ${max}.`);
  return seconds;
}

export function parsePullRequest(text: string): number {
  const number = Number(text);
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new RangeError(`${quote(text)} isn't the number of a pull request. Use a number such as 42.`);
}

/** Whole hours that an old secret stays valid. */
export function parseHours(text: string): number {
  const hours = Number(/^(\d+)h$/.exec(text)?.[1]);
  if (hours <= maxHoursToLive) return hours;
  throw new RangeError(`${quote(text)} isn't valid. Use whole hours, from 0h to ${maxHoursToLive}h.`);
}

/** Anyone who can read the log can try keys on sealed credentials, offline. */
export const minKeyLength = 32;

export function parseSealKey(text: string): string {
  if (text.length >= minKeyLength) return text;
  throw new RangeError(
    `the key is too short: ${text.length} characters, and the minimum is ${minKeyLength}. Anyone who can read the log can try keys offline. Generate a key with openssl rand -base64 32.`,
  );
}

/** `[]` is no features. */
export function parseFeatures(text: string): Feature[] {
  const names = parseList(text, '["login_client"]');
  if ((names.length === 0 && !text.startsWith('[')) || names.includes('')) {
    throw new RangeError('a name is missing. Name each feature, or use [] to give the client no features.');
  }
  if (names.every(isFeature)) return [...new Set(names)];
  const unknown = names.filter((name) => !isFeature(name));
  throw new RangeError(unknown.map(describeUnknown).join(' '));
}

function describeUnknown(name: string): string {
  const near = nearestFeature(name.toLowerCase());
  const hint =
    near === undefined ? `Use ${alternatives(featureNames.toReversed())}.` : `Did you mean ${near}?`;
  return `unknown feature ${quote(name)}. ${hint}`;
}

/** A common start counts more than a small distance. A privileged feature is suggested only if it's very near. */
function nearestFeature(name: string): Feature | undefined {
  const started = featureNames.find((feature) => name.length > 3 && feature.startsWith(name));
  if (started !== undefined) return started;
  const nearest = closest(name, [...featureNames]) as Feature;
  return distance(name, nearest) <= (isPrivileged(nearest) ? 2 : 4) ? nearest : undefined;
}

/** Repositories whose clients to sweep: `owner/name`, or `owner/*` for all of an owner; with subgroups, any path. */
export function parseRepositories(text: string, run?: RunContext): string[] {
  const [forms, pattern] = run?.hasSubgroups
    ? ['group/name, group/subgroup/name, or group/*', /^[\w.-]+(?:\/[\w.-]+)*\/(?:[\w.-]+|\*)$/]
    : ['owner/name or owner/*', /^[\w-]+\/(?:[\w.-]+|\*)$/];
  const repositories = splitList(text);
  if (repositories.length === 0) throw new RangeError(`the list is empty. Use ${forms}.`);
  const invalid = repositories.filter((name) => !pattern.test(name) || /\.git$/i.test(name)).map(quote);
  if (invalid.length === 0) return repositories;
  throw new RangeError(
    `not valid: ${invalid.join(', ')}. Use ${forms}, without .git, separated by commas or newlines.`,
  );
}

/** The words between commas and newlines, without empty ones. */
function splitList(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** A JSON array of strings, as the API takes it, or a list. @param example a valid array, for the message */
export function parseList(text: string, example: string): string[] {
  if (!text.startsWith('[')) return splitList(text);
  const array: unknown = tryTo(() => JSON.parse(text));
  if (isStringArray(array)) return array;
  throw new RangeError(`the value isn't a JSON array of strings. Use, for example, ${example}.`);
}
