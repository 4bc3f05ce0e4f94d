import { describe, expect, test } from '@jest/globals';
import { basic, call, emulated, errorOf, invalid, type Json, missing, post, send } from './request.ts';

const IDENTIFIER = /^[2-9a-hjkmnp-z]{32}$/;
const OK = { stat: 'ok' };
const HOUR = 60 * 60 * 1000;

test('clients/add creates a client and returns what the document shows, and nothing else', () =>
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
    expect(await call(emulator, 'clients/add', { description: 'd' })).toMatchObject({ features: [] });
  }));

describe('clients/list', () => {
  test('shows every client with its secret, the owner too, through POST and GET', () =>
    emulated({}, async (emulator) => {
      const client = emulator.addClient({ description: 'one', features: ['login_client'] });
      const features = ['access_issuer', 'direct_access', 'owner'];
      const owner = { description: 'application owner', whitelist: ['0.0.0.0/0'], features };
      const expected = { results: [{ ...emulator.owner, ...owner }, { ...client }], stat: 'ok' };
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
      expect(await find('["no_such_feature"]')).toEqual([]);
      expect(await find('[]')).toEqual([]);
    }));
});

test('clients/delete deletes a client, and an owner client only after it has lost that feature', () =>
  emulated({}, async (emulator) => {
    const client = emulator.addClient({ description: 'one', features: ['owner'] });
    const form = { client_id_for_deletion: client.client_id };
    const error = invalid('client_id_for_deletion', 'owner clients may not be deleted');
    expect(errorOf(await call(emulator, 'clients/delete', form))).toEqual(error);
    await call(emulator, 'clients/set_features', { for_client_id: client.client_id, features: '[]' });
    expect(await call(emulator, 'clients/delete', form)).toEqual(OK);
    expect(emulator.clients()).toHaveLength(1);
    expect(emulator.authenticates(client.client_id, client.client_secret)).toBe(false);
    expect(errorOf(await call(emulator, 'clients/delete', form))).toEqual(
      invalid('client_id_for_deletion', 'client_id_for_deletion is not a valid id'),
    );
  }));

describe('clients/reset_secret', () => {
  test('accepts the new secret at once, and the old one for its hours', async () => {
    let now = 0;
    await emulated({ now: () => now }, async (emulator) => {
      const client = emulator.addClient({ description: 'one' });
      const works = (secret: unknown) => emulator.authenticates(client.client_id, String(secret));
      const form = { for_client_id: client.client_id, hours_to_live: '168' };
      const { new_secret, stat } = await call(emulator, 'clients/reset_secret', form);
      expect({ new_secret, stat }).toEqual({ new_secret: expect.stringMatching(IDENTIFIER), stat: 'ok' });
      expect(emulator.clients()[1]?.client_secret).toBe(new_secret);
      now = 168 * HOUR - 1;
      expect([works(client.client_secret), works(new_secret)]).toEqual([true, true]);
      now = 168 * HOUR;
      expect([works(client.client_secret), works(new_secret)]).toEqual([false, true]);
    });
  });
});

describe('the calls that change a client', () => {
  test('decide from where a client is accepted', () =>
    emulated({}, async (emulator) => {
      const whitelist = ['10.0.0.0/8'];
      const caller = emulator.addClient({ description: 'far', features: ['owner'], whitelist });
      expect(await call(emulator, 'clients/list', {}, caller)).toMatchObject({ code: 403 });
      const both = { for_client_id: caller.client_id, whitelist: '["10.0.0.0/8","127.0.0.1/32"]' };
      await call(emulator, 'clients/set_whitelist', both);
      expect(await call(emulator, 'clients/list', {}, caller)).toMatchObject(OK);
    }));
});

const notStrings = (name: string): Json => invalid(name, `${name} is not a JSON array of strings`);
const cidr = (text: string, reason: string): Json =>
  invalid('whitelist', `invalid cidr address: ${text}; value ${reason}`);
const format = 'must use the format x.x.x.x/x';
const hours = invalid('hours_to_live', 'hours_to_live must be an integer between 0 and 168, inclusive');
const unknown = invalid('for_client_id', 'for_client_id is not a valid id');

describe('these calls are rejected, without an effect:', () => {
  test.each<[string, Record<string, string>, Json]>([
    ['add', {}, missing('description')],
    ['add', { description: 'd', features: 'login_client' }, notStrings('features')],
    ['add', { description: 'd', features: '[1]' }, notStrings('features')],
    [
      'add',
      { description: 'd', features: '["owner","superuser_owner"]' },
      invalid('features', 'superuser_owner is not a valid feature name'),
    ],
    ['list', { has_features: 'owner' }, notStrings('has_features')],
    ['reset_secret', { hours_to_live: '1' }, missing('for_client_id')],
    ...['169', '1.5'].map(
      (hours_to_live) => ['reset_secret', { for_client_id: 'one', hours_to_live }, hours] as const,
    ),
    [
      'set_description',
      { for_client_id: 'one', description: 'application owner' },
      invalid('description', 'description is already in use'),
    ],
    [
      'set_features',
      { features: '["direct_access"]' },
      invalid('features', 'the owner client may not remove the owner feature from itself'),
    ],
    ['set_whitelist', { whitelist: '1.2.3.4/8' }, notStrings('whitelist')],
    [
      'set_whitelist',
      { whitelist: '["192.168.0.0/33"]' },
      cidr('192.168.0.0/33', 'after slash must be 32 or less'),
    ],
    ...['1.2.3.4', '1.2.3.256/8'].map(
      (range) => ['set_whitelist', { whitelist: `["${range}"]` }, cidr(range, format)] as const,
    ),
    [
      'set_whitelist',
      { whitelist: '["10.0.0.0/8"]' },
      invalid('whitelist', 'whitelist must allow access from the IP address making the call'),
    ],
    ['set_description', { for_client_id: 'constructor', description: 'new' }, unknown],
  ] as [string, Record<string, string>, Json][])('%s with %j', (name, form, error) =>
    emulated({}, async (emulator) => {
      emulator.addClient({ client_id: 'one', description: 'one', features: ['login_client'] });
      const before = emulator.clients();
      expect(errorOf(await call(emulator, `clients/${name}`, form))).toEqual(error);
      expect(emulator.clients()).toEqual(before);
    }),
  );

  test('one with a parameter that is sent twice', () =>
    emulated({}, async (emulator) => {
      const message = post('clients/add', {}, basic(emulator.owner));
      const { body } = await send(emulator, { ...message, body: 'description=a&description=b' });
      const error = { code: 201, error: 'duplicate_argument', argument_name: 'description' };
      expect(errorOf(JSON.parse(body))).toMatchObject(error);
      expect(emulator.clients()).toHaveLength(1);
    }));
});
