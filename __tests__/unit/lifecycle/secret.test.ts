import { describe, expect, test } from '@jest/globals';
import { ExpectedError } from '../../../src/expected-error.ts';
import { Canceled } from '../../../src/lifecycle/cancellation.ts';
import { provideClient } from '../../../src/lifecycle/provide.ts';
import { addExisting, bug, fail, pullRequest, rejection, request } from '../../support/client-requests.ts';
import { loseResponse, Tenant } from '../../support/fake-capture.ts';
import { captureError, now, runLabel } from '../../support/fixtures.ts';

describe('a new client whose expiry is enforced', () => {
  const enforced = request({ enforcedHours: 2 });

  test('keeps its secret, which one reset makes expire; both secrets are masked', async () => {
    const tenant = new Tenant();
    const { client } = await provideClient(enforced, tenant.dependencies);
    expect(client.clientSecret).toBe('secret of m1');
    expect(tenant.calls).toEqual(['add', 'reset_secret 2']);
    expect(tenant.masked.map(([secret]) => secret)).toEqual(['secret of m1', 'new secret of m1']);
  });

  test('is handed over if the list shows a new secret after a lost response', async () => {
    const tenant = new Tenant();
    tenant.after[2] = loseResponse;
    const { client } = await provideClient(enforced, tenant.dependencies);
    expect(client).toMatchObject({ clientId: 'm1', clientSecret: 'secret of m1' });
    expect(tenant.calls).toEqual(['add', 'reset_secret 2', 'list']);
    expect(tenant.masked.map(([secret]) => secret)).toContain('new secret of m1');
    expect(tenant.log.at(-1)).toMatch(/Checking whether client m1 has a new secret\.$/);
  });

  test('is replaced if the list still shows the same secret', async () => {
    const tenant = new Tenant();
    tenant.before[2] = loseResponse;
    const { client } = await provideClient(enforced, tenant.dependencies);
    expect(client).toMatchObject({ clientId: 'm2', clientSecret: 'secret of m2' });
    expect(tenant.calls).toEqual(['add', 'reset_secret 2', 'list', 'delete', 'add', 'reset_secret 2']);
    expect([...tenant.clients.keys()]).toEqual(['m2']);
    expect(tenant.saved).toMatchObject({
      clients: [expect.objectContaining({ clientId: 'm2' })],
      openSends: [],
    });
  });

  test('is replaced if the list shows no secret', async () => {
    const tenant = new Tenant();
    tenant.after[2] = () => {
      tenant.add('m1', runLabel, { clientSecret: '' });
      loseResponse();
    };
    expect((await provideClient(enforced, tenant.dependencies)).client.clientId).toBe('m2');
  });

  test("is left for cleanup if its secret is unknown and it can't be deleted", async () => {
    const tenant = new Tenant();
    tenant.before[2] = loseResponse;
    tenant.before[4] = fail(rejection);
    const lost = captureError({ applied: 'unknown' });
    await expect(provideClient(enforced, tenant.dependencies)).rejects.toMatchObject({
      name: 'CaptureError',
      problem: `${lost.problem} It's unknown whether client m1 has a new secret. Client m1, which was just created, couldn't be deleted; cleanup tries again.`,
      cause: { details: lost.details, cause: lost },
    });
    expect(tenant.calls).toHaveLength(4);
  });

  test('is replaced if it no longer exists', async () => {
    const tenant = new Tenant();
    tenant.before[2] = () => {
      tenant.clients.clear();
      loseResponse();
    };
    expect((await provideClient(enforced, tenant.dependencies)).client.clientId).toBe('m2');
    expect(tenant.masked.map(([secret]) => secret)).toEqual([
      'secret of m1',
      'secret of m2',
      'new secret of m2',
    ]);
  });

  test('is recorded as deleted before another one is created', async () => {
    const tenant = new Tenant();
    tenant.before[2] = loseResponse;
    let saved: unknown;
    tenant.after[4] = () => {
      tenant.cancel();
      saved = tenant.saved?.clients;
    };
    await expect(provideClient(enforced, tenant.dependencies)).rejects.toThrow(Canceled);
    expect(saved).toEqual([expect.objectContaining({ clientId: 'm1' })]);
    expect(tenant.saved).toMatchObject({ clients: [], openSends: [] });
  });

  test('is left for cleanup if the step is interrupted meanwhile', async () => {
    const tenant = new Tenant();
    tenant.before[2] = loseResponse;
    tenant.after[3] = tenant.cancel;
    await expect(provideClient(enforced, tenant.dependencies)).rejects.toThrow(Canceled);
    expect(tenant.calls).toEqual(['add', 'reset_secret 2', 'list']);
    expect(tenant.saved).toMatchObject({ clients: [expect.objectContaining({ clientId: 'm1' })] });
  });

  test('is deleted if the reset is rejected', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(rejection);
    await expect(provideClient(enforced, tenant.dependencies)).rejects.toMatchObject({
      problem: `${rejection.problem} Client m1, which was just created, was deleted.`,
    });
    expect(tenant.calls).toEqual(['add', 'reset_secret 2', 'delete']);
    expect(tenant.saved).toMatchObject({ clients: [], openSends: [] });
  });

  test('is left for cleanup if the reset fails unexpectedly', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(bug);
    await expect(provideClient(enforced, tenant.dependencies)).rejects.toBe(bug);
    expect(tenant.calls).toEqual(['add', 'reset_secret 2']);
  });
});

