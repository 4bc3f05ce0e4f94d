import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { CommandName } from '../../../src/inputs/input-table.ts';
import { InputError } from '../../../src/inputs/read-inputs.ts';
import { Canceled } from '../../../src/lifecycle/cancellation.ts';
import type { Invocation, Shell } from '../../../src/shell/shell.ts';
import { labelIn, systems } from '../../support/ci-systems.ts';
import { captureError, runLabel } from '../../support/fixtures.ts';
import { fakeOutput } from '../support/fake-output.ts';

let [out, err] = ['', ''];
jest.unstable_mockModule('../../../src/shell/output.ts', () =>
  fakeOutput((fd, text) => {
    if (fd === 1) out += text;
    else err += text;
  }),
);
let isTerminal = false;
jest.unstable_mockModule('node:tty', () => ({ isatty: () => isTerminal }));
const cleanup = jest.fn<(...args: unknown[]) => Promise<void>>();
jest.unstable_mockModule('../../../src/commands/cleanup.ts', () => ({ cleanup }));
const { runInShell } = await import('../../../src/shell/shell.ts');
const { configure } = await import('../../../src/commands/configure.ts');
const { create } = await import('../../../src/commands/create.ts');

const signals = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGALRM', 'SIGUSR1', 'SIGUSR2', 'SIGBREAK'];
const saved = { env: process.env, exitCode: process.exitCode };

beforeEach(() => {
  [out, err] = ['', ''];
  isTerminal = false;
});

afterEach(() => {
  process.env = saved.env;
  process.exitCode = saved.exitCode;
  for (const name of signals) process.removeAllListeners(name);
});

const credentials = {
  CAPTURE_DOMAIN: 'x.example.com',
  CAPTURE_OWNER_CLIENT_ID: 'owner',
  CAPTURE_OWNER_CLIENT_SECRET: 'owner-secret',
};

const gitLabJob = {
  GITLAB_CI: 'true',
  CI_SERVER_URL: 'https://example.com/gitlab-a',
  CI_PROJECT_ID: '9',
  CI_PROJECT_PATH: 'acme/shop',
  CI_PIPELINE_ID: '10',
  CI_API_V4_URL: 'https://example.com/gitlab-a/api/v4',
};

/** Flags as commander gives them. */
interface Given {
  options?: Invocation['given'];
  env?: Record<string, string>;
}

/** Runs an action in the shell of a command, and returns the exit code. */
async function runAs(
  name: CommandName,
  { options = {}, env = {} }: Given,
  act: (shell: Shell) => unknown,
): Promise<typeof process.exitCode> {
  process.env = { ...credentials, ...env };
  process.exitCode = undefined;
  await runInShell({ name, given: options, program: [] }, async (shell) => act(shell));
  return process.exitCode;
}

async function shellOf(name: CommandName, given: Given): Promise<Shell> {
  const shells: Shell[] = [];
  await runAs(name, given, (shell) => void shells.push(shell));
  return shells[0] as Shell;
}

test('an empty flag hides the variable of its input, and names no client to delete', async () => {
  const env = { CAPTURE_CLIENT_ID: 'client' };
  const given = async (options: object) =>
    ['capture_domain', 'client_id'].map(
      (await shellOf('delete', { options: { ...options }, env })).inputs.get,
    );
  expect(await given({})).toEqual([credentials.CAPTURE_DOMAIN, 'client']);
  expect(await given({ captureDomain: '', clientId: '' })).toEqual(['', '']);
  expect(await given({ lifetime: '' })).toEqual([credentials.CAPTURE_DOMAIN, '']);
});

