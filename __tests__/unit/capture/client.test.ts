import { describe, expect, test } from '@jest/globals';
import { type AuthScheme, authenticate, type EmptySignature } from '../../../src/capture/authentication.ts';
import type { CaptureError } from '../../../src/capture/capture-error.ts';
import { type Capture, openCapture } from '../../../src/capture/client.ts';
import { startTimeLimit } from '../../../src/capture/time-limit.ts';
import {
  type HttpRequest,
  type HttpResponse,
  type NoResponse,
  NoResponseError,
} from '../../../src/capture/transport.ts';
import { fakeClock } from '../../support/fixtures.ts';

const domain = new URL('https://capture.example.com');
const owner = { clientId: 'owner', clientSecret: 'hush' };

interface Sent extends HttpRequest {
  readonly form: Record<string, string>;
  readonly limitMs: number;
  readonly canceled: AbortSignal | undefined;
}

interface Options {
  readonly authScheme?: AuthScheme;
  readonly totalMs?: number;
  readonly canceled?: AbortSignal;
}

/** A response of the server: JSON, a response with a head, or an error for none. */
type Response = object | Error | (Partial<HttpResponse> & { readonly text: string });

/** A client on a network that returns these responses, one after the other. */
function connect(responses: readonly Response[], options: Options = {}) {
  const { authScheme = 'basic-auth', totalMs = 60_000, canceled } = options;
  const posts: Sent[] = [];
  const clock = fakeClock();
  const timeLimit = startTimeLimit(totalMs, clock, canceled);
  const capture = openCapture({
    ...{ domain, owner, authScheme, clock, timeLimit, userAgent: 'agent' },
    transport: {
      async send(request, { limitMs, canceled, body }) {
        const form = request.body ?? request.path.split('?')[1] ?? '';
        posts.push({ ...request, form: Object.fromEntries(new URLSearchParams(form)), limitMs, canceled });
        const response = responses[posts.length - 1] ?? {};
        if (response instanceof Error) throw response;
        const { text, ...head } = 'text' in response ? response : { text: JSON.stringify(response) };
        body.write(Buffer.from(String(text)));
        return { status: 200, headers: {}, ...head };
      },
      close: async () => {},
    },
  });
  return { capture, posts, clock, timeLimit };
}

const noResponse = (reason: NoResponse['reason'], sent: boolean, code: string) =>
  new NoResponseError({ reason, sent, code, elapsedMs: 6_600 });
