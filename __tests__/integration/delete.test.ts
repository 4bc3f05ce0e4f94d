import { expect, test } from '@jest/globals';
import { onPullRequest, Scenario } from '../support/scenario.ts';

const forPullRequest = { lifetime: 'pull_request', features: 'login_client' };

test('client_id deletes only that client', async () => {
  await using scenario = await Scenario.start();
  const kept = await scenario.create();
  const main = await scenario.create();
  const id = main.outputs.client_id ?? '';
  const gone = await scenario.delete({ client_id: id });
  expect(gone.conclusion).toBe('success');
  expect(gone.outputs).toEqual({ deleted: '1', client_ids: JSON.stringify([id]) });
  expect(scenario.ids).toEqual([kept.outputs.client_id]);
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
  expect(scenario.ids).toEqual([ids.four]);
});

test('lifetime: run deletes the clients of this run, not those of its jobs or of other runs', async () => {
  await using scenario = await Scenario.start();
  const mine = await scenario.create();
  const ofJob = await scenario.create({ lifetime: 'job' });
  const other = await scenario.create({}, { env: { GITHUB_RUN_ID: '10011' } });
  const gone = await scenario.delete({ lifetime: 'run' });
  expect(gone.outputs.client_ids).toBe(JSON.stringify([mine.outputs.client_id]));
  expect(scenario.ids).toEqual([ofJob.outputs.client_id, other.outputs.client_id]);
});

test('an unknown client without an argument in the error is gone, where the call names the client', async () => {
  await using scenario = await Scenario.start({ emulator: { unknownClientArgument: false } });
  const { outputs } = await scenario.create();
  const id = outputs.client_id ?? '';
  scenario.emulator.inject({ kind: 'reset-after-commit', call: 'clients/delete' });
  const gone = await scenario.delete({ client_id: id });
  expect(gone).toMatchObject({ conclusion: 'success', annotations: [], outputs: { deleted: '1' } });
});

test('with nothing to delete, the step succeeds and says so', async () => {
  await using scenario = await Scenario.start();
  scenario.emulator.addClient({ description: 'made by hand' });
  const name = 'web';
  const targets = [
    { lifetime: 'pull_request' },
    { lifetime: 'pull_request', name },
    { lifetime: 'run' },
    { client_id: 'abcdefgh' },
  ];
  for (const inputs of targets) {
    const gone = await scenario.delete(inputs, onPullRequest(42));
    expect(gone).toMatchObject({ conclusion: 'success', outputs: { deleted: '0', client_ids: '[]' } });
    expect(gone.log).toMatch(/^Nothing to delete: /);
  }
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
  expect(gone.annotations.at(-1)?.message).toMatch(new RegExp(`${ids[1]}.*request abcdefgh23456789`));
  expect(scenario.ids).toEqual([ids[1]]);
});
