import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { StageControl, StageResult } from '../../support/runner/run.ts';
import { Job } from '../../support/runner/run.ts';
import { action, newJob, onPosix, temporaryFolder } from './fixture.ts';

const handle = (signal: string, then: string) => `process.on('${signal}', () => { ${then} });`;

/** Runs a main that doesn't end by itself, and interrupts it as soon as its handlers are in place. */
async function interrupted(
  main: string,
  interrupt: (control: StageControl) => unknown,
  job = newJob({ interrupt: 700, terminate: 700 }),
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

describe('cancel', () => {
  onPosix('sends SIGINT, which ends Node by default', async () => {
    const result = await interrupted('', (control) => control.cancel());
    expect(result).toMatchObject({
      exitCode: null,
      signal: 'SIGINT',
      conclusion: 'failure',
      canceled: true,
    });
  });

  onPosix('lets a SIGINT handler finish, and sends nothing else', async () => {
    const main = `${handle('SIGINT', 'say("interrupted"); setTimeout(() => process.exit(0), 200);')}
      ${handle('SIGTERM', 'say("terminated");')}`;
    const started = performance.now();
    const result = await interrupted(main, (control) => control.cancel(), newJob());
    expect(result).toMatchObject({
      exitCode: 0,
      stdout: 'interrupted\n',
      conclusion: 'failure',
      canceled: true,
    });
    // The runner would wait 7.5 s for a process that doesn't exit.
    expect(performance.now() - started).toBeLessThan(6_000);
  });

  onPosix('sends SIGTERM to a process that ignores SIGINT', async () => {
    const main = `${handle('SIGINT', 'say("interrupted");')}
      ${handle('SIGTERM', 'say("terminated"); process.exit(5);')}`;
    const result = await interrupted(main, (control) => control.cancel());
    expect(result).toMatchObject({ exitCode: 5, stdout: 'interrupted\nterminated\n' });
  });

  onPosix('sends SIGKILL to a process that ignores both', async () => {
    const main = `${handle('SIGINT', 'say("interrupted");')} ${handle('SIGTERM', 'say("terminated");')}`;
    const result = await interrupted(main, (control) => control.cancel());
    expect(result).toMatchObject({ signal: 'SIGKILL', stdout: 'interrupted\nterminated\n' });
    expect(result.durationMs).toBeGreaterThan(1_300);
  });

  onPosix('signals only the Node process, not its children', async () => {
    // The child outlives its parent and keeps stdout open. The runner waits a while and then continues.
    const main = `
      const { spawn } = await import('node:child_process');
      const code = 'process.on("SIGINT", () => console.log("child hit")); console.log("child up"); setTimeout(() => {}, 3000)';
      const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
      await new Promise((up) => child.stdout.once('data', up));
      spawn(process.execPath, ['-e', 'setTimeout(() => {}, 8000)'], { stdio: 'inherit', detached: true })
        .unref();
      child.stdout.pipe(process.stdout);`;
    const job = newJob({ interrupt: 700, terminate: 700, streams: 300 });
    const result = await interrupted(main, (control) => control.cancel(), job);
    expect(result.signal).toBe('SIGINT');
    expect(result.stdout).not.toContain('child hit');
    expect(result.durationMs).toBeLessThan(7_000);
  });

  onPosix('is visible to post-if', async () => {
    const job = newJob();
    const conditional = (condition: string) =>
      action({ main: '', post: `say('${condition}');`, runs: `  post-if: "${condition}"\n` });
    await job.step({ action: conditional('cancelled()') });
    await job.step({ action: conditional('!cancelled()') });
    await interrupted('', (control) => control.cancel(), job);
    expect((await job.post()).map(({ stdout }) => stdout)).toEqual(['post undefined\n', 'cancelled()\n']);
  });

  test('does nothing after the process has ended', async () => {
    let control: StageControl | undefined;
    const result = await newJob().step({
      action: action({ main: '' }),
      onStart: (started) => {
        control = started;
      },
    });
    expect(result.conclusion).toBe('success');
    expect(control?.pid).toBeGreaterThan(0);
    await control?.cancel();
    control?.kill('SIGKILL');
  });
});

describe('kill', () => {
  test('with SIGKILL keeps the state, outputs, and masks written so far, and post gets the state', async () => {
    const job = newJob();
    const main = `append('GITHUB_STATE', 'saved=yes\\n'); append('GITHUB_OUTPUT', 'a=1\\n'); say('::add-mask::hush');`;
    const result = await interrupted(main, (control) => control.kill('SIGKILL'), job);
    expect(result).toMatchObject({
      conclusion: 'failure',
      canceled: false,
      state: { saved: 'yes' },
      outputs: { a: '1' },
      masks: ['hush'],
    });
    expect((await job.post()).map(({ stdout }) => stdout)).toEqual(['post yes\n']);
  });

  onPosix('sends the given signal', async () => {
    const result = await interrupted('', (control) => control.kill('SIGTERM'));
    expect(result).toMatchObject({ signal: 'SIGTERM', canceled: false });
  });

  test('works on a post step, too', async () => {
    await using job = new Job();
    await job.step({ action: action({ main: '', post: 'stay();' }) });
    const [post] = await job.post({ onStart: (control) => control.kill('SIGKILL') });
    expect(post?.conclusion).toBe('failure');
  });
});

test('an error in onStart ends the process and rejects the step', async () => {
  const step = newJob().step({
    action: action({ main: 'stay();' }),
    onStart: () => {
      throw new Error('harness broke');
    },
  });
  await expect(step).rejects.toThrow('harness broke');
});
