import { beforeEach, expect, jest, test } from '@jest/globals';
import type { Fault } from '../../../emulator/emulator.ts';
import { exec } from '../../../src/commands/exec.ts';
import { formatTime } from '../../../src/lifecycle/label.ts';
import { seal } from '../../../src/secrets/sealing.ts';
import { runCommand, type Situation } from '../../support/fake-host.ts';
import { unknownId } from '../../support/fake-transport.ts';
import { pushContext } from '../../support/fixtures.ts';
import { until } from '../../support/http-server.ts';

const sealKey = 'k'.repeat(32);

/** Only of the interval and the date. */
beforeEach(() => {
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout', 'clearTimeout'],
  });
});

/** Runs a program that does this while it runs, and returns 3. */
async function run(
  during: (credentials: object, said: readonly string[]) => unknown,
  situation: Situation = {},
  after: (said: readonly string[]) => unknown = () => {},
) {
  let code: number | undefined;
  const result = await runCommand(async (host, { said }) => {
    code = await exec(host, async (credentials, onStart) => {
      onStart();
      await during(credentials, said);
      return 3;
    });
    await after(said);
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

const call = 'clients/set_description';
const given = { expires_in: '1h' };

/** Lets half an hour pass, but not for the network, and waits for what that leads to. */
async function passHalfHour(isOver: () => boolean): Promise<void> {
  jest.advanceTimersByTime(30 * 60_000);
  await until(isOver);
}

test.each<[string, Situation, RegExp, string, number]>([
  ['is renewed', {}, /^debug: Renewed the expiration of client \w+\.$/, 'acme/shop branch main ', 2],
  [
    'gets back the label that Capture cut off',
    { emulator: { maxDescriptionLength: 150, longDescriptions: 'truncate' } },
    /^debug: Renewed /,
    '',
    2,
  ],
  [
    'expires as before if Capture rejects that, with a warning',
    { faults: [{ kind: 'api-before-commit', call, code: 403, times: 2 }] },
    /^warning: The expiration of client \w+ wasn't renewed\. Capture rejected .* Check that the owner/,
    'acme/shop branch main ',
    1,
  ],
])('whenever half of its life is over, a client in use %s', async (_, situation, message, text, hours) => {
  const expiration = formatTime(Date.now() + hours * 3_600_000);
  const during = async (_: object, said: readonly string[]): Promise<void> => {
    for (const n of [1, 2]) await passHalfHour(() => said.filter((line) => message.test(line)).length === n);
  };
  const { calls, left } = await run(during, { given, ...situation });
  expect(calls).toEqual(['add', 'set_description', 'set_description']);
  const [{ description = '' } = {}] = Object.values(left);
  expect(description).toMatch(new RegExp(`^${text}\\[.*, until ${expiration}, \\w+\\]$`));
});

test('a client that was deleted while it is in use is a warning, once', async () => {
  const faults: Fault[] = [{ kind: 'response', call, body: JSON.stringify(unknownId), times: 2 }];
  const during = async (_: object, said: readonly string[]): Promise<void> => {
    await passHalfHour(() => said.some((line) => line.startsWith('warning: ')));
    // Nothing renews it again.
    expect(jest.getTimerCount()).toBe(0);
  };
  const { thrown, said } = await run(during, { given, faults });
  expect(thrown).toBeUndefined();
  const warnings = said.filter((line) => line.startsWith('warning: '));
  expect(warnings.join()).toMatch(/^warning: Client \w+ was deleted, but the program still uses it\.$/);
});

test.each<[string, Fault, unknown[]]>([
  ['hangs', { kind: 'hang-before-commit', call }, []],
  [
    'is to be tried again',
    { kind: 'http-before-commit', call, status: 503, times: 9 },
    [expect.stringMatching(/^info: HOST responded to .* Trying again in /)],
  ],
])('a renewal that %s ends with the program, without a word', async (_, fault, words) => {
  const sent: object[] = [];
  const emulator = { onRequest: (request: object) => sent.push(request) };
  const { thrown, said, calls } = await run(
    (_, said) =>
      passHalfHour(
        () => sent.length === 2 && said.some((line) => line.includes('again')) === words.length > 0,
      ),
    { given, faults: [fault], emulator },
    async (said) => {
      await until(() => said.some((line) => line.startsWith(`debug: ${call}: `)));
      expect(said.filter((line) => line.includes('Renewed'))).toEqual([]);
    },
  );
  expect(thrown).toBeUndefined();
  expect(calls).toEqual(['add', 'set_description']);
  expect(said.slice(2)).toEqual(words);
});
