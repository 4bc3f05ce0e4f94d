import { describe, expect, test } from '@jest/globals';
import { type AuthScheme, authenticate, type EmptySignature } from '../../../src/capture/authentication.ts';
import type { CaptureError } from '../../../src/capture/capture-error.ts';
import { type Capture, openCapture } from '../../../src/capture/client.ts';
import { startTimeLimit } from '../../../src/capture/time-limit.ts';
import { NoResponseError } from '../../../src/capture/transport.ts';
import { fakeClock } from '../../support/fixtures.ts';

const domain = new URL('https://capture.example.com');
const owner = { clientId: 'owner', clientSecret: 'hush' };

interface Post {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly form: Record<string, string>;
  readonly limitMs: number;
  readonly over: AbortSignal | undefined;
}

interface Options {
  readonly authScheme?: AuthScheme;
  readonly retries?: boolean;
  readonly totalMs?: number;
}

/** A client on a network that gives these answers, one after the other; an error stands for no answer. */
function connect(answers: readonly (object | Error)[], options: Options = {}) {
  const { authScheme = 'basic-auth', totalMs = 60_000, ...rest } = options;
  const posts: Post[] = [];
  const clock = fakeClock();
  const timeLimit = startTimeLimit(totalMs, clock);
  const capture = openCapture({
    ...{ domain, owner, authScheme, clock, timeLimit, userAgent: 'agent', ...rest },
    random: () => 0.5,
    onRetry: () => {},
    transport: {
      async post(path, headers, body, limitMs, over) {
        posts.push({ path, headers, form: Object.fromEntries(new URLSearchParams(body)), limitMs, over });
        const answer = answers[posts.length - 1];
        if (answer instanceof Error) throw answer;
        return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(answer)) };
      },
      close: async () => {},
    },
  });
  return { capture, posts, clock, timeLimit };
}

const refusal = (code: number, extra: object = {}) => ({ stat: 'error', code, ...extra });
const unknownClient = refusal(200, {
  argument_name: 'for_client_id',
  error_description: 'x is not a valid id',
});
const failureOf = async (call: Promise<unknown>): Promise<CaptureError> => {
  try {
    await call;
  } catch (error) {
    return error as CaptureError;
  }
  throw new Error('nothing was thrown');
};

