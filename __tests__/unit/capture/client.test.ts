import { describe, expect, jest, test } from '@jest/globals';
import { authenticate, type EmptySignature } from '../../../src/capture/authentication.ts';
import { CaptureError, maxEffectDelayMs, SecretUnknown } from '../../../src/capture/capture-error.ts';
import type { Capture, Client, ClientReference } from '../../../src/capture/client.ts';
import { captureError, now } from '../../support/basics.ts';
import {
  failureOf,
  fakeSession,
  noResponse,
  owner,
  rejection,
  type Sent,
  unknownId,
} from '../../support/fake-transport.ts';

const x = { clientId: 'x' };
const client: Client = { ...x, clientSecret: 's', description: 'd', features: ['f'] };
const done = { stat: 'ok' };
const added = { stat: 'ok', client_id: 'x', client_secret: 's' };
const listed = { client_id: 'x', client_secret: 's', description: 'd', features: ['f'], whitelist: ['w'] };
const list = (...results: unknown[]) => ({ stat: 'ok', results });
const lost = noResponse('connection', true, 'ECONNRESET');
const notSent = noResponse('connection', false, 'ECONNREFUSED');

type Call = (capture: Capture) => Promise<unknown>;
const once = <T>(send: () => Promise<T>): Promise<T> => send();
const add: Call = (capture) => capture.addClient({ description: 'd', features: [] }, once);

/** Every call that could destroy something, by the name of its endpoint. */
const changes: readonly [string, (capture: Capture, one?: ClientReference) => Promise<unknown>][] = [
  ['delete', (capture, one = x) => capture.deleteClient({ ...one, features: [] })],
  ['set_description', (capture, one = x) => capture.setDescription(one, 'd')],
  ['set_features', (capture, one = x) => capture.setFeatures(one, [])],
  ['set_whitelist', (capture, one = x) => capture.setWhitelist(one, [])],
  ['set_multi', (capture, one = x) => capture.setSettings(one, new Map())],
  ['reset_secret', (capture, one = x) => capture.resetSecret({ ...client, ...one }, 0)],
];

const reads: readonly [string, Call][] = [
  ['list', (capture) => capture.listClients(() => undefined)],
  ['items', (capture) => capture.listSettings(x)],
];

