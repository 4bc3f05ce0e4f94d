import { describe, expect, test } from '@jest/globals';
import { Canceled } from '../../../src/lifecycle/cancellation.ts';
import type { Dependencies } from '../../../src/lifecycle/dependencies.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { provideClient } from '../../../src/lifecycle/provide.ts';
import {
  addExisting,
  bug,
  fail,
  failures,
  minute,
  pullRequest,
  rejection,
  request,
  withWhitelist,
} from '../../support/client-requests.ts';
import { otherMarker, Tenant, unknownClient } from '../../support/fake-capture.ts';
import { captureError, now, pullRequestLabel, runLabel } from '../../support/fixtures.ts';

describe('a client of a run', () => {
  test('takes one request and matches what was asked for', async () => {
    const tenant = new Tenant();
    const provided = await provideClient(request({ features: ['login_client'] }), tenant.dependencies);
    expect(provided).toMatchObject({ created: true, label: runLabelWith(provided.label.marker) });
    expect(provided.client).toEqual(tenant.clients.get('m1'));
    expect(provided.client).toMatchObject({ features: ['login_client'] });
    expect(provided.client.description).toMatch(/^asked for \[/);
    expect(tenant.labelOf('m1')).toEqual(provided.label);
    expect(tenant.calls).toEqual(['add']);
    expect(tenant.saved).toMatchObject({ clients: [expect.objectContaining({ clientId: 'm1' })] });
  });

  test('gets no features by default', async () => {
    const tenant = new Tenant();
    expect((await provideClient(request(), tenant.dependencies)).client.features).toEqual([]);
  });

  test('has the description that Capture returned', async () => {
    const { dependencies } = new Tenant();
    const capture: Dependencies['capture'] = {
      ...dependencies.capture,
      addClient: async (given) => ({
        ...(await dependencies.capture.addClient(given)),
        description: 'shortened',
      }),
    };
    const { client } = await provideClient(request(), { ...dependencies, capture });
    expect(client.description).toBe('shortened');
  });

  test('gets its settings without a look at the ones that it has', async () => {
    const tenant = new Tenant();
    const { dependencies } = tenant;
    const capture = { ...dependencies.capture, setSettings: async () => {} };
    const settings = new Map([['site_name', 'Shop']]);
    const asked = request({ configuration: { ...request().configuration, settings } });
    await provideClient(asked, { ...dependencies, capture });
    expect(tenant.calls).toEqual(['add']);
    expect(tenant.log).toEqual(['Created client m1.', 'Set site_name of client m1.']);
  });

  test("isn't created if the step is canceled before", async () => {
    const tenant = new Tenant();
    tenant.cancel();
    await expect(provideClient(request(), tenant.dependencies)).rejects.toThrow(Canceled);
    expect(tenant.calls).toEqual([]);
  });

  test("isn't handed over if the step is canceled right after its creation", async () => {
    const tenant = new Tenant();
    tenant.after[1] = tenant.cancel;
    await expect(provideClient(request(withWhitelist), tenant.dependencies)).rejects.toThrow(Canceled);
    expect(tenant.calls).toEqual(['add']);
    expect(tenant.saved).toMatchObject({ clients: [expect.objectContaining({ clientId: 'm1' })] });
  });

  test("isn't created if the client to copy settings from doesn't exist", async () => {
    const tenant = new Tenant();
    tenant.before[1] = fail(unknownClient());
    const configuration = { ...withWhitelist.configuration, copySettingsFrom: 'template' };
    await expect(provideClient(request({ configuration }), tenant.dependencies)).rejects.toMatchObject({
      hint: 'Nothing was created. Set copy_settings_from to the ID of a client in this application.',
      cause: unknownClient(),
    });
    expect(tenant.calls).toEqual(['settings']);
  });

  test.each(failures)("isn't created if reading its template fails with %s", async (_, error) => {
    const tenant = new Tenant();
    tenant.before[1] = fail(error);
    const configuration = { ...withWhitelist.configuration, copySettingsFrom: 'template' };
    await expect(provideClient(request({ configuration }), tenant.dependencies)).rejects.toBe(error);
    expect(tenant.calls).toEqual(['settings']);
  });

  function runLabelWith(marker: string): Label {
    return { ...runLabel, marker };
  }
});

describe("a new client that can't be configured", () => {
  const configured = async (tenant: Tenant, asked = request(withWhitelist)) =>
    await provideClient(asked, tenant.dependencies).catch((error: unknown) => error);

  test('is deleted, and the error says so', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(rejection);
    expect(await configured(tenant)).toMatchObject({
      message: `${rejection.problem} Client m1, which was just created, was deleted. ${rejection.hint}`,
      details: rejection.details,
      cause: rejection,
    });
    expect(tenant.clients.size).toBe(0);
    expect(tenant.saved).toMatchObject({ clients: [], openSends: [] });
  });

  test('may no longer exist', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(rejection);
    tenant.before[3] = () => tenant.clients.clear();
    expect(await configured(tenant)).toMatchObject({
      problem: expect.stringMatching(/, no longer exists\.$/),
    });
    expect(tenant.saved).toMatchObject({ clients: [], openSends: [] });
  });

  test("is left to cleanup if Capture doesn't list it yet", async () => {
    const tenant = new Tenant();
    tenant.before[4] = () => {
      tenant.clients.clear();
      throw rejection;
    };
    expect(await configured(tenant, pullRequest(withWhitelist))).toMatchObject({
      problem: expect.stringMatching(/, isn't in Capture's list; cleanup looks again\.$/),
    });
    expect(tenant.saved).toMatchObject({ clients: [expect.objectContaining({ clientId: 'm1' })] });
  });

  test('stays if another run of the pull request took it over', async () => {
    const tenant = new Tenant();
    tenant.before[4] = () => {
      tenant.takeOver('m1');
      throw rejection;
    };
    expect(await configured(tenant, pullRequest(withWhitelist))).toMatchObject({
      problem: expect.stringMatching(/, was taken over by another run\.$/),
    });
    expect(tenant.labelOf('m1')).toMatchObject({ marker: otherMarker });
    expect(tenant.saved).toMatchObject({ clients: [], openSends: [] });
  });

  test('is left for cleanup if it lost its label', async () => {
    const tenant = new Tenant();
    tenant.before[4] = () => {
      tenant.add('m1', pullRequestLabel, { description: 'made by hand' });
      throw rejection;
    };
    expect(await configured(tenant, pullRequest(withWhitelist))).toMatchObject({
      problem: expect.stringMatching(/, lost its label, so it was kept; delete it in the Console\.$/),
    });
    expect(tenant.saved).toMatchObject({ clients: [expect.objectContaining({ clientId: 'm1' })] });
  });

  test("is left for cleanup if it can't be deleted either", async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(rejection);
    tenant.before[3] = fail(captureError({ retryable: false }));
    expect(await configured(tenant)).toMatchObject({
      problem: expect.stringMatching(/, couldn't be deleted; cleanup tries again\.$/),
    });
    expect(tenant.saved).toMatchObject({ clients: [expect.objectContaining({ clientId: 'm1' })] });
  });

  test('is left for cleanup if an unexpected error prevents its deletion', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(rejection);
    tenant.before[3] = fail(bug);
    expect(await configured(tenant)).toBe(bug);
    expect(tenant.saved).toMatchObject({ clients: [expect.objectContaining({ clientId: 'm1' })] });
  });

  test("is left for cleanup if the failure isn't Capture's", async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(bug);
    expect(await configured(tenant)).toBe(bug);
    expect(tenant.calls).toEqual(['add', 'set_whitelist']);
  });
});

