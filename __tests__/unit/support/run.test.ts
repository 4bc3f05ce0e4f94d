import { existsSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Job, StageTimeoutError } from '../../support/runner/run.ts';
import { action, newJob, temporaryFolder } from './fixture.ts';

/** A step that tells what its environment is. */
const tellEnvironment = 'say(JSON.stringify({ ...env, cwd: process.cwd() }));';

async function environmentOf(...steps: Parameters<Job['step']>[0][]): Promise<Record<string, string>> {
  const job = newJob();
  let stdout = '{}';
  for (const step of steps) ({ stdout } = await job.step(step));
  return JSON.parse(stdout);
}

describe('the environment', () => {
  test('imitates a push to main', async () => {
    const env = await environmentOf({ action: action({ main: tellEnvironment }) });
    expect(env).toMatchObject({
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: 'octocat',
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_REPOSITORY_ID: '123456',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_RUN_ID: '1001',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_WORKFLOW_REF: 'acme/shop/.github/workflows/preview.yml@refs/heads/main',
    });
    expect(env.cwd).toBe(env.GITHUB_WORKSPACE);
  });

  test('takes nothing from the parent but what a process needs', async () => {
    const leaky = {
      https_proxy: 'http://proxy:1',
      GITHUB_TOKEN: 'parent',
      NODE_OPTIONS: '',
      INPUT_LEAK: 'x',
    };
    const before = { ...process.env };
    Object.assign(process.env, leaky);
    try {
      const env = await environmentOf({ action: action({ main: tellEnvironment }) });
      for (const name of Object.keys(leaky)) expect(env).not.toHaveProperty(name);
      expect(env).toHaveProperty('PATH');
    } finally {
      for (const name of Object.keys(leaky)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });

  test('takes what it is given, GITHUB_* included, but for its own files', async () => {
    const env = await environmentOf({
      action: action({ main: tellEnvironment }),
      env: { GITHUB_ACTOR: 'mona', https_proxy: 'http://proxy:1', GITHUB_OUTPUT: 'mine', INPUT_A: 'env' },
      inputs: { a: 'with' },
    });
    expect(env).toMatchObject({ GITHUB_ACTOR: 'mona', https_proxy: 'http://proxy:1', INPUT_A: 'with' });
    expect(env.GITHUB_OUTPUT).toContain(join('_runner_file_commands', 'set_output_'));
  });

  test('has the event', async () => {
    const main = 'say(fs.readFileSync(env.GITHUB_EVENT_PATH, "utf8"));';
    const job = newJob();
    const given = await job.step({ action: action({ main }), event: { action: 'closed', number: 7 } });
    expect(JSON.parse(given.stdout)).toEqual({ action: 'closed', number: 7 });
    const usual = await job.step({ action: action({ main }) });
    expect(JSON.parse(usual.stdout)).toMatchObject({ repository: { full_name: 'acme/shop', id: 123456 } });
  });

  test('has what earlier steps put into GITHUB_ENV and GITHUB_PATH', async () => {
    const main =
      'append("GITHUB_ENV", "A=1\\nB<<X\\n2\\n3\\nX\\n"); append("GITHUB_PATH", "/first\\n/second\\n");';
    const env = await environmentOf(
      { action: action({ main }) },
      { action: action({ main: tellEnvironment }), env: { A: 'own' } },
    );
    expect(env).toMatchObject({ A: 'own', B: '2\n3' });
    expect(env.PATH).toMatch(/^\/second[:;]\/first[:;]/);
  });

  test('takes no NODE_OPTIONS from GITHUB_ENV', async () => {
    const job = newJob();
    const result = await job.step({
      action: action({ main: 'append("GITHUB_ENV", "NODE_OPTIONS=--no-warnings\\n");' }),
    });
    expect(result.annotations[0]?.message).toContain("Can't store NODE_OPTIONS");
    const next = await job.step({ action: action({ main: tellEnvironment }) });
    expect(JSON.parse(next.stdout)).not.toHaveProperty('NODE_OPTIONS');
  });
});

describe('inputs', () => {
  const head = `inputs:
  capture-domain: {}
  with space: { default: blank }
  Given: { default: no }
  token: { default: "\${{ github.token }}" }
  actor: { default: "\${{ github.actor }}" }
`;

  test('are named as the runner names them, with the defaults', async () => {
    const env = await environmentOf({
      action: action({ main: tellEnvironment, head }),
      inputs: { 'capture-domain': 'x', given: '' },
      expressions: { 'github.token': 'abc' },
    });
    expect(Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('INPUT_')))).toEqual({
      'INPUT_CAPTURE-DOMAIN': 'x',
      INPUT_WITH_SPACE: 'blank',
      INPUT_GIVEN: '',
      INPUT_TOKEN: 'abc',
      INPUT_ACTOR: `\${{ github.actor }}`,
    });
  });

  test('that are unknown or deprecated are a warning, in main and post', async () => {
    const job = newJob();
    const main = await job.step({
      action: action({ main: '', post: '', head: 'inputs: { a: {}, old: { deprecationMessage: use a } }' }),
      inputs: { A: '1', b: '2', old: '3' },
    });
    const messages = [
      "Input 'old' has been deprecated with message: use a",
      "Unexpected input(s) 'b', valid inputs are ['a', 'old']",
    ];
    expect(main.conclusion).toBe('success');
    expect(main.annotations.map(({ message }) => message)).toEqual(messages);
    const [post] = await job.post();
    expect(post?.annotations.map(({ message }) => message)).toEqual(messages);
  });
});