describe('each call', () => {
  const forX = { for_client_id: 'x' };

  const newX = { clientId: 'x', clientSecret: 's', createdAt: now };

  test.each<[string, Call, Record<string, string>, object, unknown]>([
    [
      'clients/add',
      (capture) => capture.addClient({ description: 'd', features: ['login_client'] }, once),
      { description: 'd', features: '["login_client"]' },
      { ...added, description: 'D', features: ['f'] },
      { ...newX, description: 'D', features: ['f'] },
    ],
    ['clients/add', add, { description: 'd' }, added, { ...newX, description: 'd', features: [] }],
    ['clients/list', (capture) => capture.listClients(() => 1), {}, list(), { picked: [], total: 0 }],
    [
      'clients/delete',
      (capture) => capture.deleteClient({ ...x, features: [] }),
      { client_id_for_deletion: 'x' },
      done,
      'deleted',
    ],
    [
      'clients/set_description',
      (capture) => capture.setDescription(x, 'd'),
      { ...forX, description: 'd' },
      done,
      undefined,
    ],
    [
      'clients/set_features',
      (capture) => capture.setFeatures(x, []),
      { ...forX, features: '[]' },
      done,
      undefined,
    ],
    [
      'clients/reset_secret',
      (capture) => capture.resetSecret(client, 2),
      { ...forX, hours_to_live: '2' },
      { stat: 'ok', new_secret: 'n' },
      'n',
    ],
    [
      'clients/set_whitelist',
      (capture) => capture.setWhitelist(x, ['w']),
      { ...forX, whitelist: '["w"]' },
      done,
      undefined,
    ],
    [
      'settings/items',
      (capture) => capture.listSettings(x),
      forX,
      { stat: 'ok', result: { a: 'b', number: 1, none: null } },
      new Map([['a', 'b']]),
    ],
    [
      'settings/set_multi',
      (capture) => capture.setSettings(x, new Map([['a', 'b']])),
      { ...forX, items: '{"a":"b"}' },
      done,
      undefined,
    ],
  ])('is one request, a form: %s', async (name, call, form, reply, result) => {
    const { capture, sent, timeLimit } = fakeSession([reply]);
    expect(await call(capture)).toEqual(result);
    expect(sent).toEqual([
      {
        method: 'POST',
        path: `/${name}`,
        body: new URLSearchParams(form).toString(),
        form,
        headers: {
          ...authenticate('basic-auth', owner, { path: '', parameters: {}, emptySignature: 'code' }, 0),
          'Content-Type': 'application/x-www-form-urlencoded',
          Accept: 'application/json',
          'Accept-Encoding': 'identity',
          'User-Agent': 'agent',
        },
        limitMs: 20_000,
        canceled: timeLimit.attemptOver,
      },
    ]);
  });

  const settingsOf = (capture: Capture, one: ClientReference = x) => capture.listSettings(one);

  test.each([...changes, ['items', settingsOf] as const])(
    'is never sent without an ID, which would change the owner: %s',
    async (_, call) => {
      const { capture, sent } = fakeSession([done]);
      await expect((async () => call(capture, { clientId: '' }))()).rejects.toThrow(
        'The client ID is empty: the call would change the owner client.',
      );
      expect(sent).toEqual([]);
    },
  );

  test.each([...changes, ...reads])('is repeated after a failure that can pass: %s', async (name, call) => {
    const reply = name === 'reset_secret' ? { stat: 'ok', new_secret: 'n' } : { ...list(), result: {} };
    const { capture, sent, said } = fakeSession([rejection(510), notSent, reply]);
    await call(capture);
    expect(sent).toHaveLength(3);
    expect(said.filter((line) => /^debug: .* ms, attempt [123]$/.test(line))).toHaveLength(3);
    expect(said.filter((line) => line.startsWith('info: '))).toEqual([
      expect.stringMatching(/\(510\).*\. Trying again in 0\.3s \(attempt 2\)\.$/),
      expect.stringMatching(
        /^info: Could not connect to capture\.example\.com .*\. Trying again in 0\.5s \(attempt 3\)\.$/,
      ),
    ]);
  });

  test.each([...changes, ...reads, ['add', add] as const])(
    'is sent once if it was rejected: %s',
    async (_, call) => {
      const { capture, sent } = fakeSession([rejection(403)]);
      expect((await failureOf(call(capture))).details).toMatchObject({ code: 403, applied: 'no' });
      expect(sent).toHaveLength(1);
    },
  );

  test('is not sent when the time is up, or was after a cancellation', async () => {
    const late = fakeSession([]);
    late.clock.pass(60_000);
    expect((await failureOf(add(late.capture))).message).toBe(
      'No time was left for clients/add at capture.example.com (timeout 60s). Run this again with a longer `timeout`.',
    );
    const canceled = fakeSession([], { canceled: AbortSignal.abort() });
    canceled.clock.pass(9_000);
    expect(await failureOf(add(canceled.capture))).toMatchObject({
      message: 'The step was canceled before clients/add was sent to capture.example.com. Run this again.',
      details: { call: 'clients/add', applied: 'no', retryable: false },
    });
    expect([...late.sent, ...canceled.sent]).toEqual([]);
  });

  test('passes on a bug as it is', async () => {
    const fault = new TypeError('a bug of ours');
    const { capture } = fakeSession([fault]);
    for (const [, call] of [...changes, ...reads]) expect(await failureOf(call(capture))).toBe(fault);
    expect(await failureOf(add(capture))).toBe(fault);
  });
});

