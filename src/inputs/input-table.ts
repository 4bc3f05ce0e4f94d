/**
 * Describes every input once: the actions and the command read their inputs by this table, `npm run manifests` writes it
 * into the action.yml files, and `--help` and the reference page come from it. Texts name other inputs in backticks.
 */
import { authSchemes } from '../capture/authentication.ts';
import { parseCaptureDomain } from '../capture/domain.ts';
import { maxTextBytes } from '../lifecycle/label.ts';
import {
  oneLine,
  oneOf,
  parseBoolean,
  parseClientId,
  parseDuration,
  parseFeatures,
  parseHours,
  parseLastingLifetime,
  parseLifetime,
  parseName,
  parsePullRequest,
  parseRepositories,
  parseSealKey,
  parseText,
} from './parsers.ts';
import type { RunContext } from './run-context.ts';
import { parseRanges, parseSettings } from './settings-parsers.ts';

export interface Input {
  /** For editors, `--help`, and the reference page. */
  readonly description: string;
  /** Throws a RangeError, whose message is the problem and the fix. */
  readonly parse: ((text: string, run?: RunContext) => unknown) & { readonly choices?: readonly string[] };
  readonly required?: true;
  /** What to do if a required input is empty. Undefined for those that are usually secrets of the workflow. */
  readonly ifEmpty?: string;
  readonly default?: string;
  /** A default that only GitHub can evaluate. */
  readonly expression?: string;
  /** Whether the value is a secret. It's never part of a message, and never a flag of a command line. */
  readonly secret?: true;
  /** Where only one of the two has the input. */
  readonly only?: 'workflow' | 'shell';
  /** Where `--help` lists an input that isn't required. */
  readonly group?: 'Client' | 'Lifetime' | 'Hand-over' | 'Network';
  /** The environment variable that a shell can set instead of the flag. */
  readonly variable?: string;
  /** Whether the flag only names a file, as secrets and long texts need: others can read the flags of a process. */
  readonly fromFile?: true;
}

const connection = {
  capture_domain: {
    description: 'Host or https URL of your Capture domain. The Console shows it under Manage Application.',
    required: true,
    ifEmpty: 'Set it to the host of your Capture domain, which the Console shows under Manage Application.',
    variable: 'CAPTURE_DOMAIN',
    parse: parseCaptureDomain,
  },
  owner_client_id: {
    description: "ID of the application's owner client. Only the owner can create and delete clients.",
    required: true,
    variable: 'CAPTURE_OWNER_CLIENT_ID',
    parse: parseClientId,
  },
  owner_client_secret: {
    description: 'Secret of the owner client. Store it in a protected environment.',
    required: true,
    secret: true,
    variable: 'CAPTURE_OWNER_CLIENT_SECRET',
    fromFile: true,
    parse: parseText,
  },
  auth_scheme: {
    description: 'How API calls are authenticated: basic-auth or janrain-signed.',
    default: 'basic-auth',
    group: 'Network',
    parse: oneOf(...authSchemes),
  },
  timeout: {
    description:
      'Time limit for the API calls, such as 90s or 5m. Maximum: 1h. Each attempt gets up to a third of it. Cleanup has its own limit.',
    default: '60s',
    group: 'Network',
    // In milliseconds.
    parse: (text: string) => parseDuration(text, '1h') * 1000,
  },
} satisfies Record<string, Input>;