const rejection = (code: number, extra: object = {}) => ({ stat: 'error', code, ...extra });
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

  test.each<[string, (capture: Capture) => Promise<unknown>, Record<string, string>, object, unknown]>([
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
      (capture) => capture.listClients(() => undefined),
      {},
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
      'settings/set_multi',
      (capture) => capture.setSettings('x', new Map([['a', 'b']])),
      { ...forX, items: '{"a":"b"}' },
      done,
      undefined,
    ],
  ])('is one request, a form: %s', async (name, call, form, response, result) => {
    const { capture, posts, timeLimit } = connect([response]);
    expect(await call(capture)).toEqual(result);
    expect(posts).toEqual([
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

  test.each<[string, (capture: Capture) => Promise<unknown>]>([
    ['set_description', (capture) => capture.setDescription('', 'd')],
    ['set_features', (capture) => capture.setFeatures('', [])],
    ['reset_secret', (capture) => capture.resetSecret('', 0)],
    ['set_whitelist', (capture) => capture.setWhitelist('', [])],
    ['items', (capture) => capture.listSettings('')],
    ['set_multi', (capture) => capture.setSettings('', new Map())],
  ])('is never sent without an ID, which would change the owner: %s', async (_, call) => {
    const { capture, posts } = connect([{ stat: 'ok' }]);
    await expect(call(capture)).rejects.toThrow(/^The client ID is empty/);
    expect(posts).toEqual([]);
  });

  test('is not sent when the time is up', async () => {
    const { capture, posts, clock } = connect([]);
    clock.pass(60_000);
    const error = await failureOf(capture.addClient({ description: 'd', features: [] }));
    expect(error.message).toBe(
      'No time was left for clients/add at capture.example.com (timeout 60s). Run this again with a longer timeout.',
    );
    expect(posts).toEqual([]);
  });

  test('is not sent when the time is up after a cancellation, and says so', async () => {
    const { capture, clock } = connect([], { canceled: AbortSignal.abort() });
    clock.pass(9_000);
    const error = await failureOf(capture.addClient({ description: 'd', features: [] }));
    expect(error.problem).toBe('The step was canceled before clients/add was sent to capture.example.com.');
  });

  test('without a response reports the time that it had', async () => {
    const { capture } = connect([noResponse('time', true, 'TIMEOUT')]);
    const error = await failureOf(capture.addClient({ description: 'd', features: [] }));
    expect(error.message).toMatch(/^No response from capture\.example\.com to clients\/add within 20s/);
  });

  test('that was canceled reports the time that it took', async () => {
    const { capture } = connect([noResponse('canceled', true, 'ABORT_ERR')]);
    const error = await failureOf(capture.addClient({ description: 'd', features: [] }));
    expect(error.problem).toBe(
      'The step was canceled while capture.example.com processed clients/add (after 6.6s).',
    );
  });

  test('keeps the cause of its failure', async () => {
    const cause = noResponse('connection', true, 'ECONNRESET');
    const { capture } = connect([cause]);
    expect((await failureOf(capture.setDescription('x', 'd'))).cause).toBe(cause);
  });

  test.each([{}, { stat: 'fine' }])('has not succeeded with the response %j', async (response) => {
    const { capture } = connect([response]);
    const error = await failureOf(capture.setDescription('x', 'd'));
    expect(error).toMatchObject({ details: { applied: 'unknown' } });
  });

  test('passes on a bug as it is', async () => {
    const fault = new TypeError('a bug of ours');
    const { capture } = connect([fault]);
    expect(await failureOf(capture.setDescription('x', 'd'))).toBe(fault);
  });
});

describe('a response to clients/add', () => {
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

  test('is passed to pick, one client after the other, and counted', async () => {
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
    "isn't one if it is %j",
    async (response) => {
      const { capture } = connect([response]);
      expect(await failureOf(all(capture))).toMatchObject({ details: { applied: 'unknown' } });
    },
  );
});

describe('the signature of a list', () => {
  const list = { stat: 'ok', results: [] };
  const signed = { authScheme: 'janrain-signed' } as const;
  const all = (capture: Capture) => capture.listClients(() => undefined);
  const some = (capture: Capture) => capture.listSettings('x');
  /** In which form each request was signed, as far as it makes a difference. */
  const formsOf = (posts: readonly Sent[], at: number) =>
    posts.map(({ path, form, headers }) => {
      const formOf = (emptySignature: EmptySignature) =>
        authenticate('janrain-signed', owner, { path, parameters: form, emptySignature }, at).Authorization;
      const forms = (['code', 'documents'] as const).filter((one) => formOf(one) === headers.Authorization);
      return forms.join(' or ');
    });

  test('takes the other form if the first is rejected, and keeps it', async () => {
    const { capture, posts, clock } = connect(
      [rejection(402), list, list, { stat: 'ok', result: {} }],
      signed,
    );
    await all(capture);
    await all(capture);
    await some(capture);
    expect(formsOf(posts, clock.now())).toEqual(['code', 'documents', 'documents', 'code or documents']);
  });

  test('keeps the first form if it is accepted', async () => {
    const { capture, posts, clock } = connect([list, list], signed);
    await all(capture);
    await all(capture);
    expect(formsOf(posts, clock.now())).toEqual(['code', 'code']);
  });

  test('is rejected if both forms are, and then only once more', async () => {
    const { capture, posts } = connect([rejection(402), rejection(402), rejection(402)], signed);
    expect((await failureOf(all(capture))).details.code).toBe(402);
    expect(posts).toHaveLength(2);
    expect((await failureOf(all(capture))).details.code).toBe(402);
    expect(posts).toHaveLength(3);
  });

  test('has one form if there are parameters', async () => {
    const { capture, posts } = connect([rejection(402), list], signed);
    expect((await failureOf(some(capture))).details.code).toBe(402);
    expect(posts).toHaveLength(1);
    await all(capture);
    expect(formsOf(posts, fakeClock().now())).toEqual(['code or documents', 'code']);
  });

  test('does not exist with basic-auth', async () => {
    const { capture, posts } = connect([rejection(402), list]);
    expect((await failureOf(all(capture))).details.code).toBe(402);
    expect(posts).toHaveLength(1);
  });

  test.each([[rejection(403)], [noResponse('connection', true, 'ECONNRESET')]])(
    'is not blamed for another failure',
    async (response) => {
      const { capture, posts } = connect([response, list], signed);
      await failureOf(all(capture));
      expect(posts).toHaveLength(1);
    },
  );

  test("isn't blamed for an unexpected error", async () => {
    const fault = Object.assign(new TypeError('a bug of ours'), { details: { code: 402 } });
    const { capture, posts } = connect([fault, list], signed);
    expect(await failureOf(all(capture))).toBe(fault);
    expect(posts).toHaveLength(1);
  });
});

describe('a deletion', () => {
  test('of a client that does not exist finds it gone', async () => {
    const { capture } = connect([
      rejection(200, { argument_name: 'client_id_for_deletion', error_description: 'x is not a valid id' }),
    ]);
    expect(await capture.deleteClient('x')).toBe('gone');
  });

  test.each([
    [rejection(403)],
    [rejection(200, { argument_name: 'client_id_for_deletion', error_description: 'must be a string' })],
    [rejection(200, { argument_name: 'other', error_description: 'x is not a valid id' })],
    [rejection(201, { argument_name: 'for_client_id', error_description: 'x is not a valid id' })],
  ])('that is rejected fails: %j', async (response) => {
    const { capture } = connect([response]);
    await failureOf(capture.deleteClient('x'));
  });

  test('passes on a bug as it is', async () => {
    const fault = Object.assign(new TypeError('is not a valid id'), {
      details: { code: 200, argumentName: 'for_client_id' },
    });
    const { capture } = connect([fault]);
    expect(await failureOf(capture.deleteClient('x'))).toBe(fault);
  });
});

test('every call is sent once, whatever happens to it', async () => {
  const failures = [
    noResponse('connection', true, 'ECONNRESET'),
    noResponse('connection', false, 'ECONNREFUSED'),
    rejection(510),
    rejection(403),
  ];
  const calls: ((capture: Capture) => Promise<unknown>)[] = [
    (capture) => capture.addClient({ description: 'd', features: [] }),
    (capture) => capture.listClients(() => undefined),
    (capture) => capture.deleteClient('x'),
    (capture) => capture.setDescription('x', 'd'),
    (capture) => capture.setFeatures('x', []),
    (capture) => capture.resetSecret('x', 1),
    (capture) => capture.setWhitelist('x', []),
    (capture) => capture.listSettings('x'),
    (capture) => capture.setSettings('x', new Map()),
  ];
  for (const failure of failures) {
    for (const call of calls) {
      const { capture, posts } = connect([failure]);
      await failureOf(call(capture));
      expect(posts).toHaveLength(1);
    }
  }
});

describe('a read that is rejected as POST', () => {
  const list = { stat: 'ok', results: [] };
  const noSuchCall = rejection(404, { error: 'invalid_api_method' });
  const notAllowed = { status: 405, text: 'Method Not Allowed' };

  test.each([
    ['404', noSuchCall],
    ['HTTP 405', notAllowed],
  ])('(%s) is repeated as GET, and stays GET', async (_, failure) => {
    const { capture, posts } = connect([failure, list, list]);
    await capture.listClients(() => undefined);
    await capture.listClients(() => undefined);
    expect(posts.map(({ method, path, body }) => ({ method, path, body }))).toEqual([
      { method: 'POST', path: '/clients/list', body: '' },
      { method: 'GET', path: '/clients/list', body: undefined },
      { method: 'GET', path: '/clients/list', body: undefined },
    ]);
    expect(posts[1]?.headers).not.toHaveProperty('Content-Type');
  });

  test('can be settings/items', async () => {
    const { capture, posts } = connect([noSuchCall, { stat: 'ok', result: { a: 'b' } }]);
    expect(await capture.listSettings('x')).toEqual(new Map([['a', 'b']]));
    expect(posts.map(({ path }) => path)).toEqual(['/settings/items', '/settings/items?for_client_id=x']);
  });

  test('is signed in the same way', async () => {
    const { capture, posts, clock } = connect([noSuchCall, { stat: 'ok', result: {} }], {
      authScheme: 'janrain-signed',
    });
    await capture.listSettings('x');
    const parameters = { for_client_id: 'x' };
    const signed = { path: '/settings/items', parameters, emptySignature: 'code' } as const;
    const { Authorization } = authenticate('janrain-signed', owner, signed, clock.now());
    expect(posts.map(({ headers }) => headers.Authorization)).toEqual([Authorization, Authorization]);
  });

  test('and as GET fails, after one request each', async () => {
    const { capture, posts } = connect([noSuchCall, noSuchCall, noSuchCall]);
    expect((await failureOf(capture.listClients(() => undefined))).details.code).toBe(404);
    expect(posts).toHaveLength(2);
  });

  test('keeps nothing of what it picked before', async () => {
    const client = { client_id: 'x', client_secret: 's', description: 'd' };
    const rejected = { status: 405, text: JSON.stringify({ results: [client, client], stat: 'ok' }) };
    const { capture } = connect([rejected, { ...list, results: [client] }]);
    expect(await capture.listClients(({ clientId }) => clientId)).toEqual({ picked: ['x'], total: 1 });
  });

  test.each<[string, (capture: Capture) => Promise<unknown>]>([
    ['add', (capture) => capture.addClient({ description: 'd', features: [] })],
    ['delete', (capture) => capture.deleteClient('x')],
    ['set_multi', (capture) => capture.setSettings('x', new Map())],
  ])('is not a change: %s', async (_, call) => {
    const { capture, posts } = connect([noSuchCall]);
    await failureOf(call(capture));
    expect(posts).toHaveLength(1);
  });
});

describe("the offset of Capture's clock", () => {
  const withDate = (date: string) => ({ headers: { date }, text: '{"stat":"ok"}' });

  test('is unknown before a response, and without a Date header', async () => {
    const { capture } = connect([{ stat: 'ok' }, withDate('yesterday')]);
    expect(capture.clockOffsetMs()).toBeUndefined();
    await capture.setDescription('x', 'd');
    await capture.setDescription('x', 'd');
    expect(capture.clockOffsetMs()).toBeUndefined();
  });

  test('is that of the latest response with a Date header', async () => {
    const { capture } = connect([
      withDate('Wed, 02 Jan 2030 03:24:05 GMT'),
      withDate('Wed, 02 Jan 2030 03:03:05 GMT'),
      { stat: 'ok' },
    ]);
    await capture.setDescription('x', 'd');
    expect(capture.clockOffsetMs()).toBe(20 * 60_000 - 500);
    await capture.setDescription('x', 'd');
    await capture.setDescription('x', 'd');
    expect(capture.clockOffsetMs()).toBe(-60_500);
  });

  test('is known from a rejection, too', async () => {
    const text = JSON.stringify(rejection(402));
    const { capture } = connect([{ headers: { date: 'Wed, 02 Jan 2030 03:04:05 GMT' }, text }]);
    await failureOf(capture.setDescription('x', 'd'));
    expect(capture.clockOffsetMs()).toBe(-500);
  });
});
