import { expect, test } from '@jest/globals';
import type { EmulatedClient } from '../../emulator/emulator.ts';
import { EmulatedGitHub, type GitHubAnswer, GitHubReply } from '../support/github-api.ts';
import { future, type LabelParts, labelText, past } from '../support/labels.ts';
import { LocalProxy } from '../support/network.ts';
import type { StageResult, StepOptions } from '../support/runner/run.ts';
import { formsOf, printed, Scenario, type ScenarioOptions } from '../support/scenario.ts';

const token = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';

const open = { state: 'open' };
const closed = { state: 'closed' };
const running = { status: 'in_progress' };
const completed = { status: 'completed' };

test('a client is deleted when it expires, and when its pull request or run is finished', async () => {
  await using world = await World.start({
    '/repos/acme/shop/pulls/4': open,
    '/repos/acme/shop/pulls/42': closed,
    '/repos/acme/shop/actions/runs/7': running,
    '/repos/acme/shop/actions/runs/8': completed,
    '/repos/acme/shop/actions/runs/9': { status: 'queued' },
    '/repos/acme/shop/actions/runs/10': 500,
  });
  const expected = {
    'expired, and its pull request open': [world.add('pull request 4', past), 'expired', 'deleted'],
    'expired, and its run in progress': [world.add('run 7', past), 'expired', 'deleted'],
    'pull request open': [world.add('pull request 4'), 'pull_request_open', 'kept'],
    'pull request closed': [world.add('pull request 42'), 'pull_request_closed', 'deleted'],
    'run in progress': [world.add('run 7'), 'run_not_completed', 'kept'],
    'run completed': [world.add('run 8'), 'run_completed', 'deleted'],
    'run queued': [world.add('run 9'), 'run_not_completed', 'kept'],
    'job of a run in progress': [world.add('job of run 7'), 'run_not_completed', 'kept'],
    'job of a completed run': [world.add('job of run 8'), 'run_completed', 'deleted'],
    'run of unknown state': [world.add('run 10'), 'state_unknown', 'kept'],
    'deleted run': [world.add('run 11'), 'run_completed', 'deleted'],
  } as const;
  const main = await world.sweep();
  expect(main.conclusion).toBe('success');
  expect(main.outputs).toMatchObject({ deleted: '6', kept: '5', failed: '0' });
  const verdicts = new Map(report(main).map((row) => [row.client_id, [row.reason, row.result]]));
  for (const [what, [client, ...verdict]] of Object.entries(expected)) {
    expect([what, verdicts.get(client.client_id)]).toEqual([what, verdict]);
  }
  const kept = Object.values(expected).flatMap(([client, , result]) => (result === 'kept' ? [client] : []));
  expect(world.scenario.clients).toEqual(kept);
  expect(warningsOf(main)).toEqual([expect.stringContaining('HTTP 500')]);
});

test.each<[string, GitHubAnswer, Partial<StageResult>]>([
  ['401', 401, { conclusion: 'failure' }],
  ['403 everywhere', 403, { conclusion: 'failure' }],
  ['404 everywhere', 404, { conclusion: 'failure' }],
  ['a rate limit (429)', new GitHubReply(429, { 'retry-after': '60' }), { conclusion: 'success' }],
  ['a rate limit (403)', new GitHubReply(403, { 'x-ratelimit-remaining': '0' }), { conclusion: 'success' }],
  ['JSON that ends too early', 'garbage', { conclusion: 'success' }],
  ['something else', { state: 1, status: 1 }, { conclusion: 'success' }],
  ['no response in time', 'never', { conclusion: 'success' }],
])('GitHub: %s means unknown, never finished, and what expired is deleted', async (_, answer, expected) => {
  await using world = await World.start({
    '/repos/acme/shop/pulls': answer,
    '/repos/acme/shop/pulls/42': answer,
    '/repos/acme/shop/actions/runs': answer,
    '/repos/acme/shop/actions/runs/8': answer,
  });
  world.add('pull request 42', past);
  const kept = [world.add('pull request 42'), world.add('run 8'), world.add('job of run 8')];
  const main = await world.sweep({ timeout: '6s' });
  // A token that can't do what it's there for must not stay unnoticed.
  expect(main).toMatchObject({ ...expected, outputs: { deleted: '1', kept: '3', failed: '0' } });
  expect(world.scenario.clients).toEqual(kept);
  expect(problemsOf(main)).toHaveLength(1);
  const unknown = Array(3).fill('state_unknown');
  expect(report(main).map(({ reason }) => reason)).toEqual(['expired', ...unknown]);
});

