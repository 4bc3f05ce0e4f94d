import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { EmulatorOptions, Fault } from '../../emulator/emulator.ts';
import type { StageControl, StageResult, StepOptions } from '../support/runner/run.ts';
import { formsOf, printed, root, Scenario } from '../support/scenario.ts';

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
  const action = join(root, 'check');
  const all = {
    ...scenario.requiredInputs,
    github_token: 'token',
    allow_privileged_features: 'true',
    ...inputs,
  };
  return scenario.job.step({ action, inputs: all, ...options });
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
    expect(main.annotations).toContainEqual(
      expect.objectContaining({ level: 'notice', message: expect.stringMatching(/^Ready to use with /) }),
    );
    const report = reportOf(main);
    expect(report).toMatchObject({
      version: 1,
      verdict: 'ready',
      clients: { before: 2, after: 2, leftovers: [] },
    });
    expect(report.clients.created).toBeLessThanOrEqual(12);
    expect(notable(report)).toEqual([]);
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
    expect(life.lines.map(({ id }) => id)).not.toContain('clock-skew');
  });

  test('has a summary with the verdict first, and a report for an issue without host, IDs, and names', async () => {
    await using scenario = await Scenario.start();
    const { summary, outputs } = await check(scenario);
    expect(summary).toMatch(/^<h3>Ready to use<\/h3>/);
    expect(outputs.markdown).toContain('| duplicate-description | passed | Rejected. |');
    const { hostname, port } = new URL(scenario.emulator.domain);
    const secrets = [hostname, port, scenario.emulator.owner.client_id, 'acme', 'shop', '123456'];
    for (const text of secrets) expect(outputs.markdown).not.toContain(text);
  });

  test('also with signed calls', async () => {
    await using scenario = await Scenario.start();
    expect(reportOf(await check(scenario, { auth_scheme: 'janrain-signed' })).verdict).toBe('ready');
  });
});

describe('the report names what a tenant does differently', () => {
  test.concurrent.each<[string, EmulatorOptions, string, string[]]>([
    ['duplicates', { uniqueDescriptions: false }, 'ready', ['duplicate-description differs']],
    ['login_client', { loginClientWithOthers: true }, 'ready', ['login-client-exclusive differs']],
    ['the allow list in add', { whitelistInAdd: true }, 'ready', []],
    ['short descriptions', { maxDescriptionLength: 300 }, 'limited', ['description-length differs']],
    [
      'descriptions that are cut off',
      { maxDescriptionLength: 300, longDescriptions: 'truncate' },
      'limited',
      ['description-length differs'],
    ],
    ['the code’s signature', { emptySignature: 'code' }, 'ready', []],
    ['the documents’ signature', { emptySignature: 'documents' }, 'ready', []],
    ['a narrow clock', { clockToleranceMs: 61_000 }, 'ready', []],
    ['only GET', { readMethods: 'GET' }, 'ready', []],
    ['only GET, by status', { readMethods: 'GET', wrongMethod: 'http-405' }, 'ready', []],
    ['only POST', { readMethods: 'POST' }, 'ready', []],
    ['compression', { compression: 'gzip' }, 'ready', ['compression differs']],
    ['deletable owners', { ownerDeletion: 'accept' }, 'ready', ['owner-deletion differs']],
    ['old secrets that end', { oldSecretMs: 0 }, 'limited', ['rotate differs']],
    ['a wrong clock', { clockOffsetMs: 3_600_000 }, 'limited', ['clock differs']],
    ['slow acceptance', { newAcceptedAfterMs: 800 }, 'ready', []],
    ['slow lists', { newListedAfterMs: 800 }, 'ready', []],
    ['slow deletion', { deletedAcceptedForMs: 800, deletedListedForMs: 0 }, 'ready', []],
  ])('%s', async (_, emulator, verdict, expected) => {
    await using scenario = await Scenario.start({ emulator });
    const main = await check(scenario);
    const report = reportOf(main);
    expect(report.verdict).toBe(verdict);
    expect(notable(report).map((line) => line.replace(/:.*$/s, ''))).toEqual(expected);
    expect(main.conclusion).toBe('success');
    expect(scenario.clients).toEqual([]);
  });

  test('the forms that this tenant accepts', async () => {
    await using scenario = await Scenario.start({
      emulator: { emptySignature: 'documents', readMethods: 'GET', clockToleranceMs: 300_500 },
    });
    const details = new Map(reportOf(await check(scenario)).lines.map(({ id, detail }) => [id, detail]));
    expect(details.get('empty-signature')).toBe("Only the documents' form accepted.");
    expect(details.get('read-methods')).toBe('Only GET accepted.');
    expect(details.get('clock-skew')).toMatch(/^Accepted up to [15] min behind and 5 min ahead\.$/);
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

  test('a client that isn’t the owner', async () => {
    await using scenario = await Scenario.start();
    const { client_id, client_secret } = scenario.emulator.addClient({
      description: 'no owner',
      features: ['direct_access'],
    });
    const main = await check(scenario, { owner_client_id: client_id, owner_client_secret: client_secret });
    expect(main.log).toMatch(/403.*has the owner feature, and that its IP allow list/s);
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
    expect(main.log).toContain('Delete each of them by its client_id');
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
  const secrets: [string, string][] = [];
  await using scenario = await Scenario.start({
    emulator: { uniqueDescriptions: false, loginClientWithOthers: true },
  });
  const { client_id, client_secret } = scenario.emulator.owner;
  secrets.push([client_id, client_secret]);
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
  for (const [id, secret] of secrets)
    for (const form of formsOf(id, secret)) expect(text).not.toContain(form);
});
