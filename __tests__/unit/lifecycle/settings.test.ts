import { describe, expect, test } from '@jest/globals';
import type { ListedClient } from '../../../src/capture/client.ts';
import {
  applyConfiguration,
  type Configuration,
  describeSettings,
  looksLikeCredential,
  readTemplate,
} from '../../../src/lifecycle/settings.ts';
import { now, runLabel } from '../../support/basics.ts';
import { Tenant } from '../../support/fake-capture.ts';

type Changes = Partial<Omit<Configuration, 'settings'>> & { settings?: Record<string, string> };

/**
 * Configures a client as a step does.
 * @param before the settings of clients; those of `new` are the defaults
 */
async function configure(
  { settings = {}, ...changes }: Changes,
  before: Record<string, Record<string, string>> = {},
  existing?: Pick<ListedClient, 'whitelist'>,
  tenant = new Tenant(),
) {
  tenant.add('new', runLabel, existing ?? {});
  for (const [clientId, own] of Object.entries(before)) {
    if (clientId !== 'new') tenant.add(clientId, runLabel);
    tenant.settings.set(clientId, own);
  }
  const configuration: Configuration = {
    ...{ whitelist: undefined, ...changes },
    settings: new Map(Object.entries(settings)),
  };
  const { dependencies } = tenant;
  const client = { clientId: 'new', whitelist: existing?.whitelist, createdAt: existing ? undefined : now };
  const names = await applyConfiguration(
    client,
    await readTemplate(configuration, dependencies.capture),
    dependencies,
  );
  const { calls, notices, log } = tenant;
  return {
    names,
    calls,
    notices,
    log,
    settings: tenant.settings.get('new'),
    client: tenant.clients.get('new'),
  };
}

describe('a new client', () => {
  test('gets nothing by default', async () => {
    expect(await configure({})).toMatchObject({ names: [], calls: [] });
  });

  test('gets every setting in the input, even one that equals the default', async () => {
    const settings = { site_name: 'Shop', flow: 'hush' };
    const whitelist = ['10.0.0.0/8', '192.0.2.1/32'];
    const result = await configure({ settings, whitelist }, { new: { site_name: 'Shop' } });
    expect(result).toMatchObject({ names: ['site_name', 'flow'], settings, client: { whitelist } });
    expect(result.calls).toEqual(['set_whitelist', 'set_multi']);
    expect(result.log).toEqual([
      'Limited client new to 10.0.0.0/8, 192.0.2.1/32.',
      'Set site_name and 1 other setting of client new.',
    ]);
  });

  test("gets the template's own settings: no default, no credential, not Hosted Login's ID", async () => {
    const defaults = { site_name: 'Shop', login_attempts: '6' };
    const template = {
      ...{ ...defaults, default_flow_name: 'standard', verify_email_url: 'https://t.example/' },
      ...{ rpx_key: 'r', fb_app_secret: 's', janrainOidcClientId: 'j' },
    };
    const result = await configure(
      {
        copySettingsFrom: 'template',
        settings: { verify_email_url: 'https://p.example/', login_attempts: '6' },
      },
      { new: defaults, template },
    );
    // What was given is set even if it's a default today.
    expect(result.names).toEqual(['default_flow_name', 'verify_email_url', 'login_attempts']);
    expect(result.settings).toMatchObject({ verify_email_url: 'https://p.example/' });
    expect(result.notices).toEqual([
      "Settings that look like credentials weren't copied: rpx_key, fb_app_secret. If the client needs them, add them to `settings`.",
    ]);
  });

  test('gets a credential that is in settings, without a notice', async () => {
    const changes = { copySettingsFrom: 'template', settings: { rpx_key: 'own' } };
    const result = await configure(changes, { template: { rpx_key: 'r' } });
    expect(result).toMatchObject({ settings: { rpx_key: 'own' }, notices: [] });
  });

  test('stops being configured when the step is canceled', async () => {
    const [first, second] = [new Tenant(), new Tenant()];
    for (const tenant of [first, second]) tenant.after[1] = tenant.cancel;
    const settings = { a: '1' };
    const canceled = { name: 'Canceled' };
    const changes = { settings, whitelist: ['10.0.0.0/8'] };
    await expect(configure(changes, {}, undefined, first)).rejects.toMatchObject(canceled);
    await expect(configure({ settings }, {}, undefined, second)).rejects.toMatchObject(canceled);
    expect([first.calls, second.calls]).toEqual([['set_whitelist'], ['set_multi']]);
  });
});

