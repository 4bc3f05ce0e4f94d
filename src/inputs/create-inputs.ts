import { closest, distance } from 'fastest-levenshtein';
import * as z from 'zod/mini';
import { type Feature, featureNames, isFeature, privilegedFeatures } from '../capture/features.ts';
import type { WorkflowContext } from '../github/context.ts';
import type { Purpose } from '../lifecycle/label.ts';
import { leastRemainingMs } from '../lifecycle/pull-request.ts';
import type { Configuration } from '../lifecycle/settings.ts';
import { parseDuration } from './durations.ts';
import {
  type CaptureInputs,
  type InputSource,
  oneOf,
  parseBoolean,
  parseJson,
  parseLine,
  parseName,
  parseSealKey,
  Reader,
  readCapture,
  readPullRequest,
  splitList,
} from './inputs.ts';
import { readConfiguration } from './settings-inputs.ts';

/** The inputs of the create action, as the rest of the program wants them. */
export interface CreateInputs {
  readonly capture: CaptureInputs;
  /** The user's own words; undefined if none were given. */
  readonly description: string | undefined;
  /** Undefined if none were given, which on reuse leaves them as they are; empty takes all away. */
  readonly features: readonly Feature[] | undefined;
  readonly purpose: Purpose;
  readonly name: string;
  readonly expiresInSeconds: number;
  /** After how many hours Capture itself ends the secret; undefined if it is not to. */
  readonly enforcedHours: number | undefined;
  /** On reuse, for how many hours the old secret stays valid beside a new one; undefined for no new one. */
  readonly rotateHours: number | undefined;
  /** With what to seal the credentials for later jobs; undefined if they are not to be. */
  readonly sealKey: string | undefined;
  readonly configuration: Configuration;
  readonly showSummary: boolean;
}

const lifetimes = ['run', 'job', 'pull_request'] as const;

/** The last line of defence (DESIGN.md, "create"). */
const defaultExpirySeconds = { run: 24 * 3600, job: 24 * 3600, pull_request: 14 * 86_400 };
/** `clients/reset_secret` lets an old secret live on for 0 to 168 hours (capture-api.md §1). */
const mostHoursToLive = 168;
/** Capture's own limit is not documented (capture-api.md §5). */
const longestDescription = 500;

const namesSchema = () => z.array(z.string());

/**
 * Reads the inputs of the create action. An empty input counts as not given.
 * @param now milliseconds since the epoch
 * @throws InputError with every mistake at once
 */
export function readCreateInputs(source: InputSource, context: WorkflowContext, now: number): CreateInputs {
  const reader = new Reader(source, 'create');
  const capture = readCapture(reader, context);
  const lifetime = reader.read('lifetime', (text) => oneOf(text, lifetimes)) ?? 'run';
  refuseIdle(reader, lifetime);
  const purpose = readPurpose(reader, context, lifetime);
  const rest = {
    description: reader.read('description', (text) => parseLine(text, longestDescription)),
    features: readFeatures(reader, lifetime),
    name: reader.read('name', parseName) ?? context.workflow,
    ...readExpiry(reader, lifetime, now),
    rotateHours: reader.read('rotate_secret', parseHours),
    sealKey: readSealKey(reader, lifetime),
    configuration: readConfiguration(reader),
    showSummary: reader.read('show_summary', parseBoolean) ?? true,
  };
  return reader.finish(capture && purpose && { capture, purpose, ...rest });
}

type Lifetime = Purpose['lifetime'];

function readPurpose(reader: Reader, context: WorkflowContext, lifetime: Lifetime): Purpose | undefined {
  if (lifetime !== 'pull_request') return { lifetime, runId: context.runId };
  const pullRequest = readPullRequest(reader, context);
  return pullRequest === undefined ? undefined : { lifetime, pullRequest };
}

/** What would be read and then do nothing. */
function refuseIdle(reader: Reader, lifetime: Lifetime): void {
  for (const name of ['pull_request', 'rotate_secret'] as const) {
    if (lifetime !== 'pull_request' && reader.isGiven(name)) {
      reader.mistakes.push(
        `${name} is for clients of a pull request and says nothing with lifetime ${lifetime}. Leave it out, or set lifetime: pull_request.`,
      );
    }
  }
  if (reader.isGiven('rotate_secret') && reader.read('enforce_expiry', parseBoolean)) {
    reader.mistakes.push(
      'rotate_secret says nothing beside enforce_expiry, with which every reuse has a secret of its own. Leave one of them out.',
    );
  }
}

