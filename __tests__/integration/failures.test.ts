import { describe, expect, test } from '@jest/globals';
import { Scenario } from '../support/scenario.ts';

test.each(['error', 'fail'] as const)('wrong credentials are rejected once (stat %s)', async (stat) => {
  await using scenario = await Scenario.start({ emulator: { wrongCredentialsStat: stat } });
  const main = await scenario.create({ owner_client_secret: 'another' });
  expect(main).toMatchObject({ conclusion: 'failure', log: expect.stringContaining('402') });
  expect((await scenario.post()).log).toBe('');
  expect(scenario.emulator.requests).toHaveLength(1);
});

test('a rejection says what it means for the client', async () => {
  await using scenario = await Scenario.start();
  const faults = [
    { kind: 'api-before-commit', code: 403, call: 'clients/add' },
    { kind: 'api-before-commit', code: 403, call: 'clients/set_whitelist' },
    { kind: 'api-before-commit', code: 403, call: 'clients/delete' },
  ] as const;
  for (const fault of faults) scenario.emulator.inject(fault);
  expect((await scenario.create()).log).toContain('Nothing was created.');
  const main = await scenario.create({ ip_allow_list: '203.0.113.7' });
  expect(main.log).toContain(`Client ${scenario.ids[0]} was created; cleanup deletes it.`);
});

test('an unknown client without an argument in the error is gone, where the call names the client', async () => {
  await using scenario = await Scenario.start({ emulator: { unknownClientArgument: false } });
  const { outputs } = await scenario.create();
  const id = outputs.client_id ?? '';
  scenario.emulator.inject({ kind: 'reset-after-commit', call: 'clients/delete' });
  const gone = await scenario.delete({ client_id: id });
  expect(gone).toMatchObject({ conclusion: 'success', annotations: [], outputs: { deleted: '1' } });
});

describe('retryable failures are retried, and the log says why', () => {
  test.each([
    ['the call limit', { kind: 'api-before-commit', code: 510 }, /510 api_limit_error/],
    ['maintenance', { kind: 'api-before-commit', code: 480 }, /480 api_feature_disabled/],
    ['an edge server that rejects', { kind: 'http-before-commit', status: 429 }, /HTTP 429/],
  ] as const)('%s', async (_, fault, reason) => {
    await using scenario = await Scenario.start({ faults: [{ ...fault, times: 2 }] });
    const main = await scenario.create();
    expect(main.conclusion).toBe('success');
    const retries = main.log.split('\n').filter((line) => line.includes('Trying again in'));
    expect(retries).toHaveLength(2);
    for (const line of retries) expect(line).toMatch(reason);
    expect(scenario.emulator.requests).toHaveLength(3);
    expect(scenario.emulator.clients()).toHaveLength(2);
  });

  test("a host that isn't up yet", async () => {
    await using scenario = await Scenario.start();
    await scenario.emulator.goOffline();
    const main = scenario.create({}, { onStart: () => setTimeout(() => scenario.emulator.goOnline(), 700) });
    expect(await main).toMatchObject({ conclusion: 'success' });
    expect(scenario.clients).toHaveLength(1);
  });
});
