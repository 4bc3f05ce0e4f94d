import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readNetworkSettings } from '../../../src/capture/network-settings.ts';
// The post step loads it on demand. Stryker would take what runs then for something that a test covers.
import '../../../src/commands/cleanup.ts';
import { ExpectedError } from '../../../src/errors.ts';
import { runPostStep, runStep } from '../../../src/github/step.ts';
import type { Host, SavedState } from '../../../src/host.ts';
import { type Input, inputTable } from '../../../src/inputs/input-table.ts';
import { InputError } from '../../../src/inputs/read-inputs.ts';
import { systems } from '../../support/ci-systems.ts';
import {
  captureError,
  pullRequestEnvironment,
  pullRequestEvent,
  runLabel,
  withFolder,
} from '../../support/fixtures.ts';

const { env: savedEnv, exitCode } = process;
let written = '';

beforeEach(() => {
  written = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written += String(chunk).replaceAll('\r\n', '\n');
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = savedEnv;
  process.exitCode = exitCode;
  for (const name of ['SIGINT', 'SIGTERM', 'uncaughtException']) process.removeAllListeners(name);
});

const env = {
  ...pullRequestEnvironment,
  GITHUB_OUTPUT: '/no/such/output',
  GITHUB_STATE: '/no/such/state',
  RUNNER_DEBUG: '1',
};

const saved: SavedState = {
  creation: {
    origin: runLabel.origin,
    marker: runLabel.marker,
    lifetime: 'run',
    expiresAt: 0,
    openSends: [],
    clients: [],
  },
  access: {
    domain: new URL('https://capture.example.com'),
    owner: { clientId: 'owner', clientSecret: 'hush' },
    authScheme: 'basic-auth',
  },
  network: readNetworkSettings({}),
};

/** Environments of a process that isn't a step of a workflow run. */
const notSteps = [
  ['GITHUB_OUTPUT', { GITHUB_OUTPUT: '' }],
  ['GITHUB_STATE', { GITHUB_STATE: undefined }],
  ['GITHUB_REPOSITORY', { GITHUB_REPOSITORY: undefined }],
] as const;

function setEnvironment(variables: Readonly<Record<string, string | undefined>>): void {
  const given = Object.entries(variables).filter(([, value]) => value !== undefined);
  process.env = Object.fromEntries(given);
}

/** What the step printed, without masks. */
const lines = () => written.split('\n').filter((line) => line !== '' && !line.startsWith('::add-mask::'));

