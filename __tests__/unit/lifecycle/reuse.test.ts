import { describe, expect, test } from '@jest/globals';
import { formatTime, type Label } from '../../../src/lifecycle/label.ts';
import { provisionClient } from '../../../src/lifecycle/provision.ts';
import { reuseClient } from '../../../src/lifecycle/reuse.ts';
import { captureError, now, pullRequestLabel } from '../../support/basics.ts';
import {
  addExisting,
  fail,
  failures,
  pullRequest,
  rejection,
  withWhitelist,
} from '../../support/client-requests.ts';
import { afterCall, beforeCall, loseResponse, Tenant, unknownClient } from '../../support/fake-capture.ts';

/** A tenant in which an earlier run of the pull request left a client. */
function withExisting(changes: Partial<Label> = {}): Tenant {
  const tenant = new Tenant();
  addExisting(tenant, 'old', changes);
  return tenant;
}

const reuse = (tenant: Tenant, ...changes: Parameters<typeof pullRequest>) =>
  provisionClient(pullRequest(...changes), tenant.dependencies);

describe('a reused client', () => {
  test('gets a new marker and expiry, and keeps its secret and description', async () => {
    const tenant = withExisting({ expiresAt: now + 359_500 });
    const { client, label, ...rest } = await reuse(tenant);
    expect(rest).toEqual({ created: false, oldSecretValidUntil: undefined, settings: [] });
    expect(client).toMatchObject({
      clientId: 'old',
      clientSecret: 'secret of old',
      features: ['login_client'],
    });
    expect(client.description).toMatch(/^words \[/);
    expect(label).toEqual({ ...pullRequestLabel, marker: label.marker });
    expect(label.marker).not.toBe(pullRequestLabel.marker);
    expect(tenant.labelOf('old')).toEqual(label);
    expect(tenant.calls).toEqual(['list', 'set_description', 'list']);
    expect(tenant.masked).toEqual([['secret of old', 3]]);
    expect(tenant.log).toEqual([
      'Reusing client old of this pull request.',
      `Renewed the expiration: ${formatTime(pullRequestLabel.expiresAt)}.`,
    ]);
    expect(tenant.saved).toBeUndefined();
  });

  const settings = new Map([['site_name', 'Shop']]);
  test.each<[string, Parameters<typeof pullRequest>[0], string[], object]>([
    [
      'a description',
      { text: { value: 'new', given: true } },
      [],
      { description: expect.stringMatching(/^new \[/) },
    ],
    ['other features', { features: [] }, ['set_features'], { features: [] }],
    ['the features that it has', { features: ['login_client'] }, [], { features: ['login_client'] }],
    ['an allow list', withWhitelist, ['set_whitelist'], { whitelist: ['10.0.0.0/8'] }],
    [
      'settings that it has',
      { configuration: { ...withWhitelist.configuration, whitelist: undefined, settings } },
      ['settings'],
      {},
    ],
  ])('is changed only if it differs: %s', async (_, changes, calls, expected) => {
    const tenant = withExisting();
    tenant.settings.set('old', Object.fromEntries(settings));
    expect((await reuse(tenant, changes)).client).toMatchObject(expected);
    expect(tenant.calls).toEqual(['list', 'set_description', ...calls, 'list']);
  });

  test.each([
    ['its description', 2, { features: [] }],
    ['its features', 3, { features: [] }],
    ['its allow list', 3, {}],
  ])('is left as it is by a cancellation after %s', async (_, call, changes) => {
    const tenant = withExisting();
    tenant.after[call] = tenant.cancel;
    const stopped = reuse(tenant, { rotateHours: 1, ...withWhitelist, ...changes });
    await expect(stopped).rejects.toMatchObject({ name: 'Canceled' });
    expect(tenant.calls).toHaveLength(call);
    expect([...tenant.clients.keys()]).toEqual(['old']);
  });

  test.each([
    [['owner'], 'owner'],
    [['access_issuer', 'owner'], 'access_issuer and owner'],
  ])("isn't handed over with %j unless features are given", async (privileged, text) => {
    const tenant = new Tenant();
    tenant.add('old', pullRequestLabel, { features: ['login_client', ...privileged] });
    await expect(reuse(tenant)).rejects.toMatchObject({
      problem: `Client old of this pull request has ${text}, which capture-client-action didn't add. Nothing was handed over.`,
      hint: 'Set `features` to the features that it should have, or delete the client.',
    });
    expect(tenant.calls).toEqual(['list']);
    const { client } = await reuse(tenant, { features: ['login_client'] });
    expect(client).toMatchObject({ clientId: 'old', features: ['login_client'] });
  });
});

describe('a client that is deleted while it is reused', () => {
  test.each<[string, (tenant: Tenant) => void]>([
    ['before its label is written', beforeCall(2, (one) => one.clients.delete('old'))],
    ['after that', afterCall(2, (one) => one.clients.delete('old'))],
    [
      'by a cleanup that set it to expired',
      afterCall(2, (one) => addExisting(one, 'old', { expiresAt: now - 500 })),
    ],
    ['or lost its label', afterCall(2, (one) => one.add('old', pullRequestLabel, { description: 'words' }))],
  ])('is replaced: %s', async (_, prepare) => {
    const tenant = withExisting();
    prepare(tenant);
    expect(await reuse(tenant)).toMatchObject({ created: true, client: { clientId: 'm1' } });
    expect(tenant.sleeps).toContain(500);
  });

  test.each([
    ['rejected', 'before', unknownClient()],
    ['missing in the list', 'after', undefined],
  ] as const)('is reported with the reason: %s', async (_, when, cause) => {
    const tenant = new Tenant();
    const existing = { ...tenant.add('old', pullRequestLabel), text: 'words', label: pullRequestLabel };
    tenant[when][1] = () => {
      tenant.clients.clear();
    };
    const error = await reuseClient(existing, pullRequest(), tenant.dependencies).catch(
      (thrown: unknown) => thrown,
    );
    const detail = cause === undefined ? '' : ` ${cause.problem}`;
    expect(error).toMatchObject({
      name: 'StartOver',
      problem: `Client old of this pull request was deleted while this step was reusing it.${detail}`,
      hint: 'Run this job again. If that fails, too, check whether something deletes the client, such as another workflow.',
    });
    expect((error as Error).cause).toEqual(cause);
  });

  test("isn't one that Capture doesn't know yet, because another run has just created it", async () => {
    const tenant = withExisting();
    tenant.before[2] = fail(unknownClient());
    expect(await reuse(tenant)).toMatchObject({ created: false, client: { clientId: 'old' } });
    expect(tenant.calls.slice(0, 3)).toEqual(['list', 'set_description', 'set_description']);
  });

  test('in every round ends the step after the fifth', async () => {
    const tenant = withExisting();
    for (let call = 1; call < 100; call += 1) {
      tenant.before[call] = () => {
        if (tenant.calls.at(-1) === 'set_description') throw unknownClient();
      };
    }
    await expect(reuse(tenant)).rejects.toMatchObject({ name: 'StartOver' });
    expect(tenant.calls.filter((name) => name === 'list')).toHaveLength(5);
    expect(tenant.sleeps).toEqual([500, 1000, 2000, 4000]);
  });

  test.each(failures)("isn't confused with %s", async (_, error) => {
    const tenant = withExisting();
    tenant.before[2] = fail(error);
    await expect(reuse(tenant)).rejects.toBe(error);
    expect(tenant.calls).toEqual(['list', 'set_description']);
  });
});

describe('the secret of a reused client', () => {
  const [current, next] = ['secret of old', 'new secret of old'];

  test.each([
    ['rotated on request', { rotateHours: 24 }, 'reset_secret 24', next, now + 24 * 3_600_000],
    ['rotated at once', { rotateHours: 0 }, 'reset_secret 0', next, now],
    [
      'unchanged if its expiry is enforced',
      { enforcedHours: 3, rotateHours: 1 },
      'reset_secret 3',
      current,
      undefined,
    ],
  ])('is %s', async (_, changes, call, secret, oldSecretValidUntil) => {
    const tenant = withExisting();
    expect(await reuse(tenant, changes)).toMatchObject({ client: { clientSecret: secret } });
    expect((await reuse(withExisting(), changes)).oldSecretValidUntil).toBe(oldSecretValidUntil);
    expect(tenant.calls).toEqual(['list', 'set_description', 'list', call]);
    expect(tenant.masked.map(([masked]) => masked)).toEqual([current, next]);
  });

  test('is the subject of a notice if its expiry is enforced: the secret of the call before is rejected', async () => {
    const tenant = withExisting();
    await reuse(tenant, { rotateHours: 1 });
    expect(tenant.notices).toEqual([]);
    await reuse(tenant, { enforcedHours: 3 });
    expect(tenant.notices).toEqual([
      '`enforce_expiry` issues another secret on each reuse. If the call before set it, too, the secret that it handed out for client old is rejected from now on: redeploy what uses it.',
    ]);
  });

  test("isn't rotated if Capture rejects that", async () => {
    const tenant = withExisting();
    tenant.before[4] = fail(rejection);
    await expect(reuse(tenant, { rotateHours: 0 })).rejects.toBe(rejection);
  });

  test('is the one in the list after a lost response, and not handed over if that is the old one', async () => {
    const [taken, lost] = [withExisting(), withExisting()];
    taken.after[4] = loseResponse;
    expect((await reuse(taken, { rotateHours: 0 })).client.clientSecret).toBe(next);
    expect(taken.masked.map(([masked]) => masked)).toContain(next);
    lost.before[4] = loseResponse;
    const { problem, hint } = captureError();
    await expect(reuse(lost, { rotateHours: 0 })).rejects.toMatchObject({
      problem: `${problem} It's unknown whether client old has a new secret.`,
      hint,
    });
    expect(lost.clients.size).toBe(1);
  });
});
