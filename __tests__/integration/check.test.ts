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

  test('gets no change of another client, the owner, or the defaults', async () => {
    await using scenario = await Scenario.start({ emulator: { defaultSettings: { site_name: 'Shop' } } });
    const foreign = scenario.emulator.addClient({ description: 'made by hand' });
    await check(scenario);
    const changes = scenario.emulator.requests.filter(({ call }) =>
      /^clients\/(?:add|delete|set_|reset)|^settings\/(?:set|delete)/.test(call),
    );
    const own = new Set(changes.map(({ form }) => form.for_client_id ?? form.client_id_for_deletion));
    expect(own).not.toContain(foreign.client_id);
    expect(own).not.toContain(scenario.emulator.owner.client_id);
    expect(scenario.callsOf('settings/set_default')).toEqual([]);
    expect(scenario.emulator.defaultSettings()).toEqual({ site_name: 'Shop' });
    const added = changes.filter(({ call }) => call === 'clients/add');
    for (const { form } of added)
      expect(form.description).toMatch(/ \[capture-client-action\/1 .*name check-/);
  });

  test('is checked as far as the mode says', async () => {
    await using scenario = await Scenario.start();
    await check(scenario, { mode: 'credentials' });
    expect(scenario.emulator.requests.map(({ call }) => call)).toEqual(['clients/list']);
    const life = reportOf(await check(scenario, { mode: 'life' }));
    expect(life).toMatchObject({ verdict: 'ready', clients: { created: 1, leftovers: [] } });
    expect(life.lines.map(({ id }) => id)).not.toContain('read-methods');
  });

  test('also with signed calls', async () => {
    await using scenario = await Scenario.start();
    expect(reportOf(await check(scenario, { auth_scheme: 'janrain-signed' })).verdict).toBe('ready');
  });
});

describe('the report names what a tenant does differently', () => {
  // Each point is tested in unit/lifecycle. Here: one of each verdict, and what happens on the way to Capture.
  test.concurrent.each<[string, EmulatorOptions, string, string[]]>([
    ['duplicates', { uniqueDescriptions: false }, 'ready', ['duplicate-description differs']],
    ['short descriptions', { maxDescriptionLength: 300 }, 'limited', ['description-length differs']],
    ['lagging writes', { newKnownAfterMs: 800 }, 'ready', ['new-client differs']],
    ['the code’s signature', { emptySignature: 'code' }, 'ready', []],
    ['only GET', { readMethods: 'GET', wrongMethod: 'http-405' }, 'ready', []],
    ['compression', { compression: 'gzip' }, 'ready', []],
    ['a wrong clock', { clockOffsetMs: 3_600_000 }, 'limited', ['clock differs']],
  ])('%s', async (_, emulator, verdict, expected) => {
    await using scenario = await Scenario.start({ emulator });
    const main = await check(scenario);
    const report = reportOf(main);
    expect(report.verdict).toBe(verdict);
    expect(notable(report).map((line) => line.replace(/:.*$/s, ''))).toEqual(expected);
    expect(main.conclusion).toBe('success');
    expect(scenario.clients).toEqual([]);
  });
});

describe('a tenant that can’t be used', () => {
  const wrong = 'wrongwrongwrongwrongwrongwrongwr';
  test.concurrent.each<[string, Record<string, string>, Fault[], RegExp]>([
    ['a wrong secret', { owner_client_secret: wrong }, [], /402.*secret may have been rotated/],
    ['a host that is no Capture domain', {}, [page()], /probably isn't a Capture domain/],
    [
      'a redirect',
      {},
      [{ kind: 'response', status: 302, headers: { location: '/' }, times: 9 }],
      /redirect/i,
    ],
    [
      'a host that refuses connections',
      { capture_domain: 'http://127.0.0.1:9', timeout: '3s' },
      [],
      /ECONNREFUSED/,
    ],
    ['a full application', { timeout: '3s' }, [limit()], /simultaneous API calls/],
  ])('%s: the verdict names the cause, and nothing was created', async (_, inputs, faults, cause) => {
    await using scenario = await Scenario.start({ faults });
    const main = await check(scenario, inputs);
    expect(main.conclusion).toBe('failure');
    expect(reportOf(main)).toMatchObject({ verdict: 'not_ready', clients: { created: 0 } });
    expect(main.annotations.map(({ message }) => message).join('\n')).toMatch(cause);
    expect(scenario.callsOf('clients/add')).toEqual([]);
  });

  test('a tenant that deletes nothing: the report names the client that is left, and how to finish', async () => {
    await using scenario = await Scenario.start({
      emulator: { deletion: { code: 403, description: 'no' } },
    });
    const main = await check(scenario);
    const [left] = scenario.clients;
    expect(scenario.clients).toHaveLength(1);
    expect(reportOf(main).clients.leftovers).toEqual([left?.client_id]);
    expect(main.conclusion).toBe('failure');
    expect(main.log).toContain(`${left?.client_id}`);
  });

  function page(): Fault {
    return { kind: 'http-before-commit', status: 200, times: 9 };
  }

  function limit(): Fault {
    return { kind: 'api-before-commit', code: 510, times: 99 };
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