describe('the client that authenticates', () => {
  test.each(changes)('is refused by %s, and so is the owner to anyone else', async (_, call) => {
    const { capture, captureAs, sent } = fakeSession([done]);
    const ownerReference = { clientId: owner.clientId };
    const message = expect.stringMatching(
      /^Client (owner|other) is the owner client, so it's never changed or deleted\. Use the ID of another client\.$/,
    );
    const refused = { message, title: 'not changed' };
    await expect((async () => call(capture, ownerReference))()).rejects.toMatchObject(refused);
    const other = captureAs({ clientId: 'other', clientSecret: 'o' });
    await expect((async () => call(other, { clientId: 'other' }))()).rejects.toMatchObject(refused);
    await expect((async () => call(other, ownerReference))()).rejects.toMatchObject(refused);
    expect(sent).toEqual([]);
  });

  test('is counted in a list, and never shown', async () => {
    const { capture } = fakeSession([list({ ...listed, client_id: 'owner' }, listed)]);
    expect(await capture.listClients(({ clientId }) => clientId)).toEqual({ picked: ['x'], total: 2 });
    expect(await capture.readClients(() => true)).toHaveLength(1);
  });

  test('returned by clients/add is no valid response', async () => {
    const { capture, said } = fakeSession([{ ...added, client_id: 'owner' }], { totalMs: 600 });
    expect(await failureOf(add(capture))).toMatchObject({ details: { applied: 'unknown' } });
    expect(said.filter((line) => line.startsWith('mask'))).toEqual([]);
  });
});

describe('a response to clients/add', () => {
  test.each([
    [{ client_id: 'a.b_c-D9' }, true],
    [{ client_id: 'x'.repeat(129) }, false],
    [{ client_id: '' }, false],
    [{ client_id: 'a b' }, false],
    [{ client_secret: 's'.repeat(1024) }, true],
    [{ client_secret: 's'.repeat(1025) }, false],
    [{ client_secret: '' }, false],
    [{ client_secret: ['s'] }, false],
    [{ client_id: ['i'] }, false],
    [{ description: 1 }, false],
    [{ features: 'f' }, false],
    [{ whitelist: ['w'] }, true],
    [{ stat: 'fine' }, false],
  ])('is checked: %j', async (given, isFine) => {
    const { capture } = fakeSession([{ ...added, ...given }], { totalMs: 600 });
    if (isFine) expect(await add(capture)).toMatchObject({ description: 'd', whitelist: undefined });
    else expect(await failureOf(add(capture))).toMatchObject({ details: { applied: 'unknown' } });
  });
});

test.each([[[]], ['text'], [null], [undefined]])('settings are no valid response: %j', async (result) => {
  const { capture } = fakeSession([{ stat: 'ok', result }], { totalMs: 600 });
  expect(await failureOf(capture.listSettings(x))).toMatchObject({ details: { applied: 'unknown' } });
});

describe('a client is added', () => {
  /** Adds, with attempts that record what they see. `found` is what a search returns, once for each. */
  async function addWith(
    replies: Parameters<typeof fakeSession>[0],
    found: readonly (Client | undefined)[] = [],
  ) {
    const session = fakeSession(replies);
    const events: string[] = [];
    let searches = 0;
    const result = await session.capture
      .addClient({ description: 'd', features: [] }, async (send) => {
        events.push('send');
        return await send().catch((error: CaptureError) => {
          events.push(`search after ${error.details.code ?? error.details.applied}`);
          searches += 1;
          const client = found[searches - 1];
          if (client === undefined) throw error;
          return client;
        });
      })
      .catch((error: CaptureError) => error);
    return { result, events, ...session };
  }

  test('with a search after every failed send, and sent again if that may help', async () => {
    const { result, events } = await addWith([lost, rejection(510), added]);
    expect(result).toMatchObject({ clientId: 'x' });
    expect(events).toEqual(['send', 'search after unknown', 'send', 'search after 510', 'send']);
  });

  test('and adopted if a search finds it', async () => {
    const found = { ...client, clientId: 'found' };
    const { result, events, sent, said } = await addWith([lost, rejection(403)], [undefined, found]);
    expect(result).toEqual({ ...found, createdAt: now + 250 });
    expect(events).toEqual(['send', 'search after unknown', 'send', 'search after 403']);
    expect(sent).toHaveLength(2);
    expect(said).toContain('mask: found s');
  });

  test('not again after a rejection', async () => {
    const { result, events } = await addWith([rejection(403)]);
    expect(result).toMatchObject({ details: { code: 403 } });
    expect(events).toEqual(['send', 'search after 403']);
  });

  test('not again after any other error of an attempt', async () => {
    const { capture, sent } = fakeSession([lost]);
    const stop = new Error('canceled');
    const request = { description: 'd', features: [] };
    const attempt = async (send: () => Promise<Client>) =>
      await send().catch(() => {
        throw stop;
      });
    expect(await failureOf(capture.addClient(request, attempt))).toBe(stop);
    expect(sent).toHaveLength(1);
  });
});

