import { expect, test } from '@jest/globals';
import type { ClientSeed, EmulatedClient } from '../../emulator/emulator.ts';
import { EmulatedGitHub, type GitHubAnswer, GitHubReply } from '../support/github-api.ts';
import type { StageResult, StepOptions } from '../support/runner/run.ts';
import { formsOf, printed, Scenario, type ScenarioOptions } from '../support/scenario.ts';

const token = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
const past = '2026-01-01T00:00:00Z';
const future = '2999-01-01T00:00:00Z';

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
  const { port } = new URL(world.scenario.emulator.domain);
  expect(main.log).toContain(
    `Checked 11 of the 12 clients at 127.0.0.1:${port}: 6 deleted, 0 failed, 5 kept.`,
  );
  expect(warningsOf(main)).toEqual([
    "1 client is kept until it expires: GitHub didn't report whether its pull request or run is finished. GitHub returned HTTP 500. Run this again later.",
  ]);
});

test('GitHub is asked once about each pull request and run, with the token', async () => {
  await using world = await World.start({
    '/repos/acme/shop/pulls/4': open,
    '/repos/acme/shop/actions/runs/7': running,
  });
  for (const subject of ['pull request 4', 'pull request 4', 'run 7', 'job of run 7', 'pull request 5']) {
    world.add(subject);
  }
  world.add('pull request 6', past);
  await world.sweep();
  expect(world.github.paths).toEqual([
    '/repos/acme/shop/actions/runs/7',
    '/repos/acme/shop/pulls/4',
    '/repos/acme/shop/pulls/5',
  ]);
  expect(new Set(world.github.requests.map(({ authorization }) => authorization))).toEqual(
    new Set([`token ${token}`]),
  );
});

test('GitHub is not asked if every client has expired', async () => {
  await using world = await World.start({});
  world.add('pull request 4', past);
  world.add('run 7', past);
  const main = await world.sweep();
  expect(main).toMatchObject({ conclusion: 'success', outputs: { deleted: '2', kept: '0', failed: '0' } });
  expect(world.github.requests).toEqual([]);
  expect(main.log).not.toContain('GitHub');
});

test('what is not ours is neither touched nor mentioned', async () => {
  await using world = await World.start({ '/repos/acme/shop/pulls/42': closed });
  const label = labelFor('pull request 42', past);
  const foreign = [
    'made by hand',
    'acme/shop pull request 42',
    `${label}.`,
    `${label} `,
    label.replace('/1 ', '/2 '),
    label.replace('until ', 'until x'),
    label.replace('[', '('),
    labelFor('pull request 42', past, { id: '1234567' }),
    labelFor('pull request 42', past, { id: '12345' }),
    labelFor('pull request 42', past, { host: 'ghe.example.com' }),
    labelFor('pull request 42', past, { id: '77', name: 'acme/other' }),
  ].map((description) => world.scenario.emulator.addClient({ description, features: ['owner'] }));
  const ours = world.add('pull request 42');
  const main = await world.sweep();
  expect(main.conclusion).toBe('success');
  expect(main.outputs).toMatchObject({ deleted: '1', kept: '0', failed: '0' });
  expect(world.scenario.clients).toEqual(foreign);
  expect(world.deletions).toEqual([ours.client_id]);
  for (const { client_id } of foreign) {
    expect(main.stdout + main.rawSummary + JSON.stringify(main.outputs)).not.toContain(client_id);
  }
  expect(world.scenario.callsOf('clients/set_')).toEqual([]);
});

test('1,500 pull requests, 20 of them closed: the open ones are listed, and only the closed ones looked up', async () => {
  await using world = await World.start(
    Object.fromEntries(
      Array.from({ length: 1500 }, (_, n) => [
        `/repos/acme/shop/pulls/${n + 1}`,
        n % 75 === 0 ? closed : open,
      ]),
    ),
  );
  for (let n = 1; n <= 1500; n += 1) world.add(`pull request ${n}`);
  const main = await world.sweep();
  expect(main).toMatchObject({
    conclusion: 'success',
    outputs: { deleted: '20', kept: '1480', failed: '0' },
  });
  expect(world.github.requests).toHaveLength(15 + 20);
  expect(warningsOf(main)).toEqual([]);
});

