import { describe, expect, test } from '@jest/globals';
import type { Emulator } from '../../../emulator/emulator.ts';
import { basic, call, emulated, errorOf, invalid, type Json, post, send } from './request.ts';

const options = { defaultSettings: { site_name: 'Shop', login_attempts: '6' } };

/** Runs a test with an emulator that has one client besides the owner, and with calls for that client. */
function withClient(
  use: (world: {
    emulator: Emulator;
    for_client_id: string;
    ask: (name: string, form?: Record<string, string>) => Promise<Json>;
  }) => Promise<void>,
): Promise<void> {
  return emulated(options, async (emulator) => {
    const { client_id: for_client_id } = emulator.addClient({ description: 'x', features: ['login_client'] });
    const ask = (name: string, form: Record<string, string> = {}) =>
      call(emulator, `settings/${name}`, { for_client_id, ...form });
    await use({ emulator, for_client_id, ask });
  });
}

describe('a client', () => {
  test('has its own settings over the defaults', () =>
    withClient(async ({ emulator, for_client_id, ask }) => {
      expect(await ask('set', { key: 'site_name', value: 'Preview' })).toEqual({ result: false, stat: 'ok' });
      expect(await ask('set', { key: 'site_name', value: '' })).toEqual({ result: true, stat: 'ok' });
      expect(await ask('items')).toEqual({ result: { site_name: '', login_attempts: '6' }, stat: 'ok' });
      expect(await ask('keys')).toEqual({ result: ['site_name', 'login_attempts'], stat: 'ok' });
      expect(await ask('get', { key: 'login_attempts' })).toEqual({ result: '6', stat: 'ok' });
      expect(await ask('get', { key: 'other' })).toEqual({ result: null, stat: 'ok' });
      expect(await ask('get_multi', { keys: '["site_name","other"]' })).toEqual({
        result: { site_name: '', other: null },
        stat: 'ok',
      });
      expect(emulator.settings(for_client_id)).toEqual({ site_name: '' });
    }));

  test('gets several at once, and the response says which ones it had', () =>
    withClient(async ({ emulator, for_client_id, ask }) => {
      emulator.setSettings(for_client_id, { a: '1' });
      const items = JSON.stringify({ a: '2', b: 'ö = & %' });
      expect(await ask('set_multi', { items })).toEqual({ result: { a: true, b: false }, stat: 'ok' });
      expect(emulator.settings(for_client_id)).toEqual({ a: '2', b: 'ö = & %' });
    }));

  test('has the default again after its own setting is deleted', () =>
    withClient(async ({ emulator, for_client_id, ask }) => {
      emulator.setSettings(for_client_id, { site_name: 'Preview' });
      expect(await ask('delete', { key: 'site_name' })).toEqual({ result: true, stat: 'ok' });
      expect(await ask('delete', { key: 'site_name' })).toEqual({ result: false, stat: 'ok' });
      expect(await ask('get', { key: 'site_name' })).toEqual({ result: 'Shop', stat: 'ok' });
    }));

  test('loses its settings when it is deleted', () =>
    withClient(async ({ emulator, for_client_id }) => {
      emulator.setSettings(for_client_id, { a: '1' });
      await call(emulator, 'clients/delete', { client_id_for_deletion: for_client_id });
      expect(emulator.settings(for_client_id)).toEqual({});
    }));
});

test('without for_client_id the settings are those of the caller', () =>
  withClient(async ({ emulator, for_client_id }) => {
    await call(emulator, 'settings/set', { key: 'a', value: '1' });
    expect(emulator.settings(emulator.owner.client_id)).toEqual({ a: '1' });
    expect(emulator.settings(for_client_id)).toEqual({});
  }));

test('the defaults are those of the whole application', () =>
  withClient(async ({ emulator, ask }) => {
    expect(await call(emulator, 'settings/get_default', { key: 'site_name' })).toMatchObject({
      result: 'Shop',
    });
    await call(emulator, 'settings/set_default', { key: 'site_name', value: 'Other' });
    await call(emulator, 'settings/set_default_multi', { items: '{"new":"1"}' });
    await call(emulator, 'settings/delete_default', { key: 'login_attempts' });
    expect(emulator.defaultSettings()).toEqual({ site_name: 'Other', new: '1' });
    expect(await ask('items')).toMatchObject({ result: { site_name: 'Other', new: '1' } });
  }));

test('get_all returns the settings of all clients and the defaults', () =>
  withClient(async ({ emulator, for_client_id }) => {
    emulator.setSettings(for_client_id, { a: '1' });
    expect(await call(emulator, 'settings/get_all')).toEqual({
      client_settings: { [emulator.owner.client_id]: {}, [for_client_id]: { a: '1' } },
      default_settings: options.defaultSettings,
      stat: 'ok',
    });
  }));

test('calls that read can be GET, calls that write cannot', () =>
  withClient(async ({ emulator, for_client_id }) => {
    const get = (path: string) => send(emulator, { method: 'GET', path, headers: basic(emulator.owner) });
    const { body } = await get(`/settings/get?key=site_name&for_client_id=${for_client_id}`);
    expect(JSON.parse(body)).toEqual({ result: 'Shop', stat: 'ok' });
    expect(JSON.parse((await get('/settings/set?key=a&value=b')).body)).toMatchObject({ code: 404 });
  }));

describe('these are rejected:', () => {
  test.each([
    ['get', {}, { argument_name: 'key', code: 100 }],
    ['set', { key: 'a' }, { argument_name: 'value', code: 100 }],
    ['set_multi', {}, { argument_name: 'items', code: 100 }],
    ['get_multi', { keys: 'a' }, invalid('keys', 'keys is not a JSON array of strings')],
    ['set_multi', { items: '[]' }, invalid('items', 'items is not a JSON object')],
    ['set_multi', { items: '{"a":"1","b":2}' }, invalid('items', 'the value of b is not a string')],
    ['items', { for_client_id: 'nobody' }, invalid('for_client_id', 'for_client_id is not a valid id')],
    [
      'set',
      { key: 'janrainOidcClientId', value: 'x' },
      invalid('key', 'janrainOidcClientId may not be changed'),
    ],
    [
      'set_multi',
      { items: '{"janrainOidcClientId":"x"}' },
      invalid('items', 'janrainOidcClientId may not be changed'),
    ],
  ])('%s with %j, without an effect', (name, form, expected) =>
    withClient(async ({ emulator, for_client_id, ask }) => {
      expect(errorOf(await ask(name, form as Record<string, string>))).toMatchObject(expected);
      expect(emulator.settings(for_client_id)).toEqual({});
    }),
  );

  test('calls of a client that is not an owner', () =>
    withClient(async ({ emulator }) => {
      const other = emulator.addClient({ description: 'y', features: ['direct_access'] });
      const message = post('settings/items', {}, basic(other));
      expect(JSON.parse((await send(emulator, message)).body)).toMatchObject({ code: 403 });
    }));
});