const create = {
  ...connection,
  description: {
    description:
      'One line of text that describes the client. A label is added. Default: the repository, and the pull request or branch.',
    group: 'Client',
    parse: oneLine(maxTextBytes),
  },
  features: {
    description:
      'What the client can do: login_client, direct_read_access, direct_access, access_issuer, owner. JSON array, or list separated by commas or newlines. Default: none (Capture rejects all calls).',
    group: 'Client',
    parse: parseFeatures,
  },
  lifetime: {
    description:
      'When the client is deleted. job (actions only): when this job ends. run: by the delete or sweep action, after the run is completed. pull_request: reused by later runs; by the delete or sweep action, after the pull request closes.',
    default: 'run',
    group: 'Lifetime',
    parse: parseLifetime,
  },
  name: {
    description:
      'Distinguishes the clients of one run or pull request. Default: the name of the workflow file or CI configuration, without its extension, or capture-client.',
    group: 'Lifetime',
    parse: parseName,
  },
  pull_request: {
    description:
      'Number of the pull request, for `lifetime: pull_request`. Default: the pull request that the run belongs to.',
    group: 'Lifetime',
    parse: parsePullRequest,
  },
  expires_in: {
    description:
      'Time after which the sweep deletes the client in any case, such as 90m, 24h, or 14d. It deletes it earlier once the run is completed or the pull request closes. Renewed on each reuse. Default: 24h, or 14d for pull_request (which must be longer than 5m).',
    group: 'Lifetime',
    // In seconds. The year of a label has four digits.
    parse: (text: string) => parseDuration(text, '36500d'),
  },
  enforce_expiry: {
    description:
      "Whether the client's secret stops working after `expires_in`, rounded up to whole hours (maximum: 168h). On reuse, the secret is replaced. Not yet confirmed on a live tenant.",
    default: 'false',
    group: 'Lifetime',
    parse: parseBoolean,
  },
  rotate_secret: {
    description:
      "On reuse, issue a new secret and keep the old one valid this long (0h to 168h). Default: the secret stays the same. Can't be combined with `enforce_expiry`.",
    group: 'Lifetime',
    parse: parseHours,
  },
  seal_key: {
    description:
      "Key of 32 or more characters that encrypts the credentials for later jobs, and decrypts them there. Can't be combined with `lifetime: job`.",
    secret: true,
    group: 'Hand-over',
    variable: 'CAPTURE_SEAL_KEY',
    fromFile: true,
    parse: parseSealKey,
  },
  ip_allow_list: {
    description:
      'IPv4 addresses or CIDR ranges that may use the client (JSON array, or list separated by commas or newlines). Default: any address.',
    group: 'Client',
    parse: parseRanges,
  },
  settings: {
    description:
      'Settings of the client: lines of key=value, or a JSON object of strings. Settings that you omit keep their values.',
    group: 'Client',
    fromFile: true,
    parse: parseSettings,
  },
  copy_settings_from: {
    description:
      "ID of a client to copy settings from. Settings that look like credentials aren't copied. Values in `settings` take precedence.",
    group: 'Client',
    parse: parseClientId,
  },
  allow_privileged_features: {
    description:
      'Whether `features` may include owner or access_issuer, which can act for every other client. Never allowed for `lifetime: pull_request`.',
    default: 'false',
    group: 'Client',
    parse: parseBoolean,
  },
  show_summary: {
    description: 'Whether to add a job summary.',
    default: 'true',
    only: 'workflow',
    parse: parseBoolean,
  },
} satisfies Record<string, Input>;

const configure = {
  ...connection,
  lifetime: {
    description: 'What the client belongs to. pull_request: the pull request. run: this run.',
    default: 'pull_request',
    group: 'Lifetime',
    parse: parseLastingLifetime,
  },
  name: create.name,
  pull_request: create.pull_request,
  ip_allow_list: create.ip_allow_list,
  settings: create.settings,
} satisfies Record<string, Input>;

const remove = {
  ...connection,
  client_id: {
    description:
      "ID of the client to delete. Its description must end with this repository's label. Set either `client_id` or `lifetime`.",
    group: 'Client',
    variable: 'CAPTURE_CLIENT_ID',
    parse: parseClientId,
  },
  lifetime: {
    description:
      'Which clients to delete. pull_request: those of the pull request. run: those of this run (each job deletes its own job clients). Set either `client_id` or `lifetime`.',
    group: 'Lifetime',
    parse: parseLastingLifetime,
  },
  name: {
    ...create.name,
    description: 'With `lifetime`, delete only the clients with this name. Default: any name.',
  },
  pull_request: create.pull_request,
} satisfies Record<string, Input>;