describe('the secret of a reused client', () => {
  test('is rotated on request, and the new one is masked', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    const { client } = await provideClient(pullRequest({ rotateHours: 0 }), tenant.dependencies);
    expect(client.clientSecret).toBe('new secret of old');
    expect(tenant.calls).toEqual(['list', 'set_description', 'reset_secret 0', 'list']);
    expect(tenant.masked.map(([secret]) => secret)).toEqual(['secret of old', 'new secret of old']);
  });

  test('stays valid for as long as was asked', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    const { oldSecretValidUntil } = await provideClient(
      pullRequest({ rotateHours: 24 }),
      tenant.dependencies,
    );
    expect(oldSecretValidUntil).toBe(now + 24 * 3_600_000);
  });

  test("isn't rotated if Capture rejects that", async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    tenant.before[3] = fail(rejection);
    const rotated = provideClient(pullRequest({ rotateHours: 0 }), tenant.dependencies);
    await expect(rotated).rejects.toBe(rejection);
  });

  test('is handed over unchanged and expires if the expiry is enforced', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    const asked = pullRequest({ enforcedHours: 3, rotateHours: 1 });
    expect((await provideClient(asked, tenant.dependencies)).client.clientSecret).toBe('secret of old');
    expect(tenant.calls).toContain('reset_secret 3');
  });

  test('is the one in the list after a lost response', async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'zero', { name: 'other' });
    addExisting(tenant);
    tenant.after[3] = loseResponse;
    const { client } = await provideClient(pullRequest({ rotateHours: 0 }), tenant.dependencies);
    expect(client.clientSecret).toBe('new secret of old');
    expect(tenant.masked.map(([secret]) => secret)).toEqual(['secret of old', 'new secret of old']);
  });

  test("isn't handed over if it's unknown whether it was reset", async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    tenant.before[3] = loseResponse;
    const rotated = provideClient(pullRequest({ rotateHours: 0 }), tenant.dependencies);
    await expect(rotated).rejects.toThrow(ExpectedError);
    const lost = captureError({ applied: 'unknown' });
    await expect(rotated).rejects.toMatchObject({
      problem: `${lost.problem} It's unknown whether client old has a new secret. No outputs were set.`,
      hint: 'Run this job again.',
      details: lost.details,
      cause: { cause: lost },
    });
    expect(tenant.clients.size).toBe(1);
  });
});
