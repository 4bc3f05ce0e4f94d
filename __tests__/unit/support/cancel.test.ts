import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { StageControl, StageResult } from '../../support/runner/run.ts';
import { action, newJob, onPosix, temporaryFolder } from './fixture.ts';

const handle = (signal: string, then: string) => `process.on('${signal}', () => { ${then} });`;

/** Runs a main that doesn't end by itself, and interrupts it as soon as its handlers are in place. */
async function interrupted(
  main: string,
  interrupt: (control: StageControl) => unknown,
  job = newJob({ interrupt: 700, terminate: 700, streams: 300 }),
): Promise<StageResult> {
  const ready = join(temporaryFolder(), 'ready');
  let interruption: unknown;
  const result = await job.step({
    action: action({
      main: `${main} fs.writeFileSync(env.READY, ''); stay();`,
      post: 'say("post " + env.STATE_saved);',
    }),
    env: { READY: ready },
    onStart: (control) => {
      const timer = setInterval(() => {
        if (!existsSync(ready)) return;
        clearInterval(timer);
        interruption = interrupt(control);
      }, 20);
    },
  });
  await interruption;
  return result;
}

const onInterrupt = handle('SIGINT', 'say("interrupted");');

onPosix.each<[string, string, Partial<StageResult>]>([
  ['SIGINT, which ends Node by default', '', { signal: 'SIGINT' }],
  [
    'SIGINT, and nothing else to a process that handles it',
    handle('SIGINT', 'say("interrupted"); setTimeout(() => process.exit(0), 200);'),
    { exitCode: 0, stdout: 'interrupted\n' },
  ],
  [
    'SIGTERM to a process that ignores SIGINT',
    `${onInterrupt} ${handle('SIGTERM', 'say("terminated"); process.exit(5);')}`,
    { exitCode: 5, stdout: 'interrupted\nterminated\n' },
  ],
  [
    'SIGKILL to a process that ignores both',
    `${onInterrupt} ${handle('SIGTERM', 'say("terminated");')}`,
    { signal: 'SIGKILL', stdout: 'interrupted\nterminated\n' },
  ],
])('cancel sends %s', async (_, main, expected) => {
  const result = await interrupted(main, (control) => control.cancel());
  expect(result).toMatchObject({ conclusion: 'failure', canceled: true, ...expected });
});

test('SIGKILL keeps the state, outputs, and masks written so far, and post gets the state', async () => {
  const job = newJob();
  const main = `append('GITHUB_STATE', 'saved=yes\\n'); append('GITHUB_OUTPUT', 'a=1\\n'); say('::add-mask::hush');`;
  const result = await interrupted(main, (control) => control.kill('SIGKILL'), job);
  const written = { state: { saved: 'yes' }, outputs: { a: '1' }, masks: ['hush'] };
  expect(result).toMatchObject({ conclusion: 'failure', canceled: false, ...written });
  expect((await job.post()).map(({ stdout }) => stdout)).toEqual(['post yes\n']);
});
