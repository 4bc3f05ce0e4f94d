import { describe, expect, test } from '@jest/globals';
import { authenticate } from '../../../emulator/authentication.ts';
import type { Emulator } from '../../../emulator/emulator.ts';
import { DEFAULT_RULES } from '../../../emulator/options.ts';
import { ClientStore } from '../../../emulator/store.ts';
import { basic, call, emulated, errorOf, type Message, post, send, signed } from './request.ts';

const OWNER = { client_id: 'foo', client_secret: 'bar' };
const DATE = '2000-01-01 01:01:01';
const NOW = Date.parse('2000-01-01T01:01:01Z');
const MINUTE = 60 * 1000;
// The owner and the time of the published test vector.
const VECTORS = { owner: OWNER, now: () => NOW };

const responseTo = async (emulator: Emulator, message: Message) =>
  JSON.parse((await send(emulator, message)).body);

test('Basic: everything after the first colon is the secret, in UTF-8', () =>
  emulated({ owner: { client_id: 'foo', client_secret: 'b:ä:r' } }, async (emulator) => {
    expect(await call(emulator, 'clients/list')).toMatchObject({ stat: 'ok' });
  }));

describe('janrain-signed', () => {
  test('accepts the published vector of the official client, and no other signature', () => {
    const store = new ClientStore(DEFAULT_RULES);
    const client = store.put({ ...OWNER, description: 'owner' });
    const rules = { ...DEFAULT_RULES, clockToleranceMs: 0 };
    const entityCall = (signature: string) => ({
      method: 'POST',
      path: '/entity',
      call: 'entity',
      headers: { date: DATE, authorization: `Signature foo:${signature}` },
      form: { param2: '10', param3: 'one=1\ntwo=2,three=3', param1: 'this is a string' },
      at: NOW,
    });
    expect(authenticate(entityCall('G3N5RxCVc0d6rDLmBRGvcg2hCVY='), store, rules)).toBe(client);
    const wrong = entityCall('G3N5RxCVc0d6rDLmBRGvcg2hCVZ=');
    expect(() => authenticate(wrong, store, rules)).toThrow(/secret is wrong/);
  });

  test('accepts the derived vector of clients/add, for these values only', () =>
    emulated(VECTORS, async (emulator) => {
      const headers = { date: DATE, authorization: 'Signature foo:MMOyerM+puDIwRwWChJQOug9n0k=' };
      const form = { description: 'ci pr-42', features: '["login_client"]' };
      const changed = { ...form, description: 'ci pr-43' };
      expect(await responseTo(emulator, post('clients/add', changed, headers))).toMatchObject({ code: 402 });
      expect(await responseTo(emulator, post('clients/add', form, headers))).toMatchObject({ stat: 'ok' });
    }));

  test.each([
    ['the limit before', -10 * MINUTE, 'ok'],
    ['the limit after', 10 * MINUTE, 'ok'],
    ['more before', -10 * MINUTE - 1, 'error'],
    ['more after', 10 * MINUTE + 1, 'error'],
  ])('accepts a clock that is ten minutes off: %s', (_, difference, stat) =>
    emulated({ owner: OWNER, now: () => NOW + difference }, async (emulator) => {
      const headers = signed(OWNER, DATE, `/clients/list\n${DATE}\n`);
      expect(await responseTo(emulator, post('clients/list', {}, headers))).toMatchObject({ stat });
    }),
  );
});

const errors = {
  205: {
    code: 205,
    error_description: 'no authentication provided, for example client_id and client_secret',
    error: 'invalid_auth_method',
    stat: 'error',
  },
  402: {
    code: 402,
    error_description: expect.stringMatching(/./),
    error: 'invalid_client_credentials',
    stat: 'error',
  },
  403: {
    code: 403,
    error_description: 'the provided client does not have authorization for this action',
    error: 'client_permission_error',
    stat: 'error',
  },
};

const list = (headers: Record<string, string>, form = {}): Message => post('clients/list', form, headers);
const as = (client_id: string, client_secret: string): Message => list(basic({ client_id, client_secret }));
const dated = (date: string): Message => list(signed(OWNER, date, `/clients/list\n${date}\n`));
const { authorization } = signed(OWNER, DATE, `/clients/list\n${DATE}\n`);

test.each<[string, 205 | 402, Message]>([
  ['a wrong secret', 402, as('foo', 'baz')],
  ['a wrong id', 402, as('fo', 'bar')],
  ['no credentials', 402, as('', '')],
  ['a name that every object has', 402, as('__proto__', 'undefined')],
  ['Basic without a colon', 402, list({ authorization: 'Basic Zm9v' })],
  ['a signed HTTP date', 402, dated('Sat, 01 Jan 2000 01:01:01 GMT')],
  ['a signed ISO date', 402, dated('2000-01-01T01:01:01Z')],
  ['no date', 402, list({ authorization })],
  ['another date', 402, list({ authorization, date: '2000-01-01 01:01:02' })],
  ['another path', 402, post('clients/clear_whitelist', {}, { authorization, date: DATE })],
  ['another client', 402, list({ date: DATE, authorization: authorization.replace('foo', 'oof') })],
  ['no signature', 402, list({ date: DATE, authorization: 'Signature foo' })],
  ['an empty signature', 402, list({ date: DATE, authorization: 'Signature foo:' })],
  ['no header', 205, list({})],
  ['another scheme', 205, list({ authorization: 'Bearer abc' })],
  ['credentials as parameters', 205, list({}, OWNER)],
  ['credentials in the query', 205, { method: 'GET', path: `/clients/list?${new URLSearchParams(OWNER)}` }],
  ['parameters beside a valid header', 205, list(basic(OWNER), OWNER)],
  ['a token', 205, list(basic(OWNER), { access_token: 'x' })],
])('%s is rejected with code %d', (_, code, message) =>
  emulated(VECTORS, async (emulator) => {
    expect(errorOf(await responseTo(emulator, message))).toEqual(errors[code]);
  }),
);

test('a client without the feature owner is rejected with code 403', () =>
  emulated({}, async (emulator) => {
    const features = ['access_issuer', 'direct_access', 'direct_read_access', 'login_client'];
    const client = emulator.addClient({ description: 'no owner', features });
    const calls = ['add', 'list', 'delete', 'reset_secret', 'set_description', 'set_features'];
    for (const name of [...calls, 'set_whitelist', 'clear_whitelist']) {
      expect(errorOf(await call(emulator, `clients/${name}`, {}, client))).toEqual(errors[403]);
    }
  }));
