import { describe, expect, test } from '@jest/globals';
import type { Client } from '../../../src/capture/client.ts';
import { deleteClients, ForeignClient, type Target } from '../../../src/lifecycle/delete.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { Tenant, unknownClient } from '../../support/fake-capture.ts';
import { captureError, pullRequestLabel, runLabel } from '../../support/fixtures.ts';

const { origin, purpose } = runLabel;

async function run(tenant: Tenant, target: Target) {
  return await deleteClients(target, origin, tenant.dependencies);
}

describe('a deletion by purpose', () => {
  test.each<[string, Partial<Label>, boolean]>([
    ['of this run', {}, true],
    ['of another name', { name: 'other' }, true],
    ['of a job of this run', { purpose: { lifetime: 'job', runId: '5678' } }, false],
    ['of another run', { purpose: { lifetime: 'run', runId: '567' } }, false],
    ['of a pull request', { purpose: pullRequestLabel.purpose }, false],
    ['of another repository', { origin: { ...origin, id: '123' } }, false],
    ['of another server', { origin: { ...origin, host: 'ghe.example.com' } }, false],
    ['of this repository under an old name', { origin: { ...origin, name: 'acme/old' } }, true],
  ])('a client %s: deleted, or not', async (_, changes, isDeleted) => {
    const tenant = new Tenant();
    tenant.add('one', { ...runLabel, ...changes });
    expect(await run(tenant, { purpose, name: undefined })).toEqual({
      deleted: isDeleted ? ['one'] : [],
      failures: [],
      total: 1,
    });
    expect(tenant.clients.has('one')).toBe(!isDeleted);
  });

  test('by name keeps clients of other names', async () => {
    const tenant = new Tenant();
    tenant.add('one', runLabel);
    tenant.add('two', { ...runLabel, name: 'other' });
    expect((await run(tenant, { purpose, name: 'other' })).deleted).toEqual(['two']);
    expect((await run(tenant, { purpose: pullRequestLabel.purpose, name: 'preview' })).deleted).toEqual([]);
    expect([...tenant.clients.keys()]).toEqual(['one']);
  });

  test('keeps clients without a label', async () => {
    const tenant = new Tenant();
    tenant.add('one', runLabel, { description: 'made by hand' });
    expect(await run(tenant, { purpose, name: undefined })).toEqual({ deleted: [], failures: [], total: 1 });
    expect(tenant.calls).toEqual(['list']);
  });

  test('tries every client and returns the failures', async () => {
    const tenant = new Tenant();
    for (const id of ['one', 'two', 'three']) tenant.add(id, runLabel);
    const error = captureError({ retryable: false });
    tenant.before[2] = () => {
      throw error;
    };
    expect(await run(tenant, { purpose, name: undefined })).toEqual({
      deleted: ['two', 'three'],
      failures: [{ clientId: 'one', error }],
      total: 3,
    });
  });

  test('rethrows an unexpected error', async () => {
    const tenant = new Tenant();
    tenant.add('one', runLabel);
    const bug = new TypeError('a bug of ours');
    tenant.before[2] = () => {
      throw bug;
    };
    await expect(run(tenant, { purpose, name: undefined })).rejects.toBe(bug);
  });
});

describe('a deletion by ID', () => {
  test('deletes only this client, whatever its lifetime and name', async () => {
    const tenant = new Tenant();
    tenant.add('one', runLabel);
    tenant.add('two', pullRequestLabel);
    tenant.add('foreign', runLabel, { description: 'made by hand' });
    expect(await run(tenant, { clientId: 'two' })).toEqual({ deleted: ['two'], failures: [], total: 3 });
    expect([...tenant.clients.keys()]).toEqual(['one', 'foreign']);
  });

  test("of a client that doesn't exist deletes nothing", async () => {
    const tenant = new Tenant();
    tenant.add('one', runLabel);
    expect(await run(tenant, { clientId: 'on' })).toEqual({ deleted: [], failures: [], total: 1 });
  });

  test.each<[string, Partial<Client>, Partial<Label>]>([
    ['without a label', { description: 'made by hand' }, {}],
    ['of another repository', {}, { origin: { ...origin, id: '99' } }],
  ])('of a client %s is rejected, and the error says why', async (_, changes, label) => {
    const tenant = new Tenant();
    tenant.add('one', { ...runLabel, ...label }, changes);
    const refused = run(tenant, { clientId: 'one' });
    await expect(refused).rejects.toThrow(ForeignClient);
    await expect(refused).rejects.toMatchObject({
      name: 'ForeignClient',
      title: 'not deleted',
      message:
        "Client one wasn't created by github.com/acme/shop, so it wasn't deleted. Check the client ID. To delete a client of another origin, use the Console.",
    });
    expect(tenant.calls).toEqual(['list']);
  });
});

describe('an owner client', () => {
  const owner = (tenant: Tenant) => tenant.add('one', runLabel, { features: ['direct_access', 'owner'] });

  test('loses its features first', async () => {
    const tenant = new Tenant();
    owner(tenant);
    expect((await run(tenant, { clientId: 'one' })).deleted).toEqual(['one']);
    expect(tenant.calls).toEqual(['list', 'set_features', 'delete']);
  });

  test('that was deleted meanwhile counts as deleted', async () => {
    const tenant = new Tenant();
    owner(tenant);
    tenant.before[2] = () => {
      throw unknownClient();
    };
    expect((await run(tenant, { clientId: 'one' })).deleted).toEqual(['one']);
    expect(tenant.calls).toEqual(['list', 'set_features']);
  });

  test("that keeps its features isn't deleted", async () => {
    const tenant = new Tenant();
    owner(tenant);
    const error = captureError({ code: 403, retryable: false });
    tenant.before[2] = () => {
      throw error;
    };
    expect((await run(tenant, { clientId: 'one' })).failures).toEqual([{ clientId: 'one', error }]);
    expect(tenant.calls).toEqual(['list', 'set_features']);
  });
});