describe('a list', () => {
  const all = (capture: Capture) => capture.readClients(() => true);

  test('is passed to pick, one client after the other, without secrets, and counted', async () => {
    const { capture, said } = fakeSession([list(listed, { ...listed, client_id: 'y' }, 'odd')]);
    const pick = jest.fn(({ clientId }: { clientId: string }) => (clientId === 'y' ? 'found' : undefined));
    expect(await capture.listClients(pick)).toEqual({ picked: ['found'], total: 3 });
    expect(pick.mock.calls[0]).toEqual([{ ...x, description: 'd', features: ['f'], whitelist: ['w'] }]);
    expect(said.filter((line) => line.startsWith('mask'))).toEqual([]);
  });

  test('that is read for secrets masks those of the clients that it returns', async () => {
    const { capture, said } = fakeSession([list(listed, { ...listed, client_id: 'y', client_secret: 't' })]);
    expect(await capture.readClients(({ clientId }) => clientId === 'y')).toMatchObject([
      { clientSecret: 't' },
    ]);
    expect(said.filter((line) => line.startsWith('mask'))).toEqual(['mask: y t']);
  });

  test.each([
    ['a client as it should be', {}, {}],
    ['odd features', { features: 'f' }, { features: [] }],
    ['an odd allow list', { whitelist: 'w' }, { whitelist: undefined }],
    ['no allow list', { whitelist: undefined }, { whitelist: undefined }],
  ])('shows a client with %s', async (_, given, expected) => {
    const { capture } = fakeSession([list({ ...listed, ...given })]);
    expect(await all(capture)).toEqual([{ ...client, whitelist: ['w'], ...expected }]);
  });

  test.each([undefined, 1])('fails if a client whose secret is asked for has none (%j)', async (secret) => {
    const { capture } = fakeSession([list({ ...listed, client_secret: secret })]);
    expect(await failureOf(capture.readClients(() => true))).toMatchObject({
      message:
        "clients/list returned no secret for client x. Check that no proxy changes Capture's responses.",
      details: { call: 'clients/list', applied: 'no', retryable: false },
    });
    expect((await capture.listClients((one) => one)).picked).toHaveLength(1);
  });

  test.each([[{ stat: 'ok' }], [{ stat: 'ok', results: {} }], [{ results: [] }]])(
    "isn't one if it is %j",
    async (reply) => {
      const { capture } = fakeSession([reply], { totalMs: 600 });
      expect(await failureOf(all(capture))).toMatchObject({ details: { applied: 'unknown' } });
    },
  );
});

describe('the signature of a list', () => {
  const signed = { authScheme: 'janrain-signed' } as const;
  const all: Call = (capture) => capture.listClients(() => undefined);
  const some: Call = (capture) => capture.listSettings(x);
  /** In which form each request was signed, as far as it makes a difference. */
  const formsOf = (sent: readonly Sent[]) =>
    sent.map(({ path, form, headers }) => {
      const formOf = (emptySignature: EmptySignature) =>
        authenticate('janrain-signed', owner, { path, parameters: form, emptySignature }, now).Authorization;
      const forms = (['code', 'documents'] as const).filter((one) => formOf(one) === headers.Authorization);
      return forms.join(' or ');
    });

  test('takes the other form if the first is rejected, and keeps it', async () => {
    const replies = [rejection(402), list(), list(), { stat: 'ok', result: {} }];
    const { capture, sent } = fakeSession(replies, signed);
    for (const call of [all, all, some]) await call(capture);
    expect(formsOf(sent)).toEqual(['code', 'documents', 'documents', 'code or documents']);
  });

  test('is rejected if both forms are', async () => {
    const { capture, sent } = fakeSession([rejection(402)], signed);
    const { hint } = await failureOf(all(capture));
    expect(hint).toContain('janrain-signed');
    expect(formsOf(sent)).toEqual(['code', 'documents']);
    const basic = fakeSession([rejection(402)]);
    expect((await failureOf(all(basic.capture))).hint).not.toContain('janrain-signed');
  });

  test.each([
    ['there are parameters', some, rejection(402), signed],
    ['basic-auth is used', all, rejection(402), {}],
    ['it fails in another way', all, rejection(403), signed],
    ['the error is a bug', all, Object.assign(new TypeError('a bug'), { details: { code: 402 } }), signed],
  ] as const)("isn't changed if %s", async (_, call, reply, options) => {
    const { capture, sent } = fakeSession([reply, list()], options);
    await failureOf(call(capture));
    expect(sent).toHaveLength(1);
  });
});

