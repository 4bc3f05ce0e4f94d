import { expect, jest, test } from '@jest/globals';
import type { Creation } from '../../../src/lifecycle/creation-record.ts';
import { noNetworkSettings, runLabel } from '../../support/basics.ts';
import type { Situation } from '../../support/fake-host.ts';

const sleep = jest.fn(async (_ms: number) => {});
jest.unstable_mockModule('node:timers/promises', () => ({ setTimeout: sleep }));
const { cleanup } = await import('../../../src/commands/cleanup.ts');
const { runCommand } = await import('../../support/fake-host.ts');

const { origin, marker, expiresAt } = runLabel;
const own = { clientId: 'own', features: [], createdAt: 0 };
const ofRun: Creation = {
  ...{ origin, marker, expiresAt, lifetime: 'run' },
  ...{ openSends: [], clients: [own] },
};
/** The outcome of a send long ago is unknown. */
const open: Creation = { ...ofRun, openSends: [1], clients: [] };
const ofJob: Creation = { ...ofRun, lifetime: 'job', handedOverId: 'own' };
const kept: Creation = { ...open, handedOverId: 'kept' };

async function clean(
  creation: Creation,
  situation: Situation = { clients: { own: runLabel } },
  isInUseUntilNow = false,
) {
  const network = noNetworkSettings;
  const { said, left } = await runCommand((host, { domain, owner }) => {
    const state = { creation, access: { domain, owner, authScheme: 'basic-auth' as const }, network };
    return cleanup(state, { ...host, isInUseUntilNow });
  }, situation);
  return { said, left: Object.keys(left) };
}

const notHandedOver = 'because its step failed or was canceled before it set its outputs';
test.each<[string, Creation, Situation | undefined, string]>([
  ['a client that was not handed over', ofRun, undefined, `Deleted client own, ${notHandedOver}.`],
  ['the client of a job', ofJob, undefined, 'Deleted client own.'],
  ['a duplicate', kept, undefined, 'Deleted client own, a duplicate of the client that was handed over.'],
  ['a client that is gone', ofRun, {}, 'Client own no longer exists.'],
  ['nothing', open, {}, 'Nothing to delete: no client is left at HOST.'],
  ['no duplicate', kept, {}, 'Nothing to delete: no duplicate client is left at HOST.'],
])('cleanup says what it deleted: %s', async (_, creation, situation, line) => {
  expect(await clean(creation, situation)).toEqual({ said: [`info: ${line}`], left: [] });
});

test.each<[string, Creation, string]>([
  ['warns', ofJob, 'warning (client deleted too early): Client own was deleted while it was in use.'],
  ['says', ofRun, 'info: Client own no longer exists.'],
])('cleanup %s that a client is gone that was in use until now', async (_, creation, line) => {
  expect(await clean(creation, {}, true)).toEqual({ said: [line], left: [] });
});

test('cleanup warns about a client that it could not delete, with the way to finish', async () => {
  const faults = [{ kind: 'api-before-commit', call: 'clients/delete', code: 403 }] as const;
  const { said, left } = await clean(ofJob, { clients: { own: runLabel }, faults }, true);
  expect(said).toEqual([
    expect.stringMatching(
      /^warning \(client not deleted\): Could not delete client own, which may still work\. .* To delete it now, run the delete action with client_id: own\. Otherwise, the sweep deletes it after 2030-01-03T03:04:05Z\.$/,
    ),
  ]);
  expect(left).toEqual(['own']);
});

test('cleanup warns about a client without its label, which no sweep finds', async () => {
  const { said, left } = await clean({ ...ofRun, lifetime: 'pull_request' }, { clients: { own: 'words' } });
  expect(said).toEqual([
    'warning (client not deleted): Client own has lost its label, so it was kept. Delete it in the Console.',
  ]);
  expect(left).toEqual(['own']);
});

test.each([
  ['a client', open, ''],
  ['a duplicate of the client', kept, ', except client kept, which is in use'],
])(
  'cleanup warns if it could not look for %s, with the way to make sure',
  async (subject, creation, exception) => {
    const faults = [{ kind: 'api-before-commit', call: 'clients/list', code: 403 }] as const;
    const { said } = await clean(creation, { faults });
    expect(said).toEqual([
      expect.stringMatching(
        `^warning \\(cleanup not finished\\): Could not check whether ${subject} is left at HOST\\. .* To make sure, delete any client with the marker ${marker} in its description${exception}\\. Otherwise, the sweep deletes it after 2030-01-03T03:04:05Z\\.$`,
      ),
    ]);
  },
);

test.each<[Creation, number]>([
  [open, 60],
  [kept, 30],
])('has more time after a failure than after a client was handed over: %#', async (creation, seconds) => {
  const busy = { kind: 'api-before-commit', code: 510, headers: { 'retry-after': '99' }, times: 9 } as const;
  const { said } = await clean(creation, { faults: [busy] });
  expect(said.at(-1)).toContain(`(timeout ${seconds}s)`);
});