const sweep = {
  ...connection,
  github_token: {
    description:
      'Token that reads which pull requests and runs are finished. It needs actions: read and pull-requests: read.',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub's own syntax
    expression: '${{ github.token }}',
    secret: true,
    only: 'workflow',
    parse: parseText,
  },
  gitlab_token: {
    description:
      'In GitLab: token with the scope read_api that reads which merge requests and pipelines are finished. Without it, the sweep deletes only expired clients.',
    secret: true,
    only: 'shell',
    variable: 'CAPTURE_GITLAB_TOKEN',
    fromFile: true,
    parse: parseText,
  },
  repositories: {
    description:
      'Repositories whose clients to sweep: owner/name or owner/*, separated by commas or newlines; in GitLab, owner/* includes subgroups. Default: this repository.',
    parse: parseRepositories,
  },
  dry_run: {
    description: 'Whether to report what would be deleted without deleting it.',
    default: 'false',
    parse: parseBoolean,
  },
} satisfies Record<string, Input>;

const exec = {
  ...connection,
  description: create.description,
  features: create.features,
  allow_privileged_features: create.allow_privileged_features,
  ip_allow_list: create.ip_allow_list,
  settings: create.settings,
  copy_settings_from: create.copy_settings_from,
  enforce_expiry: create.enforce_expiry,
  name: create.name,
  expires_in: {
    ...create.expires_in,
    description:
      'Time after which the sweep deletes the client if this command is killed, such as 90m. Renewed while the program runs.',
    default: '2h',
  },
  sealed_credentials: {
    description:
      'Credentials that create encrypted in an earlier job. They are used instead of a new client.',
    group: 'Hand-over',
    variable: 'CAPTURE_SEALED_CREDENTIALS',
    fromFile: true,
    parse: parseText,
  },
  seal_key: { ...create.seal_key, description: 'The key that the credentials are encrypted with.' },
} satisfies Record<string, Input>;

const unseal = {
  sealed_credentials: {
    ...exec.sealed_credentials,
    description: 'The sealed_credentials output of the create action, passed through the outputs of its job.',
    required: true,
    ifEmpty:
      'Check that (1) the create step sets `seal_key`, (2) its job lists sealed_credentials under outputs, and (3) this job lists that job under needs. If the create job has the warning "Skip output", a repository secret of one or two characters occurs in the text: replace that secret with a longer one.',
  },
  seal_key: {
    ...create.seal_key,
    description: 'The key that the create action encrypted the credentials with.',
    required: true,
  },
} satisfies Record<string, Input>;

const check = {
  ...connection,
  timeout: { ...connection.timeout, default: '5m' },
  mode: {
    description:
      'How far to check. credentials: only the owner credentials. life: also creates, reuses, and deletes a client. all: also the points that the documents leave open.',
    default: 'all',
    parse: oneOf('credentials', 'life', 'all'),
  },
  wait_for_expiry: {
    description: 'Whether to wait for an hour to see a secret expire, with `mode: all`.',
    default: 'false',
    parse: parseBoolean,
  },
  allow_privileged_features: {
    ...create.allow_privileged_features,
    description:
      'Whether to also check points that take a client with the feature owner. The check deletes it at once.',
  },
  github_token: {
    ...sweep.github_token,
    description:
      'Token to check for the sweep: whether it can read pull requests and runs. Nothing else is done with it.',
  },
  gitlab_token: {
    ...sweep.gitlab_token,
    description: 'In GitLab: token to check for the sweep, whether it can read merge requests and pipelines.',
  },
  show_summary: create.show_summary,
} satisfies Record<string, Input>;

const list = {
  ...connection,
  repositories: {
    ...sweep.repositories,
    description: 'Repositories whose clients to list. Default: this repository.',
  },
} satisfies Record<string, Input>;

/** The inputs of each command, in the order of its manifest. */
export const inputTable = { create, configure, delete: remove, sweep, unseal, check, exec, list };
export type CommandName = keyof typeof inputTable;

/** The commands that are actions, too. */
export const actions = ['create', 'configure', 'delete', 'sweep', 'unseal', 'check'] as const;
export type Action = (typeof actions)[number];

/** The inputs of a command in a workflow or in a shell. */
export function inputsOf(command: CommandName, where: 'workflow' | 'shell'): Readonly<Record<string, Input>> {
  const inputs = Object.entries<Input>(inputTable[command]);
  return Object.fromEntries(inputs.filter(([, { only }]) => only === undefined || only === where));
}
