import { describe, expect, test } from '@jest/globals';
import { ExpectedError } from '../../../src/expected-error.ts';
import { Canceled } from '../../../src/lifecycle/cancellation.ts';
import type { ClientRequest } from '../../../src/lifecycle/client-request.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { provideClient } from '../../../src/lifecycle/provide.ts';
import { loseResponse, otherMarker, Tenant, unknownClient } from '../../support/fake-capture.ts';
import { captureError, now, pullRequestLabel, runLabel } from '../../support/fixtures.ts';

const minute = 60_000;
const rejection = captureError({ code: 403, retryable: false });
const bug = new TypeError('a bug of ours');
const failures: [string, Error][] = [
  ['a rejection', rejection],
  ['a bug of ours', bug],
];

/** A request for a client of a run by default. */
function request(changes: Partial<ClientRequest> = {}): ClientRequest {
  const { marker, ...label } = runLabel;
  return {
    text: { value: 'asked for', given: false },
    features: undefined,
    label,
    enforcedHours: undefined,
    rotateHours: undefined,
    configuration: { whitelist: undefined, settings: new Map(), copySettingsFrom: undefined },
    ...changes,
  };
}

function pullRequest(changes: Partial<ClientRequest> = {}): ClientRequest {
  const { marker, ...label } = pullRequestLabel;
  return request({ label, ...changes });
}

const withWhitelist: Pick<ClientRequest, 'configuration'> = {
  configuration: { whitelist: ['10.0.0.0/8'], settings: new Map(), copySettingsFrom: undefined },
};

/** As an earlier run of the pull request left it. */
function addExisting(tenant: Tenant, clientId = 'old', changes: Partial<Label> = {}): void {
  tenant.add(clientId, { ...pullRequestLabel, ...changes });
}

const fail = (error: Error) => (): never => {
  throw error;
};

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
    expect(tenant.saved).toMatchObject({ outcome: { clientId: 'm1' } });
  });

  test('gets no features by default', async () => {
    const tenant = new Tenant();
    expect((await provideClient(request(), tenant.dependencies)).client.features).toEqual([]);
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
    expect(tenant.saved).toMatchObject({ outcome: { clientId: 'm1' }, handedOver: false });
  });

  test("isn't created if the client to copy settings from doesn't exist", async () => {
    const tenant = new Tenant();
    tenant.before[1] = fail(unknownClient());
    const configuration = { ...withWhitelist.configuration, copySettingsFrom: 'template' };
    await expect(provideClient(request({ configuration }), tenant.dependencies)).rejects.toThrow(
      'Nothing was created. Set copy_settings_from to the ID of a client in this application.',
    );
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
    });
    expect(tenant.clients.size).toBe(0);
    expect(tenant.saved).toMatchObject({ outcome: 'none' });
  });

  test('may no longer exist', async () => {
    const tenant = new Tenant();
    tenant.before[2] = () => {
      tenant.clients.clear();
      throw rejection;
    };
    expect(await configured(tenant)).toMatchObject({
      problem: expect.stringMatching(/, no longer exists\.$/),
    });
    expect(tenant.saved).toMatchObject({ outcome: 'none' });
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
    expect(tenant.saved).toMatchObject({ outcome: 'none' });
  });

  test("is left for the post step if it can't be deleted either", async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(rejection);
    tenant.before[3] = fail(captureError({ retryable: false }));
    expect(await configured(tenant)).toMatchObject({
      problem: expect.stringMatching(/, couldn't be deleted; the post step tries again\.$/),
    });
    expect(tenant.saved).toMatchObject({ outcome: { clientId: 'm1' } });
  });

  test('is left for the post step if a bug of ours prevents its deletion', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(rejection);
    tenant.before[3] = fail(bug);
    expect(await configured(tenant)).toBe(bug);
    expect(tenant.saved).toMatchObject({ outcome: { clientId: 'm1' } });
  });

  test("is left for the post step if the failure isn't Capture's", async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(bug);
    expect(await configured(tenant)).toBe(bug);
    expect(tenant.calls).toEqual(['add', 'set_whitelist']);
  });
});

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
    expect(tenant.calls).toEqual([
      'add',
      'reset_secret 2',
      'list',
      'list',
      'delete',
      'add',
      'reset_secret 2',
    ]);
    expect([...tenant.clients.keys()]).toEqual(['m2']);
    expect(tenant.saved).toMatchObject({ outcome: { clientId: 'm2' }, sends: 1 });
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
    tenant.after[5] = () => {
      tenant.cancel();
      saved = tenant.saved?.outcome;
    };
    await expect(provideClient(enforced, tenant.dependencies)).rejects.toThrow(Canceled);
    expect(saved).toEqual({ clientId: 'm1' });
    expect(tenant.saved).toMatchObject({ outcome: 'none' });
  });

  test('is left for post if the step is interrupted meanwhile', async () => {
    const tenant = new Tenant();
    tenant.before[2] = loseResponse;
    tenant.after[3] = tenant.cancel;
    await expect(provideClient(enforced, tenant.dependencies)).rejects.toThrow(Canceled);
    expect(tenant.calls).toEqual(['add', 'reset_secret 2', 'list']);
    expect(tenant.saved).toMatchObject({ outcome: { clientId: 'm1' } });
  });

  test('is deleted if the reset is rejected', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(rejection);
    await expect(provideClient(enforced, tenant.dependencies)).rejects.toMatchObject({
      problem: `${rejection.problem} Client m1, which was just created, was deleted.`,
    });
    expect(tenant.calls).toEqual(['add', 'reset_secret 2', 'list', 'delete']);
    expect(tenant.saved).toMatchObject({ outcome: 'none' });
  });

  test('is left for post where the reset fails by a bug of ours', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(bug);
    await expect(provideClient(enforced, tenant.dependencies)).rejects.toBe(bug);
    expect(tenant.calls).toEqual(['add', 'reset_secret 2']);
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
      'The step was canceled before it handed over a client. The post step deletes what the step created.',
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

  test('hides no bug of ours', async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'old', atItsEnd);
    tenant.before[5] = fail(bug);
    await expect(provideClient(pullRequest(), tenant.dependencies)).rejects.toBe(bug);
  });
});