describe('secrets are masked before anything else is printed:', () => {
  test('those of the inputs and the proxy', async () => {
    const secrets = ['owner-secret', 'k'.repeat(32), 'token', 'password'];
    const env = {
      CAPTURE_SEAL_KEY: secrets[1] as string,
      CAPTURE_GITLAB_TOKEN: 'token',
      https_proxy: 'http://user:password@proxy',
    };
    await runAs('create', { env }, ({ log }) => log.info(secrets.join()));
    await runAs('sweep', { env }, ({ log }) => log.info(secrets[2] as string));
    expect(err).toMatch(/^capture-client: \*\*\*,\*\*\*,token,\*\*\*\ncapture-client: \*\*\*\n$/);
  });

  test('not a key that is rejected as too short, so that the sentence survives', async () => {
    await runAs('create', { env: { CAPTURE_SEAL_KEY: 'short' } }, ({ log }) =>
      log.info('the key is too short'),
    );
    expect(err).toBe('capture-client: the key is too short\n');
  });
});

describe('a message names an input', () => {
  test.each<[object, string]>([
    [{}, 'Check CAPTURE_DOMAIN, or set --lifetime run.'],
    [{ captureDomain: 'y.example.com' }, 'Check --capture-domain, or set --lifetime run.'],
  ])('as the user gave it: %j', async (flags, message) => {
    await runAs('create', { options: { ...flags } }, ({ log }) =>
      log.info('Check `capture_domain`, or set `lifetime: run`.'),
    );
    expect(err).toBe(`capture-client: ${message}\n`);
  });
});