describe('the client of a pull request', () => {
  test('is created where there is none', async () => {
    const tenant = new Tenant();
    tenant.add('foreign', pullRequestLabel, { description: 'made by hand' });
    const provided = await provideClient(pullRequest(), tenant.dependencies);
    expect(provided).toMatchObject({ created: true, client: { clientId: 'm1' } });
    expect(tenant.calls).toEqual(['list', 'add', 'list']);
  });

  test('is not even looked for once the step is interrupted', async () => {
    const tenant = new Tenant();
    tenant.cancel();
    await expect(provideClient(pullRequest(), tenant.dependencies)).rejects.toThrow(
      'The step was canceled before it set its outputs. Cleanup deletes what the step created.',
    );
    expect(tenant.calls).toEqual([]);
  });

  test('is reused if it exists: new marker and expiry, same secret and description', async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'old', { expiresAt: now + 6 * minute - 500 });
    const provided = await provideClient(pullRequest(), tenant.dependencies);
    expect(provided).toMatchObject({
      created: false,
      client: { clientId: 'old', clientSecret: 'secret of old', features: ['login_client'] },
    });
    expect(provided.client.description).toMatch(/^words \[/);
    expect(provided.label).toEqual(tenant.labelOf('old'));
    expect(provided.label).toMatchObject({ expiresAt: pullRequestLabel.expiresAt });
    expect(provided.label.marker).not.toBe(pullRequestLabel.marker);
    expect(tenant.calls).toEqual(['list', 'set_description', 'list']);
    expect(tenant.masked).toEqual([['secret of old', 1]]);
    expect(tenant.log).toEqual(['Reusing client old of this pull request.']);
    expect(tenant.saved).toBeUndefined();
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
    expect((await provideClient(pullRequest(), tenant.dependencies)).created).toBe(true);
    expect(tenant.labelOf('old')).toMatchObject(changes);
  });

  test('is the one with the lowest ID if there are several', async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'b');
    addExisting(tenant, 'a');
    addExisting(tenant, 'c');
    expect((await provideClient(pullRequest(), tenant.dependencies)).client.clientId).toBe('a');
  });

  test('is replaced in the last five minutes before it expires, and reused before that', async () => {
    for (const [ms, created] of [
      [5 * minute, true],
      [5 * minute + 1000, false],
    ] as const) {
      const tenant = new Tenant();
      tenant.now = now - 500;
      addExisting(tenant, 'old', { expiresAt: tenant.now + ms });
      expect((await provideClient(pullRequest(), tenant.dependencies)).created).toBe(created);
    }
  });
});

