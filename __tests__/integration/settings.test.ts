import { describe, expect, test } from '@jest/globals';
import type { Fault } from '../../emulator/emulator.ts';
import { printed, Scenario } from '../support/scenario.ts';

const ownSettings = { default_flow_name: 'standard', site_name: 'Shop', rpx_key: 'VALUE-rpx' };
const defaultSettings = { site_name: 'Shop', login_attempts: '6' };

/** Starts an application with default settings and a template client. */
async function withTemplate(faults: Fault[] = []) {
  const scenario = await Scenario.start({ emulator: { defaultSettings }, faults });
  const template = scenario.emulator.addClient({ description: 'the template', features: ['login_client'] });
  scenario.emulator.setSettings(template.client_id, ownSettings);
  return { scenario, template };
}

const settings = 'site_name=VALUE of pull request 42\nverify_email_url=https://VALUE.example/?a=b';

test('the new client has exactly the given settings, and no other client changes', async () => {
  const { scenario, template } = await withTemplate();
  await using _ = scenario;
  const before = scenario.emulator.clients();
  const main = await scenario.create({
    features: 'direct_access',
    ip_allow_list: '203.0.113.0/24, 203.0.113.7',
    settings,
    copy_settings_from: template.client_id,
  });
  expect(main.conclusion).toBe('success');
  const { client_id = '' } = main.outputs;
  expect(scenario.emulator.settings(client_id)).toEqual({
    default_flow_name: 'standard',
    site_name: 'VALUE of pull request 42',
    verify_email_url: 'https://VALUE.example/?a=b',
  });
  expect(scenario.clients.at(-1)?.whitelist).toEqual(['203.0.113.0/24', '203.0.113.7/32']);

  expect(scenario.emulator.clients().slice(0, -1)).toEqual(before);
  expect(scenario.emulator.settings(template.client_id)).toEqual(ownSettings);
  expect(scenario.emulator.settings(scenario.emulator.owner.client_id)).toEqual({});
  expect(scenario.emulator.defaultSettings()).toEqual(defaultSettings);

  expect(scenario.emulator.requests.map(({ call }) => call)).toEqual([
    'settings/items',
    'clients/add',
    'clients/set_whitelist',
    'settings/items',
    'settings/set_multi',
  ]);
  expect(printed(main) + main.rawSummary).not.toContain('VALUE');
});

describe('if configuration fails', () => {
  const steps: [string, Partial<Fault> & { call: string }][] = [
    ['reading the template', { call: 'settings/items' }],
    ['the allow list', { call: 'clients/set_whitelist' }],
    ['reading the defaults', { call: 'settings/items', after: 1 }],
    ['the settings', { call: 'settings/set_multi' }],
  ];
  const kinds: [string, (step: { call: string }) => Fault][] = [
    ['rejected', (step) => ({ kind: 'api-before-commit', code: 403, ...step })],
    ['without a response', (step) => ({ kind: 'hang-after-commit', times: Infinity, ...step })],
  ];
  const cases = steps.flatMap(([step, where]) =>
    kinds.map(([kind, fault]) => [step, kind, fault(where)] as const),
  );
  // A reset without a response is looked up in the list of clients (lifetimes.test.ts).
  const reset: Fault = { kind: 'api-before-commit', code: 403, call: 'clients/reset_secret' };
  cases.push(['the end of its secret', 'rejected', reset]);

  test.concurrent.each(cases)(
    'at %s, %s: no client is left, and the step says so',
    async (_step, kind, fault) => {
      const { scenario, template } = await withTemplate([fault]);
      await using _ = scenario;
      const main = await scenario.create({
        ip_allow_list: '203.0.113.7',
        settings,
        copy_settings_from: template.client_id,
        enforce_expiry: 'true',
        expires_in: '1h',
        timeout: '6s',
      });
      expect(main).toMatchObject({ conclusion: 'failure', outputs: {} });
      expect(main.annotations.at(-1)?.message).toContain(fault.call);
      if (kind === 'rejected') {
        expect(scenario.clients).toHaveLength(1);
      }
      await scenario.post();
      expect(scenario.ids).toEqual([template.client_id]);
      expect(scenario.emulator.settings(template.client_id)).toEqual(ownSettings);
      expect(printed(main)).not.toContain('VALUE');
    },
  );

  test("and the client can't be deleted, the post step deletes it", async () => {
    const faults: Fault[] = ['settings/set_multi', 'clients/delete'].map((call) => {
      return { kind: 'api-before-commit', code: 403, call };
    });
    const { scenario, template } = await withTemplate(faults);
    await using _ = scenario;
    await scenario.create({ settings });
    expect(scenario.clients).toHaveLength(2);
    await scenario.post();
    expect(scenario.ids).toEqual([template.client_id]);
  });

  test("Capture's text about a value isn't repeated", async () => {
    const { scenario } = await withTemplate();
    await using _ = scenario;
    const description = 'items was not valid for the following reason: VALUE is too long';
    const error = { stat: 'error', code: 200, error: 'invalid_argument', argument_name: 'items' };
    const body = JSON.stringify({ ...error, error_description: description, request_id: 'r1' });
    scenario.emulator.inject({ kind: 'response', call: 'settings/set_multi', body });
    const main = await scenario.create({ settings });
    expect(main.log).toContain('request r1');
    expect(printed(main)).not.toContain('VALUE');
  });
});
