import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startEmulator } from '../../emulator/emulator.ts';
import { HostileServer, made, owner, wire } from '../support/hostile-server.ts';
import { Job, type StageResult } from '../support/runner/run.ts';
import { expectSafe } from '../support/safe.ts';
import { onPullRequest, root } from '../support/scenario.ts';

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

const cases = fc.sample(
  fc.record({ step: fc.constantFrom(...steps), wires: fc.array(wire, { minLength: 1, maxLength: 5 }) }),
  40,
);
const { seed } = fc.readConfigureGlobal();

describe(`whatever a server responds (FC_SEED=${seed})`, () => {
  test.concurrent.each(cases.map(({ step, wires }, index) => ({ index, step, wires })))(
    'case $index, $step.0: the step ends properly, and post can finish',
    async ({ step: [action, inputs], wires }) => {
      await using server = await HostileServer.start(wires);
      await using job = new Job({ stage: 45_000 });
      const main = await job.step({
        action: join(root, action),
        inputs: {
          capture_domain: server.url,
          owner_client_id: owner.client_id,
          owner_client_secret: owner.client_secret,
          timeout: '2s',
          ...inputs,
        },
        expressions: { 'github.token': 'token' },
        event: onPullRequest(42).event,
        env: { GITHUB_EVENT_NAME: 'pull_request', GITHUB_API_URL: server.url },
      });
      expectProperEnd(main);
      if (action === '.') await expectPostToFinish(main, job, server);
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

/** If the client was created after all, post finds it by what main saved. */
async function expectPostToFinish(main: StageResult, job: Job, server: HostileServer): Promise<void> {
  const emulator = await startEmulator({ owner });
  try {
    server.become(emulator);
    if (main.log.includes('The client may exist')) expect(main.state.creation).toContain('"marker"');
    const { creation } = JSON.parse(main.state.creation || '{}');
    const sent = server.requests.findLast((request) => request.startsWith('POST /clients/add'));
    if (creation !== undefined && creation.handedOverId === undefined) {
      const form = new URLSearchParams(sent?.split('\r\n\r\n')[1]);
      const features = JSON.parse(form.get('features') ?? '[]');
      emulator.addClient({ description: form.get('description') ?? '', features });
    }
    const [post] = await job.post();
    expect(post).toMatchObject({ exitCode: 0, signal: null, annotations: [], stderr: '' });
    expectSafe(post as StageResult, owner);
    expect(emulator.clients()).toHaveLength(1);
  } finally {
    await emulator.close();
  }
}
