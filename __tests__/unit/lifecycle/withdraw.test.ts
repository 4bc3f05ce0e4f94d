import { describe, expect, test } from '@jest/globals';
import { withdrawClient } from '../../../src/lifecycle/withdraw.ts';
import { loseResponse, otherMarker, Tenant } from '../../support/fake-capture.ts';
import { now, pullRequestLabel, runLabel } from '../../support/fixtures.ts';

describe('the withdrawal of a client', () => {
  test('of a run takes one deletion', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', runLabel);
    expect(await withdrawClient(own, runLabel, tenant.dependencies)).toBe('deleted');
    expect(tenant.calls).toEqual(['delete']);
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

  test('stops if the label is gone', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    tenant.add('own', pullRequestLabel, { description: 'words' });
    expect(await withdrawClient(own, pullRequestLabel, tenant.dependencies)).toBe('unlabeled');
    expect(tenant.calls).toEqual(['list']);
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
    ['at first', 1, 'not listed'],
    ['when it is set to expired', 2, 'gone'],
    ['at the second look', 3, 'not listed'],
    ['in the end', 4, 'gone'],
  ])('finds no client %s', async (_, call, result) => {
    const tenant = new Tenant();
    const own = tenant.add('own', pullRequestLabel);
    tenant.before[call] = () => tenant.clients.clear();
    expect(await withdrawClient(own, pullRequestLabel, tenant.dependencies)).toBe(result);
    expect(tenant.sleeps).toEqual(call > 2 ? [3000] : []);
  });

  test('finds no client when it removes the features of an owner', async () => {
    const tenant = new Tenant();
    const own = tenant.add('own', runLabel, { features: ['owner'] });
    tenant.before[1] = () => tenant.clients.clear();
    expect(await withdrawClient(own, runLabel, tenant.dependencies)).toBe('gone');
    expect(tenant.calls[0]).toBe('set_features');
  });
});
