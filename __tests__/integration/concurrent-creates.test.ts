import { expect, test } from '@jest/globals';
import { onPullRequest, Scenario } from '../support/scenario.ts';

const forPullRequest = { lifetime: 'pull_request', features: 'login_client' };

test.each([
  ['two steps that create at the same moment end with one client', 2],
  ['of three steps, two share a client even if the third one has already reused the other', 3],
])('%s', async (_, count) => {
  for (let round = 0; round < 5; round += 1) {
    await using scenario = await Scenario.start({ emulator: { latencyMs: 40 } });
    const runs = await Promise.all(
      Array.from({ length: count }, () => scenario.create(forPullRequest, onPullRequest(42))),
    );
    for (const post of await scenario.job.post()) expect(post.conclusion).toBe('success');
    expect(runs.filter(({ conclusion }) => conclusion === 'failure').map(({ log }) => log)).toEqual([]);
    const used = new Set(runs.map(({ outputs }) => outputs.client_id));
    expect(new Set(scenario.clients.map(({ client_id }) => client_id))).toEqual(used);
    expect(used.size).toBeLessThan(count);
    for (const { outputs } of runs) {
      const { client_id = '', client_secret = '' } = outputs;
      expect(scenario.emulator.authenticates(client_id, client_secret)).toBe(true);
    }
  }
});
