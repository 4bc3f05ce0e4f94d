import { describe, expect, test } from '@jest/globals';
import type { Emulator, EmulatorOptions } from '../../../emulator/emulator.ts';
import {
  basic,
  type Credentials,
  call,
  emulated,
  errorOf,
  invalid,
  type Json,
  send,
  signed,
} from './request.ts';

const OK = { stat: 'ok' };
const owner = { client_id: 'foo', client_secret: 'bar' };
const HOUR = 60 * 60 * 1000;

/** Creates a client through the API. */
async function add(emulator: Emulator, form: Record<string, string> = {}) {
  return (await call(emulator, 'clients/add', { description: 'one', ...form })) as Json & Credentials;
}

const get = async (emulator: Emulator, path: string, headers = basic(emulator.owner)) =>
  send(emulator, { method: 'GET', path, headers });

describe('login_client with another feature', () => {
  const features = '["direct_access","login_client"]';
  const error = invalid('features', 'login_client may not be combined with other features');

  test('is rejected by clients/add and clients/set_features', () =>
    emulated({}, async (emulator) => {
      expect(errorOf(await add(emulator, { features }))).toEqual(error);
      expect(emulator.clients()).toHaveLength(1);
      const { client_id: for_client_id } = await add(emulator, {
        features: '["login_client","login_client"]',
      });
      expect(errorOf(await call(emulator, 'clients/set_features', { for_client_id, features }))).toEqual(
        error,
      );
      expect(emulator.clients()[1]?.features).toEqual(['login_client']);
    }));

  test('is accepted by both with loginClientWithOthers', () =>
    emulated({ loginClientWithOthers: true }, async (emulator) => {
      const { client_id: for_client_id, stat } = await add(emulator, { features });
      expect(stat).toBe('ok');
      expect(await call(emulator, 'clients/set_features', { for_client_id, features })).toEqual(OK);
    }));
});

describe('the calls that read', () => {
  const paths = [
    '/clients/list?has_features=%5B%22owner%22%5D',
    '/settings/items?for_client_id=foo',
    '/settings/get?key=a&for_client_id=foo',
    '/settings/get_multi?keys=%5B%22a%22%5D',
    '/settings/get_default?key=a',
    '/settings/keys',
  ];
  const unknownEndpoint = {
    code: 404,
    error: 'invalid_api_method',
    error_description: 'This API endpoint does not exist',
    stat: 'error',
  };

  test.each(paths)('accept GET %s with Basic, and signed over its query', (path) =>
    emulated({ owner }, async (emulator) => {
      expect(JSON.parse((await get(emulator, path)).body)).toMatchObject(OK);
      const [endpoint = '', query = ''] = path.split('?');
      const date = new Date().toISOString().slice(0, 19).replace('T', ' ');
      const lines = [...new URLSearchParams(query)].map(([key, value]) => `${key}=${value}\n`).sort();
      const headers = signed(owner, date, `${endpoint}\n${date}\n${lines.join('')}`);
      expect(JSON.parse((await get(emulator, path, headers)).body)).toMatchObject(OK);
      const wrong = signed(owner, date, `${endpoint}\n${date}\n${lines.join('')}x`);
      expect(JSON.parse((await get(emulator, path, wrong)).body)).toMatchObject({ code: 402 });
    }),
  );

  test.each(paths)('can accept only GET: POST %s is code 404', (path) =>
    emulated({ owner, readMethods: 'GET' }, async (emulator) => {
      const name = path.slice(1).replace(/\?.*/, '');
      expect(await call(emulator, name, { key: 'a', keys: '[]' })).toEqual(unknownEndpoint);
      expect(JSON.parse((await get(emulator, path)).body)).toMatchObject(OK);
      expect(await call(emulator, 'clients/clear_whitelist')).toEqual(OK);
    }),
  );

  test('can accept only POST', () =>
    emulated({ readMethods: 'POST' }, async (emulator) => {
      expect(JSON.parse((await get(emulator, '/clients/list')).body)).toEqual(unknownEndpoint);
      expect(await call(emulator, 'clients/list')).toMatchObject(OK);
    }));

  test('can reject another method with HTTP 405, as calls that write do then', () =>
    emulated({ readMethods: 'GET', wrongMethod: 'http-405' }, async (emulator) => {
      const message = { path: '/clients/list', headers: basic(emulator.owner) };
      expect(await send(emulator, message)).toMatchObject({ status: 405, headers: { allow: 'GET' } });
      expect(await get(emulator, '/clients/add?description=one')).toMatchObject({
        status: 405,
        headers: { allow: 'POST', 'content-type': 'text/html' },
      });
      expect(emulator.clients()).toHaveLength(1);
      expect(JSON.parse((await get(emulator, '/clients/nothing')).body)).toEqual(unknownEndpoint);
    }));
});

