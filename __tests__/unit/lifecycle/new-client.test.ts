import { describe, expect, test } from '@jest/globals';
import type { Client } from '../../../src/capture/client.ts';
import { Canceled } from '../../../src/lifecycle/cancellation.ts';
import { formatDescription, type Label } from '../../../src/lifecycle/label.ts';
import { addClient } from '../../../src/lifecycle/new-client.ts';
import { provisionClient } from '../../../src/lifecycle/provision.ts';
import { captureError, now, pullRequestLabel, runLabel } from '../../support/basics.ts';
import { bug, fail, pullRequest, rejection, request, withWhitelist } from '../../support/client-requests.ts';
import { afterCall, beforeCall, loseResponse, otherMarker, Tenant } from '../../support/fake-capture.ts';

const asked = { text: { value: 'words', given: true }, features: ['login_client'] };
const lost = captureError({ retryable: true, applied: 'unknown' });

/** The new client or the error. */
async function create(tenant: Tenant, dependencies = tenant.dependencies) {
  return await addClient(asked, runLabel, dependencies).catch((error: unknown) => error);
}

describe('a creation', () => {
  test('saves the intent before every send, and the outcome; no secret is saved', async () => {
    const tenant = new Tenant();
    const events: string[] = [];
    const save = () => {
      const { openSends, clients } = tenant.saved ?? { openSends: [], clients: [] };
      events.push(`send, saved ${openSends.length} open, ${clients.length} clients`);
    };
    tenant.before[1] = () => {
      save();
      throw captureError();
    };
    tenant.before[2] = save;
    expect(await create(tenant)).toMatchObject({
      ...tenant.clients.get('m1'),
      createdAt: now,
      text: 'words',
    });
    const sent = 'send, saved 1 open, 0 clients';
    expect(events).toEqual([sent, sent]);
    expect(tenant.saved).toMatchObject({
      marker: runLabel.marker,
      openSends: [],
      clients: [{ clientId: 'm1', features: ['login_client'], createdAt: now }],
    });
    expect(tenant.clients.get('m1')?.description).toBe(formatDescription({ text: 'words', label: runLabel }));
    expect(JSON.stringify(tenant.saved)).not.toContain('secret');
    expect(tenant.masked).toEqual([['secret of m1', 2]]);
  });

  test.each<[string, Error, object]>([
    ['was rejected leaves nothing to look for', rejection, { openSends: [], clients: [] }],
    ['failed unexpectedly may have succeeded', bug, { openSends: [now] }],
  ])('that %s', async (_, error, saved) => {
    const tenant = new Tenant();
    tenant.before[1] = fail(error);
    expect(await create(tenant)).toBe(error);
    expect(tenant.saved).toMatchObject(saved);
  });

  test.each([
    ['before: nothing is sent', 'before'],
    ['right after: cleanup deletes the client', 'after'],
  ])('ends if the step is canceled %s', async (_, when) => {
    const tenant = new Tenant();
    if (when === 'before') tenant.cancel();
    else tenant.after[1] = tenant.cancel;
    expect(await create(tenant)).toBeInstanceOf(Canceled);
    expect(tenant.calls).toHaveLength(when === 'before' ? 0 : 1);
    expect(tenant.saved?.clients ?? []).toHaveLength(tenant.calls.length);
  });
});

