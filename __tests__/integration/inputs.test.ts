import { describe, expect, test } from '@jest/globals';
import type { StageResult } from '../support/runner/run.ts';
import { Job } from '../support/runner/run.ts';
import { onPullRequest, printed, Scenario } from '../support/scenario.ts';

/** The step fails because of an input, by its name, and sent nothing. */
function expectRejected(stage: StageResult, scenario: Scenario, ...names: string[]): void {
  expect(stage).toMatchObject({ conclusion: 'failure', outputs: {}, stderr: '' });
  expect(scenario.emulator.requests).toEqual([]);
  const [error] = stage.annotations.filter(({ level }) => level === 'error');
  expect(error?.title).toMatch(/invalid inputs$/);
  for (const name of names) expect(error?.message).toContain(name);
}

const unexpanded = ['$(domain)', '$DOMAIN', '$' + '{DOMAIN}', '$' + '{{ secrets.X }}', '%DOMAIN%'];
const secret = 'owner_client_secret';

describe('a variable that was not replaced by its value', () => {
  test.each(unexpanded)('%s is rejected as every input, by name', async (value) => {
    await using scenario = await Scenario.start();
    const names = [
      'capture_domain',
      'owner_client_id',
      secret,
      'description',
      'features',
      'name',
      'expires_in',
    ];
    const main = await scenario.create(Object.fromEntries(names.map((name) => [name, value])));
    expectRejected(main, scenario, ...names);
  });
});

test('the sentence about a short seal key can be read', async () => {
  await using scenario = await Scenario.start();
  await using other = new Job();
  const main = await scenario.create({ seal_key: 'short' });
  expectRejected(main, scenario, 'seal_key', 'too short: 5 characters');
  const opened = await scenario.unseal(other, { sealed_credentials: 'a.b.c.d.e', seal_key: 'short' });
  expectRejected(opened, scenario, 'seal_key', 'too short: 5 characters');
  for (const { log } of [main, opened]) expect(log).not.toContain('***');
});

describe('the limits of a description hold for the bytes that are sent', () => {
  test('the longest ones keep their label where 1,000 bytes are stored', async () => {
    const rules = {
      maxDescriptionLength: 1000,
      descriptionUnit: 'bytes',
      longDescriptions: 'truncate',
    } as const;
    await using scenario = await Scenario.start({ emulator: rules });
    const inputs = { description: '東'.repeat(166), name: '東'.repeat(21), lifetime: 'pull_request' };
    const { outputs } = await scenario.create(inputs, onPullRequest(42));
    expect(outputs.created).toBe('true');
    const again = await scenario.create(inputs, onPullRequest(42));
    expect(again.outputs).toMatchObject({ created: 'false', client_id: outputs.client_id });
  });
});

describe('of a setting with several lines, nothing that was not checked is printed', () => {
  const key = ['-----BEGIN PRIVATE KEY-----', 'VALUEone', 'VALUEtwo==', '-----END PRIVATE KEY-----'];

  test.each([
    ['a key in PEM format', `site_name=Shop\nsigning_key=${key.join('\n')}`],
    ['a line with a known form of key', 'VALUE first\nVALUEkey=VALUE'],
    ['a line break in base64', `signing_key=${'VALUE'.repeat(12)}\nVALUEend==`],
    ['JSON that is not closed', '{"signing_key": "VALUE'],
    ['JSON with an invalid key', '{"VALUE key": "VALUE"}'],
  ])('%s is rejected', async (_, settings) => {
    await using scenario = await Scenario.start();
    const main = await scenario.create({ settings });
    expectRejected(main, scenario, 'settings');
    expect(printed(main) + main.rawSummary).not.toMatch(/VALUE|PRIVATE/);
  });

  test('a second line that looks like a setting is set, and its name is not printed', async () => {
    await using scenario = await Scenario.start();
    const main = await scenario.create({ settings: 'site_name=Shop\napi_key=first\nVALUEpart=rest' });
    expect(main.conclusion).toBe('success');
    expect(printed(main) + main.rawSummary).not.toContain('VALUE');
  });
});
