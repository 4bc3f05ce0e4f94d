import { describe, expect, test } from '@jest/globals';
import type { Capture, Client } from '../../../src/capture/client.ts';
import { Canceled } from '../../../src/lifecycle/cancellation.ts';
import type { Dependencies } from '../../../src/lifecycle/dependencies.ts';
import {
  applyConfiguration,
  type Configuration,
  looksLikeCredential,
  readTemplate,
} from '../../../src/lifecycle/settings.ts';

const created = { clientId: 'new', isNew: true };

/** A Capture with settings of several clients over the application's defaults. Records every change. */
function application(own: Record<string, Record<string, string>>, defaults: Record<string, string> = {}) {
  const changes: unknown[] = [];
  const notices: string[] = [];
  const log: string[] = [];
  const cancellation = new AbortController();
  const capture: Partial<Capture> = {
    async setWhitelist(...change) {
      changes.push(['whitelist', ...change]);
    },
    async listSettings(clientId) {
      return new Map(Object.entries({ ...defaults, ...own[clientId] }));
    },
    async setSettings(clientId, settings) {
      changes.push(['settings', clientId, Object.fromEntries(settings)]);
      own[clientId] = { ...own[clientId], ...Object.fromEntries(settings) };
    },
  };
  const dependencies: Partial<Dependencies> = {
    capture: capture as Capture,
    retry: (send) => send(),
    signal: cancellation.signal,
    log: { info: (message) => log.push(message), notice: (message) => notices.push(message), mask() {} },
  };
  /** Reads the template and applies the configuration, as a step does. */
  async function apply(
    asked: Configuration,
    target: Pick<Client, 'clientId' | 'whitelist'> & { isNew: boolean },
  ): Promise<void> {
    const { isNew, ...client } = target;
    const template = await readTemplate(asked, dependencies as Dependencies);
    await applyConfiguration({ client, isNew, configuration: asked, template }, dependencies as Dependencies);
  }
  return { changes, notices, log, cancellation, own, apply };
}

function configuration(given: Partial<Configuration>): Configuration {
  return { whitelist: undefined, settings: new Map(), copySettingsFrom: undefined, ...given };
}

