import { describe, expect, test } from '@jest/globals';
import type { Fault } from '../../emulator/emulator.ts';
import { Scenario } from '../support/scenario.ts';

const faults: [string, Fault[]][] = [
  ['a reset before the commit', [{ kind: 'reset-before-commit', call: 'clients/add' }]],
  ['a reset after the commit', [{ kind: 'reset-after-commit', call: 'clients/add' }]],
  ['no response, not committed', [{ kind: 'hang-before-commit', call: 'clients/add' }]],
  ['no response, committed', [{ kind: 'hang-after-commit', call: 'clients/add' }]],
  ['a truncated response', [{ kind: 'cut-off', call: 'clients/add' }]],
  ['a garbled response', [{ kind: 'garbled', call: 'clients/add' }]],
  ...[502, 503, 504].flatMap((status): [string, Fault[]][] => [
    [`HTTP ${status} before the commit`, [{ kind: 'http-before-commit', status, call: 'clients/add' }]],
    [`HTTP ${status} after the commit`, [{ kind: 'http-after-commit', status, call: 'clients/add' }]],
  ]),
  ...[480, 500, 504, 510].map((code): [string, Fault[]] => [
    `API code ${code} before the commit`,
    [{ kind: 'api-before-commit', code, call: 'clients/add' }],
  ]),
  ...[500, 504].map((code): [string, Fault[]] => [
    `API code ${code} after the commit`,
    [{ kind: 'api-after-commit', code, call: 'clients/add' }],
  ]),
  [
    'a reset after the commit, and a lookup that fails twice',
    [
      { kind: 'reset-after-commit', call: 'clients/add' },
      { kind: 'http-before-commit', status: 503, call: 'clients/list' },
      { kind: 'reset-before-commit', call: 'clients/list' },
    ],
  ],
  ['two resets before the commit', [{ kind: 'reset-before-commit', call: 'clients/add', times: 2 }]],
  ['a commit after the second send', [{ kind: 'late-commit', ms: 1500, call: 'clients/add' }]],
  [
    'a commit while the second send is rejected',
    [
      { kind: 'late-commit', ms: 200, call: 'clients/add' },
      { kind: 'api-before-commit', code: 510, call: 'clients/add' },
    ],
  ],
];

describe.each([
  ['enforces unique descriptions', true],
  ['does not enforce unique descriptions', false],
])('on a server that %s', (_, uniqueDescriptions) => {
  test.concurrent.each(faults)(
    'after %s, the step succeeds with exactly one client',
    async (_name, injected) => {
      await using scenario = await Scenario.start({ emulator: { uniqueDescriptions }, faults: injected });
      const main = await scenario.create({ features: 'login_client', timeout: '6s' });
      expect(main.log).toContain(`Created client ${main.outputs.client_id}`);
      expect(main).toMatchObject({ conclusion: 'success', outputs: { created: 'true' } });
      expect(await scenario.post()).toMatchObject({ conclusion: 'success', annotations: [] });
      expect(scenario.clients).toEqual([expect.objectContaining({ client_id: main.outputs.client_id })]);
      const { client_id = '', client_secret = '' } = main.outputs;
      expect(scenario.emulator.authenticates(client_id, client_secret)).toBe(true);
    },
    60_000,
  );
});

test('the post step deletes a client that is committed after main has ended', async () => {
  await using scenario = await Scenario.start({
    emulator: { uniqueDescriptions: false },
    faults: [{ kind: 'late-commit', ms: 4000, call: 'clients/add' }],
  });
  const main = await scenario.create({ timeout: '6s' });
  expect(main.conclusion).toBe('success');
  const post = await scenario.post();
  expect(post.log.match(/^Deleted client [a-z0-9]{32}/gm)).toHaveLength(1);
  expect(scenario.ids).toEqual([main.outputs.client_id]);
}, 60_000);

test('if every lookup fails, nothing is sent again, and the step fails', async () => {
  await using scenario = await Scenario.start({
    faults: [
      { kind: 'reset-after-commit', call: 'clients/add' },
      { kind: 'http-before-commit', status: 503, call: 'clients/list', times: Infinity },
    ],
  });
  const main = await scenario.create({ timeout: '3s' });
  expect(main.conclusion).toBe('failure');
  expect(main.annotations.at(-1)?.message).toMatch(/ECONNRESET.*HTTP 503/);
  expect(scenario.callsOf('clients/add')).toHaveLength(1);
}, 60_000);