describe('a read that is rejected as POST', () => {
  const noSuchCall = rejection(404, { error: 'invalid_api_method' });
  const notAllowed = { status: 405, text: 'Method Not Allowed' };

  test.each([
    ['404', noSuchCall],
    ['HTTP 405', notAllowed],
  ])('(%s) is sent as GET, and stays GET', async (_, failure) => {
    const { capture, sent } = fakeSession([failure, list(), list()]);
    for (const _ of [1, 2]) await capture.listClients(() => undefined);
    expect(sent.map(({ method, path, body }) => ({ method, path, body }))).toEqual([
      { method: 'POST', path: '/clients/list', body: '' },
      { method: 'GET', path: '/clients/list', body: undefined },
      { method: 'GET', path: '/clients/list', body: undefined },
    ]);
    expect(sent[1]?.headers).not.toHaveProperty('Content-Type');
  });

  test.each([...changes, ['add', add] as const])('is not a change: %s', async (_, call) => {
    const { capture, sent } = fakeSession([noSuchCall]);
    await failureOf(call(capture));
    expect(sent).toHaveLength(1);
  });
});

describe('a deletion', () => {
  const remove = (capture: Capture, features: readonly string[] = []) =>
    capture.deleteClient({ ...x, features });
  const unknown = { error_description: 'x is not a valid id' };

  test.each([[{ argument_name: 'client_id_for_deletion' }], [{}]])(
    'of a client that does not exist finds it gone: %j',
    async (argument) => {
      const { capture } = fakeSession([rejection(200, { ...unknown, ...argument })]);
      expect(await remove(capture)).toBe('gone');
    },
  );

  test.each([
    [rejection(403)],
    [rejection(200, { argument_name: 'client_id_for_deletion', error_description: 'must be a string' })],
    [rejection(200, { ...unknown, argument_name: 'other' })],
    [rejection(201, { ...unknown, argument_name: 'for_client_id' })],
  ])('that is rejected fails: %j', async (reply) => {
    expect(await failureOf(remove(fakeSession([reply]).capture))).toBeInstanceOf(CaptureError);
  });

  test('removes the feature owner first, as Capture requires', async () => {
    const { capture, sent, said } = fakeSession([done]);
    expect(await remove(capture, ['login_client', 'owner'])).toBe('deleted');
    expect(said.filter((line) => line.endsWith(', attempt 1'))).toHaveLength(2);
    expect(sent.map(({ path, form }) => [path, form])).toEqual([
      ['/clients/set_features', { for_client_id: 'x', features: '[]' }],
      ['/clients/delete', { client_id_for_deletion: 'x' }],
    ]);
    expect(await remove(fakeSession([unknownId]).capture, ['owner'])).toBe('gone');
  });

  test('with a lost response is repeated, and knows the client as deleted', async () => {
    expect(await remove(fakeSession([lost, unknownId]).capture)).toBe('deleted');
  });
});

describe('a check before a change', () => {
  const calls: readonly [
    string,
    (capture: Capture, check: () => Promise<string | undefined>) => Promise<unknown>,
  ][] = [
    ['deleteClient', (capture, check) => capture.deleteClient({ ...x, features: ['owner'] }, check)],
    ['setDescription', (capture, check) => capture.setDescription(x, 'd', check)],
  ];

  test.each(calls)('runs before every attempt, and can end it: %s', async (_, call) => {
    const { capture, sent } = fakeSession([rejection(510)]);
    const check = jest.fn(async () => (check.mock.calls.length === 3 ? 'taken over' : undefined));
    expect(await call(capture, check)).toBe('taken over');
    expect(sent).toHaveLength(2);
  });

  test.each(calls)('that fails ends the call at once: %s', async (_, call) => {
    const { capture, sent } = fakeSession([done]);
    const failed = captureError({ call: 'clients/list' });
    expect(await failureOf(call(capture, () => Promise.reject(failed)))).toBe(failed);
    expect(sent).toEqual([]);
  });
});