test.each<[string, GitHubAnswer, string]>([
  ['403', 403, 'the permission actions: read'],
  ['404', 404, 'the permission pull-requests: read'],
  ['500', 500, 'GitHub returned HTTP 500.'],
  ['JSON that ends too early', 'garbage', "GitHub's response about acme/shop can't be parsed."],
  ['something else', { state: 'CLOSED', status: 1 }, "GitHub's response about acme/shop can't be parsed."],
  ['no response in time', 'never', "GitHub didn't respond to every request within 2s."],
])('GitHub: %s means unknown, never finished', async (_, answer, cause) => {
  await using world = await World.start({
    '/repos/acme/shop/pulls/42': answer,
    '/repos/acme/shop/actions/runs': answer,
    '/repos/acme/shop/actions/runs/8': answer,
  });
  world.add('pull request 42', past);
  const kept = [world.add('pull request 42'), world.add('run 8'), world.add('job of run 8')];
  const main = await world.sweep({ timeout: '6s' });
  expect(main).toMatchObject({ conclusion: 'success', outputs: { deleted: '1', kept: '3', failed: '0' } });
  expect(world.scenario.clients).toEqual(kept);
  expect(warningsOf(main)).toEqual([expect.stringContaining(cause)]);
  expect(report(main).map(({ reason }) => reason)).toEqual([
    'expired',
    'state_unknown',
    'state_unknown',
    'state_unknown',
  ]);
  expect(printed(main)).not.toContain('::error');
});

test('one 502 of GitHub is retried', async () => {
  await using world = await World.start({ '/repos/acme/shop/pulls/42': closed });
  world.add('pull request 42');
  world.github.replies.push(new GitHubReply(502, {}, {}, 1));
  const main = await world.sweep();
  expect(main).toMatchObject({
    conclusion: 'success',
    annotations: [],
    outputs: { deleted: '1', kept: '0' },
  });
});

