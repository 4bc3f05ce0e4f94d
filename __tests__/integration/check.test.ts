import { describe, expect, test } from '@jest/globals';
import type { EmulatorOptions, Fault } from '../../emulator/emulator.ts';
import type { StageControl, StageResult, StepOptions } from '../support/runner/run.ts';
import { formsOf, printed, Scenario } from '../support/scenario.ts';

interface Report {
  readonly verdict: string;
  readonly clients: { before: number; after: number; created: number; leftovers: string[] };
  readonly lines: { id: string; status: string; detail: string; hint?: string }[];
}

function check(
  scenario: Scenario,
  inputs: Record<string, string> = {},
  options: Partial<StepOptions> = {},
): Promise<StageResult> {
  const given = { github_token: 'token', allow_privileged_features: 'true', ...inputs };
  return scenario.run('check', given, options);
}

function reportOf({ outputs }: StageResult): Report {
  return JSON.parse(outputs.report ?? '{}');
}

/** The lines that say anything but passed, without the token's: there's no GitHub here. */
function notable(report: Report): string[] {
  return report.lines
    .filter(({ id, status }) => status !== 'passed' && id !== 'token')
    .map(({ id, status, detail }) => `${id} ${status}: ${detail}`);
}

describe('a tenant that behaves as documented', () => {
  test('is ready to use: one verdict, nothing left, and the post step has nothing to do', async () => {
    await using scenario = await Scenario.start();
    scenario.emulator.addClient({ description: 'made by hand', features: ['login_client'] });
    const before = scenario.emulator.clients();
    const main = await check(scenario);
    expect(main.conclusion).toBe('success');
    const report = reportOf(main);
    expect(report).toMatchObject({
      version: 1,
      verdict: 'ready',
      clients: { before: 2, after: 2, leftovers: [] },
    });
    expect(report.clients.created).toBeLessThanOrEqual(12);
    expect(notable(report)).toEqual([]);
    // What only researchers read is folded.
    expect(main.rawSummary).toMatch(/^<h3>Ready to use<\/h3>.*<details>/s);
    expect(main.rawSummary.split('<details>')[0]).not.toMatch(/missing/i);
    expect(scenario.emulator.clients()).toEqual(before);
    const requests = scenario.emulator.requests.length;
    expect(await scenario.post()).toMatchObject({ conclusion: 'success', log: '' });
    expect(scenario.emulator.requests).toHaveLength(requests);
  });
});

describe('the report names what a tenant does differently', () => {
  // Each point is tested in unit/lifecycle. Here: a long description and lagging writes, as dist/ measures them.
  test.concurrent.each<[string, EmulatorOptions, string]>([
    ['limited', { maxDescriptionLength: 300 }, 'description-length differs'],
    ['ready', { newKnownAfterMs: 800 }, 'new-client differs'],
  ])('%s with %j', async (verdict, emulator, expected) => {
    await using scenario = await Scenario.start({ emulator });
    const report = reportOf(await check(scenario));
    expect(report.verdict).toBe(verdict);
    expect(notable(report)).toEqual([expect.stringMatching(expected)]);
    expect(scenario.clients).toEqual([]);
  });
});

describe('a tenant that can’t be used', () => {
  const wrong = 'wrongwrongwrongwrongwrongwrongwr';
  test.concurrent.each<[string, Record<string, string>, Fault[], RegExp]>([
    ['a wrong secret', { owner_client_secret: wrong }, [], /402.*secret may have been rotated/],
    [
      'a host that is no Capture domain',
      {},
      [page()],
      /isn't complete JSON\. Check that .* is a Capture domain/,
    ],
  ])('%s: the verdict names the cause, and nothing was created', async (_, inputs, faults, cause) => {
    await using scenario = await Scenario.start({ faults });
    const main = await check(scenario, inputs);
    expect(main.conclusion).toBe('failure');
    expect(reportOf(main)).toMatchObject({ verdict: 'not_ready', clients: { created: 0 } });
    expect(main.annotations.map(({ message }) => message).join('\n')).toMatch(cause);
    expect(scenario.callsOf('clients/add')).toEqual([]);
  });

  function page(): Fault {
    return { kind: 'http-before-commit', status: 200, times: 9 };
  }
});

describe('a check that is canceled', () => {
  test.concurrent.each([1, 2, 3, 4, 6, 9, 13, 18, 24, 31, 39, 48, 58, 69, 77])(
    'at request %d: the post step deletes what it left',
    async (nth) => {
      await using scenario = await Scenario.start({ emulator: { latencyMs: 5 } });
      let control: StageControl | undefined;
      const poll = setInterval(() => {
        if (control === undefined || scenario.emulator.requests.length < nth) return;
        clearInterval(poll);
        control.cancel();
      }, 1);
      const main = await check(scenario, {}, { onStart: (started) => (control = started) });
      clearInterval(poll);
      expect(['canceled', 'ready', 'not_ready', undefined]).toContain(main.outputs.verdict);
      expect(await scenario.post()).toMatchObject({ conclusion: 'success' });
      expect(scenario.clients).toEqual([]);
    },
    60_000,
  );
});

test('no secret is printed, also if Capture repeats one', async () => {
  await using scenario = await Scenario.start({
    emulator: { uniqueDescriptions: false, loginClientWithOthers: true },
  });
  const { client_id, client_secret } = scenario.emulator.owner;
  scenario.emulator.inject({
    kind: 'response',
    call: 'clients/reset_secret',
    body: JSON.stringify({
      stat: 'error',
      code: 200,
      error: 'invalid_argument',
      error_description: `no: ${client_secret} ${Buffer.from(client_secret).toString('base64')}`,
    }),
  });
  const main = await check(scenario);
  const text = [printed(main), main.rawSummary, main.outputs.report, main.outputs.markdown].join('\n');
  for (const form of formsOf(client_id, client_secret)) expect(text).not.toContain(form);
});
