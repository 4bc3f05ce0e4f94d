import { describe, expect, test } from '@jest/globals';
import { Interrupted } from '../../../src/lifecycle/interruption.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { type ClientRequest, NotHandedOut, provide } from '../../../src/lifecycle/provide.ts';
import { loseAnswer, otherMarker, Tenant, unknownClient } from '../../support/fake-capture.ts';
import { captureError, now, pullRequestLabel, runLabel } from '../../support/fixtures.ts';

const minute = 60_000;
const refusal = captureError({ code: 403, retryable: false });
const fault = new TypeError('a fault of ours');
const failures: [string, Error][] = [
  ['a refusal', refusal],
  ['a fault of ours', fault],
];

/** A request for a client of a run, unless said otherwise. */
function request(changes: Partial<ClientRequest> = {}): ClientRequest {
  const { marker, ...label } = runLabel;
  return {
    text: { words: 'asked for', given: false },
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

/** As an earlier run of the pull request has left it. */
function addExisting(tenant: Tenant, clientId = 'old', changes: Partial<Label> = {}): void {
  tenant.add(clientId, { ...pullRequestLabel, ...changes });
}

const fail = (error: Error) => (): never => {
  throw error;
};

describe('a client of a run', () => {
  test('costs one request, and is as it was asked for', async () => {
    const tenant = new Tenant();
    const provided = await provide(request({ features: ['login_client'] }), tenant.collaborators);
    expect(provided).toMatchObject({ created: true, label: runLabelWith(provided.label.marker) });
    expect(provided.client).toEqual(tenant.clients.get('m1'));
    expect(provided.client).toMatchObject({ features: ['login_client'] });
    expect(provided.client.description).toMatch(/^asked for \[/);
    expect(tenant.labelOf('m1')).toEqual(provided.label);
    expect(tenant.calls).toEqual(['add']);
    expect(tenant.saved).toMatchObject({ outcome: { clientId: 'm1' } });
  });

  test('gets no features where none are named', async () => {
    const tenant = new Tenant();
    expect((await provide(request(), tenant.collaborators)).client.features).toEqual([]);
  });

  test('is not begun once the step is interrupted', async () => {
    const tenant = new Tenant();
    tenant.interrupt();
    await expect(provide(request(), tenant.collaborators)).rejects.toThrow(Interrupted);
    expect(tenant.calls).toEqual([]);
  });

  test('is not handed out if the step is interrupted right after its creation', async () => {
    const tenant = new Tenant();
    tenant.after[1] = tenant.interrupt;
    await expect(provide(request(withWhitelist), tenant.collaborators)).rejects.toThrow(Interrupted);
    expect(tenant.calls).toEqual(['add']);
    expect(tenant.saved).toMatchObject({ outcome: { clientId: 'm1' }, handedOver: false });
  });

  test('is not created without the settings that it is to copy, and says why', async () => {
    const tenant = new Tenant();
    tenant.before[1] = fail(unknownClient());
    const configuration = { ...withWhitelist.configuration, copySettingsFrom: 'template' };
    await expect(provide(request({ configuration }), tenant.collaborators)).rejects.toThrow(
      'Is copy_settings_from the id of a client of this application? Nothing was created.',
    );
    expect(tenant.calls).toEqual(['settings']);
  });

  test.each(failures)('is not created where its template fails with %s', async (_, error) => {
    const tenant = new Tenant();
    tenant.before[1] = fail(error);
    const configuration = { ...withWhitelist.configuration, copySettingsFrom: 'template' };
    await expect(provide(request({ configuration }), tenant.collaborators)).rejects.toBe(error);
    expect(tenant.calls).toEqual(['settings']);
  });

  function runLabelWith(marker: string): Label {
    return { ...runLabel, marker };
  }
});

describe('a new client that cannot be configured', () => {
  const configured = async (tenant: Tenant, asked = request(withWhitelist)) =>
    await provide(asked, tenant.collaborators).catch((error: unknown) => error);

  test('is deleted again, and its error says so', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(refusal);
    expect(await configured(tenant)).toMatchObject({
      message: `${refusal.problem} Client m1, which was just created, is deleted again. ${refusal.hint}`,
      details: refusal.details,
    });
    expect(tenant.clients.size).toBe(0);
    expect(tenant.saved).toMatchObject({ outcome: 'none' });
  });

  test('may be gone already', async () => {
    const tenant = new Tenant();
    tenant.before[2] = () => {
      tenant.clients.clear();
      throw refusal;
    };
    expect(await configured(tenant)).toMatchObject({ problem: expect.stringMatching(/, is gone\.$/) });
    expect(tenant.saved).toMatchObject({ outcome: 'none' });
  });

  test('is left to another run of the pull request that took it over', async () => {
    const tenant = new Tenant();
    tenant.before[4] = () => {
      tenant.takeOver('m1');
      throw refusal;
    };
    expect(await configured(tenant, pullRequest(withWhitelist))).toMatchObject({
      problem: expect.stringMatching(/, was taken over by another run\.$/),
    });
    expect(tenant.labelOf('m1')).toMatchObject({ marker: otherMarker });
    expect(tenant.saved).toMatchObject({ outcome: 'none' });
  });

  test('is left for post where it cannot be deleted either', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(refusal);
    tenant.before[3] = fail(captureError({ retryable: false }));
    expect(await configured(tenant)).toMatchObject({
      problem: expect.stringMatching(/, is left for the post step to delete\.$/),
    });
    expect(tenant.saved).toMatchObject({ outcome: { clientId: 'm1' } });
  });

  test('is left for post where a fault of ours keeps it from being deleted', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(refusal);
    tenant.before[3] = fail(fault);
    expect(await configured(tenant)).toBe(fault);
    expect(tenant.saved).toMatchObject({ outcome: { clientId: 'm1' } });
  });

  test('is left for post where the failure is none of Capture', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(fault);
    expect(await configured(tenant)).toBe(fault);
    expect(tenant.calls).toEqual(['add', 'set_whitelist']);
  });
});

