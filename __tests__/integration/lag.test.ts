import { describe, expect, test } from '@jest/globals';
import type { Fault } from '../../emulator/emulator.ts';
import { onPullRequest, Scenario } from '../support/scenario.ts';

// Capture's writes may lag: for a while, it says "not a valid id" about a client that it has just created.

const configuration = { settings: 'a=b', ip_allow_list: '203.0.113.7', enforce_expiry: 'true' };

describe('a client that Capture does not know at first', () => {
  test.concurrent.each(['run', 'job', 'pull_request'])(
    'is configured a little later (%s), and there is one',
    async (lifetime) => {
      await using scenario = await Scenario.start({ emulator: { newKnownAfterMs: 2_500 } });
      const main = await scenario.create({ ...configuration, lifetime }, onPullRequest(42));
      expect(main.conclusion).toBe('success');
      const { client_id = '' } = main.outputs;
      expect(scenario.callsOf('clients/add')).toHaveLength(1);
      expect(scenario.clients).toMatchObject([{ client_id, whitelist: ['203.0.113.7/32'] }]);
      expect(scenario.emulator.settings(client_id)).toEqual({ a: 'b' });
    },
  );

  test.concurrent('is deleted by the post step a little later', async () => {
    await using scenario = await Scenario.start({ emulator: { newKnownAfterMs: 4_000 } });
    await scenario.create({ lifetime: 'job' });
    expect(await scenario.post()).toMatchObject({ conclusion: 'success', annotations: [] });
    expect(scenario.clients).toEqual([]);
  });

  const faults: [string, Fault][] = [
    [
      'its configuration is rejected',
      { kind: 'api-before-commit', code: 403, call: 'clients/set_whitelist' },
    ],
    ['the response is lost', { kind: 'reset-after-commit', call: 'clients/add' }],
  ];
  test.concurrent.each(faults)('and that is not handed over (%s) is deleted in the end', async (_, fault) => {
    const emulator = { newKnownAfterMs: 4_000, newListedAfterMs: 2_000 };
    await using scenario = await Scenario.start({ emulator, faults: [fault] });
    const main = await scenario.create({ ip_allow_list: '203.0.113.7', timeout: '3s' });
    await scenario.post();
    expect(scenario.ids).toEqual(main.conclusion === 'success' ? [main.outputs.client_id] : []);
  });

  test.concurrent('for longer than the step may take is kept in the record', async () => {
    await using scenario = await Scenario.start({ emulator: { newKnownAfterMs: 7_000 } });
    const main = await scenario.create({ ...configuration, timeout: '3s' });
    expect(main).toMatchObject({ conclusion: 'failure', outputs: {} });
    expect(main.state.creation).toContain(scenario.ids[0]);
    await scenario.post();
    expect(scenario.clients).toEqual([]);
  });
});