describe('a result', () => {
  test('has raw streams, a masked log, outputs, state, summary and masks', async () => {
    const result = await newJob().step({
      action: action({
        main: `
          say('::add-mask::hush');
          console.error('on stderr');
          append('GITHUB_OUTPUT', 'a=hush\\nb<<X\\n1\\n2\\nX\\na=later\\n');
          append('GITHUB_STATE', 'CaseKept=hush\\n');
          append('GITHUB_STEP_SUMMARY', '# hush\\nrest');
          say('plain hush');
        `,
      }),
    });
    expect(result).toMatchObject({
      exitCode: 0,
      signal: null,
      conclusion: 'success',
      cancelled: false,
      stdout: '::add-mask::hush\nplain hush\n',
      stderr: 'on stderr\n',
      outputs: { a: 'later', b: '1\n2' },
      state: { CaseKept: 'hush' },
      rawSummary: '# hush\nrest',
      summary: '# ***\nrest\n',
      masks: ['hush'],
      annotations: [],
    });
    expect(result.log.split('\n').toSorted()).toEqual(['', 'on stderr', 'plain ***']);
    expect(result.durationMs).toBeGreaterThan(0);
  });

  test('of an exit code other than 0 is a failure, as is a top-level await that never settles', async () => {
    const job = newJob();
    expect(await job.step({ action: action({ main: 'process.exitCode = 3;' }) })).toMatchObject({
      exitCode: 3,
      conclusion: 'failure',
    });
    expect(await job.step({ action: action({ main: 'await new Promise(() => {});' }) })).toMatchObject({
      exitCode: 13,
      conclusion: 'failure',
    });
  });

  test('of a bad file command is a failure, with what stood before it in force', async () => {
    const result = await newJob().step({
      action: action({
        main: 'append("GITHUB_OUTPUT", "a=1\\nlonely\\n"); append("GITHUB_STATE", "b=2\\n");',
      }),
    });
    expect(result).toMatchObject({
      exitCode: 0,
      conclusion: 'failure',
      outputs: { a: '1' },
      state: { b: '2' },
    });
    expect(result.log).toBe(
      "Error: Unable to process file command 'output' successfully.\nError: Invalid format 'lonely'\n",
    );
  });

  test('of a summary over a mebibyte has none, and an error that fails nothing', async () => {
    const main = 'append("GITHUB_STEP_SUMMARY", "x".repeat(1024 * 1024 + 1024));';
    const result = await newJob().step({ action: action({ main }) });
    expect(result).toMatchObject({ conclusion: 'success', summary: '' });
    expect(result.log).toContain(
      'Error: $GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got 1025k.',
    );
  });

  test('shows debug lines with RUNNER_DEBUG, saved state among them', async () => {
    const main = 'say("::debug::hello"); append("GITHUB_STATE", "a=1\\n");';
    const job = newJob();
    const quiet = await job.step({ action: action({ main }) });
    expect(quiet.log).toBe('');
    const loud = await job.step({ action: action({ main }), env: { RUNNER_DEBUG: '1' } });
    expect(loud.log).toContain('##[debug]hello\n');
    expect(loud.log).toContain('##[debug]Save intra-action state a = 1\n');
  });

  test('obeys commands on stderr, too, and a last line without a break', async () => {
    const result = await newJob().step({ action: action({ main: 'process.stderr.write("::error::oh");' }) });
    expect(result.annotations).toEqual([{ level: 'error', message: 'oh' }]);
  });

  test('has characters whole that were cut by a chunk', async () => {
    const main = `
      const bytes = Buffer.from('ö\\n');
      process.stdout.write(bytes.subarray(0, 1));
      setTimeout(() => process.stdout.write(bytes.subarray(1)), 100);
    `;
    expect((await newJob().step({ action: action({ main }) })).log).toBe('ö\n');
  });
});