test('a file that cannot be read is the only problem, although configure has nothing else to do', async () => {
  const options = { settingsFile: '/no/such', pullRequest: '3', origin: 'git.example.com/acme/shop' };
  expect(await runAs('configure', { options }, configure)).toBe(2);
  expect(err).toMatch(/^capture-client: error: --settings-file: "\/no\/such" can't be read\. .*\n$/);
});

test('files that cannot be read are reported with all other problems, and nothing follows from them', async () => {
  const flags = { sealKeyFile: '/no/such', ownerClientSecretFile: '/no/such', expiresIn: '5x' };
  expect(await runAs('create', { options: flags }, create)).toBe(2);
  expect(err.match(/ - (--[\w-]+|`\w+`): /g)).toEqual([
    ' - --owner-client-secret-file: ',
    ' - --seal-key-file: ',
    ' - --expires-in: ',
  ]);
});

describe('the exit code', () => {
  test.each<[string, (shell: Shell) => unknown, number | undefined]>([
    ['nothing special', () => undefined, undefined],
    ['that of the program', () => 7, 7],
    ['that of the command', ({ log }) => log.fail('x'), 1],
    ['1 for a failure', () => Promise.reject(captureError()), 1],
    ['2 for invalid inputs', () => Promise.reject(new InputError(['a is empty.'])), 2],
    ['that of the error', () => Promise.reject(Object.assign(captureError(), { exitCode: 127 })), 127],
    ['1 for a bug', () => Promise.reject(new TypeError('a bug')), 1],
  ])('is %s', async (_, act, code) => {
    expect(await runAs('delete', {}, act)).toBe(code);
  });

  test('of a bug comes with what to attach to its report', async () => {
    await runAs('delete', {}, () => Promise.reject(new TypeError('a bug')));
    expect(err).toContain(
      'Report it in the repository of this command, with the output of the same command with CAPTURE_DEBUG=1.',
    );
  });
});

test('the result is on standard output, and what it lacks on standard error', async () => {
  const values = { client_id: 'id', client_secret: 'hush' };
  await runAs('create', { env: { CI: 'true' } }, ({ publish }) => publish({ values }));
  expect(JSON.parse(out)).toEqual({ client_id: 'id' });
  expect(err).toMatch(/^capture-client: note: The result has no client secret\./);
});

describe('the run', () => {
  const origin = 'git.example.com/acme/shop';
  const missing = (flag: string) => expect.stringMatching(`^${flag} is missing, and`);

  const otherRun = { env: gitLabJob, options: { runId: '42', reveal: true } };
  const notThisRun = expect.stringMatching(`^--run-id: "42" isn't this run`);

  test.each<[CommandName, Given, unknown[]]>([
    ['create', {}, [missing('--origin'), missing('--run-id')]],
    ['create', { options: { origin } }, [missing('--run-id')]],
    ['create', { options: { lifetime: ['pull_request'] } }, [missing('--origin')]],
    ['configure', {}, [missing('--origin')]],
    ['configure', { options: { lifetime: ['run'] } }, [missing('--origin'), missing('--run-id')]],
    ['create', otherRun, [notThisRun]],
    ['exec', otherRun, [notThisRun]],
    ['delete', otherRun, []],
    ['delete', { options: { clientId: ['x'] } }, []],
    ['delete', { options: { lifetime: ['run'] } }, [missing('--origin'), missing('--run-id')]],
    ['sweep', {}, [missing('--origin')]],
    ['unseal', {}, [missing('--origin')]],
    ['exec', {}, []],
    ['exec', { env: { CAPTURE_SEALED_CREDENTIALS: 'x' } }, [missing('--origin')]],
    ['exec', { env: { CI: 'true' } }, [missing('--origin')]],
    ['check', { env: { CI: 'true' } }, []],
    ['list', { env: { CI: 'true' } }, []],
  ])('of %s with %j has these problems: %j', async (name, given, problems) => {
    expect((await shellOf(name, given)).run.problems).toEqual(problems);
  });

  test('has the problems of the result, before anything is sent', async () => {
    const { run } = await shellOf('create', { options: { origin, runId: '7', output: '/' } });
    expect(run.problems).toEqual(['--output: "/" is a folder. Name a file.']);
  });

  test.each<[string, Given, boolean]>([
    ['a dotenv file', { options: { format: 'dotenv' } }, false],
    ['a terminal', {}, true],
    ['the log of a CI job', { env: { CI: 'true' } }, false],
    ['the shell of a CI job', { options: { format: 'env' }, env: { CI: 'true' } }, false],
  ])('of create has a problem if nobody would get the secret: %s', async (_, { options, env }, isShown) => {
    isTerminal = isShown;
    const problemsOf = async (changes: Given = {}, name: CommandName = 'create') =>
      (
        await shellOf(name, {
          ...changes,
          options: { origin, runId: '7', ...options, ...changes.options },
          env: { ...env, ...changes.env },
        })
      ).run.problems;
    expect(await problemsOf()).toEqual([
      expect.stringMatching(
        /^The result would have no client secret\. .* pass --reveal\. To pass the client to another job, set `seal_key`\.$/,
      ),
    ]);
    expect(await problemsOf({ options: { reveal: true } })).toEqual([]);
    expect(await problemsOf({ env: { CAPTURE_SEAL_KEY: 'k'.repeat(32) } })).toEqual([]);
    expect(await problemsOf({}, 'configure')).toEqual([]);
  });

  test('of a GitLab job has its server with the path, and GitLab to ask', async () => {
    await using gitLab = await systems[1].start({
      '/projects/9/pipelines/7': systems[1].completed,
      '/projects/9/merge_requests': [],
      '/projects/9/pipelines': [],
    });
    const env = { ...gitLabJob, CI_API_V4_URL: gitLab.url, CAPTURE_DEBUG: '1' };
    const { run, ci } = await shellOf('sweep', { env });
    expect(err).toBe('capture-client: Context: example.com/gitlab-a/acme/shop, run 10, from GitLab CI.\n');
    expect(run).toMatchObject({ origin: { host: 'example.com/gitlab-a', id: '9' }, hasPostStep: false });
    expect(ci?.name).toBe('GitLab');
    const label = labelIn(run)('7');
    const api = await ci?.open('token', 60_000);
    expect((await api?.ask([label]))?.stateOf(label)).toBe('finished');
    expect((await api?.inspectToken())?.isSufficient).toBe(true);
    expect(gitLab.requests).toMatchObject(Array(3).fill({ token: 'token' }));
    const named = await shellOf('sweep', { env: gitLabJob, options: { origin } });
    expect(named.run.origin).toEqual({ host: 'git.example.com', id: 'acme/shop', name: 'acme/shop' });
    expect(named.ci).toBeUndefined();
    const { CI_API_V4_URL, ...withoutApi } = gitLabJob;
    expect((await shellOf('sweep', { env: withoutApi })).ci).toBeUndefined();
    expect((await shellOf('sweep', { env: { CI_API_V4_URL } })).ci).toBeUndefined();
  });
});

test('a printed command repeats what the environment does not say', async () => {
  const options = { origin: 'git.example.com/acme/shop', runId: 'build 7' };
  const owner = { ownerClientId: ['me'], ownerClientSecretFile: ['/dev/null'], authScheme: ['basic-auth'] };
  const flags = { captureDomain: ['y.example.com'], ...owner, name: ['x'] };
  const { words } = await shellOf('create', { options: { ...options, ...flags } });
  const repeated =
    '--origin git.example.com/acme/shop --capture-domain y.example.com --owner-client-id me --owner-client-secret-file /dev/null --auth-scheme basic-auth';
  expect(words.deletion('abc')).toBe(`run: capture-client delete --client-id abc ${repeated}`);
  expect(words.cleanup(runLabel)).toMatch(
    `run: capture-client delete --lifetime run --run-id 'build 7' ${repeated}`,
  );
  expect((await shellOf('delete', {})).words.deletion('abc')).toBe(
    'run: capture-client delete --client-id abc',
  );
});

describe('a client that was not handed over', () => {
  const client = { clientId: 'id', features: [], createdAt: 0 };
  const creation = {
    origin: runLabel.origin,
    marker: runLabel.marker,
    lifetime: 'run',
    expiresAt: 0,
    openSends: [],
    clients: [client],
  } as const;
  const access = {
    domain: new URL('https://x.example.com'),
    owner: { clientId: 'owner', clientSecret: 'owner-secret' },
    authScheme: 'basic-auth',
  } as const;
  const fail =
    (changes: object = {}) =>
    ({ keep, network }: Shell) => {
      keep({ creation: { ...creation, ...changes }, access, network });
      throw captureError();
    };

  const deleting = (id: string) =>
    `Deleting client ${id}. If this is killed, run: capture-client delete --client-id ${id}`;

  test.each([
    [{ clients: [client, { ...client, clientId: 'b' }] }, [deleting('id'), deleting('b')]],
    [{ openSends: [0], handedOverId: 'id' }, ['Looking for a client that may be left.']],
  ])('is cleaned up, and the exit code is that of the failure: %j', async (changes, messages) => {
    cleanup.mockReset();
    cleanup.mockImplementation(async () => {
      process.emit('SIGINT');
    });
    expect(await runAs('create', {}, fail(changes))).toBe(1);
    expect(cleanup.mock.calls).toMatchObject([[{ creation: changes }, { run: {}, isInUseUntilNow: true }]]);
    process.emit('SIGINT');
    expect(err).toMatch(/^capture-client: error: .*\n/);
    const lines = messages.map((message) => `capture-client: ${message}`);
    expect(err.split('\n').slice(1)).toEqual([...lines, '']);
  });

  test('is a warning if cleanup fails', async () => {
    cleanup.mockRejectedValue(new TypeError('a bug'));
    expect(await runAs('create', {}, fail())).toBe(1);
    expect(err).toMatch(
      /\ncapture-client: warning: Cleanup failed\. Unexpected error: TypeError: a bug\. .* If a client was created, the sweep deletes it after it expires\.\n$/,
    );
  });

  test('is none if all were handed over', async () => {
    cleanup.mockClear();
    await runAs('create', {}, fail({ handedOverId: 'id' }));
    expect(cleanup).not.toHaveBeenCalled();
  });
});

test.each(['create', 'exec', 'check'] as const)(
  'a signal aborts %s, and decides the exit code unless all went well',
  async (name) => {
    const codeAfter = (end: (shell: Shell) => unknown) =>
      runAs(name, {}, (shell) => {
        process.emit('SIGTERM');
        return end(shell);
      });
    expect(await codeAfter(({ signal }) => signal.throwIfAborted())).toBe(143);
    expect(await codeAfter(({ log }) => log.fail('x'))).toBe(143);
    expect(await codeAfter(() => undefined)).toBeUndefined();
    expect(await codeAfter(() => Promise.reject(new Canceled()))).toBe(143);
  },
);