test.each<[string, GitHubReply, RegExp]>([
  ['bad credentials', new GitHubReply(401), /GitHub rejected github_token \(HTTP 401\)\. Check that/],
  [
    '429 with Retry-After',
    new GitHubReply(429, { 'retry-after': '60' }),
    /GitHub's rate limit is reached \(HTTP 429\): .* until 20\d\d-.*Z\. Run this again later\./,
  ],
  [
    'the primary limit',
    new GitHubReply(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1900000000' }),
    /GitHub's rate limit is reached \(HTTP 403\): .* until 2030-03-17T17:46:40Z\./,
  ],
])('GitHub: %s ends the requests and is a warning with the cause', async (_, reply, cause) => {
  await using world = await World.start({});
  for (let n = 1; n <= 280; n += 1) world.add(`pull request ${n}`);
  world.add('run 1', past);
  world.github.replies.push(reply);
  const main = await world.sweep();
  expect(main).toMatchObject({ conclusion: 'success', outputs: { deleted: '1', kept: '280' } });
  expect(world.github.requests).toHaveLength(1);
  expect(warningsOf(main)).toEqual([expect.stringMatching(cause)]);
});

test('GitHub that cannot be reached, or a missing token, leaves only expiry', async () => {
  await using world = await World.start({ '/repos/acme/shop/pulls/42': closed });
  const kept = world.add('pull request 42');
  world.add('run 7', past);
  const noToken = await world.sweep({ github_token: '' });
  expect(noToken.outputs).toMatchObject({ deleted: '1', kept: '1' });
  expect(warningsOf(noToken)).toEqual([expect.stringContaining('github_token is empty.')]);
  const offline = await world.sweep({}, { env: { GITHUB_API_URL: 'http://127.0.0.1:9' } });
  expect(offline.outputs).toMatchObject({ deleted: '0', kept: '1' });
  expect(warningsOf(offline)).toEqual([expect.stringContaining("GitHub didn't respond.")]);
  expect(world.scenario.clients).toEqual([kept]);
});

test.each([
  ['ahead', -25],
  ['behind', 25],
])("a client expires only if both clocks say so, where the runner's is 25 hours %s", async (_, hours) => {
  const clockOffsetMs = hours * 3_600_000;
  await using world = await World.start(
    { '/repos/acme/shop/actions/runs/7': running },
    { emulator: { clockOffsetMs } },
  );
  const earlierClock = Date.now() + Math.min(0, clockOffsetMs);
  const inMinutes = (minutes: number): string =>
    new Date(earlierClock + minutes * 60_000).toISOString().replace(/\.\d+/, '');
  world.add('run 7', inMinutes(-5));
  const kept = [world.add('run 7', inMinutes(5)), world.add('run 7', inMinutes(24 * 60))];
  const main = await world.sweep();
  expect(main.outputs).toMatchObject({ deleted: '1', kept: '2' });
  expect(world.scenario.clients).toEqual(kept);
});

test('repositories: names that no label has are a notice', async () => {
  await using world = await World.start({});
  world.add('run 1', past, { id: '77', name: 'acme/web' });
  const main = await world.sweep({ repositories: 'acme/wep, acme/webb, acme/web, acme/shop' });
  expect(main).toMatchObject({ conclusion: 'success', outputs: { deleted: '1' } });
  expect(main.annotations.map(({ level, message }) => [level, message])).toEqual([
    [
      'notice',
      'repositories: no client is labeled acme/wep, acme/webb, so nothing was swept there. Check the spelling.',
    ],
  ]);
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
  const web = { id: '77', name: 'Acme/web' };
  const gone = [
    world.add('pull request 1', future, { name: 'acme/was-called' }),
    world.add('pull request 1', future, { ...web, name: 'acme/web' }),
    world.add('run 5', future, { id: '78', name: 'acme/renamed' }),
    world.add('pull request 1', past, { id: '80', name: 'acme/private' }),
    world.add('pull request 1', past, { id: '799', name: 'acme/recycled' }),
    world.add('pull request 9', past, web),
  ];
  const kept = [
    world.add('pull request 1', future, { id: '80', name: 'acme/private' }),
    world.add('pull request 1', future, { id: '799', name: 'acme/recycled' }),
    // An earlier repository had the name of this one.
    world.add('pull request 1', future, { id: '999' }),
  ];
  const outside = [
    world.add('pull request 1', past, { id: '90', name: 'acme2/web' }),
    world.add('pull request 1', past, { id: '91', name: 'other/acme' }),
    world.add('pull request 1', past, { ...web, host: 'ghe.example.com' }),
  ];
  const main = await world.sweep({ repositories: 'acme/*' });
  expect(main.conclusion).toBe('success');
  expect(main.outputs).toMatchObject({ deleted: String(gone.length), kept: '3', failed: '0' });
  expect(world.scenario.clients).toEqual([...kept, ...outside]);
  const [warning = ''] = warningsOf(main);
  expect(warning).toMatch(
    /^3 clients are kept until they expire: GitHub didn't report whether their pull request or run is finished\./,
  );
  expect(warning).toContain("github_token can't read pull requests of acme/private (HTTP 404).");
  expect(warning).toContain('acme/recycled is the name of another repository now: ');
  expect(world.github.paths).not.toContain('/repos/acme/recycled/pulls/1');
});

test('repositories: a list of names, in any case', async () => {
  await using world = await World.start({});
  const other = world.add('run 1', past, { id: '80', name: 'acme/api' });
  world.add('run 1', past, { id: '77', name: 'acme/web' });
  world.add('run 1', past, { id: '78', name: 'Globex/x' });
  const own = world.add('run 1', past);
  const main = await world.sweep({ repositories: 'ACME/Web,\n globex/*' });
  expect(main.outputs).toMatchObject({ deleted: '2', kept: '0' });
  expect(world.scenario.clients).toEqual([other, own]);
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
  expect(main.log).toContain(
    `Would delete client ${going[0]?.client_id} (acme/shop run 7, name preview, until ${past}): expired.`,
  );
  expect(main.log).toContain(
    ': 2 would be deleted, 1 kept. Nothing was deleted, because this was a dry run.',
  );
  expect(new Set(world.scenario.emulator.requests.map(({ call }) => call))).toEqual(
    new Set(['clients/list']),
  );
});

test('a client that cannot be deleted does not stop the rest, and fails the step after its outputs are set', async () => {
  await using world = await World.start({});
  const clients = Array.from({ length: 12 }, (_, n) => world.add(`run ${n}`, past));
  const body = JSON.stringify({ stat: 'error', code: 300, error: 'odd', request_id: 'abcdefgh23456789' });
  world.scenario.emulator.inject({ kind: 'response', body, call: 'clients/delete', after: 1 });
  const main = await world.sweep();
  expect(main.conclusion).toBe('failure');
  expect(main.outputs).toMatchObject({ deleted: '11', kept: '0', failed: '1' });
  const [left] = world.scenario.clients;
  expect(world.scenario.clients).toHaveLength(1);
  expect(report(main).filter(({ result }) => result === 'failed')).toMatchObject([
    { client_id: left?.client_id, reason: 'expired' },
  ]);
  expect(report(main)).toHaveLength(clients.length);
  const { message, title } = main.annotations.at(-1) ?? {};
  expect(title).toBe('Capture client: clients not deleted');
  expect(message).toMatch(
    new RegExp(
      `^Could not delete client ${left?.client_id}; it may still work\\. [^]*300[^]*\\n1 of 12 clients`,
    ),
  );
  expect(message).toContain('abcdefgh23456789');
  expect(main.summary).toMatch(/<\/tr><tr><td>[a-z0-9]{32}<\/td>.*?<td>failed<\/td><td>expired<\/td>/);
});

test('60 failed deletions: the annotation ends with what to do, and the log has the rest', async () => {
  await using world = await World.start({});
  const clients = Array.from({ length: 60 }, (_, n) => world.add(`run ${n}`, past));
  const body = JSON.stringify({ stat: 'error', code: 300, error: 'odd', error_description: 'x'.repeat(300) });
  world.scenario.emulator.inject({ kind: 'response', body, call: 'clients/delete', times: Infinity });
  const main = await world.sweep();
  expect(main).toMatchObject({ conclusion: 'failure', outputs: { deleted: '0', failed: '60' } });
  const { message = '' } = main.annotations.at(-1) ?? {};
  expect(message.length).toBeLessThanOrEqual(4096);
  expect(message).toMatch(/\n60 of 60 clients at .* delete it by its client_id\.$/);
  for (const { client_id } of clients) expect(main.log).toContain(`Could not delete client ${client_id}; `);
});

test('a storm of 510 slows the sweep down and counts as no failure', async () => {
  await using world = await World.start({}, { emulator: { maxSimultaneousCalls: 3, latencyMs: 5 } });
  for (let n = 0; n < 150; n += 1) world.add(`run ${n}`, past);
  world.scenario.emulator.inject({
    kind: 'api-before-commit',
    code: 510,
    call: 'clients/delete',
    after: 20,
    times: 12,
  });
  const main = await world.sweep();
  expect(main).toMatchObject({ conclusion: 'success', outputs: { deleted: '150', kept: '0', failed: '0' } });
  expect(world.scenario.clients).toEqual([]);
  // When it reports, and so how many, depends on how long it had to wait.
  expect(main.log).toMatch(
    /^Progress: deleted \d+ of 150 clients, 0 failed\. Up to \d deletions run at once\.$/m,
  );
  // A line for each repeated call would hide the rest.
  expect(main.log).not.toContain('Trying again');
});

test.each([
  ['the response is lost', { kind: 'reset-after-commit' }],
  ['the connection breaks', { kind: 'reset-before-commit' }],
  ['Capture stumbles', { kind: 'api-before-commit', code: 500 }],
  ['an edge server stumbles after the commit', { kind: 'http-after-commit', status: 502 }],
] as const)('%s: repeated, and the clients are gone in the end', async (_, fault) => {
  await using world = await World.start({});
  for (let n = 0; n < 10; n += 1) world.add(`run ${n}`, past);
  world.scenario.emulator.inject({ ...fault, call: 'clients/delete', after: 3, times: 4 });
  const main = await world.sweep();
  expect(main).toMatchObject({ conclusion: 'success', outputs: { deleted: '10', failed: '0' } });
  expect(world.scenario.clients).toEqual([]);
});

test('when the time is up, the step fails and names what is left', async () => {
  await using world = await World.start({});
  for (let n = 0; n < 40; n += 1) world.add(`run ${n}`, past);
  world.scenario.emulator.inject({
    kind: 'api-before-commit',
    code: 510,
    call: 'clients/delete',
    after: 5,
    times: Infinity,
  });
  const main = await world.sweep({ timeout: '3s' });
  expect(main.conclusion).toBe('failure');
  expect(main.outputs).toMatchObject({ deleted: '5', kept: '0', failed: '35' });
  expect(main.log).toMatch(/510 api_limit_error.* Continuing in \d\.\ds\./);
  expect(main.log).toMatch(/it still works\. The time was up before its turn \(timeout 3s\)\./);
  expect(main.annotations.at(-1)?.message).toMatch(
    /35 of 40 clients at .* should be gone but may still exist\./,
  );
  expect(main.durationMs).toBeLessThan(6000);
});

test('an owner client with our label loses its features first; no request names the calling owner', async () => {
  await using world = await World.start({});
  const ours = world.add('run 1', past, {}, { features: ['owner', 'login_client'] });
  const main = await world.sweep();
  expect(main.outputs.deleted).toBe('1');
  expect(world.scenario.clients).toEqual([]);
  expect(world.scenario.callsOf('clients/set_').map(({ form }) => form)).toEqual([
    { for_client_id: ours.client_id, features: '[]' },
  ]);
});

test('the report and the summary have the parts of each label', async () => {
  await using world = await World.start({ '/repos/acme/shop/pulls/4': open });
  const ofRun = world.add('run 7', past);
  const ofPullRequest = world.add('pull request 4', future, {}, {}, '%3Cb%3E%0A::error::x');
  const main = await world.sweep();
  expect(report(main)).toEqual([
    {
      client_id: ofRun.client_id,
      repository: 'acme/shop',
      repository_id: '123456',
      lifetime: 'run',
      run_id: '7',
      name: 'preview',
      expires_at: past,
      reason: 'expired',
      result: 'deleted',
    },
    {
      client_id: ofPullRequest.client_id,
      repository: 'acme/shop',
      repository_id: '123456',
      lifetime: 'pull_request',
      pull_request: 4,
      name: '<b>\n::error::x',
      expires_at: future,
      reason: 'pull_request_open',
      result: 'kept',
    },
  ]);
  expect(main.summary).toContain(`<td>${ofRun.client_id}</td><td>acme/shop</td><td>run 7</td>`);
  expect(main.summary).toContain('<td>&lt;b&gt; ::error::x</td>');
  expect(main.annotations).toEqual([]);
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

test.each([
  [{ repositories: 'acme' }, 'repositories: "acme" isn\'t a repository. Use owner/name or owner/*'],
  [{ repositories: '*' }, 'repositories: "*" isn\'t a repository.'],
  [{ repositories: '*/*' }, 'repositories: "*/*" isn\'t a repository.'],
  [{ repositories: 'acme/we*' }, 'repositories: "acme/we*" isn\'t a repository.'],
  [{ repositories: 'acme/web/x, ok/ok, a b/c' }, 'repositories: "acme/web/x", "a b/c" aren\'t repositories.'],
  [{ repositories: 'acme/web.git' }, 'without .git'],
  [{ repositories: ',' }, 'repositories: the list is empty.'],
  [{ dry_run: 'yes' }, 'dry_run: "yes" isn\'t valid. Use true or false.'],
  [{ 'dry-run': 'true' }, 'dry-run: unknown input. Did you mean dry_run?'],
  [{ owner_client_secret: '' }, 'owner_client_secret is empty'],
])('inputs %j are rejected before any request', async (inputs: Record<string, string>, message) => {
  await using world = await World.start({});
  world.add('run 1', past);
  const main = await world.sweep(inputs);
  expect(main.conclusion).toBe('failure');
  expect(main.annotations.at(-1)?.message).toContain(message);
  expect(world.scenario.emulator.requests).toEqual([]);
  expect(world.github.requests).toEqual([]);
});

test('clients that cannot be listed fail the step', async () => {
  await using world = await World.start({});
  const main = await world.sweep({ owner_client_secret: 'wrong' });
  expect(main.conclusion).toBe('failure');
  expect(main.annotations.at(-1)?.message).toMatch(/^Capture rejected clients\/list \(402 /);
});

interface Place {
  host?: string;
  id?: string;
  name?: string;
}

/** A label as it's documented, on purpose not made by the code under test. */
function labelFor(subject: string, until: string, place: Place = {}, name = 'preview'): string {
  const { host = 'github.com', id = '123456', name: repository = 'acme/shop' } = place;
  return `x [capture-client-action/1 ${host} id ${id} ${repository}, ${subject}, name ${name}, until ${until}, ${newMarker()}]`;
}

let markers = 0;
function newMarker(): string {
  markers += 1;
  return markers.toString(16).padStart(24, '0');
}

function warningsOf({ annotations }: StageResult): string[] {
  return annotations.filter(({ level }) => level === 'warning').map(({ message }) => message);
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

  add(
    subject: string,
    until = future,
    place: Place = {},
    seed: Partial<ClientSeed> = {},
    name?: string,
  ): EmulatedClient {
    const description = labelFor(subject, until, place, name);
    return this.scenario.emulator.addClient({ description, ...seed });
  }

  sweep(inputs: Record<string, string> = {}, options: Partial<StepOptions> = {}): Promise<StageResult> {
    return this.scenario.sweep(inputs, {
      expressions: { 'github.token': token },
      masks: [token],
      ...options,
      env: { GITHUB_API_URL: this.github.url, ...options.env },
    });
  }

  get deletions(): (string | undefined)[] {
    return this.scenario.callsOf('clients/delete').map(({ form }) => form.client_id_for_deletion);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.github[Symbol.asyncDispose]();
    await this.scenario[Symbol.asyncDispose]();
  }
}