describe('a new client whose expiry is enforced', () => {
  const enforced = request({ enforcedHours: 2 });

  test('keeps its secret, which one reset gives its end; both secrets are masked', async () => {
    const tenant = new Tenant();
    const { client } = await provide(enforced, tenant.collaborators);
    expect(client.clientSecret).toBe('secret of m1');
    expect(tenant.calls).toEqual(['add', 'reset_secret 2']);
    expect(tenant.masked.map(([secret]) => secret)).toEqual(['secret of m1', 'new secret of m1']);
  });

  test('is handed out if the list shows another secret after a lost answer', async () => {
    const tenant = new Tenant();
    tenant.after[2] = loseAnswer;
    const { client } = await provide(enforced, tenant.collaborators);
    expect(client).toMatchObject({ clientId: 'm1', clientSecret: 'secret of m1' });
    expect(tenant.calls).toEqual(['add', 'reset_secret 2', 'list']);
    expect(tenant.masked.map(([secret]) => secret)).toContain('new secret of m1');
    expect(tenant.told).toEqual([expect.stringMatching(/Looking which secret client m1 has\.$/)]);
  });

  test('is replaced if the list still shows the same secret', async () => {
    const tenant = new Tenant();
    tenant.before[2] = loseAnswer;
    const { client } = await provide(enforced, tenant.collaborators);
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
    expect(tenant.saved).toMatchObject({ outcome: { clientId: 'm2' }, sends: 2 });
  });

  test('is replaced if it is gone', async () => {
    const tenant = new Tenant();
    tenant.before[2] = () => {
      tenant.clients.clear();
      loseAnswer();
    };
    expect((await provide(enforced, tenant.collaborators)).client.clientId).toBe('m2');
    expect(tenant.masked.map(([secret]) => secret)).toEqual([
      'secret of m1',
      'secret of m2',
      'new secret of m2',
    ]);
  });

  test('is noted as gone before there is another', async () => {
    const tenant = new Tenant();
    tenant.before[2] = loseAnswer;
    let saved: unknown;
    tenant.after[5] = () => {
      tenant.interrupt();
      saved = tenant.saved?.outcome;
    };
    await expect(provide(enforced, tenant.collaborators)).rejects.toThrow(Interrupted);
    expect(saved).toEqual({ clientId: 'm1' });
    expect(tenant.saved).toMatchObject({ outcome: 'none' });
  });

  test('is left for post if the step is interrupted meanwhile', async () => {
    const tenant = new Tenant();
    tenant.before[2] = loseAnswer;
    tenant.after[3] = tenant.interrupt;
    await expect(provide(enforced, tenant.collaborators)).rejects.toThrow(Interrupted);
    expect(tenant.calls).toEqual(['add', 'reset_secret 2', 'list']);
    expect(tenant.saved).toMatchObject({ outcome: { clientId: 'm1' } });
  });

  test('is deleted again where the reset is refused', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(refusal);
    await expect(provide(enforced, tenant.collaborators)).rejects.toMatchObject({
      problem: `${refusal.problem} Client m1, which was just created, is deleted again.`,
    });
    expect(tenant.calls).toEqual(['add', 'reset_secret 2', 'list', 'delete']);
    expect(tenant.saved).toMatchObject({ outcome: 'none' });
  });

  test('is left for post where the reset fails by a fault of ours', async () => {
    const tenant = new Tenant();
    tenant.before[2] = fail(fault);
    await expect(provide(enforced, tenant.collaborators)).rejects.toBe(fault);
    expect(tenant.calls).toEqual(['add', 'reset_secret 2']);
  });
});

