import { describe, expect, test } from '@jest/globals';
import { basic, call, emulated, errorOf, invalid, post, send } from './request.ts';

const IDENTIFIER = /^[2-9a-hjkmnp-z]{32}$/;
const OK = { stat: 'ok' };
const HOUR = 60 * 60 * 1000;

const missing = (name: string) => ({
  argument_name: name,
  code: 100,
  error_description: `missing required argument: ${name}`,
  error: 'missing_argument',
  stat: 'error',
});

describe('clients/add', () => {
  test('creates a client and returns what the document shows, and nothing else', () =>
    emulated({}, async (emulator) => {
      const added = await call(emulator, 'clients/add', {
        description: 'naïve ☕ + & = %',
        features: '["direct_read_access", "access_issuer"]',
      });
      expect(added).toEqual({
        features: ['direct_read_access', 'access_issuer'],
        description: 'naïve ☕ + & = %',
        client_id: expect.stringMatching(IDENTIFIER),
        client_secret: expect.stringMatching(IDENTIFIER),
        stat: 'ok',
      });
      const { stat, ...client } = added;
      expect(emulator.clients()[1]).toEqual({ ...client, whitelist: ['0.0.0.0/0'] });
    }));

  test('gives no features unless the request has some', () =>
    emulated({}, async (emulator) => {
      expect(await call(emulator, 'clients/add', { description: 'd' })).toMatchObject({ features: [] });
    }));

  test('needs a description', () =>
    emulated({}, async (emulator) => {
      expect(errorOf(await call(emulator, 'clients/add'))).toEqual(missing('description'));
      expect(errorOf(await call(emulator, 'clients/add', { description: '' }))).toEqual(
        missing('description'),
      );
      expect(emulator.clients()).toHaveLength(1);
    }));

  test("rejects an unknown feature in the API's words", () =>
    emulated({}, async (emulator) => {
      const error = await call(emulator, 'clients/add', {
        description: 'd',
        features: '["owner","superuser_owner"]',
      });
      expect(errorOf(error)).toEqual({
        argument_name: 'features',
        code: 200,
        error_description:
          'features was not valid for the following reason: superuser_owner is not a valid feature name',
        error: 'invalid_argument',
        stat: 'error',
      });
      expect(emulator.clients()).toHaveLength(1);
    }));

  test.each(['login_client', '{}', '[1]', '"owner"', 'null', '[["owner"]]'])(
    'rejects features %s',
    (features) =>
      emulated({}, async (emulator) => {
        const error = await call(emulator, 'clients/add', { description: 'd', features });
        expect(errorOf(error)).toEqual(invalid('features', 'features is not a JSON array of strings'));
      }),
  );

  test('rejects a description that another client has, unless duplicates are allowed', async () => {
    await emulated({}, async (emulator) => {
      await call(emulator, 'clients/add', { description: 'twice' });
      const error = await call(emulator, 'clients/add', { description: 'twice' });
      expect(errorOf(error)).toEqual(invalid('description', 'description is already in use'));
      expect(emulator.clients()).toHaveLength(2);
    });
    await emulated({ uniqueDescriptions: false }, async (emulator) => {
      await call(emulator, 'clients/add', { description: 'twice' });
      expect(await call(emulator, 'clients/add', { description: 'twice' })).toMatchObject(OK);
      expect(emulator.clients()).toHaveLength(3);
    });
  });
});

