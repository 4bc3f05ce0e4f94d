import { expect, test } from '@jest/globals';
import { Scenario } from '../support/scenario.ts';

test.each(['basic-auth', 'janrain-signed'])(
  '%s works with a description that is not ASCII',
  async (scheme) => {
    await using scenario = await Scenario.start();
    const main = await scenario.create({ auth_scheme: scheme, description: 'Größe = 1 & 2 + „drei“' });
    expect(main.conclusion).toBe('success');
    expect(scenario.emulator.clients().at(-1)?.description).toMatch(
      /^Größe = 1 & 2 \+ „drei“ \[capture-client/,
    );
    expect(scenario.emulator.requests[0]?.headers.authorization).toMatch(
      scheme === 'basic-auth' ? /^Basic / : /^Signature /,
    );
  },
);

test('the user agent has the version, repository, and run', async () => {
  await using scenario = await Scenario.start();
  await scenario.create();
  expect(scenario.emulator.requests[0]?.headers['user-agent']).toMatch(
    /^capture-client-action\/\d+\.\d+\.\d+ \(github\.com\/acme\/shop; run 1001\)$/,
  );
});

test('the outputs are those of the client as it is in Capture', async () => {
  await using scenario = await Scenario.start();
  const { outputs } = await scenario.create({ features: '["direct_read_access"]' });
  const [created] = scenario.clients;
  expect(outputs).toEqual({
    capture_domain: scenario.emulator.domain,
    client_id: created?.client_id,
    client_secret: created?.client_secret,
    description: created?.description,
    features: '["direct_read_access"]',
    created: 'true',
    expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  });
});

test('the summary is written unless show_summary is false, and has no secret', async () => {
  await using scenario = await Scenario.start();
  const shown = await scenario.create();
  expect(shown.summary).toContain(shown.outputs.client_id);
  expect(shown.rawSummary).toContain(`<code>${shown.outputs.client_id}</code>`);
  expect(shown.rawSummary).toContain('https://github.com/acme/shop/actions/runs/1001');
  expect(shown.rawSummary).not.toContain(shown.outputs.client_secret);
  // The label is for debugging.
  expect(shown.log + shown.rawSummary).not.toContain('[capture-client-action/');
  expect((await scenario.create({ show_summary: 'false' })).rawSummary).toBe('');
});
