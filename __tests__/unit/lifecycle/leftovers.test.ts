import { describe, expect, test } from '@jest/globals';
import { type Creation, needsCleanup } from '../../../src/lifecycle/creation-record.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { cleanUp } from '../../../src/lifecycle/leftovers.ts';
import { provisionClient } from '../../../src/lifecycle/provision.ts';
import { now, pullRequestLabel, runLabel } from '../../support/basics.ts';
import { addExisting, bug, fail, pullRequest, rejection } from '../../support/client-requests.ts';
import { afterCall, loseResponse, otherMarker, Tenant, unknownClient } from '../../support/fake-capture.ts';

const own = { clientId: 'own', features: ['login_client'], createdAt: now - 60_000 };
const ofPullRequest: Creation = {
  origin: pullRequestLabel.origin,
  marker: pullRequestLabel.marker,
  lifetime: 'pull_request',
  expiresAt: pullRequestLabel.expiresAt,
  openSends: [],
  clients: [own],
};
const ofRun: Creation = { ...ofPullRequest, lifetime: 'run' };
/** The outcome of the only send is unknown. */
const open: Creation = { ...ofRun, openSends: [now], clients: [] };

/** Cleans up, and returns what became of the clients: `own deleted`. */
async function clean(tenant: Tenant, creation: Creation) {
  const { outcomes, lookupError } = await cleanUp(creation, tenant.dependencies);
  const results = outcomes.map(({ client, result }) => `${client.clientId} ${result}`);
  return { results, lookupError, left: [...tenant.clients.keys()] };
}

describe('a cleanup of known clients', () => {
  test.each<[string, Creation, string[], string[]]>([
    ['nothing', { ...ofPullRequest, clients: [] }, [], []],
    ['only the client that was handed over', { ...ofPullRequest, handedOverId: 'own' }, [], []],
    ['only the client of a run that was handed over', { ...ofRun, handedOverId: 'own' }, [], []],
    ['a client that was not handed over', ofRun, ['delete'], ['own deleted']],
    ['the client of a job', { ...ofRun, lifetime: 'job', handedOverId: 'own' }, ['delete'], ['own deleted']],
    [
      'an owner',
      { ...ofRun, clients: [{ ...own, features: ['owner'] }] },
      ['set_features', 'delete'],
      ['own deleted'],
    ],
    [
      'the client of a pull request, after a look at its label',
      ofPullRequest,
      ['list', 'list', 'set_description', 'list', 'delete'],
      ['own deleted'],
    ],
  ])('deletes what the step created and did not hand over: %s', async (_, creation, calls, results) => {
    const tenant = new Tenant();
    tenant.add('own', creation.lifetime === 'pull_request' ? pullRequestLabel : runLabel);
    expect(needsCleanup(creation)).toBe(calls.length > 0);
    expect(await clean(tenant, creation)).toMatchObject({ results, lookupError: undefined });
    expect([tenant.calls, tenant.clients.has('own')]).toEqual([calls, calls.length === 0]);
  });

  test('keeps what another run reused, what was handed over, and what has another marker', async () => {
    const tenant = new Tenant();
    for (const id of ['own', 'reused', 'duplicate']) tenant.add(id, pullRequestLabel);
    tenant.add('manual', pullRequestLabel, { description: 'words' });
    tenant.add('another', { ...pullRequestLabel, marker: otherMarker });
    tenant.before[2] = () => tenant.takeOver('reused');
    tenant.now = now + 60_000;
    const twice = { ...ofPullRequest, openSends: [now], handedOverId: 'own' };
    expect(await clean(tenant, twice)).toEqual({
      results: ['reused relabeled', 'duplicate deleted'],
      lookupError: undefined,
      left: ['own', 'reused', 'manual', 'another'],
    });
    expect(tenant.sleeps).toEqual([3000, 12_000]);
  });

  test.each<[string, (tenant: Tenant) => void, string]>([
    ['another run reused', (tenant) => tenant.takeOver('own'), 'own relabeled'],
    [
      'lost its label',
      (tenant) => tenant.add('own', pullRequestLabel, { description: 'words' }),
      'own unlabeled',
    ],
  ])('keeps a client of a pull request that %s, and says so at once', async (_, change, result) => {
    const tenant = new Tenant();
    tenant.add('own', pullRequestLabel);
    change(tenant);
    expect(await clean(tenant, ofPullRequest)).toMatchObject({ results: [result], left: ['own'] });
    expect(tenant.sleeps).toEqual([]);
  });

  test('reports a client of a pull request that Capture never lists', async () => {
    const tenant = new Tenant();
    tenant.add('another', { ...runLabel, marker: otherMarker });
    expect(await clean(tenant, ofPullRequest)).toMatchObject({ results: ['own not_listed'] });
  });

  test.each([
    ['a moment ago', ofRun, runLabel, now, 'own deleted', ['delete', 'delete']],
    ['long ago', ofRun, runLabel, now - 60_000, 'own gone', ['delete']],
    [
      'a moment ago',
      ofPullRequest,
      pullRequestLabel,
      now,
      'own deleted',
      ['list', 'list', 'set_description', 'list', 'delete', 'list', 'delete'],
    ],
  ])(
    'believes that a client is gone only if it is old: created %s for %j',
    async (_, base, label, createdAt, result, calls) => {
      const tenant = new Tenant();
      tenant.add('own', label);
      tenant.before[calls.indexOf('delete') + 1] = fail(unknownClient());
      const creation = { ...base, clients: [{ ...own, createdAt }] };
      expect(await clean(tenant, creation)).toMatchObject({ results: [result] });
      expect(tenant.calls).toEqual(calls);
    },
  );
});

