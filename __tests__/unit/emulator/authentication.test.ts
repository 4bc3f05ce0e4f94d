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

const NO_AUTHENTICATION = {
  code: 205,
  error_description: 'no authentication provided, for example client_id and client_secret',
  error: 'invalid_auth_method',
  stat: 'error',
};
const WRONG_CREDENTIALS = { code: 402, error: 'invalid_client_credentials', stat: 'error' };
const NOT_ALLOWED = {
  code: 403,
  error_description: 'the provided client does not have authorization for this action',
  error: 'client_permission_error',
  stat: 'error',
};

const responseTo = async (emulator: Emulator, message: Message) =>
  JSON.parse((await send(emulator, message)).body);

describe('Basic', () => {
  test('accepts the owner', () =>
    emulated({}, async (emulator) => {
      expect(await call(emulator, 'clients/list')).toMatchObject({ stat: 'ok' });
    }));

  test('reads everything after the first colon as the secret, in UTF-8', () =>
    emulated({ owner: { client_id: 'foo', client_secret: 'b:ä:r' } }, async (emulator) => {
      expect(await call(emulator, 'clients/list')).toMatchObject({ stat: 'ok' });
    }));

  test.each([
    ['a wrong secret', { client_id: 'foo', client_secret: 'baz' }],
    ['a wrong id', { client_id: 'fo', client_secret: 'bar' }],
    ['an empty secret', { client_id: 'foo', client_secret: '' }],
    ['nothing', { client_id: '', client_secret: '' }],
    ['a name every object has', { client_id: '__proto__', client_secret: 'undefined' }],
  ])('rejects %s', (_, credentials) =>
    emulated({ owner: OWNER }, async (emulator) => {
      const error = await call(emulator, 'clients/add', { description: 'd' }, credentials);
      expect(errorOf(error)).toMatchObject(WRONG_CREDENTIALS);
      expect(emulator.clients()).toHaveLength(1);
    }),
  );

  test.each(['Basic', 'Basic !!!', 'Basic Zm9v'])('rejects the header %j', (authorization) =>
    emulated({ owner: OWNER }, async (emulator) => {
      const response = await responseTo(emulator, post('clients/list', {}, { authorization }));
      expect([205, 402]).toContain(response.code);
    }),
  );
});

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
    expect(() => authenticate(entityCall('G3N5RxCVc0d6rDLmBRGvcg2hCVZ='), store, rules)).toThrow(
      /secret is wrong/,
    );
  });

  test('accepts the derived vector of clients/add, for these values only', () =>
    emulated(VECTORS, async (emulator) => {
      const headers = { date: DATE, authorization: 'Signature foo:MMOyerM+puDIwRwWChJQOug9n0k=' };
      const form = { description: 'ci pr-42', features: '["login_client"]' };
      const changed = { ...form, description: 'ci pr-43' };
      expect(errorOf(await responseTo(emulator, post('clients/add', changed, headers)))).toMatchObject(
        WRONG_CREDENTIALS,
      );
      expect(await responseTo(emulator, post('clients/add', form, headers))).toMatchObject({
        stat: 'ok',
        description: 'ci pr-42',
      });
    }));

  test('accepts the derived vector of clients/delete, whose id is then unknown', () =>
    emulated(VECTORS, async (emulator) => {
      const headers = { date: DATE, authorization: 'Signature foo:2KrODIZfns22nWt19GZHwPsFbjA=' };
      const form = { client_id_for_deletion: 'abcdefghijklmnopqrstuvwxyz987654' };
      expect(await responseTo(emulator, post('clients/delete', form, headers))).toMatchObject({
        code: 200,
        argument_name: 'client_id_for_deletion',
      });
    }));

  test.each([
    ['both', true, true],
    ['code', true, false],
    ['documents', false, true],
  ] as const)('without parameters, emptySignature %s', (emptySignature, code, documents) =>
    emulated({ ...VECTORS, emptySignature }, async (emulator) => {
      const isAccepted = async (signature: string) => {
        const headers = { date: DATE, authorization: `Signature foo:${signature}` };
        const results = [
          await responseTo(emulator, post('clients/list', {}, headers)),
          await responseTo(emulator, { method: 'GET', path: '/clients/list', headers }),
        ];
        return results.every(({ stat }) => stat === 'ok');
      };
      expect(await isAccepted('C98NEvpNCF1EYqdUi6bj1+kpeaI=')).toBe(code);
      expect(await isAccepted('tisplrRkJKUmuIX9bSq2wQRKCdg=')).toBe(documents);
    }),
  );

  test('covers the raw values: of the form, of a query, with newlines and beyond ASCII', () =>
    emulated(VECTORS, async (emulator) => {
      const description = 'a\nb=c&d %41 ☕ 😀+';
      const text = `/clients/add\n${DATE}\ndescription=${description}\nfeatures=["owner"]\n`;
      const form = { features: '["owner"]', description };
      expect(await responseTo(emulator, post('clients/add', form, signed(OWNER, DATE, text)))).toMatchObject({
        stat: 'ok',
        description,
      });
      const listText = `/clients/list\n${DATE}\nhas_features=["owner"]\n`;
      const query = `/clients/list?${new URLSearchParams({ has_features: '["owner"]' })}`;
      const list = { method: 'GET', path: query, headers: signed(OWNER, DATE, listText) };
      expect((await responseTo(emulator, list)).results).toHaveLength(2);
    }));

  test('covers an empty value', () =>
    emulated(VECTORS, async (emulator) => {
      const headers = signed(OWNER, DATE, `/clients/list\n${DATE}\nhas_features=\n`);
      expect(await responseTo(emulator, post('clients/list', { has_features: '' }, headers))).toMatchObject({
        stat: 'ok',
      });
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

  test('has an option for that tolerance', () =>
    emulated({ owner: OWNER, now: () => NOW + 2, clockToleranceMs: 1 }, async (emulator) => {
      const headers = signed(OWNER, DATE, `/clients/list\n${DATE}\n`);
      expect(await responseTo(emulator, post('clients/list', {}, headers))).toMatchObject({ code: 402 });
    }));

  test.each(['Sat, 01 Jan 2000 01:01:01 GMT', '2000-01-01T01:01:01Z', '2000-13-01 01:01:01', 'x'])(
    'rejects the date %j, although it is signed',
    (date) =>
      emulated(VECTORS, async (emulator) => {
        const headers = signed(OWNER, date, `/clients/list\n${date}\n`);
        expect(await responseTo(emulator, post('clients/list', {}, headers))).toMatchObject({ code: 402 });
      }),
  );

  test('rejects a request without a date, with a changed date, to another path, or of another client', () =>
    emulated(VECTORS, async (emulator) => {
      const headers = signed(OWNER, DATE, `/clients/list\n${DATE}\n`);
      const { authorization } = headers;
      const variants = [
        post('clients/list', {}, { authorization }),
        post('clients/list', {}, { authorization, date: '2000-01-01 01:01:02' }),
        post('clients/clear_whitelist', {}, headers),
        post('clients/list', {}, { date: DATE, authorization: authorization.replace('foo', 'oof') }),
        post('clients/list', {}, { date: DATE, authorization: 'Signature foo' }),
        post('clients/list', {}, { date: DATE, authorization: 'Signature foo:' }),
      ];
      for (const variant of variants) {
        expect(errorOf(await responseTo(emulator, variant))).toMatchObject(WRONG_CREDENTIALS);
      }
    }));

  test('accepts an old secret as long as it lives', async () => {
    let now = NOW;
    await emulated({ owner: OWNER, now: () => now, clockToleranceMs: 2 * 60 * MINUTE }, async (emulator) => {
      await call(emulator, 'clients/reset_secret', { for_client_id: 'foo', hours_to_live: '1' });
      const message = post('clients/list', {}, signed(OWNER, DATE, `/clients/list\n${DATE}\n`));
      expect(await responseTo(emulator, message)).toMatchObject({ stat: 'ok' });
      now += 60 * MINUTE;
      expect(await responseTo(emulator, message)).toMatchObject({ code: 402 });
    });
  });
});

describe('neither', () => {
  test.each([{}, { authorization: 'OAuth abc' }, { authorization: 'Bearer abc' }, { authorization: '' }])(
    '%j is rejected with code 205',
    (headers) =>
      emulated({}, async (emulator) => {
        expect(errorOf(await responseTo(emulator, post('clients/list', {}, headers)))).toEqual(
          NO_AUTHENTICATION,
        );
      }),
  );

  test('credentials as parameters are rejected, with a valid header too', () =>
    emulated({ owner: OWNER }, async (emulator) => {
      const query = `/clients/list?${new URLSearchParams(OWNER)}`;
      const messages = [
        post('clients/list', OWNER, {}),
        post('clients/list', OWNER, basic(OWNER)),
        post('clients/list', { access_token: 'x' }, basic(OWNER)),
        { method: 'GET', path: query },
      ];
      for (const message of messages) {
        expect(errorOf(await responseTo(emulator, message))).toEqual(NO_AUTHENTICATION);
      }
    }));
});

test('a client without the feature owner is rejected with code 403', () =>
  emulated({}, async (emulator) => {
    const features = ['access_issuer', 'direct_access', 'direct_read_access', 'login_client'];
    const client = emulator.addClient({ description: 'no owner', features });
    const calls = ['add', 'list', 'delete', 'reset_secret', 'set_description', 'set_features'];
    for (const name of [...calls, 'set_whitelist', 'clear_whitelist']) {
      expect(errorOf(await call(emulator, `clients/${name}`, {}, client))).toEqual(NOT_ALLOWED);
    }
  }));