describe('a request for a reused client', () => {
  test('replaces the description if one was given', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    const asked = pullRequest({ text: { value: 'new words', given: true } });
    expect((await provideClient(asked, tenant.dependencies)).client.description).toMatch(/^new words \[/);
  });

  test('replaces the features if they differ', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    const { client } = await provideClient(pullRequest({ features: [] }), tenant.dependencies);
    expect(client.features).toEqual([]);
    expect(tenant.calls).toEqual(['list', 'set_description', 'set_features', 'list']);
  });

  test('changes nothing that already matches', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    await provideClient(pullRequest({ features: ['login_client'] }), tenant.dependencies);
    expect(tenant.calls).toEqual(['list', 'set_description', 'list']);
  });

  test('sets an allow list', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    const { client } = await provideClient(pullRequest(withWhitelist), tenant.dependencies);
    expect(client.whitelist).toEqual(['10.0.0.0/8']);
  });

  test.each([
    ['its description', 2, { features: [] }],
    ['its features', 3, { features: [] }],
    ['its allow list', 3, {}],
  ])('stops at a cancellation after %s', async (_, call, changes) => {
    const tenant = new Tenant();
    addExisting(tenant);
    tenant.after[call] = tenant.cancel;
    const asked = pullRequest({ rotateHours: 1, ...withWhitelist, ...changes });
    await expect(provideClient(asked, tenant.dependencies)).rejects.toThrow(Canceled);
    expect(tenant.calls).toHaveLength(call);
    expect([...tenant.clients.keys()]).toEqual(['old']);
  });

  test.each([
    ['owner', /has owner, which this action didn't add/],
    ['access_issuer', /has access_issuer, which this action didn't add/],
    ['owner,access_issuer', /has owner and access_issuer, which this action didn't add/],
  ])("doesn't hand over %s unless features are given", async (privileged, message) => {
    const tenant = new Tenant();
    tenant.add('old', pullRequestLabel, { features: ['login_client', ...privileged.split(',')] });
    const refused = provideClient(pullRequest(), tenant.dependencies);
    await expect(refused).rejects.toThrow(ExpectedError);
    await expect(refused).rejects.toThrow(message);
    expect(tenant.calls).toEqual(['list']);
    const named = await provideClient(pullRequest({ features: ['login_client'] }), tenant.dependencies);
    expect(named.client).toMatchObject({ clientId: 'old', features: ['login_client'] });
  });

  test("doesn't hand over a client without a secret in the list", async () => {
    const tenant = new Tenant();
    tenant.add('old', pullRequestLabel, { clientSecret: '' });
    await expect(provideClient(pullRequest(), tenant.dependencies)).rejects.toThrow(
      /^Capture's list of clients has no secret for client old/,
    );
    expect(tenant.calls).toEqual(['list']);
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
    await expect(rotated).rejects.toThrow(/It's unknown whether client old has a new secret/);
    expect(tenant.clients.size).toBe(1);
  });
});

describe('a client that is deleted while it is reused', () => {
  const goes = (tenant: Tenant) => () => tenant.clients.delete('old');

  test('before the takeover: a new one is created', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    tenant.before[2] = goes(tenant);
    expect(await provideClient(pullRequest(), tenant.dependencies)).toMatchObject({
      created: true,
      client: { clientId: 'm1' },
    });
  });

  test('after the takeover: the last look shows it, and a new one is created', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    addExisting(tenant, 'zero', { expiresAt: now - 500 });
    tenant.after[2] = goes(tenant);
    expect((await provideClient(pullRequest(), tenant.dependencies)).client.clientId).toBe('m1');
  });

  test('because a clean-up set it to expired: the last look shows it, and a new one is created', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    tenant.after[2] = () => addExisting(tenant, 'old', { expiresAt: now - 500 });
    expect((await provideClient(pullRequest(), tenant.dependencies)).client.clientId).toBe('m1');
  });

  test.each(failures)("isn't confused with %s", async (_, error) => {
    const tenant = new Tenant();
    addExisting(tenant);
    tenant.before[2] = fail(error);
    await expect(provideClient(pullRequest(), tenant.dependencies)).rejects.toBe(error);
    expect(tenant.calls).toEqual(['list', 'set_description']);
  });
});

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
      'Another run created a client for this pull request at the same time, so client m1 was deleted. Starting over.',
    );
    expect(tenant.sleeps).toEqual([3000, 500]);
    expect(tenant.saved).toMatchObject({ outcome: 'none' });
  });

  test('the loser leaves expiring clients to the winner', async () => {
    const tenant = withRival('a');
    addExisting(tenant, 'old', { expiresAt: now - 500 });
    await provideClient(pullRequest(), tenant.dependencies);
    expect([...tenant.clients.keys()]).toEqual(['old', 'a']);
  });

  test("a late twin of its own creation isn't mistaken for the other client", async () => {
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
    expect(tenant.saved).toMatchObject({ outcome: { clientId: 'm1' }, handedOver: false });
  });

  test('a cancellation leaves the losing client for the post step, too', async () => {
    const tenant = withRival('a');
    tenant.after[3] = tenant.cancel;
    await expect(provideClient(pullRequest(), tenant.dependencies)).rejects.toThrow(Canceled);
    expect(tenant.calls).toEqual(['list', 'add', 'list']);
  });

  test.each<[string, Partial<Label>]>([
    ['its own twin', { marker: '000000000000000000000001' }],
    ['an expiring client', { expiresAt: now - 500 }],
    ['a client of another name', { name: 'previews' }],
  ])('%s is no rival', async (_, changes) => {
    const tenant = withRival('a', changes);
    const provided = await provideClient(pullRequest(), tenant.dependencies);
    expect(provided).toMatchObject({ created: true, client: { clientId: 'm1' } });
    expect(tenant.sleeps).toEqual([]);
  });
});