describe('a cleanup after a send with an unknown outcome', () => {
  const late =
    (tenant: Tenant, clientId = 'late') =>
    () =>
      tenant.add(clientId, runLabel);

  test.each([
    ['however old the send is', now + 60_000],
    ['though the clock was set back', now - 3_600_000],
  ])('waits 15 seconds, as main may have been killed, %s', async (_, time) => {
    const tenant = new Tenant();
    tenant.now = time;
    expect(await clean(tenant, open)).toMatchObject({ results: [], lookupError: undefined });
    expect(tenant.sleeps).toEqual([15_000]);
    expect(tenant.calls).toEqual(['list', 'list']);
  });

  test('reports a deleted client once, although the list still shows it', async () => {
    const tenant = new Tenant();
    tenant.add('own', runLabel);
    tenant.after[1] = late(tenant, 'own');
    expect((await clean(tenant, { ...open, clients: [own] })).results).toEqual(['own deleted']);
    expect(tenant.calls).toEqual(['delete', 'list', 'list']);
  });

  test("doesn't wait if the deletion of a known client took that long", async () => {
    const tenant = new Tenant();
    tenant.before[1] = () => {
      tenant.now += 16_000;
    };
    await clean(tenant, { ...open, clients: [own] });
    expect([tenant.calls, tenant.sleeps]).toEqual([['delete', 'list'], []]);
  });

  test.each<[string, Creation, (tenant: Tenant) => void, string[], number[]]>([
    ['listed at once', open, (tenant) => late(tenant)(), ['late deleted'], [15_000]],
    [
      'too new for the first list',
      open,
      afterCall(1, (tenant) => late(tenant)()),
      ['late deleted'],
      [15_000],
    ],
    ...[14_000, 60_000].map((ms): [string, Creation, (tenant: Tenant) => void, string[], number[]] => [
      `not the one that was only listed after its deletion, ${ms} ms ago`,
      open,
      (tenant) => {
        late(tenant, 'old')();
        tenant.now = now + ms;
        tenant.before[2] = () => {
          tenant.clients.delete('old');
          tenant.before[ms < 15_000 ? 4 : 3] = late(tenant);
        };
      },
      ['old gone', 'late deleted'],
      // Deleting the first can have taken a part of the wait.
      [ms < 15_000 ? 10_000 : 15_000],
    ]),
    [
      'found though another one could not be deleted, and that one is tried again',
      { ...ofRun, openSends: [now] },
      (tenant) => {
        late(tenant, 'own')();
        tenant.before[1] = fail(rejection);
        tenant.before[3] = fail(rejection);
        tenant.before[4] = late(tenant);
      },
      ['own deleted', 'late deleted'],
      [15_000],
    ],
  ])('deletes the client that it created: %s', async (_, creation, prepare, results, sleeps) => {
    const tenant = new Tenant();
    prepare(tenant);
    expect(await clean(tenant, creation)).toEqual({ results, lookupError: undefined, left: [] });
    expect(tenant.sleeps).toEqual(sleeps);
  });

  test.each<[string, Partial<Creation>, string[]]>([
    ['was sent twice', { clients: [own], openSends: [now - 60_000] }, ['delete', 'list', 'list']],
    ['has no ID', { handedOverId: undefined }, ['list', 'delete', 'list']],
  ])('looks for the client of a job by its marker if it %s', async (_, changes, calls) => {
    const tenant = new Tenant();
    const jobLabel: Label = { ...runLabel, purpose: { lifetime: 'job', runId: '5678' } };
    tenant.add('own', jobLabel);
    const creation: Creation = { ...open, lifetime: 'job', handedOverId: 'own', ...changes };
    expect(await clean(tenant, creation)).toMatchObject({ results: ['own deleted'], left: [] });
    expect(tenant.calls).toEqual(calls);
  });

  test("waits for the client of a pull request that isn't listed yet", async () => {
    const tenant = new Tenant();
    tenant.after[1] = () => tenant.add('own', pullRequestLabel);
    expect(await clean(tenant, ofPullRequest)).toMatchObject({ results: ['own deleted'] });
    expect(tenant.sleeps).toEqual([15_000, 3000]);
  });

  test.each([{ id: '99' }, { host: 'ghe.example.com' }])(
    'keeps a client that has the marker in a label of another repository, %j',
    async (place) => {
      const tenant = new Tenant();
      tenant.add('foreign', { ...runLabel, origin: { ...runLabel.origin, ...place } });
      expect(await clean(tenant, open)).toMatchObject({ results: [], left: ['foreign'] });
    },
  );

  test('tries every client, and returns the failure', async () => {
    const tenant = new Tenant();
    for (const id of ['first', 'second']) tenant.add(id, runLabel);
    for (const n of [2, 5]) tenant.before[n] = fail(rejection);
    expect(await clean(tenant, open)).toMatchObject({
      results: ['first failed', 'second deleted'],
      left: ['first'],
    });
  });

  test('returns why it could not look, without a wait', async () => {
    const tenant = new Tenant();
    tenant.add('own', pullRequestLabel);
    tenant.before[1] = fail(rejection);
    expect(await clean(tenant, ofPullRequest)).toEqual({
      results: [],
      lookupError: rejection,
      left: ['own'],
    });
    expect(tenant.sleeps).toEqual([]);
  });

  test.each([1, 2])('rethrows an unexpected error in call %d', async (call) => {
    const tenant = new Tenant();
    tenant.add('own', runLabel);
    tenant.before[call] = fail(bug);
    await expect(clean(tenant, open)).rejects.toBe(bug);
  });

  test('keeps the client that was reused in the end, and is still needed', async () => {
    // Add 1 is lost, add 2 makes a client that loses to a rival, and the rival's client is reused.
    const tenant = new Tenant();
    tenant.before[2] = loseResponse;
    tenant.before[5] = () => addExisting(tenant, 'a', { marker: otherMarker });
    const { dependencies } = tenant;
    const { created, client } = await provisionClient(pullRequest(), dependencies);
    dependencies.record.recordHandedOver(client.clientId);
    expect({ created, id: client.clientId }).toEqual({ created: false, id: 'a' });
    const saved = tenant.saved as Creation;
    expect(needsCleanup(saved)).toBe(true);
    tenant.add('late', { ...pullRequestLabel, marker: '000000000000000000000001' });
    expect(await clean(tenant, saved)).toMatchObject({ results: ['late deleted'], left: ['a'] });
  });
});
