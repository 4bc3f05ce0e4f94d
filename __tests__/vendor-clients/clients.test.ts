import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator/emulator.ts';
import { captureApi, datalib, installPythonPackages } from './python.ts';

beforeAll(() => {
  installPythonPackages();
}, 300_000);

/** Runs a test with an emulator that has one client besides the owner. */
async function emulated(
  use: (emulator: Emulator, id: string) => Promise<void>,
  options: EmulatorOptions = {},
): Promise<void> {
  const emulator = await startEmulator({ defaultSettings: { site_name: 'Shop' }, ...options });
  try {
    await use(emulator, emulator.addClient({ description: 'already there' }).client_id);
  } finally {
    await emulator.close();
  }
}

function clientOf(emulator: Emulator, id: string) {
  return emulator.clients().find(({ client_id }) => client_id === id);
}

describe('capture-api, which signs its requests', () => {
  const ask = async (emulator: Emulator, call: string, parameters: Record<string, string> = {}) =>
    JSON.parse(await captureApi(emulator, call, parameters));

  test('creates a client', () =>
    emulated(async (emulator) => {
      const description = 'Größe = 1 & 2 + „drei“';
      const response = await ask(emulator, 'clients/add', { description, features: '["login_client"]' });
      expect(clientOf(emulator, response.client_id)).toMatchObject({
        client_secret: response.client_secret,
        description,
        features: ['login_client'],
      });
      expect(emulator.requests[0]?.headers.authorization).toMatch(/^Signature /);
    }));

  test('lists clients, with and without a parameter', () =>
    emulated(async (emulator) => {
      expect((await ask(emulator, 'clients/list')).results).toEqual(emulator.clients());
      const owners = await ask(emulator, 'clients/list', { has_features: '["owner"]' });
      expect(owners.results).toEqual(emulator.clients().slice(0, 1));
    }));

  test('changes a client', () =>
    emulated(async (emulator, id) => {
      const change = (call: string, parameters: Record<string, string>) =>
        ask(emulator, `clients/${call}`, { for_client_id: id, ...parameters });
      await change('set_description', { description: 'another name' });
      await change('set_features', { features: '["direct_access"]' });
      await change('set_whitelist', { whitelist: '["203.0.113.0/24"]' });
      const { new_secret } = await change('reset_secret', { hours_to_live: '1' });
      expect(clientOf(emulator, id)).toEqual({
        client_id: id,
        client_secret: new_secret,
        description: 'another name',
        features: ['direct_access'],
        whitelist: ['203.0.113.0/24'],
      });
      await change('clear_whitelist', {});
      expect(clientOf(emulator, id)?.whitelist).toEqual(['0.0.0.0/0']);
    }));

  test('sets, reads, and deletes settings', () =>
    emulated(async (emulator, for_client_id) => {
      const settings = (call: string, parameters: Record<string, string> = {}) =>
        ask(emulator, `settings/${call}`, { for_client_id, ...parameters });
      await settings('set', { key: 'a', value: 'one = 1' });
      await settings('set_multi', { items: '{"b":"2","c":"3"}' });
      await settings('delete', { key: 'c' });
      expect(emulator.settings(for_client_id)).toEqual({ a: 'one = 1', b: '2' });
      expect((await settings('items')).result).toEqual({ site_name: 'Shop', a: 'one = 1', b: '2' });
      expect((await settings('get', { key: 'site_name' })).result).toBe('Shop');
      expect((await settings('keys')).result).toEqual(['site_name', 'a', 'b']);
      const { result } = await settings('get_multi', { keys: '["site_name","b","no such key"]' });
      expect(result).toEqual({ site_name: 'Shop', b: '2', 'no such key': null });
    }));

  test("sets, reads, and deletes the application's default settings", () =>
    emulated(async (emulator) => {
      const defaults = async (call: string, parameters: Record<string, string>) =>
        (await ask(emulator, `settings/${call}`, parameters)).result;
      expect(await defaults('set_default', { key: 'site_name', value: 'New shop' })).toBe(true);
      expect(await defaults('set_default_multi', { items: '{"a":"1","b":"2"}' })).toEqual({
        a: false,
        b: false,
      });
      expect(await defaults('delete_default', { key: 'a' })).toBe(true);
      expect(await defaults('get_default', { key: 'a' })).toBeNull();
      expect(await defaults('get_default', { key: 'site_name' })).toBe('New shop');
      expect(emulator.defaultSettings()).toEqual({ site_name: 'New shop', b: '2' });
    }));

  test('deletes a client, and reports why a deletion fails', () =>
    emulated(async (emulator, id) => {
      await ask(emulator, 'clients/delete', { client_id_for_deletion: id });
      expect(clientOf(emulator, id)).toBeUndefined();
      expect(await captureApi(emulator, 'clients/delete', { client_id_for_deletion: id })).toContain(
        'API Error 200 - client_id_for_deletion was not valid for the following reason',
      );
    }));
});

