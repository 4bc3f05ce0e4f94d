import { describe, expect, test } from '@jest/globals';
import type { Client } from '../../../src/capture/client.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { expiryTime } from '../../../src/lifecycle/labeled-clients.ts';
import { provisionClient } from '../../../src/lifecycle/provision.ts';
import { now } from '../../support/basics.ts';
import { addExisting, pullRequest } from '../../support/client-requests.ts';
import { beforeCall, otherMarker, Tenant } from '../../support/fake-capture.ts';

test.each([
  [undefined, 0],
  [0, 0],
  [-1000, -1000],
  [1000, 0],
])('a client has expired only if both clocks say so: Capture is %p ms ahead', (clockOffsetMs, difference) => {
  const tenant = new Tenant();
  const capture = { ...tenant.capture, clockOffsetMs: () => clockOffsetMs };
  expect(expiryTime({ ...tenant.dependencies, capture })).toBe(now + difference);
});

describe('two runs that create at the same time', () => {
  const ownMarker = '000000000000000000000001';

  /** A rival that exists when this run looks after its own creation. */
  function withRival(clientId: string, changes: Partial<Label> = {}): Tenant {
    const tenant = new Tenant();
    tenant.before[3] = () => addExisting(tenant, clientId, { marker: otherMarker, ...changes });
    return tenant;
  }

  const provision = (tenant: Tenant) => provisionClient(pullRequest(), tenant.dependencies);

  test.each<[string, string, (tenant: Tenant) => void, boolean, string, number[]]>([
    ['the lower ID wins', 'a', () => {}, false, 'a', [3000, 500]],
    [
      'one of several rivals with a lower ID is enough',
      'a',
      beforeCall(2, (one) => addExisting(one, 'z', { marker: otherMarker })),
      false,
      'a',
      [3000, 500],
    ],
    [
      'the higher ID withdraws, and this run waits for that',
      'z',
      beforeCall(5, (one) => one.clients.delete('z')),
      true,
      'm1',
      [1000, 1000],
    ],
    [
      'a higher ID that stays for five seconds was handed over before, and wins',
      'z',
      () => {},
      false,
      'z',
      [1000, 1000, 1000, 1000, 1000, 3000, 500],
    ],
  ])('%s', async (_, rival, prepare, created, clientId, sleeps) => {
    const tenant = withRival(rival);
    prepare(tenant);
    expect(await provision(tenant)).toMatchObject({ created, client: { clientId } });
    expect(tenant.sleeps).toEqual(sleeps);
    expect(tenant.clients.has('m1')).toBe(created);
    expect(tenant.saved).toMatchObject({ clients: created ? [{ clientId }] : [], openSends: [] });
  });

  test.each<[string, Partial<Label>]>([
    ['its own duplicate', { marker: ownMarker }],
    ['an expiring client', { expiresAt: now - 500 }],
    ['a client of another name', { name: 'previews' }],
  ])('%s is no rival', async (_, changes) => {
    const tenant = withRival('a', changes);
    expect(await provision(tenant)).toMatchObject({ created: true, client: { clientId: 'm1' } });
    expect(tenant.sleeps).toEqual([]);
  });

  test('its own client is no rival, even if another run reused it', async () => {
    const tenant = new Tenant();
    tenant.before[3] = () => tenant.takeOver('m1');
    expect((await provision(tenant)).client.clientId).toBe('m1');
    expect(tenant.sleeps).toEqual([]);
  });

  test.each<[string, number, string, boolean, number[]]>([
    ['with its own client, and an older rival', 2, 'a', false, [1000, 1000, 3000, 500]],
    ['without its own client for five seconds', 9, 'm1', true, [1000, 1000, 1000, 1000, 1000]],
  ])('a list that lags behind shows who is there later: %s', async (_, lists, clientId, created, sleeps) => {
    const tenant = new Tenant();
    const hidden: Client[] = [];
    tenant.after[2] = () => {
      addExisting(tenant, 'a', { marker: otherMarker });
      hidden.push(...tenant.clients.values());
      tenant.clients.clear();
    };
    tenant.before[3 + lists] = () => {
      for (const client of hidden) tenant.clients.set(client.clientId, client);
    };
    expect(await provision(tenant)).toMatchObject({ created, client: { clientId } });
    expect(tenant.sleeps).toEqual(sleeps);
  });

  test("a late duplicate of its own creation isn't mistaken for the other client", async () => {
    const tenant = withRival('a');
    tenant.before[8] = () => {
      tenant.clients.delete('a');
      addExisting(tenant, 'twin', { marker: ownMarker });
    };
    expect(await provision(tenant)).toMatchObject({ created: true, client: { clientId: 'm2' } });
  });

  test('the loser leaves expiring clients to the winner', async () => {
    const tenant = withRival('a');
    addExisting(tenant, 'old', { expiresAt: now - 500 });
    await provision(tenant);
    expect([...tenant.clients.keys()]).toEqual(['old', 'a']);
  });

  test.each<[string, (tenant: Tenant) => void, string, string[]]>([
    ['deleted', () => {}, 'Deleted client m1.', []],
    ['not listed yet', (one) => one.clients.delete('m1'), "Client m1 isn't in Capture's list.", ['m1']],
    ['reused', (one) => one.takeOver('m1'), 'Client m1 was reused by another run, so it was kept.', []],
  ])('the message says what became of the losing client: %s', async (_, happens, text, left) => {
    const tenant = withRival('a');
    tenant.before[4] = () => happens(tenant);
    await provision(tenant);
    expect(tenant.log[2]).toBe(
      `Another run created a client for this pull request at the same time. ${text} Starting over.`,
    );
    expect(tenant.saved?.clients.map(({ clientId }) => clientId)).toEqual(left);
  });

  test('this run gives up after it lost in five rounds', async () => {
    const tenant = new Tenant();
    for (let round = 0; round < 10; round += 1) {
      tenant.before[1 + 7 * round] = () => tenant.clients.delete('a');
      tenant.before[3 + 7 * round] = () => addExisting(tenant, 'a', { marker: otherMarker });
    }
    await expect(provision(tenant)).rejects.toMatchObject({
      problem: 'Another run created a client for this pull request at the same time. Deleted client m5.',
      hint: 'Run this job again.',
    });
    expect(tenant.calls).toHaveLength(35);
  });

  test.each([
    ['while it waits', 'z', 4],
    ['before it deletes its own client', 'a', 3],
  ])('a cancellation %s leaves its own client to cleanup', async (_, rival, call) => {
    const tenant = withRival(rival);
    tenant.after[call] = tenant.cancel;
    await expect(provision(tenant)).rejects.toMatchObject({ name: 'Canceled' });
    expect(tenant.calls).toHaveLength(call);
    expect(tenant.saved).toMatchObject({ clients: [{ clientId: 'm1' }] });
  });
});
