import { afterEach, expect, jest, test } from '@jest/globals';
import { exec } from '../../../src/commands/exec.ts';
import { seal } from '../../../src/secrets/sealing.ts';
import { runCommand, type Situation } from '../../support/fake-host.ts';
import { pushContext } from '../../support/fixtures.ts';

const sealKey = 'k'.repeat(32);

afterEach(() => {
  jest.useRealTimers();
});

/** Runs a program that does this while it runs, and returns 3. */
async function run(during: (credentials: object) => unknown, situation: Situation = {}) {
  let code: number | undefined;
  const result = await runCommand(async (host) => {
    code = await exec(host, async (credentials, onStart) => {
      onStart();
      await during(credentials);
      return 3;
    });
  }, situation);
  return { ...result, code };
}

test('a program gets a client of its own, which is handed over when it starts, with what matters only', async () => {
  let given = {};
  const { code, kept, said, left } = await run((credentials) => {
    given = credentials;
  });
  const [[id, client] = []] = Object.entries(left);
  expect(code).toBe(3);
  expect(given).toMatchObject({ clientId: id, clientSecret: client?.client_secret });
  expect(kept.at(-1)?.creation).toMatchObject({ handedOverId: id, lifetime: 'job' });
  expect(said).toEqual([
    `info: Created client ${id}.`,
    'notice (no features): This client has no features, so Capture rejects its calls. Set `features`, for example login_client.',
  ]);
});

test('sealed credentials are used instead, and no client is created', async () => {
  const client = { clientId: 'c1', clientSecret: 'hush', captureDomain: 'https://x.example.com' };
  const { origin, runAttempt } = pushContext;
  const envelope = { repositoryId: origin.id, runAttempt, expiresAt: Date.UTC(2090, 0) };
  const given = {
    ...{ capture_domain: '', owner_client_id: '', owner_client_secret: '' },
    ...{ seal_key: sealKey, sealed_credentials: await seal(client, envelope, sealKey, 1000) },
  };
  const seen: object[] = [];
  const { code, calls } = await run((credentials) => seen.push(credentials), { given });
  expect({ code, calls, seen }).toMatchObject({ code: 3, calls: [], seen: [client] });
  const canceled = await run((credentials) => seen.push(credentials), { given, signal: AbortSignal.abort() });
  expect(canceled.thrown?.message).toBe("This was canceled. The program wasn't started.");
  expect(seen).toHaveLength(1);
});

test.each<[string, Situation['faults'], string[]]>([
  ['is renewed halfway', [], []],
  [
    'that is gone is reported once',
    [{ kind: 'api-before-commit', call: 'clients/set_description', code: 403, times: 1 }],
    [expect.stringMatching(/^warning: The expiration of client \w+ wasn't renewed\. .*\(403/) as never],
  ],
])('the expiration %s while the program runs', async (_, faults, warnings) => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'Date'] });
  let timers = 0;
  const { said, left, calls } = await run(
    async () => {
      timers = jest.getTimerCount();
      await jest.advanceTimersByTimeAsync(30 * 60_000 - 1);
      await jest.advanceTimersByTimeAsync(1);
      await new Promise((resolve) => setTimeout(resolve, 100));
    },
    { given: { expires_in: '1h' }, faults: faults ?? [] },
  );
  expect(calls).toEqual(['add', 'set_description']);
  expect(said.filter((line) => line.startsWith('warning'))).toEqual(warnings);
  expect(Object.values(left)[0]?.description).toMatch(/, name \S+, until \d{4}-/);
  expect(jest.getTimerCount()).toBeLessThan(timers);
});
