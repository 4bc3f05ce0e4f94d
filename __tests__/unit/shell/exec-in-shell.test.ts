import { afterEach, expect, jest, test } from '@jest/globals';
import type { Shell } from '../../../src/shell/shell.ts';

let err = '';
jest.unstable_mockModule('../../../src/shell/output.ts', () => ({
  openOutput: () => ({ write: (text: string) => (err += text) }),
  areSame: () => false,
  leadsTo: () => false,
  isClosedPipe: () => false,
}));
const runProgram = jest.fn<() => Promise<number>>();
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

test.each(['ownerClientSecretFile', 'sealedCredentialsFile'])(
  'of %s that cannot be read, only that is a problem',
  async (flag) => {
    err = '';
    process.env = {
      CAPTURE_DOMAIN: 'x.example.com',
      CAPTURE_OWNER_CLIENT_ID: 'owner',
      ...(flag === 'ownerClientSecretFile' ? {} : { CAPTURE_OWNER_CLIENT_SECRET: 'owner-secret' }),
      CAPTURE_SEAL_KEY: 'k'.repeat(32),
      CAPTURE_CLIENT_ID: 'client',
    };
    const invocation = { name: 'exec', options: {}, flags: { [flag]: '/no/such' } } as const;
    await runInShell(invocation, (shell: Shell) => execInShell(shell, ['true'], {}));
    expect(err).toMatch(/^capture-client: error: --[a-z-]+-file: .* can't be read\. .*\n$/);
    expect(process.exitCode).toBe(2);
    expect(runProgram).not.toHaveBeenCalled();
  },
);
