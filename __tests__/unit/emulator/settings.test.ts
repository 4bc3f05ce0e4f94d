import { describe, expect, test } from '@jest/globals';
import type { Emulator } from '../../../emulator/emulator.ts';
import { call, emulated, errorOf, invalid, type Json, missing } from './request.ts';

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

test('a client has its own settings over the defaults, until it loses them', () =>
  withClient(async ({ emulator, for_client_id, ask }) => {
    expect(await ask('set', { key: 'site_name', value: 'Preview' })).toEqual({ result: false, stat: 'ok' });
    expect(await ask('set', { key: 'site_name', value: '' })).toEqual({ result: true, stat: 'ok' });
    expect(await ask('items')).toEqual({ result: { site_name: '', login_attempts: '6' }, stat: 'ok' });
    expect(await ask('keys')).toEqual({ result: ['site_name', 'login_attempts'], stat: 'ok' });
    expect(await ask('get', { key: 'login_attempts' })).toEqual({ result: '6', stat: 'ok' });
    const several = { result: { site_name: '', other: null }, stat: 'ok' };
    expect(await ask('get_multi', { keys: '["site_name","other"]' })).toEqual(several);
    expect(emulator.settings(for_client_id)).toEqual({ site_name: '' });
    expect(await ask('delete', { key: 'site_name' })).toEqual({ result: true, stat: 'ok' });
    expect(await ask('delete', { key: 'site_name' })).toEqual({ result: false, stat: 'ok' });
    expect(await ask('get', { key: 'site_name' })).toEqual({ result: 'Shop', stat: 'ok' });
  }));

describe('these calls are rejected, without an effect:', () => {
  const immutable = 'janrainOidcClientId may not be changed';
  test.each<[string, Record<string, string>, Json]>([
    ['get', {}, missing('key')],
    ['set', { key: 'a' }, missing('value')],
    ['set_multi', {}, missing('items')],
    ['get_multi', { keys: 'a' }, invalid('keys', 'keys is not a JSON array of strings')],
    ['set_multi', { items: '[]' }, invalid('items', 'items is not a JSON object')],
    ['set_multi', { items: '{"a":"1","b":2}' }, invalid('items', 'the value of b is not a string')],
    ['items', { for_client_id: 'nobody' }, invalid('for_client_id', 'for_client_id is not a valid id')],
    ['set', { key: 'janrainOidcClientId', value: 'x' }, invalid('key', immutable)],
    ['set_multi', { items: '{"janrainOidcClientId":"x"}' }, invalid('items', immutable)],
  ])('%s with %j', (name, form, expected) =>
    withClient(async ({ emulator, for_client_id, ask }) => {
      expect(errorOf(await ask(name, form))).toEqual(expected);
      expect(emulator.settings(for_client_id)).toEqual({});
    }),
  );
});
