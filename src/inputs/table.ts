/**
 * Describes every input once. The actions read their inputs from this table; `npm run manifests` writes it into the
 * action.yml files, where GitHub reads it.
 */
import { authSchemes } from '../capture/authentication.ts';
import { parseCaptureDomain } from '../capture/domain.ts';
import { checkModes } from '../lifecycle/check-modes.ts';
import { parseRanges, parseSettings } from './configuration.ts';
import {
  oneLine,
  oneOf,
  parseBoolean,
  parseClientId,
  parseExpiry,
  parseFeatures,
  parseHours,
  parsePullRequest,
  parseRepositories,
  parseSealKey,
  parseText,
  parseTimeout,
} from './parsers.ts';
import type { RunContext } from './run-context.ts';

export interface Input {
  /** For editors, `--help`, and the reference page. */
  readonly description: string;
  /** Throws a RangeError, whose message is the problem and the fix. */
  readonly parse: (text: string, context?: RunContext) => unknown;
  readonly required?: true;
  /** What to do if a required input is empty. Undefined for those that are usually secrets of the workflow. */
  readonly ifEmpty?: string;
  readonly default?: string;
  /** A default that only GitHub can evaluate. */
  readonly expression?: string;
  /** Whether the value is a secret. It's never part of a message, and never a flag of a command line. */
  readonly secret?: true;
  /** Whether spaces at the start and end are part of the value. */
  readonly untrimmed?: true;
}

const capture = {
  capture_domain: {
    description: 'Host or https URL of your Capture domain. The Console shows it under Manage Application.',
    required: true,
    ifEmpty: 'Set it to the host of your Capture domain, which the Console shows under Manage Application.',
    parse: parseCaptureDomain,
  },
  owner_client_id: {
    description: "ID of the application's owner client. Only the owner can create and delete clients.",
    required: true,
    parse: parseClientId,
  },
  owner_client_secret: {
    description: 'Secret of the owner client. Store it in a protected environment.',
    required: true,
    secret: true,
    parse: parseText,
  },
  auth_scheme: {
    description: 'How API calls are authenticated: basic-auth or janrain-signed.',
    default: 'basic-auth',
    parse: oneOf(...authSchemes),
  },
  timeout: {
    description:
      'Time limit for all API calls in this step, such as 90s or 5m. Maximum: 1h. Each attempt gets up to a third of it.',
    default: '60s',
    parse: parseTimeout,
  },
} satisfies Record<string, Input>;

/** A client's name is part of its label. Capture's own limit for descriptions isn't documented. */
const parseName = oneLine(64);

const pullRequest = {
  description: "Number of the pull request, for lifetime pull_request. Default: the event's pull request.",
  parse: parsePullRequest,
};

const create = {
  ...capture,
  description: {
    description:
      'One line of text that describes the client. The action adds its label. Default: the repository, and the pull request or branch.',
    parse: oneLine(500),
  },
  features: {
    description:
      'What the client can do: login_client, direct_read_access, direct_access, access_issuer, owner. JSON array, or list separated by commas or newlines. Default: none (Capture rejects all calls).',
    parse: parseFeatures,
  },
  lifetime: {
    description:
      'When the client is deleted. job: when this job ends. run: by the delete or sweep action, after the workflow run. pull_request: reused by later runs; by the delete or sweep action, after the pull request closes.',
    default: 'run',
    parse: oneOf('run', 'job', 'pull_request'),
  },
  name: {
    description:
      'Distinguishes the clients of one run or pull request. Default: the name of the workflow file, without its extension.',
    parse: parseName,
  },
  pull_request: pullRequest,
  expires_in: {
    description:
      'How long until the sweep may delete the client, such as 90m, 24h, or 14d. Default: 24h, or 14d for pull_request (which must be longer than 5m).',
    parse: parseExpiry,
  },
  enforce_expiry: {
    description:
      "Whether the client's secret stops working after expires_in, rounded up to whole hours (maximum: 168h). Not yet confirmed on a live tenant.",
    default: 'false',
    parse: parseBoolean,
  },
  rotate_secret: {
    description:
      "On reuse, issue a new secret and keep the old one valid this long (0h to 168h). Default: the secret stays the same. Can't be combined with enforce_expiry.",
    parse: parseHours,
  },
  seal_key: {
    description:
      "Key of 32 or more characters that encrypts the credentials for later jobs. Pass the same key to the unseal action. Can't be combined with lifetime job.",
    secret: true,
    parse: parseSealKey,
  },
  ip_allow_list: {
    description:
      'IPv4 addresses or CIDR ranges that may use the client (JSON array, or list separated by commas or newlines). Default: any address.',
    parse: parseRanges,
  },
  settings: {
    description:
      'Settings of the client: lines of key=value, or a JSON object of strings. On reuse, settings that you omit keep their values.',
    untrimmed: true,
    parse: parseSettings,
  },
  copy_settings_from: {
    description:
      "ID of a client to copy settings from. Settings that look like credentials aren't copied. Values in settings take precedence.",
    parse: parseClientId,
  },
  allow_privileged_features: {
    description:
      'Whether features may include owner or access_issuer, which can act for every other client. Never allowed for lifetime pull_request.',
    default: 'false',
    parse: parseBoolean,
  },
  show_summary: {
    description: 'Whether to add the client to the job summary.',
    default: 'true',
    parse: parseBoolean,
  },
} satisfies Record<string, Input>;

