import { afterEach, expect, jest, test } from '@jest/globals';
import { seal } from '../../../src/secrets/sealing.ts';
import type { ProgramOptions } from '../../../src/shell/program.ts';
import { fakeOutput } from '../support/fake-output.ts';

let err = '';
jest.unstable_mockModule('../../../src/shell/output.ts', () =>
  fakeOutput((_, text) => {
    err += text;
  }),
);
const runProgram = jest.fn(async (_program: readonly string[], { warn }: ProgramOptions) => {
  warn('w');
  return 7;
});
jest.unstable_mockModule('../../../src/shell/program.ts', () => ({ runProgram }));
const { runInShell } = await import('../../../src/shell/shell.ts');
const { execInShell } = await import('../../../src/shell/exec-in-shell.ts');

const signals = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGALRM', 'SIGUSR1', 'SIGUSR2', 'SIGBREAK'];
const saved = { env: process.env, exitCode: process.exitCode };

afterEach(() => {
  process.env = saved.env;
  process.exitCode = saved.exitCode;
  for (const name of signals) process.removeAllListeners(name);
});

const key = 'k'.repeat(32);
const owner = { CAPTURE_OWNER_CLIENT_SECRET: 'owner-secret' };

async function execWith(variables: Record<string, string>, flags: object, program: string[], options = {}) {
  err = '';
  process.env = { CAPTURE_DOMAIN: 'x.example.com', CAPTURE_OWNER_CLIENT_ID: 'owner', ...variables };
  const all = { origin: 'host/acme/shop', ...options, ...flags };
  await runInShell({ name: 'exec', given: all, program }, execInShell);
}

const sealed = await seal(
  { clientId: 'id', clientSecret: 'hush', captureDomain: 'https://x.example.com' },
  { repositoryId: 'acme/shop', runAttempt: '1', expiresAt: Date.UTC(2100, 0) },
  key,
  1000,
);

test.each<[string, Record<string, string>, object?, string?]>([
  ['COMMAND is empty. Pass a program after --. Nothing was sent to Capture.', owner, {}, ''],
  [
    '--name has no effect with sealed credentials. Remove it. Nothing was decrypted.',
    { CAPTURE_SEALED_CREDENTIALS: sealed, CAPTURE_SEAL_KEY: key },
    { name: 'x', features: '', sealKeyFile: import.meta.filename },
  ],
  [
    "2 problems with the inputs:\n- CAPTURE_OWNER_CLIENT_SECRET isn't set. Set it, or pass --owner-client-secret-file.\n- CAPTURE_SEALED_CREDENTIALS is missing. Pass what create encrypted in an earlier job, or set CAPTURE_OWNER_CLIENT_SECRET to create a client.\nNothing was sent to Capture.",
    { CAPTURE_SEAL_KEY: key, CAPTURE_CLIENT_ID: 'client' },
  ],
  [
    "CAPTURE_OWNER_CLIENT_SECRET isn't set. Set it, or pass --owner-client-secret-file. Nothing was sent to Capture.",
    {},
  ],
  [
    'CAPTURE_CLIENT_ID is set without CAPTURE_SEALED_CREDENTIALS, and exec would create another client. To use that client, set CAPTURE_SEAL_KEY where it is created. To create another one, unset CAPTURE_CLIENT_ID. Nothing was sent to Capture.',
    { ...owner, CAPTURE_SEAL_KEY: key, CAPTURE_CLIENT_ID: 'client' },
  ],
])('is rejected: %s', async (problem, variables, flags = {}, program = 'true') => {
  await execWith(variables, flags, [program]);
  expect(err.replaceAll('capture-client: ', '')).toBe(`error: ${problem}\n`);
  expect(process.exitCode).toBe(2);
});

test('the program gets the sealed credentials, and none of the secrets that protect clients', async () => {
  const variables = { CAPTURE_SEALED_CREDENTIALS: sealed, CAPTURE_SEAL_KEY: key, A: 'owner-secret', B: key };
  await execWith({ ...owner, ...variables, C: 'c' }, {}, ['npm', 'test'], {
    env: { ID: 'client_id' },
    redact: true,
  });
  expect(err).toMatch(/\ncapture-client: warning: w\n$/);
  expect(process.exitCode).toBe(7);
  const env = { C: 'c', ID: 'id', CAPTURE_DOMAIN: 'https://x.example.com', CAPTURE_CLIENT_SECRET: 'hush' };
  expect(runProgram).toHaveBeenCalledWith(['npm', 'test'], expect.objectContaining({ env, redact: true }));
});