describe('clients/add', () => {
  test('can return the allow list', async () => {
    await emulated({}, async (emulator) => expect(await add(emulator)).not.toHaveProperty('whitelist'));
    await emulated({ whitelistInAdd: true }, async (emulator) => {
      expect(await add(emulator)).toMatchObject({ whitelist: ['0.0.0.0/0'] });
    });
  });

  test('and set_description can reject long descriptions, counted in characters', () =>
    emulated({ maxDescriptionLength: 3 }, async (emulator) => {
      const { client_id: for_client_id } = await add(emulator, { description: 'ä😀c' });
      const error = invalid('description', 'description is longer than 3 characters');
      expect(errorOf(await add(emulator, { description: 'abcd' }))).toEqual(error);
      const form = { for_client_id, description: 'abcd' };
      expect(errorOf(await call(emulator, 'clients/set_description', form))).toEqual(error);
      expect(emulator.clients()).toMatchObject([{}, { description: 'ä😀c' }]);
    }));

  test('and set_description can truncate them', () =>
    emulated({ maxDescriptionLength: 3, longDescriptions: 'truncate' }, async (emulator) => {
      const { client_id: for_client_id, description } = await add(emulator, { description: 'abcd' });
      expect(description).toBe('abc');
      await call(emulator, 'clients/set_description', { for_client_id, description: 'uv😀x' });
      expect(emulator.clients()[1]?.description).toBe('uv😀');
    }));
});

describe('a deletion', () => {
  const remove = (emulator: Emulator, client_id_for_deletion: string) =>
    call(emulator, 'clients/delete', { client_id_for_deletion });

  test.each<[EmulatorOptions, Json]>([
    [{ deletion: { code: 403 } }, { code: 403, error: 'client_permission_error' }],
    [{ deletion: { code: 500, description: 'no' } }, { code: 500, error_description: 'no' }],
    [{ deletion: { code: 200, description: 'no' } }, invalid('client_id_for_deletion', 'no')],
  ])('with %j is always rejected', (options, error) =>
    emulated(options, async (emulator) => {
      const { client_id } = await add(emulator);
      expect(errorOf(await remove(emulator, client_id))).toMatchObject(error);
      expect(emulator.clients()).toHaveLength(2);
      expect(await remove(emulator, 'z'.repeat(32))).toMatchObject({ code: 200 });
    }),
  );

  test('of an owner can be rejected in another way, or accepted', async () => {
    const features = '["owner"]';
    await emulated({ ownerDeletion: { code: 403, description: 'never' } }, async (emulator) => {
      const { client_id } = await add(emulator, { features });
      expect(errorOf(await remove(emulator, client_id))).toMatchObject({
        code: 403,
        error_description: 'never',
      });
      expect(await remove(emulator, (await add(emulator, { description: 'two' })).client_id)).toEqual(OK);
    });
    await emulated({ ownerDeletion: 'accept' }, async (emulator) => {
      const { client_id } = await add(emulator, { features });
      expect(await remove(emulator, client_id)).toEqual(OK);
      expect(emulator.clients()).toHaveLength(1);
    });
  });
});

