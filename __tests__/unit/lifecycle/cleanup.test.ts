import { describe, expect, test } from '@jest/globals';
import { cleanUp, needsCleanUp } from '../../../src/lifecycle/cleanup.ts';
import { type Creation, recordCreation } from '../../../src/lifecycle/creation.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { withdrawClient } from '../../../src/lifecycle/withdraw.ts';
import { loseResponse, otherMarker, Tenant } from '../../support/fake-capture.ts';
import { captureError, now, pullRequestLabel, runLabel } from '../../support/fixtures.ts';

describe('the withdrawal of a client', () => {
  test('of a run takes one look and one deletion', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', runLabel);
    expect(await withdrawClient(own, runLabel, tenant.dependencies)).toBe('deleted');
    expect(tenant.calls).toEqual(['list', 'delete']);
    expect(tenant.sleeps).toEqual([]);
  });

  test('of a pull request first sets it to expired, waits, and looks again', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    let expiresAt: number | undefined;
    tenant.before[3] = () => {
      expiresAt = tenant.labelOf('own')?.expiresAt;
    };
    expect(await withdrawClient(own, pullRequestLabel, tenant.dependencies)).toBe('deleted');
    expect(tenant.calls).toEqual(['list', 'set_description', 'list', 'delete']);
    expect(expiresAt).toBe(Math.floor(now / 1000) * 1000);
    expect(tenant.sleeps).toEqual([3000]);
  });

  test.each([
    ['before the first look', 1, []],
    ['while its expiry was being written', 3, [3000]],
  ])('stops if another run took it over %s', async (_, call, sleeps) => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    tenant.before[call] = () => tenant.takeOver('own');
    expect(await withdrawClient(own, pullRequestLabel, tenant.dependencies)).toBe('taken over');
    expect(tenant.labelOf('own')).toMatchObject({ marker: otherMarker });
    expect(tenant.sleeps).toEqual(sleeps);
  });

  test('stops if the label is gone, whatever it was when it was seen', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', runLabel);
    const bare = tenant.add('own', runLabel, { description: 'words' });
    for (const seen of [own, bare]) {
      expect(await withdrawClient(seen, runLabel, tenant.dependencies)).toBe('taken over');
    }
    expect(tenant.calls).toEqual(['list', 'list']);
  });

  test.each([
    ['set_description', 2],
    ['delete', 4],
  ])('looks again before it repeats %s, and never undoes what another run wrote', async (_, call) => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    tenant.before[call] = () => {
      tenant.takeOver('own');
      loseResponse();
    };
    expect(await withdrawClient(own, pullRequestLabel, tenant.dependencies)).toBe('taken over');
    const label = tenant.labelOf('own');
    expect(label).toMatchObject({ marker: otherMarker });
    expect(label?.expiresAt).toBeGreaterThan(now);
  });

  test.each([
    ['at first', 1],
    ['when it is set to expired', 2],
    ['at the second look', 3],
    ['in the end', 4],
  ])('finds no client %s', async (_, call) => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    tenant.before[call] = () => tenant.clients.clear();
    expect(await withdrawClient(own, pullRequestLabel, tenant.dependencies)).toBe('gone');
    expect(tenant.sleeps).toEqual(call > 2 ? [3000] : []);
  });

  test('finds no client when it removes the features of an owner', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', runLabel, { features: ['owner'] });
    tenant.before[2] = () => tenant.clients.clear();
    expect(await withdrawClient(own, runLabel, tenant.dependencies)).toBe('gone');
    expect(tenant.calls).toEqual(['list', 'set_features']);
  });
});

