import { describe, expect, test } from '@jest/globals';
import { cleanUp } from '../../src/lifecycle/cleanup.ts';
import type { Creation } from '../../src/lifecycle/journal.ts';
import { removeOwn } from '../../src/lifecycle/retire.ts';
import { captureError, now, pullRequestLabel, runLabel } from './fixtures.ts';
import { loseAnswer, otherMarker, Tenant } from './tenant.ts';

describe('the removal of one’s own client', () => {
  test('of a run is one look and one deletion', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', runLabel);
    expect(await removeOwn(own, runLabel.marker, tenant.collaborators)).toBe('deleted');
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
    expect(await removeOwn(own, pullRequestLabel.marker, tenant.collaborators)).toBe('deleted');
    expect(tenant.calls).toEqual(['list', 'set_description', 'list', 'delete']);
    expect(expiresAt).toBeLessThanOrEqual(now);
    expect(tenant.sleeps).toEqual([3000]);
  });

  test.each([
    ['before the first look', 1],
    ['while its end was being written', 3],
  ])('is left to another run that took it over %s', async (_, call) => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    tenant.before[call] = () => tenant.takeOver('own');
    expect(await removeOwn(own, pullRequestLabel.marker, tenant.collaborators)).toBe('taken over');
    expect(tenant.labelOf('own')).toMatchObject({ marker: otherMarker });
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
    expect(await removeOwn(own, pullRequestLabel.marker, tenant.collaborators)).toBe('taken over');
    const label = tenant.labelOf('own');
    expect(label).toMatchObject({ marker: otherMarker });
    expect(label?.expiresAt).toBeGreaterThan(now);
  });

  test('finds it gone', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    tenant.clients.clear();
    expect(await removeOwn(own, pullRequestLabel.marker, tenant.collaborators)).toBe('gone');
  });
});

describe('the clean-up', () => {
  const creation: Creation = {
    marker: pullRequestLabel.marker,
    lifetime: 'pull_request',
    features: ['login_client'],
    expiresAt: pullRequestLabel.expiresAt,
    sends: 1,
    lastSentAt: now,
    outcome: { clientId: 'own' },
    concluded: false,
    announced: false,
  };

  test('leaves a twin that another run took over, and the announced client', async () => {
    const tenant = new Tenant();
    tenant.add('own', pullRequestLabel);
    tenant.add('taken', pullRequestLabel);
    tenant.add('twin', pullRequestLabel);
    tenant.before[2] = () => tenant.takeOver('taken');
    const twice = { ...creation, sends: 2, announced: true };
    expect(await cleanUp(twice, tenant.collaborators)).toEqual([]);
    expect([...tenant.clients.keys()]).toEqual(['own', 'taken']);
    expect(tenant.sleeps[0]).toBe(15_000);
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
  });

  test('tries every client and tells which are left', async () => {
    const tenant = new Tenant();
    tenant.add('first', runLabel);
    tenant.add('second', runLabel);
    const error = captureError({ transient: false });
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
    const error = captureError({ transient: false });
    tenant.before[1] = () => {
      throw error;
    };
    const twice = { ...creation, sends: 2, announced: true };
    expect(await cleanUp(twice, tenant.collaborators)).toEqual([{ clientId: undefined, error }]);
  });
});
