import { authSchemes } from '../capture/authentication.ts';
import type { CaptureAccess } from '../capture/client.ts';
import { parseCaptureDomain } from '../capture/domain.ts';
import type { WorkflowContext } from '../github/context.ts';
import { misleading } from '../github/log.ts';
import { shortestKey } from '../sealing.ts';
import { parseDuration } from './durations.ts';

const ofCapture = [
  'capture_domain',
  'owner_client_id',
  'owner_client_secret',
  'auth_scheme',
  'timeout',
] as const;

/** The inputs of each action, as its manifest has them. */
export const inputNames = {
  create: [
    ...ofCapture,
    'description',
    'features',
    'lifetime',
    'name',
    'pull_request',
    'expires_in',
    'enforce_expiry',
    'rotate_secret',
    'seal_key',
    'ip_allow_list',
    'settings',
    'copy_settings_from',
    'allow_privileged_features',
    'show_summary',
  ],
  delete: [...ofCapture, 'client_id', 'lifetime', 'name', 'pull_request'],
  sweep: [...ofCapture, 'github_token', 'repositories', 'dry_run'],
  unseal: ['sealed_credentials', 'seal_key'],
} as const;
/** One of the actions. */
export type Action = keyof typeof inputNames;
/** An input of any of them. */
export type InputName = (typeof inputNames)[Action][number];

const defaultTimeoutSeconds = 60;
/** A job on a GitHub-hosted runner ends after six hours; nobody wants to spend more than one of them waiting. */
const longestTimeoutSeconds = 3600;

/** A name stands in every label; Capture's own limit for descriptions is not documented (capture-api.md §5). */
const longestName = 64;

/** Where inputs come from: the runner hands them over as variables `INPUT_NAME`. */
export interface InputSource {
  /** The trimmed value; empty if it was not given. */
  get(name: InputName): string;
  /** The value as it was given, for those whose spaces count. */
  getUntrimmed(name: InputName): string;
  /** The names of all variables of the environment. */
  readonly variables: readonly string[];
}

/** All mistakes in a step's inputs; each message names its input and the way out. */
export class InputError extends Error {
  override readonly name = 'InputError';

  /** What to tell, line by line. */
  readonly lines: readonly string[];

  /** @param end what the step left undone */
  constructor(mistakes: readonly string[], end = 'Nothing was sent to Capture.') {
    const lines =
      mistakes.length === 1
        ? [`${mistakes[0]} ${end}`]
        : [`The inputs need ${mistakes.length} corrections:`, ...mistakes.map((text) => `- ${text}`), end];
    super(lines.join('\n'));
    this.lines = lines;
  }
}

/** How to reach Capture, and how long a step may take for it. */
export interface CaptureInputs extends CaptureAccess {
  readonly timeoutMs: number;
}

/** Reads one input after the other and notes the mistakes down, so that all of them come to light at once. */
export class Reader {
  readonly mistakes: string[];
  readonly #source: InputSource;

  constructor(source: InputSource, action: Action) {
    this.#source = source;
    this.mistakes = [...findTwins(source.variables, action), ...findForeign(source, action)];
  }

  /** @returns what `parse` made of the input; undefined if it was not given or is wrong */
  read<T>(name: InputName, parse: (text: string) => T): T | undefined {
    return this.#parse(name, this.#source.get(name), parse);
  }

  /** The same for an input at whose ends a space counts. */
  readUntrimmed<T>(name: InputName, parse: (text: string) => T): T | undefined {
    return this.#parse(name, this.#source.getUntrimmed(name), parse);
  }

  #parse<T>(name: InputName, text: string, parse: (text: string) => T): T | undefined {
    if (!this.isGiven(name)) return undefined;
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

  /**
   * @param end what a step with mistakes left undone
   * @throws InputError if any mistake came to light; else `inputs` is all there
   */
  finish<T>(inputs: T | undefined, end?: string): T {
    if (inputs === undefined || this.mistakes.length > 0) throw new InputError(this.mistakes, end);
    return inputs;
  }
}

/** The inputs of every action that talks to Capture; undefined if one that is required is missing or wrong. */
export function readCapture(reader: Reader, context: WorkflowContext): CaptureInputs | undefined {
  noteMissing(reader, context);
  const domain = reader.read('capture_domain', parseCaptureDomain);
  const clientId = reader.read('owner_client_id', parseClientId);
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
  if (missing.length > 0) reader.mistakes.push(emptySecrets(missing, context));
}

