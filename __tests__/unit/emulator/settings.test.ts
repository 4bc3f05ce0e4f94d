import { describe, expect, test } from '@jest/globals';
import { call, emulated, errorOf, invalid, type Json, missing } from './request.ts';

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
    emulated({}, async (emulator) => {
      const { client_id: for_client_id } = emulator.addClient({ description: 'x' });
      expect(errorOf(await call(emulator, `settings/${name}`, { for_client_id, ...form }))).toEqual(expected);
      expect(emulator.settings(for_client_id)).toEqual({});
    }),
  );
});
