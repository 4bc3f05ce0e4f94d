import { expect, test } from '@jest/globals';
import { onPullRequest, printed, Scenario } from '../support/scenario.ts';

const forPullRequest = { lifetime: 'pull_request', features: 'login_client' };

test('client_id deletes only that client', async () => {
  await using scenario = await Scenario.start();
  const kept = await scenario.create();
  const main = await scenario.create();
  const id = main.outputs.client_id ?? '';
  const gone = await scenario.delete({ client_id: id });
  expect(gone).toMatchObject({ conclusion: 'success', log: `Deleted client ${id}.\n` });
  expect(gone.outputs).toEqual({ deleted: '1', client_ids: JSON.stringify([id]) });
  expect(scenario.clients.map(({ client_id }) => client_id)).toEqual([kept.outputs.client_id]);
});

test('lifetime: pull_request deletes the clients of this pull request, or the one with a name', async () => {
  await using scenario = await Scenario.start();
  const ids: Record<string, string | undefined> = {};
  for (const [key, number, name] of [
    ['four', 4, 'web'],
    ['web', 42, 'web'],
    ['api', 42, 'api'],
    ['jobs', 42, 'jobs'],
  ] as const) {
    ids[key] = (await scenario.create({ ...forPullRequest, name }, onPullRequest(number))).outputs.client_id;
  }
  const one = await scenario.delete({ lifetime: 'pull_request', name: 'api' }, onPullRequest(42));
  expect(one.outputs).toEqual({ deleted: '1', client_ids: JSON.stringify([ids.api]) });
  const all = await scenario.delete({ lifetime: 'pull_request', pull_request: '42' });
  expect(JSON.parse(all.outputs.client_ids ?? '').sort()).toEqual([ids.jobs, ids.web].sort());
  expect(scenario.clients.map(({ client_id }) => client_id)).toEqual([ids.four]);
});

test('lifetime: run deletes the clients of this run, not those of its jobs or of other runs', async () => {
  await using scenario = await Scenario.start();
  const mine = await scenario.create();
  const ofJob = await scenario.create({ lifetime: 'job' });
  const other = await scenario.create({}, { env: { GITHUB_RUN_ID: '10011' } });
  const gone = await scenario.delete({ lifetime: 'run' });
  expect(gone.outputs.client_ids).toBe(JSON.stringify([mine.outputs.client_id]));
  expect(scenario.clients.map(({ client_id }) => client_id)).toEqual([
    ofJob.outputs.client_id,
    other.outputs.client_id,
  ]);
});

test('with nothing to delete, the step succeeds and reports what it looked for, among how many, and where', async () => {
  await using scenario = await Scenario.start();
  scenario.emulator.addClient({ description: 'made by hand' });
  const { host } = new URL(scenario.emulator.domain);
  for (const [inputs, what] of [
    [{ lifetime: 'pull_request' }, 'belongs to acme/shop pull request 42'],
    [{ lifetime: 'pull_request', name: 'web' }, 'belongs to acme/shop pull request 42 with the name web'],
    [{ lifetime: 'run' }, 'belongs to acme/shop run 1001'],
    [{ client_id: 'abcdefgh' }, 'has the ID abcdefgh'],
  ] as const) {
    const gone = await scenario.delete(inputs, onPullRequest(42));
    expect(gone).toMatchObject({
      conclusion: 'success',
      log: `Nothing to delete: none of the 2 clients at ${host} ${what}.\n`,
      outputs: { deleted: '0', client_ids: '[]' },
    });
  }
});

test.each([
  ['no label', 'made by hand'],
  [
    'the label of another repository of the same name',
    'x [capture-client-action/1 github.com id 1234567 acme/shop, run 1001, name preview, until 2026-01-01T00:00:00Z, 0123456789abcdef01234567]',
  ],
])('a client with %s is rejected, and nothing changes', async (_, description) => {
  await using scenario = await Scenario.start();
  const foreign = scenario.emulator.addClient({ description, features: ['login_client', 'owner'] });
  const gone = await scenario.delete({ client_id: foreign.client_id });
  expect(gone.conclusion).toBe('failure');
  expect(gone.annotations.at(-1)?.message).toMatch(
    new RegExp(
      `^Client ${foreign.client_id} wasn't created by github\\.com/acme/shop, so it wasn't deleted\\. Check the client ID\\.`,
    ),
  );
  await scenario.delete({ lifetime: 'run' });
  expect(scenario.clients).toEqual([foreign]);
  expect(new Set(scenario.emulator.requests.map(({ call }) => call))).toEqual(new Set(['clients/list']));
});

test('a client of ours with the owner feature loses its features first', async () => {
  await using scenario = await Scenario.start();
  const main = await scenario.create({ features: 'owner', allow_privileged_features: 'true' });
  const gone = await scenario.delete({ client_id: main.outputs.client_id ?? '' });
  expect(gone.outputs.deleted).toBe('1');
  expect(scenario.clients).toEqual([]);
});

test("if one client can't be deleted, the others are, and the step fails with its outputs set", async () => {
  await using scenario = await Scenario.start();
  const ids: (string | undefined)[] = [];
  for (let count = 0; count < 3; count += 1) ids.push((await scenario.create()).outputs.client_id);
  const body = JSON.stringify({ stat: 'error', code: 300, error: 'odd', request_id: 'abcdefgh23456789' });
  scenario.emulator.inject({ kind: 'response', body, call: 'clients/delete', after: 1 });
  const gone = await scenario.delete({ lifetime: 'run' });
  expect(gone.conclusion).toBe('failure');
  expect(gone.outputs).toEqual({ deleted: '2', client_ids: JSON.stringify([ids[0], ids[2]]) });
  expect(gone.annotations.at(-1)?.message).toMatch(
    new RegExp(
      `^Could not delete client ${ids[1]}, which may still work\\. .*300 odd, request abcdefgh23456789.*\\nCould not delete 1 of 3 clients\\.`,
    ),
  );
  expect(scenario.clients.map(({ client_id }) => client_id)).toEqual([ids[1]]);
});

test('a deletion whose response is lost is sent again, and the client counts as deleted', async () => {
  await using scenario = await Scenario.start();
  const main = await scenario.create();
  scenario.emulator.inject({ kind: 'reset-after-commit', call: 'clients/delete' });
  const id = main.outputs.client_id ?? '';
  const gone = await scenario.delete({ client_id: id });
  expect(gone).toMatchObject({
    conclusion: 'success',
    outputs: { deleted: '1', client_ids: JSON.stringify([id]) },
  });
  expect(gone.log).toContain(`Deleted client ${id}.`);
  expect(scenario.clients).toEqual([]);
});

test.each([
  [{}, 'client_id is empty. Check that the step that creates the client ran'],
  [{ 'client-id': 'a' }, 'client-id: unknown input. Did you mean client_id?'],
  [
    { lifetime: 'run', dry_run: 'true' },
    'dry_run: unknown input. It belongs to the sweep action. Remove it.',
  ],
])('inputs %j are rejected before any request', async (inputs: Record<string, string>, message) => {
  await using scenario = await Scenario.start();
  const gone = await scenario.delete(inputs);
  expect(gone.conclusion).toBe('failure');
  expect(gone.annotations.at(-1)?.message).toContain(message);
  expect(scenario.emulator.requests).toEqual([]);
});

test('the log has no secret of any listed client', async () => {
  await using scenario = await Scenario.start();
  const main = await scenario.create();
  const gone = await scenario.delete({ lifetime: 'run' });
  for (const secret of [main.outputs.client_secret, scenario.emulator.owner.client_secret]) {
    expect(printed(gone)).not.toContain(secret);
  }
});
