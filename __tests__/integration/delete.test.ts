import { expect, test } from '@jest/globals';
import { onPullRequest, printed, Scenario } from '../support/scenario.ts';

const forPullRequest = { lifetime: 'pull_request', features: 'login_client' };

test('by client_id: the client goes, and nothing else', async () => {
  await using scenario = await Scenario.start();
  const kept = await scenario.create();
  const main = await scenario.create();
  const id = main.outputs.client_id ?? '';
  const gone = await scenario.delete({ client_id: id });
  expect(gone).toMatchObject({ conclusion: 'success', log: `Deleted client ${id}.\n` });
  expect(gone.outputs).toEqual({ deleted: '1', client_ids: JSON.stringify([id]) });
  expect(scenario.clients.map(({ client_id }) => client_id)).toEqual([kept.outputs.client_id]);
});

test('lifetime: pull_request deletes all of this pull request: #4 is not #42, and a name can be singled out', async () => {
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

test('lifetime: run deletes the clients of this run; jobs keep theirs, and other runs', async () => {
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

test('nothing to delete is success, and the line says for what it looked, among how many, and where', async () => {
  await using scenario = await Scenario.start();
  scenario.emulator.addClient({ description: 'made by hand' });
  const { host } = new URL(scenario.emulator.domain);
  for (const [inputs, what] of [
    [{ lifetime: 'pull_request' }, 'labeled acme/shop #42'],
    [{ lifetime: 'pull_request', name: 'web' }, 'labeled acme/shop #42 (name web)'],
    [{ lifetime: 'run' }, 'labeled acme/shop run 1001'],
    [{ client_id: 'abcdefgh' }, 'abcdefgh'],
  ] as const) {
    const gone = await scenario.delete(inputs, onPullRequest(42));
    expect(gone).toMatchObject({
      conclusion: 'success',
      log: `Deleted 0: no client ${what} among 2 clients at ${host}.\n`,
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
  [
    'the label of the same id on another server',
    'x [capture-client-action/1 ghe.example.com id 123456 acme/shop, run 1001, name preview, until 2026-01-01T00:00:00Z, 0123456789abcdef01234567]',
  ],
  [
    'a label that is not at the very end',
    'x [capture-client-action/1 github.com id 123456 acme/shop, run 1001, name preview, until 2026-01-01T00:00:00Z, 0123456789abcdef01234567].',
  ],
])('a client with %s is refused, and nothing is changed', async (_, description) => {
  await using scenario = await Scenario.start();
  const foreign = scenario.emulator.addClient({ description, features: ['login_client', 'owner'] });
  const gone = await scenario.delete({ client_id: foreign.client_id });
  expect(gone.conclusion).toBe('failure');
  expect(gone.annotations.at(-1)?.message).toMatch(
    new RegExp(
      `^Client ${foreign.client_id} carries no label of github\\.com/acme/shop, .* Nothing was changed\\.$`,
    ),
  );
  await scenario.delete({ lifetime: 'run' });
  expect(scenario.clients).toEqual([foreign]);
  expect(new Set(scenario.emulator.requests.map(({ call }) => call))).toEqual(new Set(['clients/list']));
});

test('an owner client of ours loses its features first', async () => {
  await using scenario = await Scenario.start();
  const main = await scenario.create({ features: 'owner', allow_privileged_features: 'true' });
  const gone = await scenario.delete({ client_id: main.outputs.client_id ?? '' });
  expect(gone.outputs.deleted).toBe('1');
  expect(scenario.clients).toEqual([]);
});

test('one that cannot be deleted fails the step after all were tried, with the outputs set', async () => {
  await using scenario = await Scenario.start();
  const ids: (string | undefined)[] = [];
  for (let count = 0; count < 3; count += 1) ids.push((await scenario.create()).outputs.client_id);
  const body = JSON.stringify({ stat: 'error', code: 300, error: 'odd', request_id: 'abcdefgh23456789' });
  scenario.emulator.inject({ kind: 'answer', body, call: 'clients/delete', after: 1 });
  const gone = await scenario.delete({ lifetime: 'run' });
  expect(gone.conclusion).toBe('failure');
  expect(gone.outputs).toEqual({ deleted: '2', client_ids: JSON.stringify([ids[0], ids[2]]) });
  expect(gone.annotations.at(-1)?.message).toMatch(
    new RegExp(
      `^Could not delete client ${ids[1]}; it still works\\. .*300 odd, request abcdefgh23456789.*\\n1 of 3 clients are left\\.`,
    ),
  );
  expect(scenario.clients.map(({ client_id }) => client_id)).toEqual([ids[1]]);
});

test('a deletion whose answer is lost is tried again, and found done', async () => {
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
  [{}, 'client_id and lifetime: give exactly one'],
  [{ client_id: 'a', lifetime: 'run' }, 'client_id and lifetime: give exactly one'],
  [{ lifetime: 'job' }, 'lifetime is "job"; it takes run or pull_request'],
  [{ lifetime: 'pull_request' }, 'the event push belongs to no pull request'],
  [{ lifetime: 'pull_request', pull_request: '#4' }, 'pull_request is "#4", which is not the number'],
  [{ client_id: 'a', name: 'b' }, 'name says nothing beside client_id'],
  [{ lifetime: 'run', pull_request: '4' }, 'pull_request says nothing beside lifetime: run'],
  [{ 'client-id': 'a' }, 'Unknown input client-id: did you mean client_id?'],
  [{ lifetime: 'run', dry_run: 'true' }, 'dry_run is an input of the sweep action, and this is delete'],
])('inputs %j are refused before any request', async (inputs: Record<string, string>, message) => {
  await using scenario = await Scenario.start();
  const gone = await scenario.delete(inputs);
  expect(gone.conclusion).toBe('failure');
  expect(gone.annotations.at(-1)?.message).toContain(message);
  expect(scenario.emulator.requests).toEqual([]);
});

test('the log shows no secret of any listed client', async () => {
  await using scenario = await Scenario.start();
  const main = await scenario.create();
  const gone = await scenario.delete({ lifetime: 'run' });
  for (const secret of [main.outputs.client_secret, scenario.emulator.owner.client_secret]) {
    expect(printed(gone)).not.toContain(secret);
  }
});