describe('a creation whose response was lost', () => {
  const listedAs = (
    tenant: Tenant,
    clientId: string,
    changes: Partial<Client> = {},
    label: Label = runLabel,
  ) => tenant.add(clientId, label, changes);

  test('adopts the client that has its marker', async () => {
    const tenant = new Tenant();
    tenant.before[2] = () => {
      listedAs(tenant, 'manual', { description: 'made by hand' });
      listedAs(tenant, 'foreign', {}, { ...runLabel, origin: { ...runLabel.origin, id: '99' } });
    };
    tenant.after[1] = loseResponse;
    expect(await create(tenant)).toMatchObject({ clientId: 'm1', clientSecret: 'secret of m1' });
    expect(tenant.calls).toEqual(['add', 'list']);
    expect(tenant.masked.map(([secret]) => secret)).toContain('secret of m1');
    expect(tenant.saved).toMatchObject({ openSends: [], clients: [{ clientId: 'm1' }] });
    expect(tenant.log).toEqual([
      `${lost.problem} Checking whether the client exists.`,
      'Found it: client m1. Using it.',
      'Created client m1.',
    ]);
  });

  test.each<[string, (tenant: Tenant) => void]>([
    ['the lowest ID of several', (tenant) => ['b', 'a', 'c'].map((id) => listedAs(tenant, id))],
    [
      'no client that the step created before',
      (tenant) => {
        listedAs(tenant, 'Earlier');
        listedAs(tenant, 'a');
      },
    ],
  ])('adopts %s', async (_, prepare) => {
    const tenant = new Tenant();
    const { dependencies } = tenant;
    dependencies.record.recordCreated({ clientId: 'Earlier', features: [], createdAt: now });
    tenant.before[1] = loseResponse;
    tenant.before[2] = () => prepare(tenant);
    expect(await create(tenant, dependencies)).toMatchObject({ clientId: 'a' });
  });

  test('is looked up after a rejection, too, if an earlier send may have had an effect', async () => {
    const tenant = new Tenant();
    tenant.before[1] = loseResponse;
    tenant.before[3] = () => {
      listedAs(tenant, 'late');
      throw rejection;
    };
    expect(await create(tenant)).toMatchObject({ clientId: 'late' });
    expect(tenant.calls).toEqual(['add', 'list', 'add', 'list']);
  });

  test('is sent again if no client has the marker, and cleanup still looks for the first one', async () => {
    const tenant = new Tenant();
    tenant.before[1] = loseResponse;
    expect(await create(tenant)).toMatchObject({ clientId: 'm1' });
    expect(tenant.calls).toEqual(['add', 'list', 'add']);
    expect(tenant.saved).toMatchObject({ openSends: [now], clients: [{ clientId: 'm1' }] });
  });

  const unlisted = `${lost.problem} The list doesn't have the client yet.`;
  test.each<[string, (tenant: Tenant) => void, string, string, Error, number]>([
    [
      'never succeeds',
      (tenant) => {
        for (let n = 1; n < 20; n += 2) tenant.before[n] = loseResponse;
      },
      unlisted,
      lost.hint,
      lost,
      12,
    ],
    [
      'cannot be looked up',
      (tenant) => {
        tenant.after[1] = loseResponse;
        tenant.before[2] = fail(rejection);
      },
      `${lost.problem} The client may exist, and the check for it failed: ${rejection.problem}`,
      rejection.hint,
      rejection,
      2,
    ],
  ])('fails if it %s', async (_, prepare, problem, hint, cause, calls) => {
    const tenant = new Tenant();
    prepare(tenant);
    expect(await create(tenant)).toMatchObject({ problem, hint, cause, details: { applied: 'unknown' } });
    expect(tenant.calls).toHaveLength(calls);
    expect(tenant.saved?.clients).toEqual([]);
  });

  test('rethrows an unexpected error of the lookup', async () => {
    const tenant = new Tenant();
    tenant.after[1] = loseResponse;
    tenant.before[2] = fail(bug);
    expect(await create(tenant)).toBe(bug);
  });

  test("isn't sent again after a cancellation, and cleanup waits for a late effect", async () => {
    const tenant = new Tenant();
    tenant.before[1] = loseResponse;
    tenant.after[2] = tenant.cancel;
    expect(await create(tenant)).toBeInstanceOf(Canceled);
    expect(tenant.calls).toEqual(['add', 'list']);
    expect(tenant.saved).toMatchObject({ openSends: [now], clients: [] });
  });
});

