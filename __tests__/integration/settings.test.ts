import { expect, test } from '@jest/globals';
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