function readFeatures(reader: Reader, lifetime: Lifetime): Feature[] | undefined {
  const features = reader.read('features', parseFeatures);
  const allowed = reader.read('allow_privileged_features', parseBoolean) ?? false;
  const privileged = features?.filter((feature) => privilegedFeatures.includes(feature)) ?? [];
  if (privileged.length === 0) return features;
  const named = `features names ${privileged.join(' and ')}, which can act for every other client`;
  if (lifetime === 'pull_request') {
    reader.mistakes.push(`${named}; a client that lives as long as a pull request does not get that.`);
  } else if (!allowed) {
    reader.mistakes.push(`${named}. If this client needs that, set allow_privileged_features: true.`);
  }
  return features;
}

/** With `enforce_expiry` the end is a whole number of hours away, as Capture counts (DESIGN.md). */
function readExpiry(
  reader: Reader,
  lifetime: Lifetime,
  now: number,
): Pick<CreateInputs, 'expiresInSeconds' | 'enforcedHours'> {
  const given = reader.read('expires_in', (text) => parseExpiry(text, now));
  const enforce = reader.read('enforce_expiry', parseBoolean) ?? false;
  const seconds = given ?? defaultExpirySeconds[lifetime];
  if (lifetime === 'pull_request' && seconds * 1000 <= leastRemainingMs) {
    reader.mistakes.push(
      `expires_in is ${seconds} seconds; for lifetime pull_request it is more than 5m, as a client that close to its end is replaced.`,
    );
  }
  if (!enforce) return { expiresInSeconds: seconds, enforcedHours: undefined };
  const hours = Math.ceil(seconds / 3600);
  if (given !== undefined && hours > mostHoursToLive) {
    reader.mistakes.push(
      `expires_in is ${hours} hours; with enforce_expiry the most is ${mostHoursToLive}h (7d), as Capture keeps no old secret longer.`,
    );
  }
  const enforcedHours = Math.min(hours, mostHoursToLive);
  return { expiresInSeconds: enforcedHours * 3600, enforcedHours };
}

function readSealKey(reader: Reader, lifetime: Lifetime): string | undefined {
  const key = reader.read('seal_key', parseSealKey);
  if (lifetime === 'job' && reader.isGiven('seal_key')) {
    reader.mistakes.push(
      'seal_key is for later jobs, and with lifetime job the client is gone before they start. Leave it out, or set lifetime: run.',
    );
  }
  if (key !== undefined && key === reader.read('owner_client_secret', (text) => text)) {
    reader.mistakes.push(
      'seal_key is the owner secret; whoever found it out by trying would have both. Use a key of its own, from openssl rand -base64 32.',
    );
  }
  return key;
}

function parseExpiry(text: string, now: number): number {
  const seconds = parseDuration(text);
  if (now + seconds * 1000 > Date.UTC(9999, 0)) {
    throw new RangeError(`is "${text}", which ends after the year 9999`);
  }
  return seconds;
}

function parseHours(text: string): number {
  const [, hours] = /^(\d+)h$/.exec(text) ?? [];
  if (hours !== undefined && Number(hours) <= mostHoursToLive) return Number(hours);
  throw new RangeError(`is "${text}"; it takes whole hours from 0h to ${mostHoursToLive}h`);
}

/** A JSON array as the API takes it, or names separated by commas or newlines. */
function parseFeatures(text: string): Feature[] {
  const names = text.startsWith('[') ? parseJsonNames(text) : splitList(text);
  const unknown = names.filter((name) => !isFeature(name));
  if (unknown.length > 0) {
    const hints = unknown.map(
      (name) => `"${name}", which is no feature (did you mean ${nearestFeature(name)}?)`,
    );
    throw new RangeError(`names ${hints.join(', ')}. The features are ${featureNames.join(', ')}`);
  }
  return [...new Set(names.filter(isFeature))];
}

/** A part in common counts more than likeness, and nobody is led to a privileged feature by a far likeness. */
function nearestFeature(name: string): string {
  const contained = featureNames.find((feature) => feature.startsWith(name) || name.includes(feature));
  if (contained !== undefined) return contained;
  const nearest = closest(name, [...featureNames]);
  if (distance(name, nearest) <= 2) return nearest;
  const unprivileged = featureNames.filter((feature) => !privilegedFeatures.includes(feature));
  return closest(name, unprivileged);
}

function parseJsonNames(text: string): string[] {
  const names = namesSchema().safeParse(parseJson(text));
  if (names.success) return names.data;
  throw new RangeError('is not a JSON array of names, ["login_client"] for one');
}