describe('janrain-datalib', () => {
  test('creates, lists, changes, and deletes a client', () =>
    emulated(async (emulator) => {
      const created = { description: 'made by datalib', features: ['login_client'] };
      const { result: id } = (await datalib(emulator, 'client.create', created)) as { result: string };
      expect(clientOf(emulator, id)).toMatchObject(created);
      const clients = emulator.clients().map((client) => [client.client_id, client]);
      expect(await datalib(emulator, 'app.clients_as_dict')).toEqual({ result: Object.fromEntries(clients) });
      expect(await datalib(emulator, 'client.as_dict', { id })).toEqual({ result: clientOf(emulator, id) });

      const changes = { description: 'Größe', features: ['direct_access'], whitelist: ['203.0.113.0/24'] };
      for (const [name, value] of Object.entries(changes))
        await datalib(emulator, `client.set_${name}`, { id, [name]: value });
      const { result } = (await datalib(emulator, 'client.reset_secret', { id, hours_to_live: 1 })) as {
        result: string;
      };
      expect(clientOf(emulator, id)).toEqual({ client_id: id, client_secret: result, ...changes });
      await datalib(emulator, 'client.delete', { id });
      expect(clientOf(emulator, id)).toBeUndefined();
    }));

  test('sets, reads, and deletes settings', () =>
    emulated(async (emulator, id) => {
      const settings = (method: string, args: Record<string, unknown> = {}) =>
        datalib(emulator, `settings.${method}`, { id, ...args });
      expect(await settings('set', { key: 'a', value: '1' })).toEqual({ result: false });
      const items = { a: '2', b: '3' };
      expect(await settings('set_multi', { items })).toEqual({ result: { a: true, b: false } });
      expect(await settings('delete', { key: 'b' })).toEqual({ result: true });
      expect(await settings('get_all')).toEqual({ result: { site_name: 'Shop', a: '2' } });
    }));
});

describe('where they differ from the emulator (emulator/README.md)', () => {
  test('capture-api signs a call without parameters in one of the two forms', async () => {
    for (const [emptySignature, output] of [
      ['code', '"stat": "ok"'],
      ['documents', 'API Error 402'],
    ] as const) {
      await emulated(
        async (emulator) => expect(await captureApi(emulator, 'clients/list')).toContain(output),
        { emptySignature },
      );
    }
  });

  test('capture-api -x sends its credentials as parameters', () =>
    emulated(async (emulator) => {
      expect(await captureApi(emulator, 'clients/list', {}, ['-x'])).toContain('API Error 205');
      const { client_id, client_secret } = emulator.owner;
      expect(emulator.requests[0]?.form).toMatchObject({ client_id, client_secret });
    }));

  test('janrain-datalib omits hours_to_live if it is 0', () =>
    emulated(async (emulator, id) => {
      const before = clientOf(emulator, id);
      const response = await datalib(emulator, 'client.reset_secret', { id, hours_to_live: 0 });
      expect(response).toEqual({ error: 'ApiError', code: 100 });
      expect(emulator.requests[0]?.form).toEqual({ for_client_id: id });
      expect(clientOf(emulator, id)).toEqual(before);
    }));

  test('janrain-datalib reports an unknown client as wrong credentials', () =>
    emulated(async (emulator) => {
      const response = await datalib(emulator, 'client.delete', { id: 'z'.repeat(32) });
      expect(response).toEqual({ error: 'ApiAuthError', code: 200 });
    }));
});