test.each([
  ['is empty', ''],
  ['has a line break in it', `${token.slice(0, 20)}\n${token.slice(20)}`],
  ['has letters outside ASCII', `${token}\u00e9`],
])('a token that %s is not sent or quoted; what expired is deleted, and the step fails', async (_, value) => {
  await using world = await World.start({});
  const kept = world.add('pull request 42');
  world.add('run 7', past);
  const main = await world.sweep({ github_token: value }, { masks: [] });
  expect(main).toMatchObject({ conclusion: 'failure', outputs: { deleted: '1', kept: '1' } });
  expect(world.scenario.clients).toEqual([kept]);
  expect(world.github.requests).toEqual([]);
  expect(main.annotations.at(-1)?.message).toContain('github_token');
  expect(main.annotations.at(-1)?.title).not.toMatch(/bug/);
  expect(printed(main) + main.rawSummary).not.toContain(token.slice(0, 20));
});

test('the token is sent to no other host, and not over plain http', async () => {
  await using world = await World.start({});
  await using other = await EmulatedGitHub.start();
  await using proxy = await LocalProxy.start();
  world.add('pull request 42');
  world.github.responses['/repos/acme/shop/pulls/42'] = new GitHubReply(302, { location: `${other.url}/x` });
  await world.sweep();
  expect(other.requests).toEqual([]);

  const sent = world.github.requests.length;
  // The proxy resolves every name to this machine.
  const env = {
    GITHUB_API_URL: `http://github.test:${new URL(world.github.url).port}`,
    http_proxy: `http://127.0.0.1:${proxy.port}`,
  };
  const main = await world.sweep({}, { env });
  expect(problemsOf(main)).toEqual([expect.stringContaining('GITHUB_API_URL')]);
  expect(world.github.requests).toHaveLength(sent);
  expect(proxy.asked).toEqual([]);
});

test('a label that cannot be read is counted and named, and its client is never deleted', async () => {
  await using world = await World.start({});
  const label = labelText('run 7', past);
  const descriptions = [`x ${label.slice(0, -30)}`, `x ${label} (keep)`, `x ${label.replace('/1 ', '/2 ')}`];
  const clients = descriptions.map((description) => world.scenario.emulator.addClient({ description }));
  world.scenario.emulator.addClient({ description: 'made by hand' });
  const main = await world.sweep();
  expect(main).toMatchObject({ conclusion: 'success', outputs: { deleted: '0', kept: '0', failed: '0' } });
  const [notice] = main.annotations.filter(({ level }) => level === 'notice');
  expect(notice?.message).toMatch(/^The label of 3 clients /);
  for (const { client_id } of clients) expect(notice?.message).toContain(client_id);
  expect(world.scenario.clients).toHaveLength(4);
});

test('the report and the summary have totals, and say whose a client is, without harm', async () => {
  await using world = await World.start({ '/repos/acme/shop/actions/runs/8': running });
  const description = `Preview of <b>Mona</b>\u202e ::error::x ${labelText('pull request 42', past)}`;
  const gone = world.scenario.emulator.addClient({ description });
  world.add('run 8');
  const main = await world.sweep();
  const shown = 'Preview of <b>Mona</b> : :error: :x';
  expect(report(main)).toMatchObject([{ client_id: gone.client_id, text: shown }, { text: 'x' }]);
  const [totals = '', rest = ''] = main.rawSummary.split('<table>');
  expect(totals).toMatch(/Deleted 1, failed 0, kept 1\./);
  expect(rest).toContain('Preview of &lt;b&gt;Mona&lt;/b&gt;');
  expect(rest).not.toMatch(/\u202e|<b>/);
  expect(rest).toContain('https://github.com/acme/shop/pull/42');
  expect(printed(main)).not.toMatch(/\u202e|::error::x/);
});