describe('a client of a pull request that is about to expire', () => {
  const atItsEnd = { expiresAt: now - 500 };

  test('is deleted when a new one exists', async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'old', atItsEnd);
    await provideClient(pullRequest(), tenant.dependencies);
    expect([...tenant.clients.keys()]).toEqual(['m1']);
    expect(tenant.calls).toEqual(['list', 'add', 'list', 'list', 'delete']);
    expect(tenant.log).toEqual(['Created client m1.', 'Deleted client old, which was about to expire.']);
  });

  test('stays if another run took it over at the last moment', async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'old', atItsEnd);
    tenant.before[4] = () => tenant.takeOver('old');
    await provideClient(pullRequest(), tenant.dependencies);
    expect([...tenant.clients.keys()]).toEqual(['old', 'm1']);
    expect(tenant.log).toEqual(['Created client m1.']);
  });

  test("is left to the sweep if it can't be deleted, and the others are still deleted", async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'old', atItsEnd);
    addExisting(tenant, 'other', atItsEnd);
    tenant.before[5] = fail(rejection);
    expect((await provideClient(pullRequest(), tenant.dependencies)).created).toBe(true);
    expect([...tenant.clients.keys()]).toEqual(['old', 'm1']);
    expect(tenant.log).toEqual([
      'Created client m1.',
      `${rejection.problem} The sweep deletes client old, which is about to expire.`,
      'Deleted client other, which was about to expire.',
    ]);
  });

  test('rethrows an unexpected error', async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'old', atItsEnd);
    tenant.before[5] = fail(bug);
    await expect(provideClient(pullRequest(), tenant.dependencies)).rejects.toBe(bug);
  });
});

describe("a machine's clock that is wrong", () => {
  const hours = 3_600_000;

  test.each([
    [25 * hours, '25 hours behind'],
    [-25 * hours, '25 hours ahead of'],
  ])('by %d ms moves the expiry of a new client', async (offset, error) => {
    const tenant = new Tenant();
    tenant.clockOffsetMs = offset;
    const notices: string[] = [];
    const { dependencies } = tenant;
    const log = { ...dependencies.log, notice: (message: string) => notices.push(message) };
    const { label, client } = await provideClient(request(), { ...dependencies, log });
    expect(notices).toEqual([
      `This machine's clock is ${error} Capture's, so the expiry of client m1 was corrected. Set the clock.`,
    ]);
    expect(label.expiresAt).toBe(runLabel.expiresAt + offset);
    expect(tenant.labelOf('m1')).toEqual(label);
    expect(client.description).toBe(tenant.clients.get('m1')?.description);
    expect(tenant.calls).toEqual(['add', 'set_description']);
  });

  test('by 25 hours neither replaces nor reuses the wrong client of a pull request', async () => {
    const tenant = new Tenant();
    tenant.clockOffsetMs = -25 * hours;
    // By this machine's clock the client expired an hour ago; it has a day left.
    addExisting(tenant, 'old', { expiresAt: now - hours });
    const { client, label } = await provideClient(pullRequest(), tenant.dependencies);
    expect(client.clientId).toBe('old');
    expect(label.expiresAt).toBe(pullRequestLabel.expiresAt - 25 * hours);
  });

  test('by less than a minute costs nothing', async () => {
    const tenant = new Tenant();
    tenant.clockOffsetMs = 59_000;
    expect((await provideClient(request(), tenant.dependencies)).label.expiresAt).toBe(runLabel.expiresAt);
    expect(tenant.calls).toEqual(['add']);
  });
});