describe('clients/list', () => {
  test('shows every client with its secret, the owner too, through POST and GET', () =>
    emulated({}, async (emulator) => {
      const client = emulator.addClient({ description: 'one', features: ['login_client'] });
      const expected = {
        results: [
          {
            ...emulator.owner,
            description: 'application owner',
            whitelist: ['0.0.0.0/0'],
            features: ['access_issuer', 'direct_access', 'owner'],
          },
          { ...client },
        ],
        stat: 'ok',
      };
      expect(await call(emulator, 'clients/list')).toEqual(expected);
      const message = { method: 'GET', path: '/clients/list', headers: basic(emulator.owner) };
      expect(JSON.parse((await send(emulator, message)).body)).toEqual(expected);
    }));

  test('finds the clients that have at least one of the features', () =>
    emulated({}, async (emulator) => {
      emulator.addClient({ description: 'none' });
      emulator.addClient({ description: 'login', features: ['login_client'] });
      emulator.addClient({ description: 'read', features: ['direct_read_access', 'access_issuer'] });
      const find = async (has_features: string) => {
        const { results } = await call(emulator, 'clients/list', { has_features });
        return (results as { description: string }[]).map(({ description }) => description);
      };
      expect(await find('["login_client","direct_read_access"]')).toEqual(['login', 'read']);
      expect(await find('["owner"]')).toEqual(['application owner']);
      expect(await find('["no_such_feature"]')).toEqual([]);
      expect(await find('[]')).toEqual([]);
      const query = `/clients/list?has_features=${encodeURIComponent('["login_client"]')}`;
      const { body } = await send(emulator, { method: 'GET', path: query, headers: basic(emulator.owner) });
      expect(JSON.parse(body).results).toHaveLength(1);
      const error = await call(emulator, 'clients/list', { has_features: 'owner' });
      expect(errorOf(error)).toEqual(invalid('has_features', 'has_features is not a JSON array of strings'));
    }));
});

describe('clients/delete', () => {
  test("deletes a client, and then rejects its id in the API's words", () =>
    emulated({}, async (emulator) => {
      const client = emulator.addClient({ description: 'one' });
      const form = { client_id_for_deletion: client.client_id };
      expect(await call(emulator, 'clients/delete', form)).toEqual(OK);
      expect(emulator.clients()).toHaveLength(1);
      expect(emulator.authenticates(client.client_id, client.client_secret)).toBe(false);
      expect(errorOf(await call(emulator, 'clients/delete', form))).toEqual(
        invalid('client_id_for_deletion', 'client_id_for_deletion is not a valid id'),
      );
      expect(errorOf(await call(emulator, 'clients/delete'))).toEqual(missing('client_id_for_deletion'));
    }));

  test("doesn't delete an owner client until it loses that feature", () =>
    emulated({}, async (emulator) => {
      const { client_id } = emulator.addClient({ description: 'second owner', features: ['owner'] });
      for (const id of [client_id, emulator.owner.client_id]) {
        const error = await call(emulator, 'clients/delete', { client_id_for_deletion: id });
        expect(errorOf(error)).toEqual(invalid('client_id_for_deletion', 'owner clients may not be deleted'));
      }
      await call(emulator, 'clients/set_features', { for_client_id: client_id, features: '[]' });
      expect(await call(emulator, 'clients/delete', { client_id_for_deletion: client_id })).toEqual(OK);
    }));
});

describe('clients/reset_secret', () => {
  test('accepts the new secret at once, and the old one for its hours', async () => {
    let now = 0;
    await emulated({ now: () => now }, async (emulator) => {
      const client = emulator.addClient({ description: 'one' });
      const works = (secret: unknown) => emulator.authenticates(client.client_id, String(secret));
      const { new_secret, stat } = await call(emulator, 'clients/reset_secret', {
        for_client_id: client.client_id,
        hours_to_live: '168',
      });
      expect({ new_secret, stat }).toEqual({ new_secret: expect.stringMatching(IDENTIFIER), stat: 'ok' });
      expect(emulator.clients()[1]?.client_secret).toBe(new_secret);
      expect([works(client.client_secret), works(new_secret)]).toEqual([true, true]);
      now = 168 * HOUR - 1;
      expect([works(client.client_secret), works(new_secret)]).toEqual([true, true]);
      now = 168 * HOUR;
      expect([works(client.client_secret), works(new_secret)]).toEqual([false, true]);
    });
  });

  test('ends the old secret at once with 0 hours, and the secret before it always', () =>
    emulated({}, async (emulator) => {
      const { client_id, client_secret } = emulator.addClient({ description: 'one' });
      const reset = async (hours_to_live: string) => {
        const form = { for_client_id: client_id, hours_to_live };
        const { new_secret } = await call(emulator, 'clients/reset_secret', form);
        return String(new_secret);
      };
      const works = (secret: string) => emulator.authenticates(client_id, secret);
      const second = await reset('24');
      const third = await reset('24');
      expect([client_secret, second, third].map(works)).toEqual([false, true, true]);
      const fourth = await reset('0');
      expect([second, third, fourth].map(works)).toEqual([false, false, true]);
    }));

  test("accepts calls with the owner's old secret until its hours are over", async () => {
    let now = 0;
    await emulated({ now: () => now }, async (emulator) => {
      const form = { for_client_id: emulator.owner.client_id, hours_to_live: '1' };
      await call(emulator, 'clients/reset_secret', form);
      expect(await call(emulator, 'clients/list')).toMatchObject(OK);
      now = HOUR;
      expect(await call(emulator, 'clients/list')).toMatchObject({ code: 402 });
    });
  });

  test.each(['320', '169', '-1', '1.5', '1e1', 'a', ' 1'])('rejects %j hours', (hours_to_live) =>
    emulated({}, async (emulator) => {
      const { client_id, client_secret } = emulator.addClient({ description: 'one' });
      const form = { for_client_id: client_id, hours_to_live };
      expect(errorOf(await call(emulator, 'clients/reset_secret', form))).toEqual(
        invalid('hours_to_live', 'hours_to_live must be an integer between 0 and 168, inclusive'),
      );
      expect(emulator.clients()[1]?.client_secret).toBe(client_secret);
    }),
  );

  test('needs both parameters', () =>
    emulated({}, async (emulator) => {
      const form = { for_client_id: emulator.owner.client_id };
      expect(errorOf(await call(emulator, 'clients/reset_secret', form))).toEqual(missing('hours_to_live'));
      const withoutId = await call(emulator, 'clients/reset_secret', { hours_to_live: '1' });
      expect(errorOf(withoutId)).toEqual(missing('for_client_id'));
    }));
});