describe('a new client', () => {
  test('gets nothing by default', async () => {
    const { apply, changes } = application({});
    await apply(configuration({}), created);
    expect(changes).toEqual([]);
  });

  test('gets every setting in the input, even one that equals the default', async () => {
    const { apply, changes, log } = application({}, { site_name: 'Shop' });
    const settings = new Map([
      ['site_name', 'Shop'],
      ['flow', 'hush'],
    ]);
    const asked = configuration({ settings, whitelist: ['10.0.0.0/8', '192.0.2.1/32'] });
    await apply(asked, created);
    expect(changes).toEqual([
      ['whitelist', 'new', ['10.0.0.0/8', '192.0.2.1/32']],
      ['settings', 'new', { site_name: 'Shop', flow: 'hush' }],
    ]);
    expect(log).toEqual([
      'Limited client new to 10.0.0.0/8, 192.0.2.1/32.',
      'Set site_name, flow of client new.',
    ]);
  });

  test("gets the template's own settings: no default, no credential, not Hosted Login's ID", async () => {
    const template = {
      default_flow_name: 'standard',
      site_name: 'Shop',
      rpx_key: 'r',
      fb_app_secret: 's',
      janrainOidcClientId: 'j',
      verify_email_url: 'https://t.example/verify',
    };
    const world = application({ template }, { site_name: 'Shop', login_attempts: '6' });
    const settings = new Map([['verify_email_url', 'https://p.example/verify']]);
    const asked = configuration({ copySettingsFrom: 'template', settings });
    await world.apply(asked, created);
    expect(world.changes).toEqual([
      ['settings', 'new', { default_flow_name: 'standard', verify_email_url: 'https://p.example/verify' }],
    ]);
    expect(world.notices).toEqual([
      expect.stringMatching(/look like credentials weren't copied: rpx_key, fb_app_secret\. /),
    ]);
    expect(world.own.template).toEqual(template);
  });

  test('stops being configured when the step is canceled', async () => {
    const { apply, changes, cancellation } = application({});
    cancellation.abort();
    const asked = configuration({ settings: new Map([['a', '1']]) });
    await expect(apply({ ...asked, whitelist: ['10.0.0.0/8'] }, created)).rejects.toThrow(Canceled);
    await expect(apply(asked, created)).rejects.toThrow(Canceled);
    expect(changes.map((change) => (change as unknown[])[0])).toEqual(['whitelist', 'settings']);
  });

  test('gets a credential that is in settings, without a notice', async () => {
    const { apply, changes, notices } = application({ template: { rpx_key: 'r' } });
    const asked = configuration({ copySettingsFrom: 'template', settings: new Map([['rpx_key', 'own']]) });
    await apply(asked, created);
    expect(changes).toEqual([['settings', 'new', { rpx_key: 'own' }]]);
    expect(notices).toEqual([]);
  });
});

describe('a reused client', () => {
  const reused = { clientId: 'new', isNew: false, whitelist: ['10.0.0.0/8', '203.0.113.7/32'] };

  test('gets nothing if everything matches, in any order', async () => {
    const own = { new: { site_name: 'Shop', flow: 'standard' }, template: { flow: 'standard' } };
    const { apply, changes } = application(own);
    const asked = configuration({
      whitelist: ['203.0.113.7/32', '10.0.0.0/8'],
      settings: new Map([['site_name', 'Shop']]),
      copySettingsFrom: 'template',
    });
    await apply(asked, reused);
    expect(changes).toEqual([]);
  });

  test('gets only what differs, and keeps settings that are no longer given', async () => {
    const own = { new: { a: '1', b: '2', kept: 'k' } };
    const { apply, changes } = application(own);
    const asked = configuration({
      settings: new Map([
        ['a', '1'],
        ['b', '3'],
        ['c', '4'],
      ]),
    });
    await apply(asked, reused);
    expect(changes).toEqual([['settings', 'new', { b: '3', c: '4' }]]);
    expect(own.new).toEqual({ a: '1', b: '3', c: '4', kept: 'k' });
  });

  test("gets a different allow list, also if Capture doesn't return its current one", async () => {
    const { apply, changes } = application({});
    const asked = configuration({ whitelist: ['10.0.0.0/8'] });
    await apply(asked, reused);
    await apply(asked, { ...reused, whitelist: undefined });
    const wider = configuration({ whitelist: [...reused.whitelist, '192.0.2.1/32'] });
    await apply(wider, reused);
    expect(changes.pop()).toEqual(['whitelist', 'new', wider.whitelist]);
    expect(changes).toEqual([
      ['whitelist', 'new', ['10.0.0.0/8']],
      ['whitelist', 'new', ['10.0.0.0/8']],
    ]);
  });

  test('gets a notice if a copied redirect_uri_allow_list rejects the host of a preview', async () => {
    const template = { redirect_uri_allow_list: '["shop.example"]' };
    const { apply, changes, notices } = application({ template });
    await apply(configuration({ copySettingsFrom: 'template' }), reused);
    expect(changes).toEqual([['settings', 'new', template]]);
    expect(notices).toEqual([expect.stringMatching(/^redirect_uri_allow_list was copied, so/)]);
    const settings = new Map([['redirect_uri_allow_list', '["pr-7.example"]']]);
    await apply(configuration({ copySettingsFrom: 'template', settings }), reused);
    expect(notices).toHaveLength(1);
  });
});

test.each([
  ['rpx_key', true],
  ['fb_app_secret', true],
  ['apiToken2', true],
  ['smtp_password_v12', true],
  ['client_secret_hint', true],
  ['password_recover_url', false],
  ['default_flow_name', false],
  ...[
    'rpx_key_eu',
    'rpxKeyUs',
    'smtp_pass',
    'smtp_passwd',
    'private_key_pem',
    'api_key_prod',
    'auth_token_us',
    'signing_key_b64',
    'webhook_auth',
    'oauth.bearer',
    'APIKEY',
  ].map((key) => [key, true] as const),
  ['access_token_lifetime', false],
  ['passportIssuer', false],
  ['key_visual', false],
])('%s looks like a credential: %s', (key, expected) => {
  expect(looksLikeCredential(key)).toBe(expected);
});
