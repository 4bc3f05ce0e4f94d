import { describe, expect, test } from '@jest/globals';
import { ExpectedError } from '../../../src/expected-error.ts';
import { Canceled } from '../../../src/lifecycle/cancellation.ts';
import { provideClient } from '../../../src/lifecycle/provide.ts';
import { reuseClient } from '../../../src/lifecycle/reuse.ts';
import { addExisting, fail, failures, pullRequest, withWhitelist } from '../../support/client-requests.ts';
import { Tenant, unknownClient } from '../../support/fake-capture.ts';
import { now, pullRequestLabel } from '../../support/fixtures.ts';

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

  test('sets no setting that the client already has', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    const { dependencies } = tenant;
    const settings = new Map([['site_name', 'Shop']]);
    const capture = { ...dependencies.capture, listSettings: async () => settings };
    const asked = pullRequest({ configuration: { ...withWhitelist.configuration, settings } });
    expect((await provideClient(asked, { ...dependencies, capture })).client.clientId).toBe('old');
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
    ['owner', /has owner, which capture-client-action didn't add/],
    ['access_issuer', /has access_issuer, which capture-client-action didn't add/],
    ['owner,access_issuer', /has owner and access_issuer, which capture-client-action didn't add/],
  ])("doesn't hand over %s unless features are given", async (privileged, message) => {
    const tenant = new Tenant();
    tenant.add('old', pullRequestLabel, { features: ['login_client', ...privileged.split(',')] });
    const refused = provideClient(pullRequest(), tenant.dependencies);
    await expect(refused).rejects.toThrow(ExpectedError);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({
      hint: 'Set features to the features that it should have, or delete the client.',
    });
    expect(tenant.calls).toEqual(['list']);
    const named = await provideClient(pullRequest({ features: ['login_client'] }), tenant.dependencies);
    expect(named.client).toMatchObject({ clientId: 'old', features: ['login_client'] });
  });

  test("doesn't hand over a client without a secret in the list", async () => {
    const tenant = new Tenant();
    tenant.add('old', pullRequestLabel, { clientSecret: '' });
    await expect(provideClient(pullRequest(), tenant.dependencies)).rejects.toThrow(
      /^Capture's list of clients has no secret for client old of this pull request\. Check that no proxy changes Capture's responses\.$/,
    );
    expect(tenant.calls).toEqual(['list']);
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

  test('because a cleanup set it to expired: the last look shows it, and a new one is created', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    tenant.after[2] = () => addExisting(tenant, 'old', { expiresAt: now - 500 });
    expect((await provideClient(pullRequest(), tenant.dependencies)).client.clientId).toBe('m1');
  });

  test.each([
    ['a rejection of its ID', 'before', fail(unknownClient()), unknownClient()],
    ['its absence from the list', 'after', undefined, undefined],
  ] as const)('is reported with %s', async (_, when, act, cause) => {
    const tenant = new Tenant();
    const existing = { ...tenant.add('old', pullRequestLabel), text: 'words', label: pullRequestLabel };
    tenant[when][1] = act ?? goes(tenant);
    const asked = { ...pullRequest(), template: undefined };
    const detail = cause === undefined ? '' : ` ${cause.problem}`;
    const error = await reuseClient(existing, asked, tenant.dependencies).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'StartOver',
      problem: `Client old of this pull request was deleted while this step was reusing it.${detail}`,
      hint: 'Run this job again. If that fails, too, check whether something deletes the client, such as another workflow.',
    });
    expect((error as Error).cause).toEqual(cause);
  });

  test('in every round ends the step after the fifth', async () => {
    const tenant = new Tenant();
    addExisting(tenant);
    for (let call = 2; call < 100; call += 2) tenant.before[call] = fail(unknownClient());
    await expect(provideClient(pullRequest(), tenant.dependencies)).rejects.toMatchObject({
      name: 'StartOver',
    });
    expect(tenant.calls).toHaveLength(10);
    expect(tenant.sleeps).toEqual([500, 1000, 2000, 4000]);
  });

  test.each(failures)("isn't confused with %s", async (_, error) => {
    const tenant = new Tenant();
    addExisting(tenant);
    tenant.before[2] = fail(error);
    await expect(provideClient(pullRequest(), tenant.dependencies)).rejects.toBe(error);
    expect(tenant.calls).toEqual(['list', 'set_description']);
  });
});