describe('the client of a pull request', () => {
  test('is created where there is none', async () => {
    const tenant = new Tenant();
    tenant.add('foreign', pullRequestLabel, { description: 'made by hand' });
    const provided = await provide(pullRequest(), tenant.collaborators);
    expect(provided).toMatchObject({ created: true, client: { clientId: 'm1' } });
    expect(tenant.calls).toEqual(['list', 'add', 'list']);
  });

  test('is not even looked for once the step is interrupted', async () => {
    const tenant = new Tenant();
    tenant.interrupt();
    await expect(provide(pullRequest(), tenant.collaborators)).rejects.toThrow(
      'The step was cancelled before its client was handed over. The post step removes what was created.',
    );
    expect(tenant.calls).toEqual([]);
  });

  test('is reused where there is one: a fresh marker and expiry, the same secret and words', async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'old', { expiresAt: now + 6 * minute - 500 });
    const provided = await provide(pullRequest(), tenant.collaborators);
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
    expect(tenant.told).toEqual(['Reusing client old of this pull request.']);
    expect(tenant.saved).toBeUndefined();
  });

  test.each<[string, Partial<Label>]>([
    ['another pull request', { purpose: { lifetime: 'pull_request', pullRequest: 4 } }],
    ['a run', { purpose: runLabel.purpose }],
    ['another name', { name: 'previews' }],
    ['another repository', { origin: { ...runLabel.origin, id: '12345' } }],
    ['another server', { origin: { ...runLabel.origin, host: 'ghe.example.com' } }],
  ])('is not that of %s', async (_, changes) => {
    const tenant = new Tenant();
    addExisting(tenant, 'old', changes);
    expect((await provide(pullRequest(), tenant.collaborators)).created).toBe(true);
    expect(tenant.labelOf('old')).toMatchObject(changes);
  });

  test('is the one with the lowest id where there are two', async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'b');
    addExisting(tenant, 'a');
    addExisting(tenant, 'c');
    expect((await provide(pullRequest(), tenant.collaborators)).client.clientId).toBe('a');
  });

  test('is replaced within five minutes of its end, and reused before', async () => {
    for (const [ms, created] of [
      [5 * minute, true],
      [5 * minute + 1000, false],
    ] as const) {
      const tenant = new Tenant();
      tenant.now = now - 500;
      addExisting(tenant, 'old', { expiresAt: tenant.now + ms });
      expect((await provide(pullRequest(), tenant.collaborators)).created).toBe(created);
    }
  });
});