describe('the clean-up', () => {
  const creation: Creation = {
    origin: pullRequestLabel.origin,
    marker: pullRequestLabel.marker,
    lifetime: 'pull_request',
    features: ['login_client'],
    expiresAt: pullRequestLabel.expiresAt,
    sends: 1,
    lastSentAt: now,
    outcome: { clientId: 'own' },
    concluded: false,
    handedOver: false,
  };

  test('keeps a twin that another run took over, and the client that was handed over', async () => {
    const tenant = new Tenant();
    tenant.add('own', pullRequestLabel);
    tenant.add('by hand', pullRequestLabel, { description: 'words' });
    tenant.add('another creation', { ...pullRequestLabel, marker: otherMarker });
    tenant.add('taken', pullRequestLabel);
    tenant.add('twin', pullRequestLabel);
    tenant.before[2] = () => tenant.takeOver('taken');
    const twice = { ...creation, sends: 2, handedOver: true };
    expect(await cleanUp(twice, tenant.dependencies)).toEqual({ deleted: ['twin'], leftovers: [] });
    expect([...tenant.clients.keys()]).toEqual(['own', 'by hand', 'another creation', 'taken']);
    expect(tenant.sleeps[0]).toBe(15_000);
    const ofTwin = ['list', 'set_description', 'list', 'delete'];
    expect(tenant.calls).toEqual(['list', 'list', ...ofTwin]);
  });

  test('waits from its own start for a late effect if main was killed', async () => {
    const tenant = new Tenant();
    tenant.now = now + 60_000;
    tenant.before[2] = () => tenant.add('late', runLabel);
    const killed = { ...creation, marker: runLabel.marker, lifetime: 'run', outcome: 'unknown' } as const;
    expect(await cleanUp(killed, tenant.dependencies)).toMatchObject({ leftovers: [] });
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
      const open = { ...creation, marker: runLabel.marker, lifetime: 'run', outcome: 'unknown' } as const;
      expect(await cleanUp(open, tenant.dependencies)).toMatchObject({ leftovers: [] });
      expect([...tenant.clients.keys()]).toEqual(['foreign']);
      expect(await withdrawClient(tenant.add('foreign', foreign), runLabel, tenant.dependencies)).toBe(
        'taken over',
      );
    },
  );

  test('never waits longer than 15 seconds, even if the clock was set back', async () => {
    const tenant = new Tenant();
    tenant.now = now - 3_600_000;
    const ended = { ...creation, outcome: 'unknown', concluded: true } as const;
    expect(await cleanUp(ended, tenant.dependencies)).toMatchObject({ leftovers: [] });
    expect(tenant.sleeps).toEqual([15_000]);
  });

  test("doesn't wait if main ended in order and the last send is old", async () => {
    const tenant = new Tenant();
    tenant.now = now + 60_000;
    const ended = { ...creation, outcome: 'unknown', concluded: true } as const;
    expect(await cleanUp(ended, tenant.dependencies)).toMatchObject({ leftovers: [] });
    expect(tenant.calls).toEqual(['list']);
  });

  test('looks for a second client if two sends may have created two', async () => {
    const tenant = new Tenant();
    tenant.add('first', runLabel);
    tenant.before[4] = () => tenant.add('second', runLabel);
    const open = { ...creation, marker: runLabel.marker, lifetime: 'run', sends: 2 } as const;
    expect(await cleanUp(open, tenant.dependencies)).toMatchObject({ leftovers: [] });
    expect(tenant.clients.size).toBe(0);
    expect(tenant.sleeps).toEqual([15_000]);
  });

  test('tries every client and returns the leftovers', async () => {
    const tenant = new Tenant();
    tenant.add('first', runLabel);
    tenant.add('second', runLabel);
    const error = captureError({ retryable: false });
    tenant.before[3] = () => {
      throw error;
    };
    const open = { ...creation, marker: runLabel.marker, lifetime: 'run', concluded: true } as const;
    expect(await cleanUp({ ...open, outcome: 'unknown' }, tenant.dependencies)).toEqual({
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
    const twice = { ...creation, sends: 2, handedOver: true };
    expect(await cleanUp(twice, tenant.dependencies)).toEqual({
      deleted: [],
      leftovers: [{ clientId: undefined, error }],
    });
  });

  test("doesn't wait for a second client that would exist by now", async () => {
    const tenant = new Tenant();
    tenant.now = now + 15_000;
    tenant.add('own', runLabel);
    const old = { ...creation, marker: runLabel.marker, lifetime: 'run', sends: 2 } as const;
    expect(await cleanUp(old, tenant.dependencies)).toMatchObject({ leftovers: [] });
    expect(await cleanUp({ ...old, handedOver: true }, tenant.dependencies)).toMatchObject({ leftovers: [] });
    expect(tenant.calls).toEqual(['list', 'list', 'delete', 'list']);
    expect(tenant.sleeps).toEqual([]);
  });

  test('never deletes a client of a run that was handed over', async () => {
    const tenant = new Tenant();
    tenant.add('own', runLabel);
    const handedOver = { ...creation, marker: runLabel.marker, lifetime: 'run', handedOver: true } as const;
    expect(await cleanUp(handedOver, tenant.dependencies)).toMatchObject({ leftovers: [] });
    expect([...tenant.clients.keys()]).toEqual(['own']);
  });

  describe('of a job', () => {
    const jobLabel: Label = { ...runLabel, purpose: { lifetime: 'job', runId: '5678' } };
    const ofJob = { ...creation, marker: jobLabel.marker, lifetime: 'job', handedOver: true } as const;

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
      await cleanUp({ ...ofJob, features: ['owner'] }, tenant.dependencies);
      expect(tenant.calls).toEqual(['set_features', 'delete']);
    });

    test("doesn't report a client that no longer exists as deleted", async () => {
      const tenant = new Tenant();
      expect(await cleanUp(ofJob, tenant.dependencies)).toEqual({ deleted: [], leftovers: [] });
    });

    test.each<[string, Partial<Creation>]>([
      ['was sent twice', { sends: 2, lastSentAt: now - 60_000 }],
      ['was not handed over', { handedOver: false }],
      ['has no ID', { outcome: 'unknown', concluded: true }],
    ])('looks for the marker if it %s', async (_, changes) => {
      const tenant = new Tenant();
      tenant.add('own', jobLabel);
      expect(await cleanUp({ ...ofJob, ...changes }, tenant.dependencies)).toMatchObject({ leftovers: [] });
      expect(tenant.calls.slice(0, 3)).toEqual(['list', 'list', 'delete']);
      expect(tenant.clients.size).toBe(0);
    });
  });

  test.each<[string, Partial<Creation>, string | undefined]>([
    ['a client of a job', { lifetime: 'job', handedOver: true }, 'own'],
    ['a client that was not handed over', {}, 'own'],
    ['a client without an ID', { outcome: 'unknown' }, undefined],
    ['a twin of one that was handed over', { handedOver: true, sends: 2 }, undefined],
  ])("returns %s that it couldn't delete, with its ID if known", async (_, changes, clientId) => {
    const tenant = new Tenant();
    const error = captureError({ retryable: false });
    tenant.before[1] = () => {
      throw error;
    };
    expect(await cleanUp({ ...creation, ...changes }, tenant.dependencies)).toEqual({
      deleted: [],
      leftovers: [{ clientId, error }],
    });
  });

  test.each([1, 3])('hides no bug of ours, in call %d', async (call) => {
    const tenant = new Tenant();
    tenant.add('own', runLabel);
    const bug = new TypeError('a bug of ours');
    tenant.before[call] = () => {
      throw bug;
    };
    const ofRun = { ...creation, marker: runLabel.marker, lifetime: 'run' } as const;
    await expect(cleanUp(ofRun, tenant.dependencies)).rejects.toBe(bug);
  });
});

