import { closest } from 'fastest-levenshtein';
import * as z from 'zod/mini';
import { authSchemes } from '../capture/authentication.ts';
import type { CaptureAccess } from '../capture/client.ts';
import { parseCaptureDomain } from '../capture/domain.ts';
import { type Feature, featureNames, isFeature, privilegedFeatures } from '../capture/features.ts';
import type { WorkflowContext } from './context.ts';
import { parseDuration } from './durations.ts';

/** Every input of every action, as the manifests have them. */
const inputNames = [
  'capture_domain',
  'owner_client_id',
  'owner_client_secret',
  'auth_scheme',
  'timeout',
  'description',
  'features',
  'lifetime',
  'expires_in',
  'allow_privileged_features',
  'show_summary',
] as const;
type InputName = (typeof inputNames)[number];

const lifetimes = ['run'] as const;

const defaultTimeoutSeconds = 60;
/** A job on a GitHub-hosted runner ends after six hours; nobody wants to spend more than one of them waiting. */
const longestTimeoutSeconds = 3600;
/** The last line of defence for clients of a run (DESIGN.md, "create"). */
const defaultExpirySeconds = 24 * 3600;
/** Capture's own limit is not documented (capture-api.md §5). */
const longestDescription = 500;

const namesSchema = z.array(z.string());

/** Where inputs come from: the runner hands them over as variables `INPUT_NAME`. */
export interface InputSource {
  /** The trimmed value; empty if it was not given. */
  get(name: InputName): string;
  /** The names of all variables of the environment. */
  readonly variables: readonly string[];
}

/** All mistakes in a step's inputs; each message names its input and the way out. */
export class InputError extends Error {
  override readonly name = 'InputError';

  constructor(mistakes: readonly string[]) {
    const text =
      mistakes.length === 1
        ? `${mistakes[0]} `
        : `The inputs need ${mistakes.length} corrections:\n${mistakes.map((mistake) => `- ${mistake}\n`).join('')}`;
    super(`${text}Nothing was sent to Capture.`);
  }
}

/** How to reach Capture, and how long a step may take for it. */
export interface CaptureInputs extends CaptureAccess {
  readonly timeoutMs: number;
}

export interface CreateInputs {
  readonly capture: CaptureInputs;
  /** The user's own words; undefined if the action is to find some. */
  readonly description: string | undefined;
  readonly features: readonly Feature[];
  readonly lifetime: (typeof lifetimes)[number];
  readonly expiresInSeconds: number;
  readonly showSummary: boolean;
}

/**
 * Reads the inputs of the create action. An empty input counts as not given.
 * @param now milliseconds since the epoch
 * @throws InputError with every mistake at once
 */
export function readCreateInputs(source: InputSource, context: WorkflowContext, now: number): CreateInputs {
  const reader = new Reader(source);
  const capture = readCapture(reader, context);
  const inputs = {
    description: reader.read('description', parseDescriptionInput),
    features: reader.read('features', parseFeatures) ?? [],
    lifetime: reader.read('lifetime', (text) => oneOf(text, lifetimes)) ?? 'run',
    expiresInSeconds: reader.read('expires_in', (text) => parseExpiry(text, now)) ?? defaultExpirySeconds,
    showSummary: reader.read('show_summary', parseBoolean) ?? true,
  };
  const allowPrivileged = reader.read('allow_privileged_features', parseBoolean) ?? false;
  const privileged = inputs.features.filter((feature) => privilegedFeatures.includes(feature));
  if (privileged.length > 0 && !allowPrivileged) {
    reader.mistakes.push(
      `features names ${privileged.join(' and ')}, which can act for every other client. If this client needs that, set allow_privileged_features: true.`,
    );
  }
  if (capture === undefined || reader.mistakes.length > 0) throw new InputError(reader.mistakes);
  return { capture, ...inputs };
}

/** Reads one input after the other and notes the mistakes down, so that all of them come to light at once. */
class Reader {
  readonly mistakes: string[];
  readonly #source: InputSource;

  constructor(source: InputSource) {
    this.#source = source;
    this.mistakes = findTwins(source.variables);
  }

  /** @returns what `parse` made of the input; undefined if it was not given or is wrong */
  read<T>(name: InputName, parse: (text: string) => T): T | undefined {
    const text = this.#source.get(name);
    if (text === '') return undefined;
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.mistakes.push(`${name} ${error.message}.`);
      return undefined;
    }
  }

  isGiven(name: InputName): boolean {
    return this.#source.get(name) !== '';
  }
}