describe('a client that was just created', () => {
  test.each([
    ...changes,
    ['items', (capture: Capture, one: ClientReference = x) => capture.listSettings(one)] as const,
  ])("isn't believed to be unknown for 15 s: %s", async (name, call) => {
    const { capture, clock } = fakeSession([unknownId]);
    const result = await call(capture, { ...x, createdAt: now }).catch((error: unknown) => error);
    expect(clock.now() - now).toBe(maxEffectDelayMs);
    if (name === 'delete') expect(result).toBe('gone');
    else expect(result).toMatchObject({ details: { code: 200 } });
  });

  test('is changed as soon as Capture knows it', async () => {
    const { capture, sent } = fakeSession([unknownId, unknownId, done]);
    await capture.setDescription({ ...x, createdAt: now }, 'd');
    expect(sent).toHaveLength(3);
  });

  test.each([undefined, now - maxEffectDelayMs])(
    'is unknown at once if it was created at %p',
    async (createdAt) => {
      const { capture, sent } = fakeSession([unknownId]);
      expect(await capture.deleteClient({ ...x, features: [], createdAt })).toBe('gone');
      expect(sent).toHaveLength(1);
    },
  );

  test("isn't gone if the time is up before that is certain", async () => {
    const { capture } = fakeSession([unknownId], { totalMs: 5_000 });
    const error = await failureOf(capture.deleteClient({ ...x, features: [], createdAt: now }));
    expect(error.problem).toContain('Gave up after 5 attempts: no time is left');
  });
});

describe('a reset secret', () => {
  const reset = (capture: Capture) => capture.resetSecret(client, 1);
  const renewed = { stat: 'ok', new_secret: 'n' };

  test('is masked', async () => {
    const { capture, said } = fakeSession([renewed]);
    expect(await reset(capture)).toBe('n');
    expect(said).toContain('mask: x n');
  });

  test('of a lost response is read from the list, whatever else is in it', async () => {
    const reply = list(1, { ...listed, client_id: 'y' }, { ...listed, client_secret: 'n' });
    const { capture, sent, said } = fakeSession([lost, reply]);
    expect(await reset(capture)).toBe('n');
    expect(sent.map(({ path }) => path)).toEqual(['/clients/reset_secret', '/clients/list']);
    expect(said).toContain('mask: x n');
    const info = /^info: The connection .* broke .*\. Checking whether client x has a new secret\.$/;
    expect(said).toContainEqual(expect.stringMatching(info));
  });

  test.each([
    ['has the old one', list(listed)],
    ["doesn't have the client", list()],
  ])('stays unknown if the list %s', async (_, reply) => {
    const { capture, sent } = fakeSession([lost, reply]);
    const error = await failureOf(reset(capture));
    expect(error).toBeInstanceOf(SecretUnknown);
    expect(error.problem).toMatch(/broke during .* It's unknown whether client x has a new secret\.$/);
    expect(error.details).toMatchObject({ applied: 'unknown', retryable: false });
    expect(sent).toHaveLength(2);
  });

  test('stays unknown if the list is rejected, which says nothing about the secret', async () => {
    const { capture } = fakeSession([lost, rejection(403)]);
    const error = await failureOf(reset(capture));
    expect(error).toBeInstanceOf(SecretUnknown);
    expect(error).toMatchObject({
      hint: expect.stringMatching(/^Check that the owner/),
      cause: { details: { code: 403 } },
    });
    expect(error.problem).toMatch(
      /whether client x has a new secret\. The check for it failed: .*clients\/list/,
    );
    const bug = new TypeError('a bug of ours');
    expect(await failureOf(reset(fakeSession([lost, bug]).capture))).toBe(bug);
  });
});