describe('a client of a pull request at its end', () => {
  const atItsEnd = { expiresAt: now - 500 };

  test('is deleted when there is a new one', async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'old', atItsEnd);
    await provide(pullRequest(), tenant.collaborators);
    expect([...tenant.clients.keys()]).toEqual(['m1']);
    expect(tenant.calls).toEqual(['list', 'add', 'list', 'list', 'delete']);
    expect(tenant.told).toEqual(['Deleted client old, which was at its end.']);
  });

  test('is left to a run that took it over at the last moment', async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'old', atItsEnd);
    tenant.before[4] = () => tenant.takeOver('old');
    await provide(pullRequest(), tenant.collaborators);
    expect([...tenant.clients.keys()]).toEqual(['old', 'm1']);
    expect(tenant.told).toEqual([]);
  });

  test('is left to the sweep where it cannot be deleted, and keeps no other', async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'old', atItsEnd);
    addExisting(tenant, 'other', atItsEnd);
    tenant.before[5] = fail(refusal);
    expect((await provide(pullRequest(), tenant.collaborators)).created).toBe(true);
    expect([...tenant.clients.keys()]).toEqual(['old', 'm1']);
    expect(tenant.told).toEqual([
      `${refusal.problem} The sweep removes client old, which is at its end.`,
      'Deleted client other, which was at its end.',
    ]);
  });

  test('hides no fault of ours', async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'old', atItsEnd);
    tenant.before[5] = fail(fault);
    await expect(provide(pullRequest(), tenant.collaborators)).rejects.toBe(fault);
  });
});

describe('what is asked of a reused client', () => {
  test('replaces the words if they were given', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    const asked = pullRequest({ text: { words: 'new words', given: true } });
    expect((await provide(asked, tenant.collaborators)).client.description).toMatch(/^new words \[/);
  });

  test('replaces the features if others were named', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    const { client } = await provide(pullRequest({ features: [] }), tenant.collaborators);
    expect(client.features).toEqual([]);
    expect(tenant.calls).toEqual(['list', 'set_description', 'set_features', 'list']);
  });

  test('changes nothing that is so already', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    await provide(pullRequest({ features: ['login_client'] }), tenant.collaborators);
    expect(tenant.calls).toEqual(['list', 'set_description', 'list']);
  });

  test('sets an allow list', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    const { client } = await provide(pullRequest(withWhitelist), tenant.collaborators);
    expect(client.whitelist).toEqual(['10.0.0.0/8']);
  });

  test.each([
    ['its description', 2, { features: [] }],
    ['its features', 3, { features: [] }],
    ['its allow list', 3, {}],
  ])('ends with an interruption after %s', async (_, call, changes) => {
    const tenant = new Tenant();
    addExisting(tenant);
    tenant.after[call] = tenant.interrupt;
    const asked = pullRequest({ rotateHours: 1, ...withWhitelist, ...changes });
    await expect(provide(asked, tenant.collaborators)).rejects.toThrow(Interrupted);
    expect(tenant.calls).toHaveLength(call);
    expect([...tenant.clients.keys()]).toEqual(['old']);
  });

  test.each([
    ['owner', /has owner, which this action did not give it/],
    ['access_issuer', /has access_issuer, which this action did not give it/],
    ['owner,access_issuer', /has owner and access_issuer, which this action did not give it/],
  ])('does not hand out %s, unless the features are named', async (privileged, message) => {
    const tenant = new Tenant();
    tenant.add('old', pullRequestLabel, { features: ['login_client', ...privileged.split(',')] });
    const refused = provide(pullRequest(), tenant.collaborators);
    await expect(refused).rejects.toThrow(NotHandedOut);
    await expect(refused).rejects.toThrow(message);
    expect(tenant.calls).toEqual(['list']);
    const named = await provide(pullRequest({ features: ['login_client'] }), tenant.collaborators);
    expect(named.client).toMatchObject({ clientId: 'old', features: ['login_client'] });
  });

  test('does not hand out a client whose secret nobody told', async () => {
    const tenant = new Tenant();
    tenant.add('old', pullRequestLabel, { clientSecret: '' });
    await expect(provide(pullRequest(), tenant.collaborators)).rejects.toThrow(
      /^The list of clients tells no secret of client old/,
    );
    expect(tenant.calls).toEqual(['list']);
  });
});