describe('a step', () => {
  test('masks every secret of the inputs, and the proxy, before it does anything else', async () => {
    const inputs = Object.values(inputTable).flatMap((table) => Object.entries<Input>(table));
    const names = new Set(inputs.filter(([, { secret }]) => secret).map(([name]) => name));
    const given = [...names].map((name) => [`INPUT_${name.toUpperCase()}`, ` ${name.repeat(4)} `] as const);
    const secrets = [...given.map(([, value]) => value.trim()), 'password'];
    const others = { INPUT_OWNER_CLIENT_ID: 'owner', https_proxy: 'http://user:password@proxy:8080' };
    setEnvironment({ ...env, ...Object.fromEntries(given), ...others });
    await runStep(async ({ log }) => log.info(secrets.join()));
    const pair = Buffer.from(`owner:${'owner_client_secret'.repeat(4)}`).toString('base64url');
    for (const mask of [...secrets, pair]) expect(written).toContain(`::add-mask::${mask}\n`);
    expect(lines()).toEqual(['***,***,***,***,***']);
  });

  test('is a host with its inputs, context, files, and GitHub', () =>
    withFolder(async (path) => {
      await using gitHub = await systems[0].start({});
      writeFileSync(path('event'), JSON.stringify(pullRequestEvent()));
      setEnvironment({
        ...env,
        GITHUB_EVENT_PATH: path('event'),
        INPUT_TEXT: ' a ',
        GITHUB_OUTPUT: path('output'),
        GITHUB_STATE: path('state'),
        GITHUB_STEP_SUMMARY: path('summary'),
        GITHUB_API_URL: gitHub.url,
      });
      const hosts: Host[] = [];
      await runStep(async (host) => {
        hosts.push(host);
        await host.publish({ values: { client_id: 'id' } });
        host.keep({ ...saved, creation: { ...saved.creation, openSends: [1] } });
        host.summarize({ title: 'Title' });
      });
      const [host] = hosts;
      expect(host).toMatchObject({ run: { pullRequest: 42 }, ci: { name: 'GitHub' } });
      expect(host?.inputs.get('text')).toBe('a');
      expect(host?.inputs.variables).toContain('INPUT_TEXT');
      const connection = await host?.ci?.open('token', 60_000);
      expect((await connection?.inspectToken())?.isSufficient).toBe(true);
      expect(gitHub.requests).toMatchObject(Array(2).fill({ authorization: 'token token' }));
      expect(written).toBe('');
      expect(readFileSync(path('output'), 'utf8')).toMatch(/^client_id<<\w+\nid\n/);
      expect(readFileSync(path('state'), 'utf8')).toContain('"openSends":[1]');
      expect(readFileSync(path('summary'), 'utf8')).toBe('<h3>Title</h3>\n');
    }));

  test.each(['SIGINT', 'SIGTERM'] as const)('is canceled by %s', async (name) => {
    setEnvironment(env);
    const signals: AbortSignal[] = [];
    await runStep(async ({ signal }) => {
      expect(signal.aborted).toBe(false);
      signals.push(signal);
      process.emit(name);
    });
    expect(signals).toMatchObject([{ aborted: true, reason: name }]);
  });

  test.each(notSteps)('outside a workflow run fails before it prints a secret: %s', async (name, changes) => {
    setEnvironment({ ...env, INPUT_OWNER_CLIENT_SECRET: 'hush', ...changes });
    await runStep(async () => {
      throw new Error('too late');
    });
    expect(written).toBe(
      `::error title=Capture client%3A not a workflow step::${name} isn't set. Nothing was sent. Run this action as a step of a GitHub Actions workflow, on runner 2.327.1 or later.\n`,
    );
    expect(process.exitCode).toBe(1);
  });

  test.each([
    ['invalid inputs', new InputError(['a is invalid.', 'b is invalid.'])],
    ['an error of Capture', captureError()],
    ['any other expected error', new ExpectedError('It failed.', 'Try again.', { title: 'failure' })],
  ])('reports %s with the error’s lines and title', async (_, error) => {
    setEnvironment(env);
    await runStep(() => Promise.reject(error));
    const title = error.title === undefined ? '' : `%3A ${error.title}`;
    expect(lines()).toEqual([`::error title=Capture client${title}::${error.lines.join('%0A')}`]);
  });

  test('reports any other error as a bug, with all stacks in the debug log only', async () => {
    setEnvironment({ ...env, GITHUB_ACTION_REPOSITORY: 'acme/action' });
    const error = new TypeError('a bug of ours', { cause: new RangeError('its cause') });
    await runStep(() => Promise.reject(error));
    setEnvironment(env);
    await runStep(() => Promise.reject('words'));
    const failures = lines().filter((line) => !line.startsWith('::debug::'));
    expect(failures).toEqual([
      '::error title=Capture client%3A bug::Unexpected error: TypeError: a bug of ours. This is a bug in capture-client-action. Report it at https://github.com/acme/action/issues with a debug log: re-run the job with debug logging enabled.',
      expect.stringMatching(
        /Unexpected error: words\. This is a bug .* Report it in the repository of this action with/,
      ),
    ]);
    expect(lines()).toEqual(
      expect.arrayContaining(['::debug::TypeError: a bug of ours', '::debug::RangeError: its cause']),
    );
  });
});

describe('a post step', () => {
  const state = JSON.stringify(saved);

  test('masks the owner secret before it uses what main saved', async () => {
    setEnvironment({ ...env, STATE_creation: state });
    await runPostStep();
    expect(written).toMatch(/^(?:::add-mask::.*\n)+/);
    expect(written).toContain('::add-mask::hush\n');
    expect(lines()).toEqual(['Nothing to delete: no client is left at capture.example.com.']);
  });

  test.each(notSteps)('outside a workflow run warns before it prints a secret: %s', async (name, changes) => {
    setEnvironment({ ...env, STATE_creation: state, ...changes });
    await runPostStep();
    expect(lines()).toEqual([
      expect.stringContaining(
        `::warning title=Capture client%3A cleanup failed::Cleanup failed. ${name} isn't set. Nothing was sent.`,
      ),
    ]);
    expect(written).not.toContain('hush');
    expect(process.exitCode).toBe(exitCode);
  });

  test('warns of an invalid state without its text, and fails nothing', async () => {
    setEnvironment({ ...env, STATE_creation: '{"owner":"hush' });
    await runPostStep();
    expect(lines()).toEqual([
      expect.stringMatching(
        /Cleanup failed\. The state that this step saved for its post step is invalid\. .* If this step created a client, the client may still exist\. The sweep deletes it after it expires; to delete it now, run the delete action with its client_id\.$/,
      ),
    ]);
    expect(written).not.toContain('hush');
    expect(process.exitCode).toBe(exitCode);
  });

  test('warns of a bug that shows after its request is over, even if nobody reads it', async () => {
    setEnvironment(env);
    const before = process.stdout.listenerCount('error');
    await runPostStep();
    expect(process.stdout.listenerCount('error')).toBe(before + 1);
    process.stdout.emit('error', new Error('EPIPE'));
    process.emit('uncaughtException', new TypeError('a bug of ours'));
    const [, warning, stack] = lines();
    expect(warning).toMatch(
      /^::warning .*::Cleanup failed\. Unexpected error: TypeError: a bug of ours\. This is a bug /,
    );
    expect(stack).toBe('::debug::TypeError: a bug of ours');
  });
});