describe('a reused client', () => {
  const whitelist = ['10.0.0.0/8', '203.0.113.7/32'];

  test('gets nothing if everything matches, in any order', async () => {
    const result = await configure(
      { whitelist: whitelist.toReversed(), settings: { site_name: 'Shop' }, copySettingsFrom: 'template' },
      { new: { site_name: 'Shop', flow: 'standard' }, template: { flow: 'standard' } },
      { whitelist },
    );
    expect(result).toMatchObject({ names: [], calls: ['settings', 'settings'] });
  });

  test('gets only what differs, and keeps settings that are no longer given', async () => {
    const before = { new: { a: '1', b: '2', kept: 'k' } };
    const result = await configure({ settings: { a: '1', b: '3', c: '4' } }, before, { whitelist });
    expect(result.names).toEqual(['b', 'c']);
    expect(result.settings).toEqual({ a: '1', b: '3', c: '4', kept: 'k' });
  });

  test.each([
    ['fewer', ['10.0.0.0/8'], whitelist],
    ['more', [...whitelist, '192.0.2.1/32'], whitelist],
    ["and Capture doesn't return the current ones", whitelist, undefined],
  ])('gets an allow list with other ranges: %s', async (_, wanted, current) => {
    const result = await configure({ whitelist: wanted }, {}, { whitelist: current });
    expect(result).toMatchObject({ calls: ['set_whitelist'], client: { whitelist: wanted } });
  });

  test('gets a notice only if a copied redirect_uri_allow_list rejects the host of a preview', async () => {
    const template = { redirect_uri_allow_list: '["shop.example"]' };
    const copied = await configure({ copySettingsFrom: 'template' }, { template }, { whitelist });
    expect(copied).toMatchObject({ settings: template });
    expect(copied.notices).toEqual([
      'redirect_uri_allow_list was copied, so Capture rejects a redirect_uri on any other domain. To allow the domain of a preview, add redirect_uri_allow_list to `settings`.',
    ]);
    const settings = { redirect_uri_allow_list: '["pr-7.example"]' };
    const given = await configure({ copySettingsFrom: 'template', settings }, { template }, { whitelist });
    expect(given.notices).toEqual([]);
  });
});

test.each([
  [['site_name'], 'site_name'],
  [['site_name', 'default_flow_name'], 'site_name, default_flow_name'],
  [['MIIEpAIBAAKCAQEA', 'site_name'], 'site_name and 1 other setting'],
  [['site_name', 'a', 'b'], 'site_name and 2 other settings'],
  [['MIIEpAIBAAKCAQEA'], '1 setting'],
  [['a', 'b'], '2 settings'],
])('of %j, only names that the documents have are shown: %s', (names, text) => {
  expect(describeSettings(names)).toBe(text);
});

const credentials =
  'rpx_key fb_app_secret apiToken2 smtp_password_v12 client_secret_hint rpx_key_eu rpxKeyUs smtp_pass smtp_passwd private_key_pem api_key_prod auth_token_us signing_key_b64 webhook_auth oauth.bearer APIKEY';
const others = 'password_recover_url default_flow_name access_token_lifetime passportIssuer key_visual';
test.each([
  ...credentials.split(' ').map((key) => [key, true] as const),
  ...others.split(' ').map((key) => [key, false] as const),
])('%s looks like a credential: %s', (key, expected) => {
  expect(looksLikeCredential(key)).toBe(expected);
});
