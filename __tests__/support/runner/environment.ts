import { join } from 'node:path';

/** A job's folders. */
export interface Folders {
  workspace: string;
  temp: string;
}

// The variables that a process needs to start. A step gets nothing else from the tests' own environment: no proxies,
// no tokens, and no GITHUB_* variables of the workflow that runs the tests.
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

/** The part of a step's environment that comes from the machine. */
export function machineEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

const sha = '5c1f2e0b9d7a4c6e8f3b1a2d4c5e6f708192a3b4';

/** The part that comes from GitHub and the runner: a push to main of a made-up repository. */
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

/** The payload of the same push. */
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

/** The INPUT_* variables as the runner names them: upper case, spaces become `_`, hyphens stay. */
export function inputVariables(inputs: Map<string, string>): Record<string, string> {
  return Object.fromEntries(
    [...inputs].map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  );
}
