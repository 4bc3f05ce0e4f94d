import type { Wording } from '../inputs/run-context.ts';

/** The inputs that environment variables can have. The names are the same everywhere, as input and as output. */
export const inputVariables: Readonly<Record<string, string>> = {
  capture_domain: 'CAPTURE_DOMAIN',
  owner_client_id: 'CAPTURE_OWNER_CLIENT_ID',
  owner_client_secret: 'CAPTURE_OWNER_CLIENT_SECRET',
  client_id: 'CAPTURE_CLIENT_ID',
  seal_key: 'CAPTURE_SEAL_KEY',
  sealed_credentials: 'CAPTURE_SEALED_CREDENTIALS',
  github_token: 'CAPTURE_GITLAB_TOKEN',
};

/** Inputs that flags only name a file for: other users of a machine can read the arguments of every process. */
const fromFile = ['owner_client_secret', 'seal_key', 'sealed_credentials', 'settings', 'github_token'];

export function isFromFile(name: string): boolean {
  return fromFile.includes(name);
}

/** `--expires-in`, `--seal-key-file` */
export function flagOf(name: string): string {
  const words = name === 'github_token' ? 'gitlab_token' : name;
  return `--${words.replaceAll('_', '-')}${isFromFile(name) ? '-file' : ''}`;
}

/** How messages refer to a command line. */
export const commandLineWording: Wording = {
  input: flagOf,
  setting: (name, value) => (value === 'true' ? flagOf(name) : `${flagOf(name)} ${value}`),
  missing: (names) => names.map(describeMissing),
  noPullRequest: 'this run belongs to no pull request. Pass its number with --pull-request.',
  cleanup({ purpose }) {
    if (purpose.lifetime === 'job') return 'this command deletes the client when the program ends.';
    const [flags, when] =
      'runId' in purpose
        ? [`run --run-id ${purpose.runId}`, 'at the end of this run']
        : [`pull_request --pull-request ${purpose.pullRequest}`, 'when it closes'];
    return `run capture-client delete --lifetime ${flags} ${when}. Otherwise, the sweep deletes the client.`;
  },
  laterJobs: ({ purpose }, isSealed) => {
    if (purpose.lifetime === 'job') return undefined;
    const condition = isSealed ? '' : 'set CAPTURE_SEAL_KEY and ';
    return `To use this client in a later job, ${condition}pass CAPTURE_SEALED_CREDENTIALS to it, and use exec or unseal there.`;
  },
  notHandedOver: "which wasn't handed over",
  deletion: (clientId) => `run capture-client delete --client-id ${clientId}`,
};

function describeMissing(name: string): string {
  const variable = inputVariables[name];
  return variable === undefined
    ? `${flagOf(name)} is missing.`
    : `${variable} is empty. Set it, or pass ${flagOf(name)}.`;
}
