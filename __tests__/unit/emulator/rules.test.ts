import { expect, test } from '@jest/globals';
import type { EmulatorOptions } from '../../../emulator/emulator.ts';
import { type Credentials, call, emulated } from './request.ts';

// The tests of check hold the other rules: each is a point of its report (unit/lifecycle/open-points.test.ts).

test.each<[EmulatorOptions, [boolean, boolean], [boolean, boolean]]>([
  [{}, [true, true], [false, false]],
  [{ newListedAfterMs: 1000 }, [false, true], [false, false]],
  [{ newAcceptedAfterMs: 1000 }, [true, false], [false, false]],
  [{ deletedListedForMs: 1000 }, [true, true], [true, false]],
  [{ deletedAcceptedForMs: 1000 }, [true, true], [false, true]],
])(
  'with %j, a new client is listed and accepted: %j; after its deletion: %j',
  async (options, whenNew, whenDeleted) => {
    let now = 0;
    await emulated({ now: () => now, ownerDeletion: 'accept', ...options }, async (emulator) => {
      const features = '["owner"]';
      const added = await call(emulator, 'clients/add', { description: 'one', features });
      const { client_id, client_secret } = added as unknown as Credentials;
      const see = async () => {
        const { results } = await call(emulator, 'clients/list', { has_features: features });
        const isListed = (results as Credentials[]).some((one) => one.client_id === client_id);
        const { stat } = await call(emulator, 'settings/items', {}, { client_id, client_secret });
        return [isListed, stat === 'ok'];
      };
      const deletion = { client_id_for_deletion: client_id };
      now = 999;
      expect(await see()).toEqual(whenNew);
      now = 1000;
      expect(await see()).toEqual([true, true]);
      await call(emulator, 'clients/delete', deletion);
      now = 1999;
      expect(await see()).toEqual(whenDeleted);
      expect(await call(emulator, 'clients/delete', deletion)).toMatchObject({ code: 200 });
      now = 2000;
      expect(await see()).toEqual([false, false]);
    });
  },
);

test.each([false, true])(
  'with keepsOlderSecrets %p, a second reset leaves the first secret',
  (keepsOlderSecrets) =>
    emulated({ keepsOlderSecrets }, async (emulator) => {
      const { client_id, client_secret } = emulator.addClient({ description: 'one' });
      const form = { for_client_id: client_id, hours_to_live: '1' };
      for (const _ of [1, 2]) await call(emulator, 'clients/reset_secret', form);
      expect(emulator.authenticates(client_id, client_secret)).toBe(keepsOlderSecrets);
    }),
);
