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
