import { join } from 'node:path';

/** The folders a job works in. */
export interface Folders {
  workspace: string;
  temp: string;
}

// What a process needs to start at all. Nothing else of the parent's environment reaches a step: no proxy settings,
// no tokens, no GITHUB_* of the workflow in which the tests themselves may be running.
const inherited = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'SystemDrive',
  'windir',
  'ComSpec',
  'PATHEXT',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'ProgramData',
];

/** The machine's part of a step's environment. */
export function machineEnvironment(): Record<string, string> {
  const environment: Record<string, string> = { CI: 'true' };
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

const sha = '5c1f2e0b9d7a4c6e8f3b1a2d4c5e6f708192a3b4';

/** GitHub's and the runner's part: a push to main of a repository that does not exist. */
export function pushEnvironment(folders: Folders, action: string): Record<string, string> {
  return {
    GITHUB_ACTION: action,
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: 'octocat',
    GITHUB_ACTOR_ID: '583231',
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_BASE_REF: '',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_GRAPHQL_URL: 'https://api.github.com/graphql',
    GITHUB_HEAD_REF: '',
    GITHUB_JOB: 'preview',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REF_NAME: 'main',
    GITHUB_REF_PROTECTED: 'false',
    GITHUB_REF_TYPE: 'branch',
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_REPOSITORY_ID: '123456',
    GITHUB_REPOSITORY_OWNER: 'acme',
    GITHUB_REPOSITORY_OWNER_ID: '654321',
    GITHUB_RETENTION_DAYS: '90',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: '1001',
    GITHUB_RUN_NUMBER: '7',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_SHA: sha,
    GITHUB_TRIGGERING_ACTOR: 'octocat',
    GITHUB_WORKFLOW: 'preview',
    GITHUB_WORKFLOW_REF: 'acme/shop/.github/workflows/preview.yml@refs/heads/main',
    GITHUB_WORKFLOW_SHA: sha,
    GITHUB_WORKSPACE: folders.workspace,
    RUNNER_ARCH: process.arch === 'arm64' ? 'ARM64' : 'X64',
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_NAME: 'stand-in',
    RUNNER_OS: { darwin: 'macOS', win32: 'Windows' }[process.platform as string] ?? 'Linux',
    RUNNER_TEMP: folders.temp,
    RUNNER_TOOL_CACHE: join(folders.temp, '_tool'),
  };
}

/** The payload that goes with pushEnvironment. */
export const pushEvent = {
  ref: 'refs/heads/main',
  after: sha,
  repository: {
    id: 123456,
    name: 'shop',
    full_name: 'acme/shop',
    owner: { login: 'acme', id: 654321 },
    default_branch: 'main',
  },
  sender: { login: 'octocat', id: 583231 },
};

/** INPUT_* as the runner names them: upper case, blanks become `_`, hyphens stay (actions-runtime.md §1e). */
export function inputVariables(inputs: Map<string, string>): Record<string, string> {
  return Object.fromEntries(
    [...inputs].map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  );
}
