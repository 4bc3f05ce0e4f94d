import { describe, expect, test } from '@jest/globals';
import type { Fault } from '../../emulator/emulator.ts';
import { Scenario } from '../support/scenario.ts';

const faults: [string, Fault[]][] = [
  ['a reset before the commit', [{ kind: 'reset-before-commit', call: 'clients/add' }]],
  ['a reset after the commit', [{ kind: 'reset-after-commit', call: 'clients/add' }]],
  ['no answer, not committed', [{ kind: 'hang-before-commit', call: 'clients/add' }]],
  ['no answer, committed', [{ kind: 'hang-after-commit', call: 'clients/add' }]],
  ['an answer cut off', [{ kind: 'cut-off', call: 'clients/add' }]],
  ['a garbled answer', [{ kind: 'garbled', call: 'clients/add' }]],
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
  ['a commit that comes after the second send', [{ kind: 'late-commit', ms: 1500, call: 'clients/add' }]],
  [
    'a commit that comes while the second send is refused',
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
    '%s: the step succeeds with exactly one client',
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

test('a commit that comes when the step has ended is found by the post step', async () => {
  await using scenario = await Scenario.start({
    emulator: { uniqueDescriptions: false },
    faults: [{ kind: 'late-commit', ms: 4000, call: 'clients/add' }],
  });
  const main = await scenario.create({ timeout: '6s' });
  expect(main.conclusion).toBe('success');
  const post = await scenario.post();
  expect(post.log).toMatch(/^Deleted client [a-z0-9]{32}\.$/m);
  expect(scenario.clients.map(({ client_id }) => client_id)).toEqual([main.outputs.client_id]);
}, 60_000);

test('where all looks fail nothing is sent again, the step fails, and post warns with the marker', async () => {
  await using scenario = await Scenario.start({
    faults: [
      { kind: 'reset-after-commit', call: 'clients/add' },
      { kind: 'http-before-commit', status: 503, call: 'clients/list', times: Infinity },
    ],
  });
  const main = await scenario.create({ timeout: '3s' });
  expect(main.conclusion).toBe('failure');
  expect(main.annotations.at(-1)?.message).toMatch(
    /^The connection to \S+ broke during clients\/add \(\w+\)\. The client may exist, and looking for its marker failed, too: .*HTTP 503.* The post step looks again\./,
  );
  expect(scenario.callsOf('clients/add')).toHaveLength(1);
}, 60_000);

test('found and adopted on a signed connection that takes only the documented form of an empty list', async () => {
  await using scenario = await Scenario.start({
    emulator: { emptySignature: 'docs' },
    faults: [{ kind: 'reset-after-commit', call: 'clients/add' }],
  });
  const main = await scenario.create({ auth_scheme: 'janrain-signed' });
  expect(main.conclusion).toBe('success');
  expect(scenario.callsOf('clients/list')).toHaveLength(2);
});