describe('each call', () => {
  const done = { stat: 'ok' };
  const forX = { for_client_id: 'x' };

  test.each<[string, (capture: Capture) => Promise<unknown>, object, object, unknown]>([
    [
      'clients/add',
      (capture) => capture.addClient({ description: 'd', features: ['login_client'] }),
      { description: 'd', features: '["login_client"]' },
      { stat: 'ok', client_id: 'x', client_secret: 's', description: 'D', features: ['f'] },
      { clientId: 'x', clientSecret: 's', description: 'D', features: ['f'] },
    ],
    [
      'clients/add',
      (capture) => capture.addClient({ description: 'd', features: [] }),
      { description: 'd' },
      { stat: 'ok', client_id: 'x', client_secret: 's' },
      { clientId: 'x', clientSecret: 's', description: 'd', features: [] },
    ],
    [
      'clients/list',
      (capture) => capture.listClients(() => undefined, ['login_client']),
      { has_features: '["login_client"]' },
      { stat: 'ok', results: [] },
      { picked: [], total: 0 },
    ],
    [
      'clients/delete',
      (capture) => capture.deleteClient('x'),
      { client_id_for_deletion: 'x' },
      done,
      'deleted',
    ],
    [
      'clients/set_description',
      (capture) => capture.setDescription('x', 'd'),
      { ...forX, description: 'd' },
      done,
      undefined,
    ],
    [
      'clients/set_features',
      (capture) => capture.setFeatures('x', []),
      { ...forX, features: '[]' },
      done,
      undefined,
    ],
    [
      'clients/reset_secret',
      (capture) => capture.resetSecret('x', 2),
      { ...forX, hours_to_live: '2' },
      { stat: 'ok', new_secret: 'n' },
      'n',
    ],
    [
      'clients/set_whitelist',
      (capture) => capture.setWhitelist('x', ['10.0.0.0/8']),
      { ...forX, whitelist: '["10.0.0.0/8"]' },
      done,
      undefined,
    ],
    [
      'settings/items',
      (capture) => capture.listSettings('x'),
      forX,
      { stat: 'ok', result: { a: 'b', number: 1, none: null } },
      new Map([['a', 'b']]),
    ],
    [
      'settings/get_default',
      (capture) => capture.getDefaultSetting('k'),
      { key: 'k' },
      { stat: 'ok', result: 'v' },
      'v',
    ],
    [
      'settings/get_default',
      (capture) => capture.getDefaultSetting('k'),
      { key: 'k' },
      { stat: 'ok', result: null },
      undefined,
    ],
    [
      'settings/set_multi',
      (capture) => capture.setSettings('x', new Map([['a', 'b']])),
      { ...forX, items: '{"a":"b"}' },
      done,
      undefined,
    ],
  ])('is one request, a form: %s', async (name, call, form, answer, result) => {
    const { capture, posts, timeLimit } = connect([answer]);
    expect(await call(capture)).toEqual(result);
    expect(posts).toEqual([
      {
        path: `/${name}`,
        form,
        headers: {
          ...authenticate('basic-auth', owner, { path: '', parameters: {}, emptySignature: 'code' }, 0),
          'Content-Type': 'application/x-www-form-urlencoded',
          Accept: 'application/json',
          'User-Agent': 'agent',
        },
        limitMs: 20_000,
        over: timeLimit.attemptOver,
      },
    ]);
  });

  test.each<[string, (capture: Capture) => Promise<unknown>]>([
    ['set_description', (capture) => capture.setDescription('', 'd')],
    ['set_features', (capture) => capture.setFeatures('', [])],
    ['reset_secret', (capture) => capture.resetSecret('', 0)],
    ['set_whitelist', (capture) => capture.setWhitelist('', [])],
    ['items', (capture) => capture.listSettings('')],
    ['set_multi', (capture) => capture.setSettings('', new Map())],
  ])('never goes to the owner itself for want of an id: %s', async (_, call) => {
    const { capture, posts } = connect([{ stat: 'ok' }]);
    await expect(call(capture)).rejects.toThrow(/^a client id is empty/);
    expect(posts).toEqual([]);
  });

  test('is not sent when the time is up', async () => {
    const { capture, posts, clock } = connect([]);
    clock.pass(60_000);
    const error = await failureOf(capture.addClient({ description: 'd', features: [] }));
    expect(error.message).toBe(
      'No time was left for clients/add at capture.example.com (timeout 60s). Run again, with a longer timeout if Capture is slow.',
    );
    expect(posts).toEqual([]);
  });

  test('that gets no answer says so with the time that it had', async () => {
    const { capture } = connect([new NoResponseError('time', true, 'TIMEOUT')]);
    const error = await failureOf(capture.addClient({ description: 'd', features: [] }));
    expect(error.message).toMatch(/^No answer from capture\.example\.com to clients\/add within 20s/);
  });

  test.each([{}, { stat: 'fine' }])('is not done by the answer %j', async (answer) => {
    const { capture } = connect([answer], { retries: false });
    const error = await failureOf(capture.setDescription('x', 'd'));
    expect(error).toMatchObject({ details: { applied: 'unknown' } });
  });

  test('hides no fault of ours', async () => {
    const fault = new TypeError('a fault of ours');
    const { capture } = connect([fault]);
    expect(await failureOf(capture.setDescription('x', 'd'))).toBe(fault);
  });
});

describe('an answer of clients/add', () => {
  const ok = { stat: 'ok', client_id: 'x', client_secret: 's' };

  test.each([
    [{ client_id: 'a.b_c-D9' }, true],
    [{ client_id: 'x'.repeat(128) }, true],
    [{ client_id: 'x'.repeat(129) }, false],
    [{ client_id: '' }, false],
    [{ client_id: 'a b' }, false],
    [{ client_id: 'id\n' }, false],
    [{ client_id: '::id' }, false],
    [{ client_secret: 's'.repeat(1024) }, true],
    [{ client_secret: 's'.repeat(1025) }, false],
    [{ client_secret: '' }, false],
    [{ description: 1 }, false],
    [{ features: 'f' }, false],
    [{ stat: 'fine' }, false],
  ])('is checked: %j', async (changes, isFine) => {
    const { capture } = connect([{ ...ok, ...changes }]);
    const call = capture.addClient({ description: 'd', features: [] });
    if (isFine) expect(await call).toMatchObject({ description: 'd' });
    else expect(await failureOf(call)).toMatchObject({ details: { applied: 'unknown' } });
  });
});

