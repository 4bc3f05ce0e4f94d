import { describe, expect, test } from '@jest/globals';
import type { Emulator, EmulatorOptions } from '../../../emulator/emulator.ts';
import { type Credentials, call, emulated, type Json } from './request.ts';

const OK = { stat: 'ok' };
const HOUR = 60 * 60 * 1000;

/** Creates a client through the API. */
async function add(emulator: Emulator, form: Record<string, string> = {}) {
  return (await call(emulator, 'clients/add', { description: 'one', ...form })) as Json & Credentials;
}

describe('delays, by the clock of the emulator', () => {
  interface World {
    emulator: Emulator;
    client: Credentials;
    at: (ms: number) => void;
    /** Whether the client is listed, and whether these credentials, by default its first ones, are accepted. */
    see: (credentials?: Credentials) => Promise<[boolean, boolean]>;
  }

  /** An emulator with a clock that the test sets, a new owner client, and what can be seen of it. */
  const delayed = (options: EmulatorOptions, use: (world: World) => Promise<void>): Promise<void> => {
    let now = 0;
    return emulated({ now: () => now, ownerDeletion: 'accept', ...options }, async (emulator) => {
      const client = await add(emulator, { features: '["owner"]' });
      const at = (ms: number) => {
        now = ms;
      };
      const see = async ({ client_id, client_secret }: Credentials = client): Promise<[boolean, boolean]> => {
        const { results } = await call(emulator, 'clients/list', { has_features: '["owner"]' });
        const isListed = (results as Credentials[]).some((one) => one.client_id === client_id);
        const { stat } = await call(emulator, 'settings/items', {}, { client_id, client_secret });
        expect(emulator.authenticates(client_id, client_secret)).toBe(stat === 'ok');
        return [isListed, stat === 'ok'];
      };
      await use({ emulator, client, at, see });
    });
  };

  test.each<[EmulatorOptions, [boolean, boolean]]>([
    [{}, [true, true]],
    [{ newListedAfterMs: 1000 }, [false, true]],
    [{ newAcceptedAfterMs: 1000 }, [true, false]],
  ])('with %j a new client is listed and accepted: %j', (options, expected) =>
    delayed(options, async ({ emulator, at, see }) => {
      at(999);
      expect(await see()).toEqual(expected);
      expect(emulator.clients()).toHaveLength(2);
      expect(await add(emulator)).toMatchObject({ argument_name: 'description' });
      at(1000);
      expect(await see()).toEqual([true, true]);
    }),
  );

  test.each<[EmulatorOptions, [boolean, boolean]]>([
    [{}, [false, false]],
    [{ deletedListedForMs: 1000 }, [true, false]],
    [{ deletedAcceptedForMs: 1000 }, [false, true]],
  ])('with %j a deleted client is listed and accepted: %j, but no call finds it', (options, expected) =>
    delayed(options, async ({ emulator, client, at, see }) => {
      const form = { client_id_for_deletion: client.client_id };
      expect(await call(emulator, 'clients/delete', form)).toEqual(OK);
      at(999);
      expect(await see()).toEqual(expected);
      expect(await call(emulator, 'clients/delete', form)).toMatchObject({ code: 200 });
      expect(emulator.clients()).toHaveLength(1);
      at(1000);
      expect(await see()).toEqual([false, false]);
    }),
  );

  test('newKnownAfterMs: a new client is accepted and listed before calls that name it find it', () =>
    delayed({ newKnownAfterMs: 1000 }, async ({ emulator, client, at, see }) => {
      const forms = [
        ['clients/set_description', { for_client_id: client.client_id, description: 'two' }],
        ['settings/set', { for_client_id: client.client_id, key: 'a', value: 'b' }],
        ['clients/delete', { client_id_for_deletion: client.client_id }],
      ] as const;
      at(999);
      expect(await see()).toEqual([true, true]);
      for (const [name, form] of forms) expect(await call(emulator, name, form)).toMatchObject({ code: 200 });
      at(1000);
      for (const [name, form] of forms) expect(await call(emulator, name, form)).toMatchObject(OK);
    }));

  test('newAcceptedAfterMs: a new secret is not accepted at once', () =>
    delayed({ newAcceptedAfterMs: 1000 }, async ({ emulator, client, at, see }) => {
      const form = { for_client_id: client.client_id, hours_to_live: '0' };
      const { new_secret } = await call(emulator, 'clients/reset_secret', form);
      const newest = { ...client, client_secret: String(new_secret) };
      expect(await see(newest)).toEqual([true, false]);
      at(1000);
      expect(await see(newest)).toEqual([true, true]);
    }));

  test.each([
    [{ oldSecretMs: 0 }, 1, 0],
    [{ oldSecretMs: 90_000 }, 1, 90_000],
    [{ oldSecretMs: 'as-asked' }, 1, HOUR],
    [{ oldSecretMs: Number.POSITIVE_INFINITY }, 1, Number.POSITIVE_INFINITY],
    [{ keepsOlderSecrets: false }, 2, 0],
    [{ keepsOlderSecrets: true }, 2, HOUR],
  ] as const)('with %j and %d resets the first secret is accepted until %d', (options, resets, end) =>
    delayed(options, async ({ emulator, client, at, see }) => {
      const form = { for_client_id: client.client_id, hours_to_live: '1' };
      for (let count = 0; count < resets; count += 1) await call(emulator, 'clients/reset_secret', form);
      for (const ms of [0, 89_999, 90_000, HOUR - 1, HOUR, 1e12]) {
        at(ms);
        expect(await see()).toEqual([true, ms < end]);
      }
    }),
  );
});