describe('the record of a creation', () => {
  function record() {
    const saved: Creation[] = [];
    return { saved, creation: recordCreation((changed) => saved.push(changed)) };
  }

  test('saves that the client was handed over', () => {
    const { saved, creation } = record();
    creation.sending(runLabel, [], now);
    creation.created('own');
    creation.handedOver();
    expect(saved.map(({ handedOver }) => handedOver)).toEqual([false, false, true]);
    expect(saved.at(-1)).toMatchObject({ outcome: { clientId: 'own' }, concluded: false });
  });

  test('keeps looking for a client if an earlier send is unresolved when another one is deleted', () => {
    const { saved, creation } = record();
    creation.sending(runLabel, [], now);
    creation.sending(runLabel, [], now + 1);
    creation.created('own');
    creation.deleted();
    expect(saved.at(-1)).toMatchObject({ outcome: 'unknown', sends: 1, lastSentAt: now });
  });

  test('counts a send that certainly created nothing for nothing', () => {
    const { saved, creation } = record();
    creation.sending(runLabel, [], now);
    creation.notApplied();
    expect(saved.at(-1)).toMatchObject({ outcome: 'none', sends: 0 });
    creation.sending(runLabel, [], now + 5000);
    creation.created('own');
    creation.handedOver();
    expect(saved.at(-1)).toMatchObject({ sends: 1, lastSentAt: now + 5000 });
    expect(needsCleanUp(saved.at(-1) as Creation)).toBe(false);
  });

  test('saves nothing before the first send', () => {
    const { saved, creation } = record();
    creation.handedOver();
    creation.deleted();
    expect(saved).toEqual([]);
  });
});