describe('a list', () => {
  const listed = { client_id: 'x', client_secret: 's', description: 'd', features: ['f'], whitelist: ['w'] };
  const all = (capture: Capture) => capture.listClients((client) => client);

  test('is given to whoever picks, one client after the other, and counted', async () => {
    const { capture } = connect([{ stat: 'ok', results: [listed, { ...listed, client_id: 'y' }, 'odd'] }]);
    const picked = await capture.listClients(({ clientId }) => (clientId === 'y' ? 'found' : undefined));
    expect(picked).toEqual({ picked: ['found'], total: 3 });
  });

  test.each([
    ['a client as it should be', {}, {}],
    ['no secret', { client_secret: undefined }, { clientSecret: '' }],
    ['an odd secret', { client_secret: 1 }, { clientSecret: '' }],
    ['odd features', { features: 'f' }, { features: [] }],
    ['an odd allow list', { whitelist: 'w' }, { whitelist: undefined }],
    ['no allow list', { whitelist: undefined }, { whitelist: undefined }],
  ])('shows a client with %s', async (_, changes, expected) => {
    const { capture } = connect([{ stat: 'ok', results: [{ ...listed, ...changes }] }]);
    const client = { clientId: 'x', clientSecret: 's', description: 'd', features: ['f'], whitelist: ['w'] };
    expect((await all(capture)).picked).toEqual([{ ...client, ...expected }]);
  });

  test.each([
    ['no id', { client_id: undefined }],
    ['an odd id', { client_id: 'a b' }],
    ['no description', { description: undefined }],
  ])('leaves a client out that has %s', async (_, changes) => {
    const { capture } = connect([{ stat: 'ok', results: [{ ...listed, ...changes }, null] }]);
    expect(await all(capture)).toEqual({ picked: [], total: 2 });
  });

  test.each([[{ stat: 'ok' }], [{ stat: 'ok', results: {} }], [{ results: [] }]])(
    'is none if it is %j',
    async (answer) => {
      const { capture } = connect([answer], { retries: false });
      expect(await failureOf(all(capture))).toMatchObject({ details: { applied: 'unknown' } });
    },
  );
});

describe('the signature of a list', () => {
  const list = { stat: 'ok', results: [] };
  const signed = { authScheme: 'janrain-signed', retries: false } as const;
  const all = (capture: Capture) => capture.listClients(() => undefined);
  const some = (capture: Capture) => capture.listClients(() => undefined, ['login_client']);
  /** In which form each request was signed, as far as it makes a difference. */
  const formsOf = (posts: readonly Post[], at: number) =>
    posts.map(({ path, form, headers }) => {
      const formOf = (emptySignature: EmptySignature) =>
        authenticate('janrain-signed', owner, { path, parameters: form, emptySignature }, at).Authorization;
      const forms = (['code', 'documents'] as const).filter((one) => formOf(one) === headers.Authorization);
      return forms.join(' or ');
    });

  test('takes the other form where the first is refused, and keeps to it', async () => {
    const { capture, posts, clock } = connect([refusal(402), list, list, list], signed);
    await all(capture);
    await all(capture);
    await some(capture);
    expect(formsOf(posts, clock.now())).toEqual(['code', 'documents', 'documents', 'code or documents']);
    expect(new Set(posts.map(({ path }) => path))).toEqual(new Set(['/clients/list']));
  });

  test('keeps to the first form where that is taken', async () => {
    const { capture, posts, clock } = connect([list, list], signed);
    await all(capture);
    await all(capture);
    expect(formsOf(posts, clock.now())).toEqual(['code', 'code']);
  });

  test('where both are refused, is refused, and only once more', async () => {
    const { capture, posts } = connect([refusal(402), refusal(402), refusal(402)], signed);
    expect((await failureOf(all(capture))).details.code).toBe(402);
    expect(posts).toHaveLength(2);
    expect((await failureOf(all(capture))).details.code).toBe(402);
    expect(posts).toHaveLength(3);
  });

  test('has one form where there are parameters', async () => {
    const { capture, posts } = connect([refusal(402), list], signed);
    expect((await failureOf(some(capture))).details.code).toBe(402);
    expect(posts).toHaveLength(1);
    await all(capture);
    expect(formsOf(posts, fakeClock().now())).toEqual(['code or documents', 'code']);
  });

  test('is no matter of basic-auth', async () => {
    const { capture, posts } = connect([refusal(402), list], { retries: false });
    expect((await failureOf(all(capture))).details.code).toBe(402);
    expect(posts).toHaveLength(1);
  });

  test.each([[refusal(403)], [new NoResponseError('connection', true, 'ECONNRESET')]])(
    'is not blamed for another failure',
    async (answer) => {
      const { capture, posts } = connect([answer, list], signed);
      await failureOf(all(capture));
      expect(posts).toHaveLength(1);
    },
  );

  test('is not blamed for a fault of ours', async () => {
    const fault = Object.assign(new TypeError('a fault of ours'), { details: { code: 402 } });
    const { capture, posts } = connect([fault, list], signed);
    expect(await failureOf(all(capture))).toBe(fault);
    expect(posts).toHaveLength(1);
  });
});