describe('delays, by the clock of the emulator', () => {
  /** An emulator with a clock that the test sets, a new owner client, and what can be seen of it. */
  const delayed = (
    options: EmulatorOptions,
    use: (world: {
      emulator: Emulator;
      client: Credentials;
      at: (ms: number) => void;
      isListed: () => Promise<boolean>;
      isAccepted: (credentials?: Credentials) => Promise<boolean>;
    }) => Promise<void>,
  ): Promise<void> => {
    let now = 0;
    return emulated({ now: () => now, ownerDeletion: 'accept', ...options }, async (emulator) => {
      const client = await add(emulator, { features: '["owner"]' });
      await use({
        emulator,
        client,
        at: (ms) => {
          now = ms;
        },
        isListed: async () => {
          const { results } = await call(emulator, 'clients/list', { has_features: '["owner"]' });
          return (results as Credentials[]).some(({ client_id }) => client_id === client.client_id);
        },
        isAccepted: async (credentials = client) => {
          const { stat } = await call(emulator, 'settings/items', {}, credentials);
          expect(emulator.authenticates(credentials.client_id, credentials.client_secret)).toBe(
            stat === 'ok',
          );
          return stat === 'ok';
        },
      });
    });
  };

  test('a new client is listed and accepted at once, a deleted one never, by default', () =>
    delayed({}, async ({ emulator, client, isListed, isAccepted }) => {
      expect([await isListed(), await isAccepted()]).toEqual([true, true]);
      await call(emulator, 'clients/delete', { client_id_for_deletion: client.client_id });
      expect([await isListed(), await isAccepted()]).toEqual([false, false]);
    }));

  test('newListedAfterMs: a new client exists before it is listed', () =>
    delayed({ newListedAfterMs: 1000 }, async ({ emulator, at, isListed, isAccepted }) => {
      at(999);
      expect([await isListed(), await isAccepted()]).toEqual([false, true]);
      expect(emulator.clients()).toHaveLength(2);
      expect(await add(emulator)).toMatchObject({ argument_name: 'description' });
      at(1000);
      expect(await isListed()).toBe(true);
    }));

  test('newAcceptedAfterMs: new credentials, and a new secret, are not accepted at once', () =>
    delayed({ newAcceptedAfterMs: 1000 }, async ({ emulator, client, at, isListed, isAccepted }) => {
      at(999);
      expect([await isListed(), await isAccepted()]).toEqual([true, false]);
      at(1000);
      expect(await isAccepted()).toBe(true);
      const form = { for_client_id: client.client_id, hours_to_live: '0' };
      const { new_secret } = await call(emulator, 'clients/reset_secret', form);
      const newest = { ...client, client_secret: String(new_secret) };
      expect([await isAccepted(), await isAccepted(newest)]).toEqual([false, false]);
      at(2000);
      expect(await isAccepted(newest)).toBe(true);
    }));

  test('deletedListedForMs: a deleted client is still listed, but no call finds it', () =>
    delayed({ deletedListedForMs: 1000 }, async ({ emulator, client, at, isListed, isAccepted }) => {
      const form = { client_id_for_deletion: client.client_id };
      expect(await call(emulator, 'clients/delete', form)).toEqual(OK);
      at(999);
      expect([await isListed(), await isAccepted()]).toEqual([true, false]);
      expect(errorOf(await call(emulator, 'clients/delete', form))).toEqual(
        invalid('client_id_for_deletion', 'client_id_for_deletion is not a valid id'),
      );
      expect(emulator.clients()).toHaveLength(1);
      expect(await add(emulator)).toMatchObject(OK);
      at(1000);
      expect(await isListed()).toBe(false);
    }));

  test('deletedAcceptedForMs: deleted credentials are still accepted', () =>
    delayed({ deletedAcceptedForMs: 1000 }, async ({ emulator, client, at, isListed, isAccepted }) => {
      await call(emulator, 'clients/delete', { client_id_for_deletion: client.client_id });
      at(999);
      expect([await isListed(), await isAccepted()]).toEqual([false, true]);
      at(1000);
      expect(await isAccepted()).toBe(false);
    }));

  test.each([
    [0, 0],
    [90_000, 90_000],
    ['as-asked', HOUR],
    [Number.POSITIVE_INFINITY, 1e12],
  ] as const)('oldSecretMs %s: the old secret is accepted until %d', (oldSecretMs, end) =>
    delayed({ oldSecretMs }, async ({ emulator, client, at, isAccepted }) => {
      await call(emulator, 'clients/reset_secret', { for_client_id: client.client_id, hours_to_live: '1' });
      at(end - 1);
      if (end > 0) expect(await isAccepted()).toBe(true);
      at(end);
      expect(await isAccepted()).toBe(end === 1e12);
    }),
  );

  test.each([false, true])('keepsOlderSecrets %s: whether the first of three secrets is accepted', (keeps) =>
    delayed({ keepsOlderSecrets: keeps }, async ({ emulator, client, at, isAccepted }) => {
      const form = { for_client_id: client.client_id, hours_to_live: '1' };
      for (const _ of [1, 2]) await call(emulator, 'clients/reset_secret', form);
      expect(await isAccepted()).toBe(keeps);
      at(HOUR);
      expect(await isAccepted()).toBe(false);
    }),
  );
});

test.each([
  [{}, 402, 402],
  [{ malformedIdCode: 200 }, 200, 402],
] as const)('with %j a malformed client id is code %i, an unknown one %i', (options, malformed, unknown) =>
  emulated(options, async (emulator) => {
    const codeFor = async (client_id: string) =>
      (await call(emulator, 'clients/list', {}, { client_id, client_secret: 'x' })).code;
    expect(await codeFor('3f0a7c9e-1111-4222-8333-444455556666')).toBe(malformed);
    expect(await codeFor('z'.repeat(32))).toBe(unknown);
    expect(await codeFor(emulator.owner.client_id)).toBe(402);
  }),
);