describe("a new client that can't be configured", () => {
  const configure = async (tenant: Tenant, wanted = request(withWhitelist)) =>
    await provisionClient(wanted, tenant.dependencies).catch((error: unknown) => error);

  test.each<[string, (tenant: Tenant) => void, Error, string[]]>([
    ['is deleted', () => {}, rejection, []],
    ["is left to cleanup if it can't be deleted", beforeCall(3, fail(rejection)), rejection, ['m1']],
    ['is left to cleanup if its deletion fails unexpectedly', beforeCall(3, fail(bug)), bug, ['m1']],
  ])('%s', async (_, happens, error, left) => {
    const tenant = new Tenant();
    tenant.before[2] = () => {
      happens(tenant);
      throw rejection;
    };
    expect(await configure(tenant)).toBe(error);
    expect(tenant.saved?.clients.map(({ clientId }) => clientId)).toEqual(left);
  });

  test.each<[string, (tenant: Tenant) => void, string[]]>([
    ['was reused by another run, whose it is now', (one) => one.takeOver('m1'), []],
    ['has lost its label', (one) => one.add('m1', pullRequestLabel, { description: 'words' }), ['m1']],
  ])('stays if it belongs to a pull request and %s', async (_, happens, left) => {
    const tenant = new Tenant();
    tenant.before[4] = () => {
      happens(tenant);
      throw rejection;
    };
    expect(await configure(tenant, pullRequest(withWhitelist))).toBe(rejection);
    expect(tenant.clients.has('m1')).toBe(true);
    expect(tenant.labelOf('m1')?.marker).toBe(left.length === 0 ? otherMarker : undefined);
    expect(tenant.saved?.clients.map(({ clientId }) => clientId)).toEqual(left);
  });

  test("is left to cleanup if the failure isn't Capture's", async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(bug);
    expect(await configure(tenant)).toBe(bug);
    expect(tenant.calls).toEqual(['add', 'set_whitelist']);
  });
});

describe('a new client whose expiry is enforced', () => {
  const enforced = request({ enforcedHours: 2 });
  const provision = (tenant: Tenant) => provisionClient(enforced, tenant.dependencies);

  test.each([
    ['', () => {}, ['add', 'reset_secret 2']],
    [
      ', also if the list shows a new secret after a lost response',
      loseResponse,
      ['add', 'reset_secret 2', 'list'],
    ],
  ])('keeps its secret, which one reset makes expire; both are masked%s', async (_, happens, calls) => {
    const tenant = new Tenant();
    tenant.after[2] = happens;
    expect((await provision(tenant)).client.clientSecret).toBe('secret of m1');
    expect(tenant.calls).toEqual(calls);
    const masked = tenant.masked.map(([secret]) => secret);
    expect(masked).toEqual(expect.arrayContaining(['secret of m1', 'new secret of m1']));
  });

  test.each<[string, (tenant: Tenant) => void]>([
    ['the list still shows the same secret', () => {}],
    ['it no longer exists', (one) => one.clients.clear()],
  ])('is replaced if a response was lost and %s', async (_, happens) => {
    const tenant = new Tenant();
    tenant.before[2] = () => {
      happens(tenant);
      loseResponse();
    };
    expect((await provision(tenant)).client).toMatchObject({ clientId: 'm2', clientSecret: 'secret of m2' });
    expect([...tenant.clients.keys()]).toEqual(['m2']);
    expect(tenant.saved?.clients.map(({ clientId }) => clientId)).toEqual(['m2']);
  });

  const unknown = { problem: `${lost.problem} It's unknown whether client m1 has a new secret.` };
  test.each<[string, (tenant: Tenant) => void, object, string[]]>([
    ["can't be deleted", beforeCall(4, fail(rejection)), unknown, ['m1']],
    ['is still there at a cancellation', afterCall(3, (one) => one.cancel()), { name: 'Canceled' }, ['m1']],
    ['is deleted before a cancellation', afterCall(4, (one) => one.cancel()), { name: 'Canceled' }, []],
  ])('is not handed over if its secret is unknown and it %s', async (_, prepare, error, left) => {
    const tenant = new Tenant();
    tenant.before[2] = loseResponse;
    prepare(tenant);
    await expect(provision(tenant)).rejects.toMatchObject(error);
    expect(tenant.saved?.clients.map(({ clientId }) => clientId)).toEqual(left);
  });
});
