import { describe, expect, test } from '@jest/globals';
import type { Label } from '../../../src/lifecycle/label.ts';
import { provisionClient } from '../../../src/lifecycle/provision.ts';
import { now, pullRequestLabel, runLabel } from '../../support/basics.ts';
import {
  addExisting,
  fail,
  failures,
  minute,
  pullRequest,
  rejection,
  request,
  withWhitelist,
} from '../../support/client-requests.ts';
import { beforeCall, Tenant, unknownClient } from '../../support/fake-capture.ts';

describe('a client of a run', () => {
  test('takes one request and matches what was asked for', async () => {
    const tenant = new Tenant();
    const provisioned = await provisionClient(request({ features: ['login_client'] }), tenant.dependencies);
    const { client, label } = provisioned;
    expect(provisioned).toMatchObject({ created: true, settings: [] });
    expect(client).toMatchObject({ ...tenant.clients.get('m1'), features: ['login_client'] });
    expect(client.description).toMatch(/^asked for \[/);
    expect(label).toEqual({ ...runLabel, marker: label.marker });
    expect(tenant.labelOf('m1')).toEqual(label);
    expect(tenant.calls).toEqual(['add']);
    expect(tenant.saved).toMatchObject({ clients: [{ clientId: 'm1' }] });
  });

  test('gets no features by default', async () => {
    expect((await provisionClient(request(), new Tenant().dependencies)).client.features).toEqual([]);
  });

  test('gets its settings without a look at the ones that it has', async () => {
    const tenant = new Tenant();
    const settings = new Map([['site_name', 'Shop']]);
    const wanted = request({ configuration: { ...request().configuration, settings } });
    expect((await provisionClient(wanted, tenant.dependencies)).settings).toEqual(['site_name']);
    expect(tenant.calls).toEqual(['add', 'set_multi']);
  });

  const copying = request({
    configuration: { ...withWhitelist.configuration, copySettingsFrom: 'template' },
  });
  const hint = 'Set `copy_settings_from` to the ID of a client in this application.';
  test.each<[string, Error, object]>([
    ["doesn't exist", unknownClient(), { hint, cause: unknownClient() }],
    ...failures.map(([what, error]): [string, Error, object] => [`fails with ${what}`, error, error]),
  ])("isn't created if reading its template %s", async (_, error, expected) => {
    const tenant = new Tenant();
    tenant.before[1] = fail(error);
    await expect(provisionClient(copying, tenant.dependencies)).rejects.toMatchObject(expected);
    expect(tenant.calls).toEqual(['settings']);
  });
});

describe('the client of a pull request', () => {
  test('is created where there is none', async () => {
    const tenant = new Tenant();
    tenant.add('foreign', pullRequestLabel, { description: 'made by hand' });
    const provisioned = await provisionClient(pullRequest(), tenant.dependencies);
    expect(provisioned).toMatchObject({ created: true, client: { clientId: 'm1' } });
    expect(tenant.calls).toEqual(['list', 'add', 'list']);
  });

  test('is not even looked for once the step is canceled', async () => {
    const tenant = new Tenant();
    tenant.cancel();
    await expect(provisionClient(pullRequest(), tenant.dependencies)).rejects.toMatchObject({
      name: 'Canceled',
    });
    expect(tenant.calls).toEqual([]);
  });

  test.each<[string, Partial<Label>]>([
    ['another pull request', { purpose: { lifetime: 'pull_request', pullRequest: 4 } }],
    ['a run', { purpose: runLabel.purpose }],
    ['another name', { name: 'previews' }],
    ['another repository', { origin: { ...runLabel.origin, id: '12345' } }],
    ['another server', { origin: { ...runLabel.origin, host: 'ghe.example.com' } }],
  ])("isn't the client of %s", async (_, changes) => {
    const tenant = new Tenant();
    addExisting(tenant, 'old', changes);
    expect((await provisionClient(pullRequest(), tenant.dependencies)).created).toBe(true);
    expect(tenant.labelOf('old')).toMatchObject(changes);
  });

  test('is the one with the lowest ID if there are several', async () => {
    const tenant = new Tenant();
    for (const id of ['b', 'a', 'c']) addExisting(tenant, id);
    expect((await provisionClient(pullRequest(), tenant.dependencies)).client.clientId).toBe('a');
  });

  test.each([
    [5 * minute, 0, true],
    [5 * minute + 1000, 0, false],
    // By this machine's clock the client expired; by Capture's it has a day left.
    [-minute, -25 * 60 * minute, false],
    [6 * minute, 25 * 60 * minute, false],
  ])(
    'that expires in %d ms, with clocks that differ by %d ms, is replaced: %s',
    async (ms, offsetMs, created) => {
      const tenant = new Tenant();
      tenant.now = now - 500;
      tenant.clockOffsetMs = offsetMs;
      addExisting(tenant, 'old', { expiresAt: tenant.now + ms });
      expect((await provisionClient(pullRequest(), tenant.dependencies)).created).toBe(created);
    },
  );
});

describe('a client of a pull request that is about to expire', () => {
  const about = { expiresAt: now - 500 };

  test.each<[string, (tenant: Tenant) => void, string[], string]>([
    ['is deleted once a new one exists', () => {}, ['m1'], 'Deleted client old. It was about to expire.'],
    [
      'stays if another run reused it at the last moment',
      beforeCall(4, (one) => one.takeOver('old')),
      ['old', 'm1'],
      'Client old was reused by another run, so it was kept. It was about to expire.',
    ],
    [
      "is left to the sweep if it can't be deleted",
      beforeCall(5, fail(rejection)),
      ['old', 'm1'],
      `Could not delete client old, which may still work. ${rejection.message} It was about to expire.`,
    ],
  ])('%s', async (_, prepare, left, line) => {
    const tenant = new Tenant();
    addExisting(tenant, 'old', about);
    prepare(tenant);
    expect((await provisionClient(pullRequest(), tenant.dependencies)).created).toBe(true);
    expect([...tenant.clients.keys()]).toEqual(left);
    expect(tenant.log).toEqual([
      'This pull request has no client yet, or its client was deleted. Creating one.',
      'Created client m1.',
      line,
    ]);
  });
});