const remove = {
  ...capture,
  client_id: {
    description:
      "ID of the client to delete. Its description must end with this repository's label. Set either client_id or lifetime.",
    parse: parseClientId,
  },
  lifetime: {
    description:
      'Which clients to delete. pull_request: those of the pull request. run: those of this workflow run (each job deletes its own job clients). Set either client_id or lifetime.',
    parse: oneOf('run', 'pull_request'),
  },
  name: {
    description: 'With lifetime, delete only the clients with this name. Default: any name.',
    parse: parseName,
  },
  pull_request: pullRequest,
} satisfies Record<string, Input>;

const sweep = {
  ...capture,
  github_token: {
    description:
      'Token that reads which pull requests and runs are finished. It needs actions: read and pull-requests: read. Without it, the sweep deletes only expired clients.',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub's own syntax
    expression: '${{ github.token }}',
    secret: true,
    parse: parseText,
  },
  repositories: {
    description:
      'Repositories whose clients to sweep: owner/name or owner/*, separated by commas or newlines. Default: this repository.',
    parse: parseRepositories,
  },
  dry_run: {
    description: 'Whether to report what would be deleted without deleting it.',
    default: 'false',
    parse: parseBoolean,
  },
} satisfies Record<string, Input>;

const unseal = {
  sealed_credentials: {
    description: 'The sealed_credentials output of the create action, passed through the outputs of its job.',
    required: true,
    ifEmpty:
      'Check that (1) the create step sets seal_key, (2) its job lists sealed_credentials under outputs, and (3) this job lists that job under needs. If the create job has the warning "Skip output", a repository secret of one or two characters occurs in the text: replace that secret with a longer one.',
    parse: parseText,
  },
  seal_key: {
    description: 'The key that the create action encrypted the credentials with.',
    required: true,
    secret: true,
    parse: parseSealKey,
  },
} satisfies Record<string, Input>;

const check = {
  ...capture,
  timeout: { ...capture.timeout, default: '5m' },
  mode: {
    description:
      'How far to check. credentials: only the network path and the owner credentials. life: also creates, reuses, and deletes a client. all: also the points that the documents leave open.',
    default: 'all',
    parse: oneOf(...checkModes),
  },
  wait_for_expiry: {
    description: 'Whether to wait for an hour to see a secret expire, with mode all.',
    default: 'false',
    parse: parseBoolean,
  },
  allow_privileged_features: {
    description:
      'Whether to also check points that take a client with the feature owner. The check deletes it at once.',
    default: 'false',
    parse: parseBoolean,
  },
  github_token: {
    ...sweep.github_token,
    description:
      'Token to check for the sweep: whether it can read pull requests and runs. Nothing else is done with it.',
  },
  show_summary: {
    description: 'Whether to add the report to the job summary.',
    default: 'true',
    parse: parseBoolean,
  },
} satisfies Record<string, Input>;

/** The inputs of each action, in the order of its manifest. */
export const inputTable = { create, delete: remove, sweep, unseal, check };
export type Action = keyof typeof inputTable;