/** @returns undefined if one of the required inputs is missing or wrong */
function readCapture(reader: Reader, context: WorkflowContext): CaptureInputs | undefined {
  noteMissing(reader, context);
  const domain = reader.read('capture_domain', parseCaptureDomain);
  const clientId = reader.read('owner_client_id', parseOwnerId);
  const clientSecret = reader.read('owner_client_secret', (text) => text);
  const authScheme = reader.read('auth_scheme', (text) => oneOf(text, authSchemes)) ?? 'basic-auth';
  const timeoutMs = (reader.read('timeout', parseTimeout) ?? defaultTimeoutSeconds) * 1000;
  if (domain === undefined || clientId === undefined || clientSecret === undefined) return undefined;
  return { domain, owner: { clientId, clientSecret }, authScheme, timeoutMs };
}

function noteMissing(reader: Reader, context: WorkflowContext): void {
  if (!reader.isGiven('capture_domain')) {
    reader.mistakes.push(
      'capture_domain is empty. Give the host of your Capture domain; the Console shows it under Manage Application.',
    );
  }
  const missing = (['owner_client_id', 'owner_client_secret'] as const).filter(
    (name) => !reader.isGiven(name),
  );
  if (missing.length === 0) return;
  const subject = `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} empty`;
  reader.mistakes.push(
    context.withoutSecrets === undefined
      ? `${subject}. Is the secret spelt as in the settings of the repository or environment, and may this job read that environment?`
      : `${subject}: this run comes from ${context.withoutSecrets}, and GitHub gives such runs no Actions secrets. Skip the step there (README, Forks and Dependabot).`,
  );
}

/** The runner would only warn of `capture-domain`, and the default would act in its place. */
function findTwins(variables: readonly string[]): string[] {
  const plain = (name: string): string => name.replace(/[-_ ]/g, '').toUpperCase();
  const known = new Map(inputNames.map((name) => [plain(name), name]));
  return variables.flatMap((variable) => {
    if (!variable.startsWith('INPUT_')) return [];
    const given = variable.slice('INPUT_'.length);
    const meant = known.get(plain(given));
    if (meant === undefined || given === meant.toUpperCase()) return [];
    return [`Unknown input ${given.toLowerCase()}: did you mean ${meant}?`];
  });
}

function parseOwnerId(text: string): string {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
    throw new RangeError(
      'is a UUID, the id of a Hosted Login (OIDC) client; give the id of the owner API client',
    );
  }
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(text)) {
    throw new RangeError('holds a character that no client id has');
  }
  return text;
}

function parseTimeout(text: string): number {
  const seconds = parseDuration(text);
  if (seconds > longestTimeoutSeconds) throw new RangeError(`is "${text}"; the most is 1h`);
  return seconds;
}

function parseExpiry(text: string, now: number): number {
  const seconds = parseDuration(text);
  if (now + seconds * 1000 > Date.UTC(9999, 0))
    throw new RangeError(`is "${text}", which ends after the year 9999`);
  return seconds;
}

function parseDescriptionInput(text: string): string {
  if (/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(text)) {
    throw new RangeError('holds a line break or another control character; it is one line of text');
  }
  if (text.length > longestDescription) {
    throw new RangeError(`is ${text.length} characters long; the most is ${longestDescription}`);
  }
  return text;
}

/** A JSON array as the API takes it, or names separated by commas or newlines. */
function parseFeatures(text: string): Feature[] {
  const names = text.startsWith('[') ? parseJsonNames(text) : splitNames(text);
  const unknown = names.filter((name) => !isFeature(name));
  if (unknown.length > 0) {
    const hints = unknown.map(
      (name) =>
        `"${name.slice(0, 60)}", which is no feature (did you mean ${closest(name, [...featureNames])}?)`,
    );
    throw new RangeError(`names ${hints.join(', ')}. The features are ${featureNames.join(', ')}`);
  }
  return [...new Set(names.filter(isFeature))];
}

function splitNames(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function parseJsonNames(text: string): string[] {
  const names = namesSchema.safeParse(parseJson(text));
  if (names.success) return names.data;
  throw new RangeError('is not a JSON array of names, ["login_client"] for one');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseBoolean(text: string): boolean {
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  throw new RangeError(`is "${text}"; it takes true or false`);
}

function oneOf<const T extends string>(text: string, values: readonly T[]): T {
  const value = values.find((candidate) => candidate === text);
  if (value !== undefined) return value;
  throw new RangeError(`is "${text}"; it takes ${values.join(' or ')}`);
}