test('stderr is read before stdout in a batch: a mask on stdout comes too late for it', async () => {
  const done = join(temporaryFolder(), 'done');
  const main = `say('::add-mask::hush'); console.error('stderr: hush'); say('stdout: hush');
    fs.writeFileSync(env.DONE, '');`;
  const result = await newJob().step({
    action: action({ main }),
    env: { DONE: done },
    // Reads nothing until everything is written, so that it is one batch.
    onStart: () => {
      while (!existsSync(done)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    },
  });
  expect(result.log).toBe('stderr: hush\nstdout: ***\n');
});

describe('masks', () => {
  test('of the workflow are trimmed and there from the start', async () => {
    const result = await newJob().step({
      action: action({ main: 'say("the secret");' }),
      masks: [' secret\n'],
    });
    expect(result.log).toBe('the ***\n');
  });

  test('live for the job, not beyond', async () => {
    const say = action({ main: 'say("secret");' });
    const job = newJob();
    await job.step({ action: action({ main: 'say("::add-mask::secret");' }) });
    expect((await job.step({ action: say })).log).toBe('***\n');
    expect((await newJob().step({ action: say })).log).toBe('secret\n');
  });
});

describe('job outputs', () => {
  test('are dropped whole when a mask would change them, and skipped when empty', async () => {
    const job = newJob();
    const { outputs } = await job.step({
      action: action({
        main: `say('::add-mask::hush hush');
          append('GITHUB_OUTPUT', 'plain=fine\\nsecret=the hush hush\\nempty=\\n');`,
      }),
    });
    const result = job.outputs({ ...outputs, encoded: Buffer.from('hush hush').toString('base64') });
    expect(result.outputs).toEqual({ plain: 'fine' });
    expect(result.warnings).toEqual([
      "Skip output 'secret' since it may contain secret.",
      "Skip output 'encoded' since it may contain secret.",
    ]);
  });

  test('are held against masks of a post step, too', async () => {
    const job = newJob();
    await job.step({ action: action({ main: '', post: 'say("::add-mask::late");' }) });
    expect(job.outputs({ a: 'late' }).outputs).toEqual({ a: 'late' });
    await job.post();
    expect(job.outputs({ a: 'late' }).outputs).toEqual({});
  });
});

describe('posts', () => {
  const tellState = `say(env.INPUT_NAME + ' ' + env.STATE_saved + ' ' + env.STATE_old);
    append('GITHUB_OUTPUT', 'a=1\\n');`;
  const save = `append('GITHUB_STATE', 'saved=' + env.INPUT_NAME + '\\n'); say('::save-state name=old::yes');`;
  const named = (main: string) => action({ main, post: tellState, head: 'inputs: { name: {} }' });

  test('run last in first out, with their own inputs and state, once', async () => {
    const job = newJob();
    for (const name of ['one', 'two', 'three']) await job.step({ action: named(save), inputs: { name } });
    const posts = await job.post();
    expect(posts.map(({ stdout }) => stdout)).toEqual([
      'three three yes\n',
      'two two yes\n',
      'one one yes\n',
    ]);
    expect(await job.post()).toEqual([]);
  });

  test('have their outputs discarded', async () => {
    const job = newJob();
    await job.step({ action: named(save) });
    expect((await job.post())[0]?.outputs).toEqual({});
  });

  test('run after main failed', async () => {
    const job = newJob();
    const main = await job.step({ action: named(`${save} process.exit(1);`), inputs: { name: 'x' } });
    expect(main.conclusion).toBe('failure');
    expect((await job.post()).map(({ stdout }) => stdout)).toEqual(['x x yes\n']);
  });

  test('do not run for a step that never started, nor for an action without one', async () => {
    const job = newJob();
    await expect(job.step({ action: temporaryFolder() })).rejects.toThrow("Can't find 'action.yml'");
    await job.step({ action: action({ main: '' }) });
    expect(await job.post()).toEqual([]);
  });

  test('run for a step whose main is missing: it had started', async () => {
    const job = newJob();
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'action.yml'), 'runs: { using: node24, main: gone.mjs, post: post.mjs }');
    writeFileSync(join(folder, 'post.mjs'), 'console.log("post");');
    expect((await job.step({ action: folder })).conclusion).toBe('failure');
    expect((await job.post()).map(({ log }) => log)).toEqual(['post\n']);
  });

  test('can be without inputs, as inside a composite action', async () => {
    const job = newJob();
    await job.step({ action: named(save), inputs: { name: 'x' } });
    expect((await job.post({ withoutInputs: true }))[0]?.stdout).toBe('undefined x yes\n');
  });

  test('obey post-if', async () => {
    const conditional = (condition: string) =>
      action({ main: '', post: `say('${condition}');`, runs: `  post-if: ${condition}\n` });
    const job = newJob();
    for (const condition of ['success()', 'failure()', 'always()']) {
      await job.step({ action: conditional(condition) });
    }
    await job.step({ action: action({ main: 'process.exitCode = 1;' }) });
    expect((await job.post()).map(({ stdout }) => stdout)).toEqual(['always()\n', 'failure()\n']);
  });

  test('see GITHUB_ENV of later steps and files of their own', async () => {
    const job = newJob();
    const tell = 'say(env.LATER + " " + fs.readFileSync(env.GITHUB_OUTPUT, "utf8").length);';
    await job.step({ action: action({ main: 'append("GITHUB_OUTPUT", "a=1\\n");', post: tell }) });
    await job.step({ action: action({ main: 'append("GITHUB_ENV", "LATER=yes\\n");' }) });
    expect((await job.post())[0]?.stdout).toBe('yes 0\n');
  });
});

