import { describe, expect, test } from '@jest/globals';
import type { StageResult, StepOptions } from '../support/runner/run.ts';
import { formsOf, onPullRequest, printed, Scenario } from '../support/scenario.ts';

const event = onPullRequest(42);
const forPullRequest = { lifetime: 'pull_request', features: 'login_client' };
const given = {
  settings: 'site_name=VALUE\nverify_email_url=https://VALUE.example/',
  ip_allow_list: '203.0.113.7',
};

function configure(
  scenario: Scenario,
  inputs: Record<string, string> = given,
  options: Partial<StepOptions> = event,
): Promise<StageResult> {
  return scenario.run('configure', inputs, options);
}

/** The calls that change something. */
function changesIn({ emulator }: Scenario): string[] {
  return emulator.requests.map(({ call }) => call).filter((call) => !/\/(?:list|items)$/.test(call));
}

describe('configure', () => {
  test('sets the settings and the allow list of the client, and nothing else', async () => {
    await using scenario = await Scenario.start();
    const { outputs } = await scenario.create(forPullRequest, event);
    const { client_id = '', client_secret = '' } = outputs;
    scenario.emulator.setSettings(client_id, { login_attempts: '3' });
    const [before] = scenario.clients;
    const main = await configure(scenario);
    expect(main).toMatchObject({ conclusion: 'success', outputs: { client_id } });
    expect(scenario.emulator.settings(client_id)).toEqual({
      login_attempts: '3',
      site_name: 'VALUE',
      verify_email_url: 'https://VALUE.example/',
    });
    expect(scenario.clients).toEqual([{ ...before, whitelist: ['203.0.113.7/32'] }]);
    expect(changesIn(scenario)).toEqual(['clients/add', 'clients/set_whitelist', 'settings/set_multi']);
    expect(scenario.emulator.authenticates(client_id, client_secret)).toBe(true);
  });

  test('hands over no secret and no value, and saves no state', async () => {
    await using scenario = await Scenario.start();
    const { outputs } = await scenario.create({ ...forPullRequest, enforce_expiry: 'true' }, event);
    const main = await configure(scenario, given, { ...event, env: { ...event.env, RUNNER_DEBUG: '1' } });
    expect(main.conclusion).toBe('success');
    expect(main.outputs).toEqual({ client_id: outputs.client_id });
    expect(main.state).toEqual({});
    const shown = printed(main) + main.rawSummary;
    for (const form of formsOf(outputs.client_id ?? '', outputs.client_secret ?? ''))
      expect(shown).not.toContain(form);
    expect(shown).not.toContain('VALUE');
  });

  test('finds the client of a pull request by its number, and that of this run', async () => {
    await using scenario = await Scenario.start();
    const ofPullRequest = await scenario.create(forPullRequest, event);
    const ofRun = await scenario.create();
    const numbered = await configure(scenario, { ...given, pull_request: '42' }, {});
    expect(numbered.outputs.client_id).toBe(ofPullRequest.outputs.client_id);
    const inRun = await configure(scenario, { settings: 'a=b', lifetime: 'run' });
    expect(inRun.outputs.client_id).toBe(ofRun.outputs.client_id);
    expect(scenario.emulator.settings(ofRun.outputs.client_id ?? '')).toEqual({ a: 'b' });
  });

  test.each<[string, Record<string, string>, Partial<StepOptions>]>([
    ['another name', { ...given, name: 'api' }, event],
    ['another pull request', given, onPullRequest(4)],
    ['another run', { ...given, lifetime: 'run' }, { env: { GITHUB_RUN_ID: '1002' } }],
    [
      'another repository',
      { ...given, pull_request: '42' },
      { env: { GITHUB_REPOSITORY_ID: '999', GITHUB_REPOSITORY: 'acme/other' } },
    ],
    // The recipe looks for the pull request of the commit, and finds the merged one.
    [
      'a production deployment of a merged pull request',
      { ...given, pull_request: '41' },
      { event: { deployment: {}, deployment_status: {} }, env: { GITHUB_EVENT_NAME: 'deployment_status' } },
    ],
  ])('%s has no client: an error, and none is created', async (_, inputs, options) => {
    await using scenario = await Scenario.start();
    await scenario.create(forPullRequest, event);
    const before = scenario.emulator.clients();
    const stage = await configure(scenario, inputs, options);
    expect(stage).toMatchObject({ conclusion: 'failure', outputs: {} });
    expect(stage.annotations.at(-1)?.message).toMatch(/^No client at .* the name /);
    expect(printed(stage)).not.toContain('VALUE');
    expect(changesIn(scenario)).toEqual(['clients/add']);
    expect(scenario.emulator.clients()).toEqual(before);
  });
});