test('repositories: a whole organization, through GitHub where the token can read, by expiry elsewhere', async () => {
  await using world = await World.start({
    '/repos/acme/web': { id: 77, full_name: 'acme/web' },
    '/repos/acme/web/pulls/1': closed,
    '/repos/acme/renamed': { id: 78, full_name: 'acme/now' },
    '/repos/acme/now/actions/runs/5': completed,
    '/repos/acme/recycled': { id: 79, full_name: 'acme/recycled' },
    '/repos/acme/recycled/pulls/1': closed,
    '/repos/acme/shop/pulls/1': closed,
  });
  const web = { id: '77', repository: 'Acme/web' };
  const gone = [
    world.add('pull request 1', future, { repository: 'acme/was-called' }),
    world.add('pull request 1', future, { ...web, repository: 'acme/web' }),
    world.add('run 5', future, { id: '78', repository: 'acme/renamed' }),
    world.add('pull request 1', past, { id: '80', repository: 'acme/private' }),
    world.add('pull request 1', past, { id: '799', repository: 'acme/recycled' }),
    world.add('pull request 9', past, web),
  ];
  const kept = [
    world.add('pull request 1', future, { id: '80', repository: 'acme/private' }),
    world.add('pull request 1', future, { id: '799', repository: 'acme/recycled' }),
    // An earlier repository had the name of this one.
    world.add('pull request 1', future, { id: '999' }),
  ];
  const outside = [
    world.add('pull request 1', past, { id: '90', repository: 'acme2/web' }),
    world.add('pull request 1', past, { id: '91', repository: 'other/acme' }),
    world.add('pull request 1', past, { ...web, host: 'ghe.example.com' }),
  ];
  const main = await world.sweep({ repositories: 'acme/*' });
  expect(main.conclusion).toBe('success');
  expect(main.outputs).toMatchObject({ deleted: String(gone.length), kept: '3', failed: '0' });
  expect(world.scenario.clients).toEqual([...kept, ...outside]);
  expect(warningsOf(main)).toEqual([expect.stringMatching(/acme\/private.*acme\/recycled/s)]);
  expect(world.github.paths).not.toContain('/repos/acme/recycled/pulls/1');
});

test('dry_run shows what would be deleted, and deletes nothing', async () => {
  await using world = await World.start({ '/repos/acme/shop/pulls/42': closed });
  const going = [world.add('run 7', past), world.add('pull request 42')];
  const staying = world.add('pull request 4');
  const main = await world.sweep({ dry_run: 'true' });
  expect(main).toMatchObject({ conclusion: 'success', outputs: { deleted: '0', kept: '3', failed: '0' } });
  expect(report(main).map(({ client_id, reason, result }) => [client_id, reason, result])).toEqual([
    [going[0]?.client_id, 'expired', 'would_delete'],
    [going[1]?.client_id, 'pull_request_closed', 'would_delete'],
    [staying.client_id, 'state_unknown', 'kept'],
  ]);
  expect(main.rawSummary).toMatch(/dry run.*Would delete 2, would keep 1\./s);
  expect(printed(main)).not.toMatch(/^Deleted client/m);
  expect(new Set(world.scenario.emulator.requests.map(({ call }) => call))).toEqual(
    new Set(['clients/list']),
  );
});

test('no secret leaks: not the listed ones, not the owner secret, not the token', async () => {
  await using world = await World.start({ '/repos/acme/shop/pulls/4': 403 });
  const { owner } = world.scenario.emulator;
  world.scenario.emulator.inject({
    kind: 'response',
    call: 'clients/delete',
    body: JSON.stringify({
      stat: 'error',
      code: 300,
      error_description: formsOf(owner.client_id, owner.client_secret).join(' '),
    }),
  });
  const clients = [world.add('run 7', past), world.add('pull request 4')];
  const main = await world.sweep({}, { env: { RUNNER_DEBUG: '1' } });
  const shown = printed(main) + main.rawSummary + JSON.stringify(main.outputs) + JSON.stringify(main.state);
  const secrets = clients.map(({ client_secret }) => client_secret);
  for (const secret of [...secrets, token, ...formsOf(owner.client_id, owner.client_secret)]) {
    expect(shown).not.toContain(secret);
  }
});

function warningsOf({ annotations }: StageResult): string[] {
  return annotations.filter(({ level }) => level === 'warning').map(({ message }) => message);
}

/** What is reported besides notices. */
function problemsOf({ annotations }: StageResult): string[] {
  return annotations.filter(({ level }) => level !== 'notice').map(({ message }) => message);
}

type Row = Record<string, string | number>;

function report({ outputs }: StageResult): Row[] {
  return JSON.parse(outputs.report ?? '');
}

/** An emulated Capture, a stand-in for GitHub, and a job that runs the sweep with both. */
class World {
  readonly scenario: Scenario;
  readonly github: EmulatedGitHub;

  private constructor(scenario: Scenario, github: EmulatedGitHub) {
    this.scenario = scenario;
    this.github = github;
  }

  static async start(answers: Record<string, GitHubAnswer>, options: ScenarioOptions = {}): Promise<World> {
    return new World(await Scenario.start(options), await EmulatedGitHub.start(answers));
  }

  add(subject: string, until = future, parts: LabelParts = {}): EmulatedClient {
    return this.scenario.emulator.addClient({ description: `x ${labelText(subject, until, parts)}` });
  }

  sweep(inputs: Record<string, string> = {}, options: Partial<StepOptions> = {}): Promise<StageResult> {
    return this.scenario.sweep(inputs, {
      expressions: { 'github.token': token },
      masks: [token],
      ...options,
      env: { GITHUB_API_URL: this.github.url, ...options.env },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.github[Symbol.asyncDispose]();
    await this.scenario[Symbol.asyncDispose]();
  }
}