describe('the secret of a reused client', () => {
  test('is rotated where that is asked for, and the new one masked', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    const { client } = await provide(pullRequest({ rotateHours: 0 }), tenant.collaborators);
    expect(client.clientSecret).toBe('new secret of old');
    expect(tenant.calls).toEqual(['list', 'set_description', 'reset_secret 0', 'list']);
    expect(tenant.masked.map(([secret]) => secret)).toEqual(['secret of old', 'new secret of old']);
  });

  test('is handed out as it is and ends in time where the expiry is enforced', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    const asked = pullRequest({ enforcedHours: 3, rotateHours: 1 });
    expect((await provide(asked, tenant.collaborators)).client.clientSecret).toBe('secret of old');
    expect(tenant.calls).toContain('reset_secret 3');
  });

  test('is the listed one after a lost answer', async () => {
    const tenant = new Tenant();
    addExisting(tenant, 'zero', { name: 'other' });
    addExisting(tenant);
    tenant.after[3] = loseAnswer;
    const { client } = await provide(pullRequest({ rotateHours: 0 }), tenant.collaborators);
    expect(client.clientSecret).toBe('new secret of old');
    expect(tenant.masked.map(([secret]) => secret)).toEqual(['secret of old', 'new secret of old']);
  });

  test('is not handed out where it is open whether it was reset', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    tenant.before[3] = loseAnswer;
    const rotated = provide(pullRequest({ rotateHours: 0 }), tenant.collaborators);
    await expect(rotated).rejects.toThrow(NotHandedOut);
    await expect(rotated).rejects.toThrow(/^Capture left open whether the secret of client old was reset/);
    expect(tenant.clients.size).toBe(1);
  });
});

describe('a client that goes away while it is reused', () => {
  const goes = (tenant: Tenant) => () => tenant.clients.delete('old');

  test('before it is taken over: a new one is created', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    tenant.before[2] = goes(tenant);
    expect(await provide(pullRequest(), tenant.collaborators)).toMatchObject({
      created: true,
      client: { clientId: 'm1' },
    });
  });

  test('after it was taken over: the last look shows it, and a new one is created', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    addExisting(tenant, 'zero', { expiresAt: now - 500 });
    tenant.after[2] = goes(tenant);
    expect((await provide(pullRequest(), tenant.collaborators)).client.clientId).toBe('m1');
  });

  test('because a clean-up lets it expire: the last look shows it, and a new one is created', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    tenant.after[2] = () => addExisting(tenant, 'old', { expiresAt: now - 500 });
    expect((await provide(pullRequest(), tenant.collaborators)).client.clientId).toBe('m1');
  });

  test.each(failures)('is not what %s means', async (_, error) => {
    const tenant = new Tenant();
    addExisting(tenant);
    tenant.before[2] = fail(error);
    await expect(provide(pullRequest(), tenant.collaborators)).rejects.toBe(error);
    expect(tenant.calls).toEqual(['list', 'set_description']);
  });
});

