import { describe, expect, test } from '@jest/globals';
import { cleanUp, cleanupLimitMs, needsCleanup } from '../../../src/lifecycle/cleanup.ts';
import type { Creation } from '../../../src/lifecycle/creation.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { provideClient } from '../../../src/lifecycle/provide.ts';
import { addExisting, pullRequest } from '../../support/client-requests.ts';
import { loseResponse, otherMarker, Tenant } from '../../support/fake-capture.ts';
import { captureError, now, pullRequestLabel, runLabel } from '../../support/fixtures.ts';

describe('the cleanup', () => {
  const creation: Creation = {
    origin: pullRequestLabel.origin,
    marker: pullRequestLabel.marker,
    lifetime: 'pull_request',
    expiresAt: pullRequestLabel.expiresAt,
    openSends: [],
    clients: [{ clientId: 'own', features: ['login_client'] }],
    requestsEnded: false,
  };
  const ofRun: Creation = { ...creation, marker: runLabel.marker, lifetime: 'run' };
  /** The outcome of the only send is unknown. */
  const open: Creation = { ...ofRun, openSends: [now], clients: [] };

  test('may take longer after a failure than after a client was handed over', () => {
    expect(cleanupLimitMs(open)).toBe(60_000);
    expect(cleanupLimitMs({ ...open, handedOverId: 'own' })).toBe(30_000);
  });

  test('keeps a duplicate that another run took over, and the client that was handed over', async () => {
    const tenant = new Tenant();
    tenant.add('own', pullRequestLabel);
    tenant.add('by hand', pullRequestLabel, { description: 'words' });
    tenant.add('another creation', { ...pullRequestLabel, marker: otherMarker });
    tenant.add('taken', pullRequestLabel);
    tenant.add('duplicate', pullRequestLabel);
    tenant.before[2] = () => tenant.takeOver('taken');
    tenant.now = now + 60_000;
    const twice = { ...creation, openSends: [now], requestsEnded: true, handedOverId: 'own' };
    expect(await cleanUp(twice, tenant.dependencies)).toEqual({ deleted: ['duplicate'], leftovers: [] });
    expect([...tenant.clients.keys()]).toEqual(['own', 'by hand', 'another creation', 'taken']);
    const ofDuplicate = ['list', 'set_description', 'list', 'delete'];
    expect(tenant.calls).toEqual(['list', 'list', ...ofDuplicate]);
  });

  test.each<[string, Partial<Creation>]>([
    ['nothing', { clients: [] }],
    ['only the client that was handed over', { handedOverId: 'own' }],
  ])('sends nothing if the step created %s', async (_, changes) => {
    const tenant = new Tenant();
    const left = { ...creation, ...changes };
    expect(await cleanUp(left, tenant.dependencies)).toEqual({ deleted: [], leftovers: [] });
    expect(tenant.calls).toEqual([]);
  });

  test('reads the label of the client of a pull request before it deletes it', async () => {
    const tenant = new Tenant();
    tenant.add('own', pullRequestLabel);
    expect(await cleanUp(creation, tenant.dependencies)).toEqual({ deleted: ['own'], leftovers: [] });
    expect(tenant.calls).toEqual(['list', 'list', 'set_description', 'list', 'delete']);
    expect(tenant.sleeps).toEqual([3000]);
  });

  test("waits for the client of a pull request that isn't listed yet, even if main ended in order", async () => {
    const tenant = new Tenant();
    tenant.after[1] = () => tenant.add('own', pullRequestLabel);
    const ended = { ...creation, requestsEnded: true };
    expect(await cleanUp(ended, tenant.dependencies)).toEqual({ deleted: ['own'], leftovers: [] });
    expect(tenant.sleeps).toEqual([15_000, 3000]);
  });

  test('waits from the last of several sends', async () => {
    const tenant = new Tenant();
    const ended = { ...open, openSends: [now - 20_000, now - 5000], requestsEnded: true };
    expect(await cleanUp(ended, tenant.dependencies)).toEqual({ deleted: [], leftovers: [] });
    expect(tenant.sleeps).toEqual([10_000]);
  });

  test('waits from its own start for a late effect if main was killed', async () => {
    const tenant = new Tenant();
    tenant.now = now + 60_000;
    tenant.before[2] = () => tenant.add('late', runLabel);
    expect(await cleanUp(open, tenant.dependencies)).toMatchObject({ leftovers: [] });
    expect(tenant.sleeps).toEqual([15_000]);
    expect(tenant.clients.size).toBe(0);
  });

  test.each([{ id: '99' }, { host: 'ghe.example.com' }])(
    'keeps a client that has the marker in a label of another repository, %j',
    async (place) => {
      const tenant = new Tenant();
      const foreign = { ...runLabel, origin: { ...runLabel.origin, ...place } };
      tenant.add('foreign', foreign);
      tenant.add('own', runLabel);
      expect(await cleanUp(open, tenant.dependencies)).toMatchObject({ leftovers: [] });
      expect([...tenant.clients.keys()]).toEqual(['foreign']);
    },
  );

  test("finds a client that's so new that the first list doesn't have it", async () => {
    const tenant = new Tenant();
    tenant.after[1] = () => tenant.add('own', runLabel);
    expect(await cleanUp(open, tenant.dependencies)).toEqual({ deleted: ['own'], leftovers: [] });
    expect(tenant.sleeps).toEqual([15_000]);
    expect(tenant.clients.size).toBe(0);
  });

  test("a client that's listed after its deletion doesn't resolve a send with an unknown outcome", async () => {
    const tenant = new Tenant();
    tenant.add('deleted', runLabel);
    tenant.before[2] = () => tenant.clients.delete('deleted');
    tenant.after[2] = () => tenant.add('late', runLabel);
    expect(await cleanUp(open, tenant.dependencies)).toEqual({ deleted: ['late'], leftovers: [] });
    expect(tenant.sleeps).toEqual([15_000]);
  });

  test('never waits longer than 15 seconds, even if the clock was set back', async () => {
    const tenant = new Tenant();
    tenant.now = now - 3_600_000;
    const ended = { ...open, requestsEnded: true };
    expect(await cleanUp(ended, tenant.dependencies)).toMatchObject({ leftovers: [] });
    expect(tenant.sleeps).toEqual([15_000]);
  });

  test("doesn't wait if main ended in order and the last send is old", async () => {
    const tenant = new Tenant();
    tenant.now = now + 60_000;
    const ended = { ...open, requestsEnded: true };
    expect(await cleanUp(ended, tenant.dependencies)).toMatchObject({ leftovers: [] });
    expect(tenant.calls).toEqual(['list']);
  });

  test('looks for a second client if two sends may have created two', async () => {
    const tenant = new Tenant();
    tenant.add('first', runLabel);
    tenant.before[3] = () => tenant.add('second', runLabel);
    const twice = { ...open, openSends: [now, now] };
    expect(await cleanUp(twice, tenant.dependencies)).toMatchObject({ leftovers: [] });
    expect(tenant.clients.size).toBe(0);
    expect(tenant.sleeps).toEqual([15_000]);
  });

  test('looks for a late client even if the deletion of another one failed, and tries that one again', async () => {
    const tenant = new Tenant();
    tenant.add('own', runLabel);
    const fail = () => {
      throw captureError({ retryable: false });
    };
    tenant.before[1] = fail;
    tenant.before[3] = fail;
    tenant.before[4] = () => tenant.add('late', runLabel);
    const saved: Creation = { ...ofRun, openSends: [now] };
    expect(await cleanUp(saved, tenant.dependencies)).toEqual({ deleted: ['own', 'late'], leftovers: [] });
    expect(tenant.calls).toEqual(['delete', 'list', 'delete', 'list', 'delete', 'delete']);
  });

  test('tries every client and returns the leftovers', async () => {
    const tenant = new Tenant();
    tenant.add('first', runLabel);
    tenant.add('second', runLabel);
    const error = captureError({ retryable: false });
    tenant.before[2] = () => {
      throw error;
    };
    expect(await cleanUp(open, tenant.dependencies)).toEqual({
      deleted: ['second'],
      leftovers: [{ clientId: 'first', error }],
    });
    expect([...tenant.clients.keys()]).toEqual(['first']);
  });

  test("returns an unknown leftover if it couldn't even look", async () => {
    const tenant = new Tenant();
    const error = captureError({ retryable: false });
    tenant.before[1] = () => {
      throw error;
    };
    const twice = { ...creation, openSends: [now], handedOverId: 'own' };
    expect(await cleanUp(twice, tenant.dependencies)).toEqual({
      deleted: [],
      leftovers: [{ clientId: undefined, error }],
    });
    expect(tenant.sleeps).toEqual([]);
  });

  test("doesn't wait for a second client that would exist by now", async () => {
    const tenant = new Tenant();
    tenant.now = now + 15_000;
    tenant.add('own', runLabel);
    const old = { ...open, openSends: [now, now], requestsEnded: true };
    expect(await cleanUp(old, tenant.dependencies)).toMatchObject({ leftovers: [] });
    expect(await cleanUp({ ...old, handedOverId: 'own' }, tenant.dependencies)).toMatchObject({
      leftovers: [],
    });
    expect(tenant.calls).toEqual(['list', 'delete', 'list']);
    expect(tenant.sleeps).toEqual([]);
  });

  test('never deletes a client of a run that was handed over', async () => {
    const tenant = new Tenant();
    tenant.add('own', runLabel);
    expect(await cleanUp({ ...ofRun, handedOverId: 'own' }, tenant.dependencies)).toMatchObject({
      leftovers: [],
    });
    expect([...tenant.clients.keys()]).toEqual(['own']);
  });

  describe('of a job', () => {
    const jobLabel: Label = { ...runLabel, purpose: { lifetime: 'job', runId: '5678' } };
    const ofJob: Creation = { ...ofRun, lifetime: 'job', handedOverId: 'own' };

    test('deletes its client with one request', async () => {
      const tenant = new Tenant();
      tenant.add('own', jobLabel);
      expect(await cleanUp(ofJob, tenant.dependencies)).toEqual({ deleted: ['own'], leftovers: [] });
      expect(tenant.calls).toEqual(['delete']);
      expect(tenant.clients.size).toBe(0);
    });

    test('removes the features of an owner first', async () => {
      const tenant = new Tenant();
      tenant.add('own', jobLabel);
      await cleanUp({ ...ofJob, clients: [{ clientId: 'own', features: ['owner'] }] }, tenant.dependencies);
      expect(tenant.calls).toEqual(['set_features', 'delete']);
    });

    test("doesn't report a client that no longer exists as deleted", async () => {
      const tenant = new Tenant();
      expect(await cleanUp(ofJob, tenant.dependencies)).toEqual({ deleted: [], leftovers: [] });
    });

    test.each<[string, Partial<Creation>, string[]]>([
      ['was sent twice', { openSends: [now - 60_000], requestsEnded: true }, ['delete', 'list']],
      ['has no ID', { openSends: [now], clients: [], handedOverId: undefined }, ['list', 'delete']],
    ])('looks for the marker if it %s', async (_, changes, calls) => {
      const tenant = new Tenant();
      tenant.add('own', jobLabel);
      expect(await cleanUp({ ...ofJob, ...changes }, tenant.dependencies)).toMatchObject({ leftovers: [] });
      expect(tenant.calls).toEqual(calls);
      expect(tenant.clients.size).toBe(0);
    });
  });

  test.each<[string, Partial<Creation>, string | undefined]>([
    ['a client of a job', { lifetime: 'job', handedOverId: 'own' }, 'own'],
    ['a client that was not handed over', {}, 'own'],
    ['a client without an ID', { openSends: [now], clients: [] }, undefined],
    ['a duplicate of one that was handed over', { handedOverId: 'own', openSends: [now] }, undefined],
  ])("returns %s that it couldn't delete, with its ID if known", async (_, changes, clientId) => {
    const tenant = new Tenant();
    const error = captureError({ retryable: false });
    tenant.before[1] = () => {
      throw error;
    };
    expect(await cleanUp({ ...ofRun, ...changes }, tenant.dependencies)).toEqual({
      deleted: [],
      leftovers: [{ clientId, error }],
    });
  });

  test.each([1, 2])('rethrows an unexpected error in call %d', async (call) => {
    const tenant = new Tenant();
    tenant.add('own', runLabel);
    const bug = new TypeError('a bug of ours');
    tenant.before[call] = () => {
      throw bug;
    };
    await expect(cleanUp(open, tenant.dependencies)).rejects.toBe(bug);
  });
});

describe('a step that reuses a client after a send with an unknown outcome', () => {
  /** Add 1 is lost, add 2 makes a client that loses to a rival, and the rival's client is reused. */
  async function reuseAfterLoss() {
    const tenant = new Tenant();
    tenant.before[2] = loseResponse;
    tenant.before[5] = () => addExisting(tenant, 'a', { marker: otherMarker });
    const { dependencies } = tenant;
    const provided = await provideClient(pullRequest(), dependencies);
    dependencies.record.recordHandedOver(provided.client.clientId);
    return { tenant, provided, marker: '000000000000000000000001' };
  }

  test('is still cleaned up, and keeps the reused client', async () => {
    const { tenant, provided, marker } = await reuseAfterLoss();
    expect(provided).toMatchObject({ created: false, client: { clientId: 'a' } });
    const saved = tenant.saved as Creation;
    expect(needsCleanup(saved)).toBe(true);
    tenant.add('late', { ...pullRequestLabel, marker });
    expect(await cleanUp(saved, tenant.dependencies)).toEqual({ deleted: ['late'], leftovers: [] });
    expect([...tenant.clients.keys()]).toEqual(['a']);
  });
});
