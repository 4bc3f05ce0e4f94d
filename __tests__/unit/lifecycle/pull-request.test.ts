import { describe, expect, test } from '@jest/globals';
import { Canceled } from '../../../src/lifecycle/cancellation.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { provideClient } from '../../../src/lifecycle/provide.ts';
import { addExisting, pullRequest } from '../../support/client-requests.ts';
import { otherMarker, Tenant } from '../../support/fake-capture.ts';
import { now } from '../../support/fixtures.ts';

describe('two runs that create at the same time', () => {
  /** A rival that exists when this run looks after its own creation. */
  function withRival(clientId: string, changes: Partial<Label> = {}): Tenant {
    const tenant = new Tenant();
    tenant.before[3] = () => addExisting(tenant, clientId, { marker: otherMarker, ...changes });
    return tenant;
  }

  test('the lower ID wins: this run deletes its own client and reuses the other', async () => {
    const tenant = withRival('a');
    const provided = await provideClient(pullRequest(), tenant.dependencies);
    expect(provided).toMatchObject({ created: false, client: { clientId: 'a' } });
    expect([...tenant.clients.keys()]).toEqual(['a']);
    expect(tenant.log[1]).toBe(
      'Another run created a client for this pull request at the same time. Client m1, which this step created, was deleted. Starting over.',
    );
    expect(tenant.sleeps).toEqual([3000, 500]);
    expect(tenant.saved).toMatchObject({ clients: [], openSends: [] });
  });

  test('this run gives up after it lost in five rounds', async () => {
    const tenant = new Tenant();
    for (let round = 0; round < 10; round += 1) {
      tenant.before[1 + 7 * round] = () => tenant.clients.delete('a');
      tenant.before[3 + 7 * round] = () => addExisting(tenant, 'a', { marker: otherMarker });
    }
    await expect(provideClient(pullRequest(), tenant.dependencies)).rejects.toMatchObject({
      problem:
        'Another run created a client for this pull request at the same time. Client m5, which this step created, was deleted.',
      hint: 'Run this job again.',
    });
    expect(tenant.calls).toHaveLength(35);
  });

  test("the loser leaves its own client to the post step if Capture doesn't list it yet", async () => {
    const tenant = withRival('a');
    tenant.before[4] = () => tenant.clients.delete('m1');
    await provideClient(pullRequest(), tenant.dependencies);
    expect(tenant.saved).toMatchObject({ clients: [expect.objectContaining({ clientId: 'm1' })] });
  });

  test('the message says what became of the losing client', async () => {
    const tenant = withRival('a');
    tenant.before[4] = () => tenant.takeOver('m1');
    await provideClient(pullRequest(), tenant.dependencies);
    expect(tenant.log[1]).toMatch(/Client m1, which this step created, was taken over by another run\. /);
  });

  test('the loser leaves expiring clients to the winner', async () => {
    const tenant = withRival('a');
    addExisting(tenant, 'old', { expiresAt: now - 500 });
    await provideClient(pullRequest(), tenant.dependencies);
    expect([...tenant.clients.keys()]).toEqual(['old', 'a']);
  });

  test("a late duplicate of its own creation isn't mistaken for the other client", async () => {
    const tenant = withRival('a');
    tenant.before[8] = () => {
      tenant.clients.delete('a');
      addExisting(tenant, 'twin', { marker: '000000000000000000000001' });
    };
    expect(await provideClient(pullRequest(), tenant.dependencies)).toMatchObject({
      created: true,
      client: { clientId: 'm2' },
    });
  });

  test('its own client is no rival, even if another run took it over', async () => {
    const tenant = new Tenant();
    tenant.before[3] = () => tenant.takeOver('m1');
    expect((await provideClient(pullRequest(), tenant.dependencies)).client.clientId).toBe('m1');
    expect(tenant.sleeps).toEqual([]);
  });

  test('the higher ID withdraws: this run waits for that', async () => {
    const tenant = withRival('z');
    tenant.before[5] = () => tenant.clients.delete('z');
    expect(await provideClient(pullRequest(), tenant.dependencies)).toMatchObject({
      created: true,
      client: { clientId: 'm1' },
    });
    expect(tenant.sleeps).toEqual([1000, 1000]);
  });

  test('a higher ID that stays for five seconds was handed over before, and wins', async () => {
    const tenant = withRival('z');
    const provided = await provideClient(pullRequest(), tenant.dependencies);
    expect(provided).toMatchObject({ created: false, client: { clientId: 'z' } });
    expect(tenant.sleeps).toEqual([1000, 1000, 1000, 1000, 1000, 3000, 500]);
    expect([...tenant.clients.keys()]).toEqual(['z']);
  });

  test('one of several rivals with a lower ID is enough', async () => {
    const tenant = withRival('a');
    tenant.before[2] = () => addExisting(tenant, 'z', { marker: otherMarker });
    await provideClient(pullRequest(), tenant.dependencies);
    expect(tenant.sleeps).toEqual([3000, 500]);
  });

  test('a cancellation meanwhile leaves its own client for the post step', async () => {
    const tenant = withRival('z');
    tenant.after[4] = tenant.cancel;
    await expect(provideClient(pullRequest(), tenant.dependencies)).rejects.toThrow(Canceled);
    expect(tenant.calls).toEqual(['list', 'add', 'list', 'list']);
    expect(tenant.saved).toMatchObject({ clients: [expect.objectContaining({ clientId: 'm1' })] });
  });

  test('a cancellation leaves the losing client for the post step, too', async () => {
    const tenant = withRival('a');
    tenant.after[3] = tenant.cancel;
    await expect(provideClient(pullRequest(), tenant.dependencies)).rejects.toThrow(Canceled);
    expect(tenant.calls).toEqual(['list', 'add', 'list']);
  });

  test.each<[string, Partial<Label>]>([
    ['its own duplicate', { marker: '000000000000000000000001' }],
    ['an expiring client', { expiresAt: now - 500 }],
    ['a client of another name', { name: 'previews' }],
  ])('%s is no rival', async (_, changes) => {
    const tenant = withRival('a', changes);
    const provided = await provideClient(pullRequest(), tenant.dependencies);
    expect(provided).toMatchObject({ created: true, client: { clientId: 'm1' } });
    expect(tenant.sleeps).toEqual([]);
  });
});