describe('where two runs create at once', () => {
  /** The rival is there when this run looks after its own creation. */
  function withRival(clientId: string, changes: Partial<Label> = {}): Tenant {
    const tenant = new Tenant();
    tenant.before[3] = () => addExisting(tenant, clientId, { marker: otherMarker, ...changes });
    return tenant;
  }

  test('the lower id wins: this run removes its own and reuses the other', async () => {
    const tenant = withRival('a');
    const provided = await provide(pullRequest(), tenant.collaborators);
    expect(provided).toMatchObject({ created: false, client: { clientId: 'a' } });
    expect([...tenant.clients.keys()]).toEqual(['a']);
    expect(tenant.told[0]).toBe('Another run made a client for the same pull request; m1 gives way.');
    expect(tenant.sleeps).toEqual([3000]);
    expect(tenant.saved).toMatchObject({ outcome: 'none' });
  });

  test('the one that gives way leaves what was at its end to the other', async () => {
    const tenant = withRival('a');
    addExisting(tenant, 'old', { expiresAt: now - 500 });
    await provide(pullRequest(), tenant.collaborators);
    expect([...tenant.clients.keys()]).toEqual(['old', 'a']);
  });

  test('a twin of its own creation that comes late is not taken for the other', async () => {
    const tenant = withRival('a');
    tenant.before[8] = () => {
      tenant.clients.delete('a');
      addExisting(tenant, 'twin', { marker: '000000000000000000000001' });
    };
    expect(await provide(pullRequest(), tenant.collaborators)).toMatchObject({
      created: true,
      client: { clientId: 'm2' },
    });
  });

  test('its own client is no rival, even if another run has taken it over', async () => {
    const tenant = new Tenant();
    tenant.before[3] = () => tenant.takeOver('m1');
    expect((await provide(pullRequest(), tenant.collaborators)).client.clientId).toBe('m1');
    expect(tenant.sleeps).toEqual([]);
  });

  test('the higher id gives way: this run waits for that', async () => {
    const tenant = withRival('z');
    tenant.before[5] = () => tenant.clients.delete('z');
    expect(await provide(pullRequest(), tenant.collaborators)).toMatchObject({
      created: true,
      client: { clientId: 'm1' },
    });
    expect(tenant.sleeps).toEqual([1000, 1000]);
  });

  test('a higher id that stays for five seconds was handedOver before, and wins', async () => {
    const tenant = withRival('z');
    const provided = await provide(pullRequest(), tenant.collaborators);
    expect(provided).toMatchObject({ created: false, client: { clientId: 'z' } });
    expect(tenant.sleeps).toEqual([1000, 1000, 1000, 1000, 1000, 3000]);
    expect([...tenant.clients.keys()]).toEqual(['z']);
  });

  test('one of several that has a lower id is enough', async () => {
    const tenant = withRival('a');
    tenant.before[2] = () => addExisting(tenant, 'z', { marker: otherMarker });
    await provide(pullRequest(), tenant.collaborators);
    expect(tenant.sleeps).toEqual([3000]);
  });

  test('an interruption meanwhile leaves its own for post', async () => {
    const tenant = withRival('z');
    tenant.after[4] = tenant.interrupt;
    await expect(provide(pullRequest(), tenant.collaborators)).rejects.toThrow(Interrupted);
    expect(tenant.calls).toEqual(['list', 'add', 'list', 'list']);
    expect(tenant.saved).toMatchObject({ outcome: { clientId: 'm1' }, handedOver: false });
  });

  test('an interruption leaves the one that has to give way for post, too', async () => {
    const tenant = withRival('a');
    tenant.after[3] = tenant.interrupt;
    await expect(provide(pullRequest(), tenant.collaborators)).rejects.toThrow(Interrupted);
    expect(tenant.calls).toEqual(['list', 'add', 'list']);
  });

  test.each<[string, Partial<Label>]>([
    ['its own twin', { marker: '000000000000000000000001' }],
    ['a client at its end', { expiresAt: now - 500 }],
    ['a client of another name', { name: 'previews' }],
  ])('%s is no rival', async (_, changes) => {
    const tenant = withRival('a', changes);
    const provided = await provide(pullRequest(), tenant.collaborators);
    expect(provided).toMatchObject({ created: true, client: { clientId: 'm1' } });
    expect(tenant.sleeps).toEqual([]);
  });
});
