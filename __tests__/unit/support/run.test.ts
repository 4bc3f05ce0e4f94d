import { appendFileSync, existsSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Job, StageTimeoutError } from '../../support/runner/run.ts';
import { action, newJob, temporaryFolder } from './fixture.ts';

/** A step that prints its environment. */
const printEnvironment = 'say(JSON.stringify({ ...env, cwd: process.cwd() }));';

async function environmentOf(...steps: Parameters<Job['step']>[0][]): Promise<Record<string, string>> {
  const job = newJob();
  let stdout = '{}';
  for (const step of steps) ({ stdout } = await job.step(step));
  return JSON.parse(stdout);
}

describe('the environment', () => {
  test('is that of a push to main', async () => {
    const env = await environmentOf({ action: action({ main: printEnvironment }) });
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

  test("has only what a process needs from the parent's environment", async () => {
    const leaky = {
      https_proxy: 'http://proxy:1',
      GITHUB_TOKEN: 'parent',
      NODE_OPTIONS: '',
      INPUT_LEAK: 'x',
    };
    const before = { ...process.env };
    Object.assign(process.env, leaky);
    try {
      const env = await environmentOf({ action: action({ main: printEnvironment }) });
      for (const name of Object.keys(leaky)) expect(env).not.toHaveProperty(name);
      expect(env).toHaveProperty('PATH');
    } finally {
      for (const name of Object.keys(leaky)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });

  test('has the given variables, GITHUB_* included, except for the command files', async () => {
    const env = await environmentOf({
      action: action({ main: printEnvironment }),
      env: { GITHUB_ACTOR: 'mona', https_proxy: 'http://proxy:1', GITHUB_OUTPUT: 'mine', INPUT_A: 'env' },
      inputs: { a: 'with' },
    });
    expect(env).toMatchObject({ GITHUB_ACTOR: 'mona', https_proxy: 'http://proxy:1', INPUT_A: 'with' });
    expect(env.GITHUB_OUTPUT).toContain(join('_runner_file_commands', 'set_output_'));
  });

  test('has no variable of the runner if someone runs the step by hand', async () => {
    const main = `${printEnvironment} append('OUTPUT', 'a=1\\n');`;
    const output = join(temporaryFolder(), 'output');
    const job = newJob();
    const result = await job.step({
      action: action({ main }),
      inputs: { a: '1' },
      env: { OUTPUT: output },
      byHand: true,
    });
    const env = JSON.parse(result.stdout);
    expect(Object.keys(env).filter((name) => /^(?:GITHUB|RUNNER|ACTIONS)_|^CI$/.test(name))).toEqual([]);
    expect(env).toMatchObject({ INPUT_A: '1', PATH: expect.any(String) });
    expect(result.outputs).toEqual({});
  });

  test('has the event', async () => {
    const main = 'say(fs.readFileSync(env.GITHUB_EVENT_PATH, "utf8"));';
    const job = newJob();
    const given = await job.step({ action: action({ main }), event: { action: 'closed', number: 7 } });
    expect(JSON.parse(given.stdout)).toEqual({ action: 'closed', number: 7 });
    const text = '\ufeff{"number": 7}';
    expect((await job.step({ action: action({ main }), event: text })).stdout).toBe(`${text}\n`);
    const push = await job.step({ action: action({ main }) });
    expect(JSON.parse(push.stdout)).toMatchObject({ repository: { full_name: 'acme/shop', id: 123456 } });
  });

  test('has what earlier steps wrote to GITHUB_ENV and GITHUB_PATH', async () => {
    const main =
      'append("GITHUB_ENV", "A=1\\nB<<X\\n2\\n3\\nX\\n"); append("GITHUB_PATH", "/first\\n/second\\n");';
    const env = await environmentOf(
      { action: action({ main }) },
      { action: action({ main: printEnvironment }), env: { A: 'own' } },
    );
    expect(env).toMatchObject({ A: 'own', B: '2\n3' });
    expect(env.PATH).toMatch(/^\/second[:;]\/first[:;]/);
  });

  test("doesn't get NODE_OPTIONS from GITHUB_ENV", async () => {
    const job = newJob();
    const result = await job.step({
      action: action({ main: 'append("GITHUB_ENV", "NODE_OPTIONS=--no-warnings\\n");' }),
    });
    expect(result.annotations[0]?.message).toContain("Can't store NODE_OPTIONS");
    const next = await job.step({ action: action({ main: printEnvironment }) });
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

  test("have the runner's variable names, and the defaults", async () => {
    const env = await environmentOf({
      action: action({ main: printEnvironment, head }),
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

  test('that are unknown or deprecated cause a warning in main and post', async () => {
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
  test('has raw streams, a masked log, outputs, state, summary, and masks', async () => {
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
      canceled: false,
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

  test("is a failure if the exit code isn't 0 or a top-level await never settles", async () => {
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

  test('is a failure if a command file is malformed; the pairs before the error are applied', async () => {
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

  test("has no summary over 1 MiB, but an error that doesn't fail the step", async () => {
    const main = 'append("GITHUB_STEP_SUMMARY", "x".repeat(1024 * 1024 + 1024));';
    const result = await newJob().step({ action: action({ main }) });
    expect(result).toMatchObject({ conclusion: 'success', summary: '' });
    expect(result.log).toContain(
      'Error: $GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got 1025k.',
    );
  });

  test('has debug lines and saved state in its log if RUNNER_DEBUG is set', async () => {
    const main = 'say("::debug::hello"); append("GITHUB_STATE", "a=1\\n");';
    const job = newJob();
    const quiet = await job.step({ action: action({ main }) });
    expect(quiet.log).toBe('');
    const loud = await job.step({ action: action({ main }), env: { RUNNER_DEBUG: '1' } });
    expect(loud.log).toContain('##[debug]hello\n');
    expect(loud.log).toContain('##[debug]Save intra-action state a = 1\n');
  });

  test('includes commands on stderr, and a last line without a line break', async () => {
    const result = await newJob().step({ action: action({ main: 'process.stderr.write("::error::oh");' }) });
    expect(result.annotations).toEqual([{ level: 'error', message: 'oh' }]);
  });

  test('has whole characters even if a chunk ends inside one', async () => {
    const main = `
      const bytes = Buffer.from('ö\\n');
      process.stdout.write(bytes.subarray(0, 1));
      setTimeout(() => process.stdout.write(bytes.subarray(1)), 100);
    `;
    expect((await newJob().step({ action: action({ main }) })).log).toBe('ö\n');
  });
});

test('stderr is read before stdout, so a mask on stdout can come too late for it', async () => {
  const done = join(temporaryFolder(), 'done');
  const main = `say('::add-mask::hush'); console.error('stderr: hush'); say('stdout: hush');
    fs.writeFileSync(env.DONE, '');`;
  const result = await newJob().step({
    action: action({ main }),
    env: { DONE: done },
    // Read nothing until everything is written, so it's one batch.
    onStart: () => {
      while (!existsSync(done)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    },
  });
  expect(result.log).toBe('stderr: hush\nstdout: ***\n');
});

describe('masks', () => {
  test('of the workflow are trimmed and in effect from the start', async () => {
    const result = await newJob().step({
      action: action({ main: 'say("the secret");' }),
      masks: [' secret\n'],
    });
    expect(result.log).toBe('the ***\n');
  });

  test('apply to one job only', async () => {
    const say = action({ main: 'say("secret");' });
    const job = newJob();
    await job.step({ action: action({ main: 'say("::add-mask::secret");' }) });
    expect((await job.step({ action: say })).log).toBe('***\n');
    expect((await newJob().step({ action: say })).log).toBe('secret\n');
  });
});

describe('job outputs', () => {
  test('are dropped if they contain a masked value, and skipped if they are empty', async () => {
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

  test('are dropped even for a mask of one character', () => {
    const job = newJob();
    job.masker.add('7');
    expect(job.outputs({ sealed_credentials: 'eyJ7', client_id: 'abc' })).toEqual({
      outputs: { client_id: 'abc' },
      warnings: ["Skip output 'sealed_credentials' since it may contain secret."],
    });
  });

  test('are dropped for a mask of a post step, too', async () => {
    const job = newJob();
    await job.step({ action: action({ main: '', post: 'say("::add-mask::late");' }) });
    expect(job.outputs({ a: 'late' }).outputs).toEqual({ a: 'late' });
    await job.post();
    expect(job.outputs({ a: 'late' }).outputs).toEqual({});
  });
});

describe('post steps', () => {
  const printState = `say(env.INPUT_NAME + ' ' + env.STATE_saved + ' ' + env.STATE_old);
    append('GITHUB_OUTPUT', 'a=1\\n');`;
  const save = `append('GITHUB_STATE', 'saved=' + env.INPUT_NAME + '\\n'); say('::save-state name=old::yes');`;
  const named = (main: string) => action({ main, post: printState, head: 'inputs: { name: {} }' });

  test('run once, in reverse order, with their own inputs and state', async () => {
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

  test("don't run for a step that never started, or for an action without one", async () => {
    const job = newJob();
    await expect(job.step({ action: temporaryFolder() })).rejects.toThrow("Can't find 'action.yml'");
    await job.step({ action: action({ main: '' }) });
    expect(await job.post()).toEqual([]);
  });

  test('run for a step whose main file is missing', async () => {
    const job = newJob();
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'action.yml'), 'runs: { using: node24, main: gone.mjs, post: post.mjs }');
    writeFileSync(join(folder, 'post.mjs'), 'console.log("post");');
    expect((await job.step({ action: folder })).conclusion).toBe('failure');
    expect((await job.post()).map(({ log }) => log)).toEqual(['post\n']);
  });

  test('can lack inputs, as inside a composite action', async () => {
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

  test('have what later steps wrote to GITHUB_ENV, and their own command files', async () => {
    const job = newJob();
    const print =
      'say([env.LATER, env.OWN, env.SET, fs.readFileSync(env.GITHUB_OUTPUT, "utf8").length].join(" "));';
    const main = 'append("GITHUB_OUTPUT", "a=1\\n");';
    await job.step({ action: action({ main, post: print }), env: { OWN: 'own' } });
    await job.step({ action: action({ main: 'append("GITHUB_ENV", "LATER=yes\\nOWN=later\\n");' }) });
    job.setEnvironment({ SET: 'set' });
    expect((await job.post())[0]?.stdout).toBe('yes own set 0\n');
  });
});

describe('command files', () => {
  const main = 'append("GITHUB_OUTPUT", "a=1\\n");';

  test('can be unset or empty', async () => {
    const result = await newJob().step({
      action: action({ main: 'say(("GITHUB_STATE" in env) + " " + env.GITHUB_STEP_SUMMARY + ".");' }),
      commandFiles: { GITHUB_STATE: undefined, GITHUB_STEP_SUMMARY: '' },
    });
    expect(result).toMatchObject({ conclusion: 'success', stdout: 'false .\n', state: {}, summary: '' });
  });

  test('can be a file of the test', async () => {
    const file = join(temporaryFolder(), 'output');
    appendFileSync(file, 'b=2\n');
    const result = await newJob().step({ action: action({ main }), commandFiles: { GITHUB_OUTPUT: file } });
    expect(result.outputs).toEqual({ a: '1', b: '2' });
  });

  (process.platform === 'linux' ? test.each : test.skip.each)([
    ['on a full disk', '/dev/full', 'ENOSPC'],
    // Not even root can write to it.
    ['without permission to write', '/sys/kernel/uevent_seqnum', 'EACCES'],
  ])('can be %s', async (_, path, code) => {
    const result = await newJob().step({ action: action({ main }), commandFiles: { GITHUB_OUTPUT: path } });
    expect(result).toMatchObject({ conclusion: 'failure', outputs: {} });
    expect(result.stderr).toContain(code);
    expect(result.annotations).toEqual([]);
  });
});

describe('a stage over its time limit', () => {
  test('is killed and rejected; its state is saved, and the other post steps run', async () => {
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

  test("doesn't prevent the post steps of other steps", async () => {
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
  test('removes its folders and kills running stages when it is disposed', async () => {
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
