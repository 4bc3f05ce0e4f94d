import { isPrivileged } from '../capture/features.ts';
import type { ClientRequest } from '../lifecycle/client-request.ts';
import type { Purpose } from '../lifecycle/label.ts';
import { minRemainingMs } from '../lifecycle/labeled-clients.ts';
import { maxHoursToLive } from './parsers.ts';
import {
  type CaptureInputs,
  captureInputs,
  type InputReader,
  type Rule,
  readInputs,
  rejectPullRequest,
  type Values,
} from './read-inputs.ts';
import type { RunContext } from './run-context.ts';

const defaultExpirySeconds = { run: 24 * 3600, job: 24 * 3600, pull_request: 14 * 86_400 };

/** The client that is asked for, and what is done with it. */
export interface CreateInputs extends ClientRequest {
  readonly capture: CaptureInputs;
  readonly expiresInSeconds: number;
  readonly sealKey: string | undefined;
  readonly showSummary: boolean;
}

/** @throws InputError with every problem */
export function readCreateInputs(reader: InputReader, now = Date.now()): CreateInputs {
  return toCreateInputs(readInputs('create', rules, reader), reader.run, now);
}

/** The client of exec lives as long as its program. @throws InputError with every problem */
export function readExecInputs(reader: InputReader, now = Date.now()): CreateInputs {
  const values = readInputs('exec', [rejectForAnyClient], reader);
  const others = {
    pull_request: undefined,
    rotate_secret: undefined,
    seal_key: undefined,
    show_summary: false,
  };
  return toCreateInputs({ ...values, ...others, lifetime: 'job' }, reader.run, now);
}

function toCreateInputs(values: Values<'create'>, run: RunContext, now: number): CreateInputs {
  const { description, enforce_expiry, name = run.workflow, settings = new Map() } = values;
  const purpose = purposeOf(values, run);
  const seconds = values.expires_in ?? defaultExpirySeconds[purpose.lifetime];
  const hours = Math.min(Math.ceil(seconds / 3600), maxHoursToLive);
  const expiresInSeconds = enforce_expiry ? hours * 3600 : seconds;
  const expiresAt = (Math.floor(now / 1000) + expiresInSeconds) * 1000;
  return {
    capture: captureInputs(values),
    text: { value: description ?? defaultText(purpose, run), given: description !== undefined },
    features: values.features,
    label: { origin: run.origin, purpose, name, expiresAt },
    expiresInSeconds,
    enforcedHours: enforce_expiry ? hours : undefined,
    rotateHours: values.rotate_secret,
    configuration: {
      whitelist: values.ip_allow_list,
      settings,
      copySettingsFrom: values.copy_settings_from,
    },
    sealKey: values.seal_key,
    showSummary: values.show_summary,
  };
}

/** `acme/shop pull request 42`, `acme/shop branch main` */
function defaultText(purpose: Purpose, { origin, pullRequest, ref }: RunContext): string {
  const number = purpose.lifetime === 'pull_request' ? purpose.pullRequest : pullRequest;
  const place = number === undefined ? ref : `pull request ${number}`;
  return place === undefined ? origin.name : `${origin.name} ${place}`;
}

/** The rules made sure that there is a pull request if one is needed. */
export function purposeOf(
  { lifetime, pull_request }: Pick<Values<'create'>, 'lifetime' | 'pull_request'>,
  run: RunContext,
): Purpose {
  if (lifetime !== 'pull_request') return { lifetime, runId: run.runId };
  return { lifetime, pullRequest: (pull_request ?? run.pullRequest) as number };
}

const rejectForAnyClient: Rule<'create' | 'exec'> = ({ values }) => {
  const privileged = values.features?.filter(isPrivileged).join(' and ');
  const forPullRequest = 'lifetime' in values && values.lifetime === 'pull_request';
  const isAllowed = values.allow_privileged_features && !forPullRequest;
  const fix = forPullRequest
    ? 'Remove it: `lifetime` pull_request never allows that.'
    : 'If this client needs that, set `allow_privileged_features: true`.';
  const hours = Math.ceil((values.expires_in ?? 0) / 3600);
  return [
    !isAllowed && !!privileged && `\`features\`: ${privileged} can act for every other client. ${fix}`,
    values.enforce_expiry &&
      hours > maxHoursToLive &&
      `\`expires_in\`: ${hours}h is too long with \`enforce_expiry\`. Use at most ${maxHoursToLive}h (7d), the longest time that Capture keeps an old secret.`,
  ];
};

const rejectForLifetime: Rule<'create'> = ({ values, isGiven, run }) => {
  const { lifetime, pull_request, expires_in = Number.POSITIVE_INFINITY } = values;
  if (lifetime === undefined) return undefined;
  if (lifetime !== 'pull_request') {
    return [
      isGiven('rotate_secret') &&
        `\`rotate_secret\` has no effect with \`lifetime\` ${lifetime}. Remove it, or set \`lifetime: pull_request\`.`,
      lifetime === 'job' &&
        isGiven('seal_key') &&
        '`seal_key` is for later jobs, but with `lifetime` job the client is deleted before they start. Remove it, or set `lifetime: run`.',
    ];
  }
  const isOfThisRun = pull_request === undefined || pull_request === run.pullRequest;
  return [
    isOfThisRun &&
      run.pullRequestState === 'closed' &&
      `\`lifetime\`: pull request ${run.pullRequest} is closed, so its client would have no use. Skip this step when the event's action is closed, and run the delete action then.`,
    expires_in * 1000 <= minRemainingMs &&
      `\`expires_in\`: ${expires_in}s is too short for \`lifetime\` pull_request. Use more than 5m: a client that expires sooner is replaced.`,
  ];
};

const rejectForSecrets: Rule<'create'> = ({ values, isGiven }) => [
  isGiven('rotate_secret') &&
    values.enforce_expiry &&
    '`rotate_secret` has no effect with `enforce_expiry`, which already issues a new secret on every reuse. Remove one of them.',
  values.seal_key !== undefined &&
    values.seal_key === values.owner_client_secret &&
    '`seal_key` is the same as `owner_client_secret`. Anyone who guesses the key would have the owner secret, too. Generate a key of its own with openssl rand -base64 32.',
];

const rules = [rejectPullRequest, rejectForLifetime, rejectForSecrets, rejectForAnyClient];
