import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { hostileResponse, made, owner } from '../support/hostile-responses.ts';
import type { StageResult } from '../support/runner/run.ts';
import { expectSafe } from '../support/safe.ts';
import { onPullRequest, Scenario } from '../support/scenario.ts';

const steps: readonly [string, Record<string, string>][] = [
  ['.', { lifetime: 'run' }],
  ['.', { lifetime: 'job', features: 'login_client' }],
  ['.', { lifetime: 'pull_request', rotate_secret: '1h' }],
  ['.', { lifetime: 'pull_request', enforce_expiry: 'true' }],
  ['.', { lifetime: 'run', seal_key: 'k'.repeat(32), settings: 'a=b', copy_settings_from: 'template' }],
  ['delete', { lifetime: 'pull_request' }],
  ['delete', { client_id: made.client_id }],
  ['sweep', {}],
  ['sweep', { repositories: 'acme/*' }],
];

const responses = fc.array(hostileResponse, { minLength: 1, maxLength: 5 });
const cases = fc.sample(fc.record({ step: fc.constantFrom(...steps), responses }), 40);
const { seed } = fc.readConfigureGlobal();

describe(`whatever a server responds (FC_SEED=${seed})`, () => {
  test.concurrent.each(cases.map(({ step, responses }, index) => ({ index, step, responses })))(
    'case $index, $step.0: the step ends properly, and post can finish',
    async ({ step: [action, inputs], responses }) => {
      await using scenario = await Scenario.start({ emulator: { owner } });
      const { emulator } = scenario;
      for (const response of responses.slice(0, -1)) emulator.inject(response);
      emulator.inject({ ...responses.at(-1), times: Infinity } as (typeof responses)[number]);
      const { event, env } = onPullRequest(42);
      const main = await scenario.run(
        action,
        { timeout: '2s', ...inputs },
        { event, env: { ...env, GITHUB_API_URL: emulator.domain } },
      );
      expectProperEnd(main);
      if (action === '.') await expectPostToFinish(main, scenario);
    },
  );
});

/** It ended by itself. If it failed, it said why, in sentences. */
function expectProperEnd(stage: StageResult): void {
  expect(stage.signal).toBeNull();
  expect(stage.stderr).toBe('');
  expectSafe(stage, owner);
  expectSafe(stage, made);
  const errors = stage.annotations.filter(({ level }) => level === 'error');
  expect(errors).toHaveLength(stage.exitCode === 0 ? 0 : 1);
  expect([0, 1]).toContain(stage.exitCode);
  for (const { message } of errors) {
    expect(message).not.toMatch(/^Unexpected/);
    for (const line of message.split('\n')) expect(line).toMatch(/\.$/);
  }
}

/** If the client was created after all, post finds it by what main saved, now that Capture is itself again. */
async function expectPostToFinish(main: StageResult, { emulator, job }: Scenario): Promise<void> {
  await emulator.close();
  const port = Number(new URL(emulator.domain).port);
  const restarted: Emulator = await startEmulator({ owner, port });
  try {
    if (main.log.includes('The client may exist')) expect(main.state.creation).toContain('"marker"');
    const { creation } = JSON.parse(main.state.creation || '{}');
    const sent = emulator.requests.findLast(({ call }) => call === 'clients/add');
    if (creation !== undefined && creation.handedOverId === undefined) {
      const { description = '', features = '[]' } = sent?.form ?? {};
      // Under the ID that main believed, if it got one.
      const [{ clientId: client_id } = {}] = creation.clients;
      restarted.addClient({ client_id, description, features: JSON.parse(features) });
    }
    const [post] = await job.post();
    expect(post).toMatchObject({ exitCode: 0, signal: null, annotations: [], stderr: '' });
    expectSafe(post as StageResult, owner);
    expect(restarted.clients()).toHaveLength(1);
  } finally {
    await restarted.close();
  }
}