describe('a stage over its time limit', () => {
  test('is killed and rejects, with its state saved and the other posts run', async () => {
    const job = newJob({ stage: 1_500 });
    await job.step({ action: action({ main: '', post: 'say("the other");' }) });
    const hang = action({
      main: 'append("GITHUB_STATE", "a=1\\n"); say("::add-mask::hush"); say("begun hush"); stay();',
      post: 'say(env.STATE_a);',
    });
    const failure = await job.step({ action: hang }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StageTimeoutError);
    expect((failure as StageTimeoutError).message).toBe(
      "The main stage of 'fixture' was still running after 1.5 s and was killed. Its log:\nbegun ***\n",
    );
    expect((failure as StageTimeoutError).result).toMatchObject({ conclusion: 'failure', state: { a: '1' } });
    expect((await job.post()).map(({ log }) => log)).toEqual(['1\n', 'the other\n']);
  });

  test('does not keep the posts of other steps from running', async () => {
    const job = newJob({ stage: 1_500 });
    const mark = join(temporaryFolder(), 'mark');
    await job.step({
      action: action({ main: '', post: 'fs.writeFileSync(env.MARK, "");' }),
      env: { MARK: mark },
    });
    await job.step({ action: action({ main: '', post: 'stay();' }) });
    await expect(job.post()).rejects.toBeInstanceOf(StageTimeoutError);
    expect(existsSync(mark)).toBe(true);
  });
});

describe('a job', () => {
  test('removes its folders and ends what still runs', async () => {
    let workspace = '';
    const running = { step: Promise.resolve<unknown>(undefined) };
    {
      await using job = new Job();
      const { stdout } = await job.step({ action: action({ main: 'say(process.cwd());' }) });
      workspace = stdout.trim();
      expect(realpathSync(workspace)).toBe(workspace);
      await new Promise<void>((started) => {
        running.step = job.step({ action: action({ main: 'stay();' }), onStart: () => started() });
      });
    }
    expect(await running.step).toMatchObject({ conclusion: 'failure' });
    expect(existsSync(workspace)).toBe(false);
  });
});
