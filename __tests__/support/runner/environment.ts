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

/** The part that comes from GitHub and the runner, as far as a step here needs it: a push to main. */
export function pushEnvironment(folders: Folders, action: string): Record<string, string> {
  return {
    GITHUB_ACTION: action,
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: 'octocat',
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_REF_NAME: 'main',
    GITHUB_REF_TYPE: 'branch',
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_REPOSITORY_ID: '123456',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: '1001',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_WORKFLOW_REF: 'acme/shop/.github/workflows/preview.yml@refs/heads/main',
    GITHUB_WORKSPACE: folders.workspace,
    RUNNER_TEMP: folders.temp,
  };
}

/** The payload of the same push. */
export const pushEvent = { ref: 'refs/heads/main', repository: { id: 123456, full_name: 'acme/shop' } };

/** The INPUT_* variables as the runner names them: upper case, spaces become `_`, hyphens stay. */
export function inputVariables(inputs: Map<string, string>): Record<string, string> {
  return Object.fromEntries(
    [...inputs].map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  );
}