describe('clients/set_description', () => {
  test('renames a client, to its own name too, and not to that of another', () =>
    emulated({}, async (emulator) => {
      const { client_id } = emulator.addClient({ description: 'one' });
      emulator.addClient({ description: 'two' });
      const rename = (description: string) =>
        call(emulator, 'clients/set_description', { for_client_id: client_id, description });
      expect(await rename('one')).toEqual(OK);
      expect(await rename('three')).toEqual(OK);
      expect(errorOf(await rename('two'))).toEqual(invalid('description', 'description is already in use'));
      expect(errorOf(await rename(''))).toEqual(missing('description'));
      expect(emulator.clients().map(({ description }) => description)).toEqual([
        'application owner',
        'three',
        'two',
      ]);
    }));
});

describe('clients/set_features', () => {
  test('replaces the features and rejects unknown ones', () =>
    emulated({}, async (emulator) => {
      const { client_id } = emulator.addClient({ description: 'one', features: ['login_client'] });
      const set = (features: string) =>
        call(emulator, 'clients/set_features', { for_client_id: client_id, features });
      expect(await set('["direct_access"]')).toEqual(OK);
      expect(errorOf(await set('["metadata"]'))).toEqual(
        invalid('features', 'metadata is not a valid feature name'),
      );
      expect(errorOf(await set(''))).toEqual(missing('features'));
      expect(emulator.clients()[1]?.features).toEqual(['direct_access']);
      expect(await set('[]')).toEqual(OK);
      expect(emulator.clients()[1]?.features).toEqual([]);
    }));

  test("doesn't let the owner client remove its own feature owner, named or not", () =>
    emulated({}, async (emulator) => {
      const error = invalid('features', 'the owner client may not remove the owner feature from itself');
      const form = { features: '["direct_access"]' };
      expect(errorOf(await call(emulator, 'clients/set_features', form))).toEqual(error);
      const named = { ...form, for_client_id: emulator.owner.client_id };
      expect(errorOf(await call(emulator, 'clients/set_features', named))).toEqual(error);
    }));
});

