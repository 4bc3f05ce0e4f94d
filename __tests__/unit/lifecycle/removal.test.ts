import { describe, expect, test } from '@jest/globals';
import { cleanUp } from '../../../src/lifecycle/cleanup.ts';
import { type Creation, Journal } from '../../../src/lifecycle/creation.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { removeOwn } from '../../../src/lifecycle/retire.ts';
import { loseAnswer, otherMarker, Tenant } from '../../support/fake-capture.ts';
import { captureError, now, pullRequestLabel, runLabel } from '../../support/fixtures.ts';

describe('the removal of one’s own client', () => {
  test('of a run is one look and one deletion', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', runLabel);
    expect(await removeOwn(own, runLabel, tenant.collaborators)).toBe('deleted');
    expect(tenant.calls).toEqual(['list', 'delete']);
    expect(tenant.sleeps).toEqual([]);
  });

  test('of a pull request says first that it has expired, waits, and looks again', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    let expiresAt: number | undefined;
    tenant.before[3] = () => {
      expiresAt = tenant.labelOf('own')?.expiresAt;
    };
    expect(await removeOwn(own, pullRequestLabel, tenant.collaborators)).toBe('deleted');
    expect(tenant.calls).toEqual(['list', 'set_description', 'list', 'delete']);
    expect(expiresAt).toBe(Math.floor(now / 1000) * 1000);
    expect(tenant.sleeps).toEqual([3000]);
  });

  test.each([
    ['before the first look', 1, []],
    ['while its end was being written', 3, [3000]],
  ])('is left to another run that took it over %s', async (_, call, sleeps) => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    tenant.before[call] = () => tenant.takeOver('own');
    expect(await removeOwn(own, pullRequestLabel, tenant.collaborators)).toBe('taken over');
    expect(tenant.labelOf('own')).toMatchObject({ marker: otherMarker });
    expect(tenant.sleeps).toEqual(sleeps);
  });

  test('is left alone if its label is gone, whatever it was when it was seen', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', runLabel);
    const bare = tenant.add('own', runLabel, { description: 'words' });
    for (const seen of [own, bare]) {
      expect(await removeOwn(seen, runLabel, tenant.collaborators)).toBe('taken over');
    }
    expect(tenant.calls).toEqual(['list', 'list']);
  });

  test.each([
    ['set_description', 2],
    ['delete', 4],
  ])('looks again before a %s is repeated, and so never undoes what another run wrote', async (_, call) => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    tenant.before[call] = () => {
      tenant.takeOver('own');
      loseAnswer();
    };
    expect(await removeOwn(own, pullRequestLabel, tenant.collaborators)).toBe('taken over');
    const label = tenant.labelOf('own');
    expect(label).toMatchObject({ marker: otherMarker });
    expect(label?.expiresAt).toBeGreaterThan(now);
  });

  test.each([
    ['at first', 1],
    ['when it is told its end', 2],
    ['at the second look', 3],
    ['in the end', 4],
  ])('finds it gone %s', async (_, call) => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    tenant.before[call] = () => tenant.clients.clear();
    expect(await removeOwn(own, pullRequestLabel, tenant.collaborators)).toBe('gone');
    expect(tenant.sleeps).toEqual(call > 2 ? [3000] : []);
  });

  test('finds an owner client gone when it takes its features away', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', runLabel, { features: ['owner'] });
    tenant.before[2] = () => tenant.clients.clear();
    expect(await removeOwn(own, runLabel, tenant.collaborators)).toBe('gone');
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

  test('leaves a twin that another run took over, and the handedOver client', async () => {
    const tenant = new Tenant();
    tenant.add('own', pullRequestLabel);
    tenant.add('by hand', pullRequestLabel, { description: 'words' });
    tenant.add('another creation', { ...pullRequestLabel, marker: otherMarker });
    tenant.add('taken', pullRequestLabel);
    tenant.add('twin', pullRequestLabel);
    tenant.before[2] = () => tenant.takeOver('taken');
    const twice = { ...creation, sends: 2, handedOver: true };
    expect(await cleanUp(twice, tenant.collaborators)).toEqual([]);
    expect([...tenant.clients.keys()]).toEqual(['own', 'by hand', 'another creation', 'taken']);
    expect(tenant.sleeps[0]).toBe(15_000);
    expect(tenant.told).toEqual(['Deleted client twin.']);
    const ofTwin = ['list', 'set_description', 'list', 'delete'];
    expect(tenant.calls).toEqual(['list login_client', 'list', ...ofTwin]);
  });

  test('waits from its own start where main was killed, for what may still come', async () => {
    const tenant = new Tenant();
    tenant.now = now + 60_000;
    tenant.before[2] = () => tenant.add('late', runLabel);
    const killed = { ...creation, marker: runLabel.marker, lifetime: 'run', outcome: 'unknown' } as const;
    expect(await cleanUp(killed, tenant.collaborators)).toEqual([]);
    expect(tenant.sleeps).toEqual([15_000]);
    expect(tenant.clients.size).toBe(0);
  });

  test.each([{ id: '99' }, { host: 'ghe.example.com' }])(
    'leaves a client that bears the marker in a label of another repository, %j',
    async (place) => {
      const tenant = new Tenant();
      const foreign = { ...runLabel, origin: { ...runLabel.origin, ...place } };
      tenant.add('foreign', foreign);
      tenant.add('own', runLabel);
      const open = { ...creation, marker: runLabel.marker, lifetime: 'run', outcome: 'unknown' } as const;
      expect(await cleanUp(open, tenant.collaborators)).toEqual([]);
      expect([...tenant.clients.keys()]).toEqual(['foreign']);
      expect(await removeOwn(tenant.add('foreign', foreign), runLabel, tenant.collaborators)).toBe(
        'taken over',
      );
    },
  );

  test('does not wait where main came to its end and the last send is old', async () => {
    const tenant = new Tenant();
    tenant.now = now + 60_000;
    const ended = { ...creation, outcome: 'unknown', concluded: true } as const;
    expect(await cleanUp(ended, tenant.collaborators)).toEqual([]);
    expect(tenant.calls).toEqual(['list login_client']);
  });

  test('looks for a second one where two sends may have made two', async () => {
    const tenant = new Tenant();
    tenant.add('first', runLabel);
    tenant.before[4] = () => tenant.add('second', runLabel);
    const open = { ...creation, marker: runLabel.marker, lifetime: 'run', sends: 2 } as const;
    expect(await cleanUp(open, tenant.collaborators)).toEqual([]);
    expect(tenant.clients.size).toBe(0);
    expect(tenant.sleeps).toEqual([15_000]);
  });

  test('tries every client and tells which are left', async () => {
    const tenant = new Tenant();
    tenant.add('first', runLabel);
    tenant.add('second', runLabel);
    const error = captureError({ retryable: false });
    tenant.before[3] = () => {
      throw error;
    };
    const open = { ...creation, marker: runLabel.marker, lifetime: 'run', concluded: true } as const;
    expect(await cleanUp({ ...open, outcome: 'unknown' }, tenant.collaborators)).toEqual([
      { clientId: 'first', error },
    ]);
    expect([...tenant.clients.keys()]).toEqual(['first']);
  });

  test('says that it does not know where it could not even look', async () => {
    const tenant = new Tenant();
    const error = captureError({ retryable: false });
    tenant.before[1] = () => {
      throw error;
    };
    const twice = { ...creation, sends: 2, handedOver: true };
    expect(await cleanUp(twice, tenant.collaborators)).toEqual([{ clientId: undefined, error }]);
  });

  test('does not wait for a second one that would be there by now', async () => {
    const tenant = new Tenant();
    tenant.now = now + 15_000;
    tenant.add('own', runLabel);
    const old = { ...creation, marker: runLabel.marker, lifetime: 'run', sends: 2 } as const;
    expect(await cleanUp(old, tenant.collaborators)).toEqual([]);
    expect(await cleanUp({ ...old, handedOver: true }, tenant.collaborators)).toEqual([]);
    expect(tenant.calls).toEqual(['list login_client', 'list', 'delete', 'list login_client']);
    expect(tenant.sleeps).toEqual([]);
  });

  test('never removes a client of a run that was handedOver', async () => {
    const tenant = new Tenant();
    tenant.add('own', runLabel);
    const handedOver = { ...creation, marker: runLabel.marker, lifetime: 'run', handedOver: true } as const;
    expect(await cleanUp(handedOver, tenant.collaborators)).toEqual([]);
    expect([...tenant.clients.keys()]).toEqual(['own']);
  });

  describe('of a job', () => {
    const jobLabel: Label = { ...runLabel, purpose: { lifetime: 'job', runId: '5678' } };
    const ofJob = { ...creation, marker: jobLabel.marker, lifetime: 'job', handedOver: true } as const;

    test('deletes its client with one request', async () => {
      const tenant = new Tenant();
      tenant.add('own', jobLabel);
      expect(await cleanUp(ofJob, tenant.collaborators)).toEqual([]);
      expect(tenant.calls).toEqual(['delete']);
      expect(tenant.clients.size).toBe(0);
      expect(tenant.told).toEqual(['Deleted client own.']);
    });

    test('takes the features of an owner away first', async () => {
      const tenant = new Tenant();
      tenant.add('own', jobLabel);
      await cleanUp({ ...ofJob, features: ['owner'] }, tenant.collaborators);
      expect(tenant.calls).toEqual(['set_features', 'delete']);
    });

    test('says nothing of a client that is gone', async () => {
      const tenant = new Tenant();
      expect(await cleanUp(ofJob, tenant.collaborators)).toEqual([]);
      expect(tenant.told).toEqual([]);
    });

    test.each<[string, Partial<Creation>]>([
      ['was sent twice', { sends: 2, lastSentAt: now - 60_000 }],
      ['was not handedOver', { handedOver: false }],
      ['has no id', { outcome: 'unknown', concluded: true }],
    ])('looks for the marker where it %s', async (_, changes) => {
      const tenant = new Tenant();
      tenant.add('own', jobLabel);
      expect(await cleanUp({ ...ofJob, ...changes }, tenant.collaborators)).toEqual([]);
      expect(tenant.calls.slice(0, 3)).toEqual(['list login_client', 'list', 'delete']);
      expect(tenant.clients.size).toBe(0);
    });
  });

  test.each<[string, Partial<Creation>, string | undefined]>([
    ['a client of a job', { lifetime: 'job', handedOver: true }, 'own'],
    ['a client that was not handedOver', {}, 'own'],
    ['a client without an id', { outcome: 'unknown' }, undefined],
    ['a twin of one that was handedOver', { handedOver: true, sends: 2 }, undefined],
  ])('names %s that it could not remove, as far as it is known', async (_, changes, clientId) => {
    const tenant = new Tenant();
    const error = captureError({ retryable: false });
    tenant.before[1] = () => {
      throw error;
    };
    expect(await cleanUp({ ...creation, ...changes }, tenant.collaborators)).toEqual([{ clientId, error }]);
  });

  test.each([1, 3])('hides no fault of ours, in call %d', async (call) => {
    const tenant = new Tenant();
    tenant.add('own', runLabel);
    const fault = new TypeError('a fault of ours');
    tenant.before[call] = () => {
      throw fault;
    };
    const ofRun = { ...creation, marker: runLabel.marker, lifetime: 'run' } as const;
    await expect(cleanUp(ofRun, tenant.collaborators)).rejects.toBe(fault);
  });
});

describe('the journal', () => {
  const plan = { text: '', label: runLabel, features: [] };

  test('notes down that the outputs are written', () => {
    const saved: Creation[] = [];
    const journal = new Journal((creation) => saved.push(creation));
    journal.sending(plan, now);
    journal.created('own');
    journal.handedOver();
    expect(saved.map(({ handedOver }) => handedOver)).toEqual([false, false, true]);
    expect(saved.at(-1)).toMatchObject({ outcome: { clientId: 'own' }, concluded: false });
  });

  test('does not take a client for gone while a send is open', () => {
    const saved: Creation[] = [];
    const journal = new Journal((creation) => saved.push(creation));
    journal.sending(plan, now);
    journal.created('own');
    journal.leftOpen();
    journal.nothingLeft();
    expect(saved.at(-1)).toMatchObject({ outcome: 'unknown' });
  });

  test('has nothing to save before the first send', () => {
    const saved: Creation[] = [];
    const journal = new Journal((creation) => saved.push(creation));
    journal.handedOver();
    journal.nothingLeft();
    expect(saved).toEqual([]);
  });
});