/** Says that inputs which are secrets of the workflow are empty, and why they may be. */
export function emptySecrets(names: readonly InputName[], { withoutSecrets }: WorkflowContext): string {
  const subject = `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} empty`;
  return withoutSecrets === undefined
    ? `${subject}. Is the secret spelt as in the settings of the repository or environment, and may this job read that environment?`
    : `${subject}: this run comes from ${withoutSecrets}, and GitHub gives such runs no Actions secrets. Leave the job out there (README, Forks and Dependabot).`;
}

/** The key that credentials are sealed with. Throws RangeError for a short one. */
export function parseSealKey(text: string): string {
  if (text.length >= shortestKey) return text;
  throw new RangeError(
    `is ${text.length} characters long; it takes ${shortestKey} or more, as everybody who can read the log can try keys on the sealed text. openssl rand -base64 32 makes one`,
  );
}

/** The runner would only warn of `capture-domain`, and the default would act in its place. */
function findTwins(variables: readonly string[], action: Action): string[] {
  const plain = (name: string): string => name.replace(/[-_ ]/g, '').toUpperCase();
  const known = new Map(inputNames[action].map((name) => [plain(name), name]));
  return variables.flatMap((variable) => {
    if (!variable.startsWith('INPUT_')) return [];
    const given = variable.slice('INPUT_'.length);
    const meant = known.get(plain(given));
    if (meant === undefined || given === meant.toUpperCase()) return [];
    return [`Unknown input ${given.toLowerCase()}: did you mean ${meant}?`];
  });
}

/** The same goes for the inputs of another action: with `dry_run`, delete would delete. */
function findForeign(source: InputSource, action: Action): string[] {
  const own: readonly string[] = inputNames[action];
  const actions = Object.keys(inputNames) as Action[];
  const foreign = new Map(
    actions.flatMap((other) => inputNames[other].map((name) => [name, other] as const)),
  );
  return [...foreign]
    .filter(([name]) => !own.includes(name) && source.get(name) !== '')
    .map(
      ([name, other]) => `${name} is an input of the ${other} action, and this is ${action}. Leave it out.`,
    );
}

/** The id of an API client. Throws RangeError for a UUID, or for what no header may hold. */
export function parseClientId(text: string): string {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
    throw new RangeError('is a UUID, the id of a Hosted Login (OIDC) client; give the id of an API client');
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

/** `true` or `false`, in any case. Throws RangeError for anything else. */
export function parseBoolean(text: string): boolean {
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  throw new RangeError(`is "${text}"; it takes true or false`);
}

/** One of these words. Throws RangeError for any other. */
export function oneOf<const T extends string>(text: string, values: readonly T[]): T {
  const value = values.find((candidate) => candidate === text);
  if (value !== undefined) return value;
  throw new RangeError(`is "${text}"; it takes ${values.join(' or ')}`);
}

/** One line of words. Throws RangeError for a line break, a control character or too many of them. */
export function parseLine(text: string, longest: number): string {
  if (misleading.test(text)) {
    throw new RangeError('holds a line break or another control character; it is one line of text');
  }
  if (text.length > longest) {
    throw new RangeError(`is ${text.length} characters long; the most is ${longest}`);
  }
  return text;
}

/** The words between commas and line breaks, without the empty ones. */
export function splitList(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** What the text is as JSON; undefined if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Tells clients of one purpose apart; the same for the action that creates and the one that deletes. */
export function parseName(text: string): string {
  return parseLine(text, longestName);
}

/**
 * The pull request that a step is about: the one named in its input, or the event's.
 * @returns undefined, and a mistake noted, if there is neither
 */
export function readPullRequest(reader: Reader, context: WorkflowContext): number | undefined {
  const number = reader.read('pull_request', parsePullRequest) ?? context.pullRequest;
  if (number === undefined && !reader.isGiven('pull_request')) {
    reader.mistakes.push(
      `lifetime is pull_request, but the event ${context.eventName} belongs to no pull request. Give its number in pull_request, or use this step on pull_request events alone.`,
    );
  }
  return number;
}

function parsePullRequest(text: string): number {
  const number = Number(text);
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new RangeError(`is "${text}", which is not the number of a pull request`);
}