describe('clients/set_whitelist and clients/clear_whitelist', () => {
  test('replace the allow list and reset it to every address', () =>
    emulated({}, async (emulator) => {
      const { client_id: for_client_id } = emulator.addClient({ description: 'one' });
      const whitelist = '["192.168.0.0/30","10.0.0.1/32"]';
      expect(await call(emulator, 'clients/set_whitelist', { for_client_id, whitelist })).toEqual(OK);
      expect(emulator.clients()[1]?.whitelist).toEqual(['192.168.0.0/30', '10.0.0.1/32']);
      expect(await call(emulator, 'clients/clear_whitelist', { for_client_id })).toEqual(OK);
      expect(emulator.clients()[1]?.whitelist).toEqual(['0.0.0.0/0']);
    }));

  test.each([
    ['["192.168.0.0/33"]', 'invalid cidr address: 192.168.0.0/33; value after slash must be 32 or less'],
    ['["1.2.3.4"]', 'invalid cidr address: 1.2.3.4; value must use the format x.x.x.x/x'],
    ['["1.2.3/8"]', 'invalid cidr address: 1.2.3/8; value must use the format x.x.x.x/x'],
    ['["1.2.3.256/8"]', 'invalid cidr address: 1.2.3.256/8; value must use the format x.x.x.x/x'],
    ['["0.0.0.0/0","::/0"]', 'invalid cidr address: ::/0; value must use the format x.x.x.x/x'],
    ['1.2.3.4/8', 'whitelist is not a JSON array of strings'],
  ])('rejects %s', (whitelist, reason) =>
    emulated({}, async (emulator) => {
      const { client_id: for_client_id } = emulator.addClient({ description: 'one' });
      const error = await call(emulator, 'clients/set_whitelist', { for_client_id, whitelist });
      expect(errorOf(error)).toEqual(invalid('whitelist', reason));
      expect(emulator.clients()[1]?.whitelist).toEqual(['0.0.0.0/0']);
    }),
  );

  test("don't let the owner lock itself out", () =>
    emulated({}, async (emulator) => {
      const error = await call(emulator, 'clients/set_whitelist', { whitelist: '["10.0.0.0/8"]' });
      expect(errorOf(error)).toEqual(
        invalid('whitelist', 'whitelist must allow access from the IP address making the call'),
      );
      expect(await call(emulator, 'clients/set_whitelist', { whitelist: '["127.0.0.0/8"]' })).toEqual(OK);
    }));

  test('decide from where a client is accepted', () =>
    emulated({}, async (emulator) => {
      const caller = emulator.addClient({
        description: 'far',
        features: ['owner'],
        whitelist: ['10.0.0.0/8'],
      });
      expect(errorOf(await call(emulator, 'clients/list', {}, caller))).toEqual({
        code: 403,
        error_description: 'the provided client does not have authorization for this action',
        error: 'client_permission_error',
        stat: 'error',
      });
      const both = { for_client_id: caller.client_id, whitelist: '["10.0.0.0/8","127.0.0.1/32"]' };
      await call(emulator, 'clients/set_whitelist', both);
      expect(await call(emulator, 'clients/list', {}, caller)).toMatchObject(OK);
    }));
});

describe('for_client_id', () => {
  const calls: [string, Record<string, string>][] = [
    ['clients/set_description', { description: 'new' }],
    ['clients/set_features', { features: '["owner"]' }],
    ['clients/set_whitelist', { whitelist: '["127.0.0.1/32"]' }],
    ['clients/clear_whitelist', {}],
  ];

  test.each(calls)('%s acts on the calling owner if it is empty or missing', (name, form) =>
    emulated({}, async (emulator) => {
      const other = emulator.addClient({ description: 'other' });
      for (const target of [{}, { for_client_id: '' }]) {
        const caller = emulator.addClient({
          description: `owner ${Object.keys(target)}`,
          features: ['owner', 'direct_access'],
          whitelist: ['127.0.0.0/8'],
        });
        expect(await call(emulator, name, { ...form, ...target }, caller)).toEqual(OK);
        expect(emulator.clients().at(-1)).not.toEqual(caller);
        await call(emulator, 'clients/set_description', {
          for_client_id: caller.client_id,
          description: `was owner ${Object.keys(target)}`,
        });
      }
      expect(emulator.clients()[1]).toEqual(other);
    }),
  );

  test.each([...calls, ['clients/reset_secret', { hours_to_live: '1' }] as const])(
    "%s rejects an unknown one in the API's words",
    (name, form) =>
      emulated({}, async (emulator) => {
        const error = await call(emulator, name, { ...form, for_client_id: 'constructor' });
        expect(errorOf(error)).toEqual(invalid('for_client_id', 'for_client_id is not a valid id'));
      }),
  );
});

test('a parameter that is sent twice is rejected', () =>
  emulated({}, async (emulator) => {
    const message = post('clients/add', {}, basic(emulator.owner));
    const { body } = await send(emulator, { ...message, body: 'description=a&description=b' });
    expect(errorOf(JSON.parse(body))).toMatchObject({
      code: 201,
      error: 'duplicate_argument',
      argument_name: 'description',
    });
    expect(emulator.clients()).toHaveLength(1);
  }));
