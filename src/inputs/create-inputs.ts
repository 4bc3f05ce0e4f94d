import { isPrivileged } from '../capture/features.ts';
import type { ClientRequest } from '../lifecycle/client-request.ts';
import type { Purpose } from '../lifecycle/label.ts';
import { minRemainingMs } from '../lifecycle/pull-request.ts';
import type { Configuration } from '../lifecycle/settings.ts';
import {
  captureInputs,
  type InputSource,
  type Reading,
  type Rule,
  readInputs,
  rejectMissingPullRequest,
  type Values,
} from './inputs.ts';
import { maxHoursToLive } from './parsers.ts';
import type { RunContext } from './run-context.ts';

export type CreateInputs = ReturnType<typeof readCreateInputs>;

const defaultExpirySeconds = { run: 24 * 3600, job: 24 * 3600, pull_request: 14 * 86_400 };

/** @throws InputError with every problem */
export function readCreateInputs(source: InputSource, context: RunContext) {
  const values = readInputs('create', rules, { source, context });
  const seconds = expirySeconds(values);
  const hours = Math.min(Math.ceil(seconds / 3600), maxHoursToLive);
  const configuration: Configuration = {
    whitelist: values.ip_allow_list,
    settings: values.settings ?? new Map(),
    copySettingsFrom: values.copy_settings_from,
  };
  return {
    capture: captureInputs(values),
    description: values.description,
    features: values.features,
    purpose: purposeOf(values, context),
    name: values.name ?? context.workflow,
    expiresInSeconds: values.enforce_expiry ? hours * 3600 : seconds,
    enforcedHours: values.enforce_expiry ? hours : undefined,
    rotateHours: values.rotate_secret,
    sealKey: values.seal_key,
    configuration,
    showSummary: values.show_summary,
  };
}

function purposeOf({ lifetime, pull_request }: Values<'create'>, context: RunContext): Purpose {
  if (lifetime !== 'pull_request') return { lifetime, runId: context.runId };
  // A rule made sure that there is one.
  return { lifetime, pullRequest: (pull_request ?? context.pullRequest) as number };
}

function expirySeconds({ expires_in, lifetime = 'run' }: Reading<'create'>['values']): number {
  return expires_in ?? defaultExpirySeconds[lifetime];
}

const rejectWithoutPullRequest =
  (name: 'pull_request' | 'rotate_secret'): Rule<'create'> =>
  ({ values: { lifetime }, isGiven }, { wording: { input, setting } }) =>
    lifetime !== undefined && lifetime !== 'pull_request' && isGiven(name)
      ? `${input(name)} has no effect with ${input('lifetime')} ${lifetime}. Remove it, or set ${setting('lifetime', 'pull_request')}.`
      : undefined;

const rules: readonly Rule<'create'>[] = [
  rejectMissingPullRequest,
  rejectWithoutPullRequest('pull_request'),
  rejectWithoutPullRequest('rotate_secret'),

  function rejectClosedPullRequest(
    { values: { lifetime, pull_request } },
    { pullRequest, pullRequestState, wording: { input } },
  ) {
    if (lifetime !== 'pull_request' || pullRequestState !== 'closed') return undefined;
    if (pull_request !== undefined && pull_request !== pullRequest) return undefined;
    return `${input('lifetime')}: pull request ${pullRequest} is closed, so its client would have no use. Skip this step when the event's action is closed, and run the delete action then.`;
  },

  function rejectDoubleRotation({ values: { enforce_expiry }, isGiven }, { wording: { input } }) {
    if (!isGiven('rotate_secret') || !enforce_expiry) return undefined;
    return `${input('rotate_secret')} has no effect with ${input('enforce_expiry')}, which already issues a new secret on every reuse. Remove one of them.`;
  },

  function rejectPrivileged(
    { values: { features = [], lifetime, allow_privileged_features } },
    { wording: { input, setting } },
  ) {
    const privileged = features.filter(isPrivileged);
    if (privileged.length === 0) return undefined;
    const problem = `${input('features')}: ${privileged.join(' and ')} can act for every other client.`;
    if (lifetime === 'pull_request')
      return `${problem} Remove it: ${input('lifetime')} pull_request never allows that.`;
    return allow_privileged_features
      ? undefined
      : `${problem} If this client needs that, set ${setting('allow_privileged_features', 'true')}.`;
  },

  function rejectSealWithoutReader({ values: { lifetime }, isGiven }, { wording: { input, setting } }) {
    if (lifetime !== 'job' || !isGiven('seal_key')) return undefined;
    return `${input('seal_key')} is for later jobs, but with ${input('lifetime')} job the client is deleted before they start. Remove it, or set ${setting('lifetime', 'run')}.`;
  },

  function rejectSecretAsKey({ values: { seal_key, owner_client_secret } }, { wording: { input } }) {
    if (seal_key === undefined || seal_key !== owner_client_secret) return undefined;
    return `${input('seal_key')} is the same as ${input('owner_client_secret')}. Anyone who guesses the key would have the owner secret, too. Generate a key of its own with openssl rand -base64 32.`;
  },

  function rejectShortExpiry({ values }, { wording: { input } }) {
    const seconds = expirySeconds(values);
    if (values.lifetime !== 'pull_request' || seconds * 1000 > minRemainingMs) return undefined;
    return `${input('expires_in')}: ${seconds}s is too short for ${input('lifetime')} pull_request. Use more than 5m: a client that expires sooner is replaced.`;
  },

  function rejectLongEnforcement({ values: { expires_in = 0, enforce_expiry } }, { wording: { input } }) {
    const hours = Math.ceil(expires_in / 3600);
    if (!enforce_expiry || hours <= maxHoursToLive) return undefined;
    return `${input('expires_in')}: ${hours}h is too long with ${input('enforce_expiry')}. Use at most ${maxHoursToLive}h (7d), the longest time that Capture keeps an old secret.`;
  },
];

/**
 * Makes a request of inputs and context.
 * @param now in milliseconds since the epoch
 */
export function toRequest(inputs: CreateInputs, context: RunContext, now: number): ClientRequest {
  const { description, features, purpose, name, enforcedHours, rotateHours, configuration } = inputs;
  const expiresAt = (Math.floor(now / 1000) + inputs.expiresInSeconds) * 1000;
  return {
    text: { value: description ?? defaultText(purpose, context), given: description !== undefined },
    features,
    label: { origin: context.origin, purpose, name, expiresAt },
    enforcedHours,
    rotateHours,
    configuration,
  };
}

/** `acme/shop pull request 42`, `acme/shop branch main` */
function defaultText(purpose: Purpose, { origin, pullRequest, ref }: RunContext): string {
  const number = purpose.lifetime === 'pull_request' ? purpose.pullRequest : pullRequest;
  const place = number === undefined ? ref : `pull request ${number}`;
  return place === undefined ? origin.name : `${origin.name} ${place}`;
}