describe('a deletion', () => {
  test('of a client that is not there finds it gone', async () => {
    const { capture } = connect([
      refusal(200, { argument_name: 'client_id_for_deletion', error_description: 'x is not a valid id' }),
    ]);
    expect(await capture.deleteClient('x')).toBe('gone');
  });

  test.each([
    [refusal(403)],
    [refusal(200, { argument_name: 'client_id_for_deletion', error_description: 'must be a string' })],
    [refusal(200, { argument_name: 'other', error_description: 'x is not a valid id' })],
    [refusal(201, { argument_name: 'for_client_id', error_description: 'x is not a valid id' })],
  ])('that is refused fails: %j', async (answer) => {
    const { capture } = connect([answer]);
    await failureOf(capture.deleteClient('x'));
  });

  test('hides no fault of ours', async () => {
    const fault = Object.assign(new TypeError('is not a valid id'), {
      details: { code: 200, argumentName: 'for_client_id' },
    });
    const { capture } = connect([fault]);
    expect(await failureOf(capture.deleteClient('x'))).toBe(fault);
  });
});

describe('a failure that passes', () => {
  const lost = new NoResponseError('connection', true, 'ECONNRESET');
  const notSent = new NoResponseError('connection', false, 'ECONNREFUSED');
  const limit = refusal(510);

  const calls: Record<string, (capture: Capture) => Promise<unknown>> = {
    add: (capture) => capture.addClient({ description: 'd', features: [] }),
    list: (capture) => capture.listClients(() => undefined),
    delete: (capture) => capture.deleteClient('x'),
    set_description: (capture) => capture.setDescription('x', 'd'),
    set_features: (capture) => capture.setFeatures('x', []),
    reset_secret: (capture) => capture.resetSecret('x', 1),
    set_whitelist: (capture) => capture.setWhitelist('x', []),
    items: (capture) => capture.listSettings('x'),
    get_default: (capture) => capture.getDefaultSetting('k'),
    set_multi: (capture) => capture.setSettings('x', new Map()),
  };
  const isRepeated = (name: string, failure: object) =>
    name !== 'add' && (name !== 'reset_secret' || failure !== lost);

  test.each(
    Object.keys(calls).flatMap((name) =>
      [
        ['lost', lost],
        ['not sent', notSent],
        ['refused for now', limit],
      ].map(([how, failure]) => [name, how, failure] as [string, string, object]),
    ),
  )('of %s is tried again only where that can do no harm: %s', async (name, _, failure) => {
    const { capture, posts } = connect([failure, unknownClient]);
    await calls[name]?.(capture).catch(() => {});
    expect(posts).toHaveLength(isRepeated(name, failure) ? 2 : 1);
  });

  test('is the caller’s affair where there are no retries', async () => {
    for (const call of Object.values(calls)) {
      const { capture, posts } = connect([limit], { retries: false });
      await failureOf(call(capture));
      expect(posts).toHaveLength(1);
    }
  });

  test('is told from one that does not', async () => {
    for (const call of Object.values(calls)) {
      const { capture, posts } = connect([refusal(403)]);
      await failureOf(call(capture));
      expect(posts).toHaveLength(1);
    }
  });
});
