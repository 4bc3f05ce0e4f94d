import { describe, expect, test } from '@jest/globals';
import type { Capture } from '../../../src/capture/client.ts';
import { Interrupted } from '../../../src/lifecycle/interruption.ts';
import type { Collaborators } from '../../../src/lifecycle/provision.ts';
import {
  bringInLine,
  type Configuration,
  configureNew,
  holdsCredential,
  prepare,
} from '../../../src/lifecycle/settings.ts';

const client = { clientId: 'new', clientSecret: 'secret', description: 'words', features: [] };

/** A Capture of three clients' settings over the application's defaults, which notes every change. */
function application(own: Record<string, Record<string, string>>, defaults: Record<string, string> = {}) {
  const changes: unknown[] = [];
  const notices: string[] = [];
  const told: string[] = [];
  const interruption = new AbortController();
  const capture: Partial<Capture> = {
    async setWhitelist(...change) {
      changes.push(['whitelist', ...change]);
    },
    async listSettings(clientId) {
      return new Map(Object.entries({ ...defaults, ...own[clientId] }));
    },
    async getDefaultSetting(key) {
      return defaults[key];
    },
    async setSettings(clientId, settings) {
      changes.push(['settings', clientId, Object.fromEntries(settings)]);
      own[clientId] = { ...own[clientId], ...Object.fromEntries(settings) };
    },
  };
  const collaborators: Partial<Collaborators> = {
    capture: capture as Capture,
    interrupted: interruption.signal,
    info: (message) => told.push(message),
    notice: (message) => notices.push(message),
  };
  return { changes, notices, told, interruption, own, collaborators: collaborators as Collaborators };
}

function configuration(given: Partial<Configuration>): Configuration {
  return { whitelist: undefined, settings: new Map(), copySettingsFrom: undefined, ...given };
}

describe('a new client', () => {
  test('gets nothing where nothing is asked for', async () => {
    const { collaborators, changes } = application({});
    await configureNew(client, await prepare(configuration({}), collaborators), collaborators);
    expect(changes).toEqual([]);
  });

  test('gets every setting that is named, even one that is the default today', async () => {
    const { collaborators, changes, told } = application({}, { site_name: 'Shop' });
    const settings = new Map([
      ['site_name', 'Shop'],
      ['flow', 'hush'],
    ]);
    const asked = configuration({ settings, whitelist: ['10.0.0.0/8', '192.0.2.1/32'] });
    await configureNew(client, await prepare(asked, collaborators), collaborators);
    expect(changes).toEqual([
      ['whitelist', 'new', ['10.0.0.0/8', '192.0.2.1/32']],
      ['settings', 'new', { site_name: 'Shop', flow: 'hush' }],
    ]);
    expect(told).toEqual([
      'Client new may be used from 10.0.0.0/8, 192.0.2.1/32 alone.',
      'Set for client new: site_name, flow.',
    ]);
  });

  test("gets of a template what is its own: no default, no credential, not Hosted Login's id", async () => {
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
    await configureNew(client, await prepare(asked, world.collaborators), world.collaborators);
    expect(world.changes).toEqual([
      ['settings', 'new', { default_flow_name: 'standard', verify_email_url: 'https://p.example/verify' }],
    ]);
    expect(world.notices).toEqual([
      expect.stringMatching(/hold credentials: rpx_key, fb_app_secret\. Give them in settings/),
    ]);
    expect(world.own.template).toEqual(template);
  });

  test('is no longer configured once the step is interrupted', async () => {
    const { collaborators, changes, interruption } = application({});
    interruption.abort();
    const asked = configuration({ settings: new Map([['a', '1']]) });
    const both = await prepare({ ...asked, whitelist: ['10.0.0.0/8'] }, collaborators);
    await expect(configureNew(client, both, collaborators)).rejects.toThrow(Interrupted);
    const ready = await prepare(asked, collaborators);
    await expect(configureNew(client, ready, collaborators)).rejects.toThrow(Interrupted);
    expect(changes.map((change) => (change as unknown[])[0])).toEqual(['whitelist', 'settings']);
  });

  test('gets a credential that is named in settings, without a notice', async () => {
    const { collaborators, changes, notices } = application({ template: { rpx_key: 'r' } });
    const asked = configuration({ copySettingsFrom: 'template', settings: new Map([['rpx_key', 'own']]) });
    await configureNew(client, await prepare(asked, collaborators), collaborators);
    expect(changes).toEqual([['settings', 'new', { rpx_key: 'own' }]]);
    expect(notices).toEqual([]);
  });
});

describe('a reused client', () => {
  const reused = { ...client, whitelist: ['10.0.0.0/8', '203.0.113.7/32'] };

  test('gets nothing where it has all, in whatever order', async () => {
    const own = { new: { site_name: 'Shop', flow: 'standard' }, template: { flow: 'standard' } };
    const { collaborators, changes } = application(own);
    const asked = configuration({
      whitelist: ['203.0.113.7/32', '10.0.0.0/8'],
      settings: new Map([['site_name', 'Shop']]),
      copySettingsFrom: 'template',
    });
    await bringInLine(reused, await prepare(asked, collaborators), collaborators);
    expect(changes).toEqual([]);
  });

  test('gets what differs alone, and keeps what nobody names any more', async () => {
    const own = { new: { a: '1', b: '2', kept: 'k' } };
    const { collaborators, changes } = application(own);
    const asked = configuration({
      settings: new Map([
        ['a', '1'],
        ['b', '3'],
        ['c', '4'],
      ]),
    });
    await bringInLine(reused, await prepare(asked, collaborators), collaborators);
    expect(changes).toEqual([['settings', 'new', { b: '3', c: '4' }]]);
    expect(own.new).toEqual({ a: '1', b: '3', c: '4', kept: 'k' });
  });

  test('gets another allow list, and where Capture tells none, the one that was asked for', async () => {
    const { collaborators, changes } = application({});
    const ready = await prepare(configuration({ whitelist: ['10.0.0.0/8'] }), collaborators);
    await bringInLine(reused, ready, collaborators);
    await bringInLine({ ...client, whitelist: undefined }, ready, collaborators);
    const wider = configuration({ whitelist: [...reused.whitelist, '192.0.2.1/32'] });
    await bringInLine(reused, await prepare(wider, collaborators), collaborators);
    expect(changes.pop()).toEqual(['whitelist', 'new', wider.whitelist]);
    expect(changes).toEqual([
      ['whitelist', 'new', ['10.0.0.0/8']],
      ['whitelist', 'new', ['10.0.0.0/8']],
    ]);
  });

  test("keeps its own value where the template has none but the application's default", async () => {
    const own = { new: { site_name: 'Preview' }, template: { flow: 'new' } };
    const { collaborators, changes } = application(own, { site_name: 'Shop', flow: 'standard' });
    const ready = await prepare(configuration({ copySettingsFrom: 'template' }), collaborators);
    await bringInLine(reused, ready, collaborators);
    expect(changes).toEqual([['settings', 'new', { flow: 'new' }]]);
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
])('%s: does its name say that it holds a credential? %s', (key, expected) => {
  expect(holdsCredential(key)).toBe(expected);
});
