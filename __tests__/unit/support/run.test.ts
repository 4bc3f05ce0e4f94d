import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { StageTimeoutError, type StepOptions } from '../../support/runner/run.ts';
import { action, newJob, temporaryFolder } from './fixture.ts';

/** The environment of the last of these steps. */
async function environmentOf(...steps: Partial<StepOptions>[]): Promise<Record<string, string>> {
  const job = newJob();
  const main = 'say(JSON.stringify({ ...env, cwd: process.cwd() }));';
  let stdout = '{}';
  for (const step of steps) ({ stdout } = await job.step({ action: action({ main }), ...step }));
  return JSON.parse(stdout);
}

describe('the environment', () => {
  test('has what earlier steps wrote to GITHUB_ENV, except for NODE_OPTIONS', async () => {
    const main = 'append("GITHUB_ENV", "A=1\\nB<<X\\n2\\n3\\nX\\nNODE_OPTIONS=--no-warnings\\n");';
    const env = await environmentOf({ action: action({ main }) }, { env: { A: 'own' } });
    expect(env).toMatchObject({ A: 'own', B: '2\n3' });
    expect(env).not.toHaveProperty('NODE_OPTIONS');
  });

  test("has inputs with the runner's variable names, and the defaults", async () => {
    const token = `\${{ github.token }}`;
    const head = `inputs: { a-b: {}, with space: { default: blank }, Given: { default: no }, token: { default: "${token}" } }`;
    const main = 'say(JSON.stringify(env));';
    const result = await newJob().step({
      action: action({ main, head }),
      inputs: { 'a-b': 'x', given: '', other: '1' },
      expressions: { 'github.token': 'abc' },
    });
    const [json = ''] = result.stdout.split('\n');
    const inputs = Object.entries<string>(JSON.parse(json)).filter(([name]) => name.startsWith('INPUT_'));
    const names = { 'INPUT_A-B': 'x', INPUT_WITH_SPACE: 'blank', INPUT_GIVEN: '', INPUT_TOKEN: 'abc' };
    expect(Object.fromEntries(inputs)).toEqual({ ...names, INPUT_OTHER: '1' });
    expect(result.annotations.map(({ message }) => message)).toEqual([
      "Unexpected input(s) 'other', valid inputs are ['a-b', 'with space', 'Given', 'token']",
    ]);
  });
});

describe('a result', () => {
  test('has raw streams, a masked log, outputs, state, summary, and masks', async () => {
    const main = `say('::add-mask::hush'); process.stderr.write('::error::oh');
      append('GITHUB_OUTPUT', 'a=hush\\nb<<X\\n1\\n2\\nX\\na=later\\n');
      append('GITHUB_STATE', 'CaseKept=hush\\n'); append('GITHUB_STEP_SUMMARY', '# hush\\nrest');
      say('plain hush');`;
    expect(await newJob().step({ action: action({ main }) })).toMatchObject({
      exitCode: 0,
      conclusion: 'success',
      stdout: '::add-mask::hush\nplain hush\n',
      stderr: '::error::oh',
      log: expect.stringContaining('plain ***\n'),
      outputs: { a: 'later', b: '1\n2' },
      state: { CaseKept: 'hush' },
      rawSummary: '# hush\nrest',
      summary: '# ***\nrest\n',
      masks: ['hush'],
      annotations: [{ level: 'error', message: 'oh' }],
    });
  });

  test.each([
    ['another exit code', 'process.exitCode = 3;', { exitCode: 3, conclusion: 'failure' }],
    ['an await that never ends', 'await new Promise(() => {});', { exitCode: 13, conclusion: 'failure' }],
    [
      'a malformed file',
      'append("GITHUB_OUTPUT", "a=1\\nlonely\\n"); append("GITHUB_STATE", "b=2\\n");',
      { exitCode: 0, conclusion: 'failure', outputs: { a: '1' }, state: { b: '2' } },
    ],
    [
      'a summary over 1 MiB',
      'append("GITHUB_STEP_SUMMARY", "x".repeat(1024 * 1024 + 1024));',
      { conclusion: 'success', summary: '', annotations: [{ level: 'error', message: expect.any(String) }] },
    ],
  ])('of %s', async (_, main, expected) => {
    expect(await newJob().step({ action: action({ main }) })).toMatchObject(expected);
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

test('job outputs are dropped if they contain a mask of this job, also of a post step, or are empty', async () => {
  const job = newJob();
  const post = 'say("::add-mask::late");';
  await job.step({ action: action({ main: 'say("::add-mask::hush hush");', post }), masks: [' known\n'] });
  await job.post();
  const encoded = Buffer.from('hush hush').toString('base64');
  const values = { plain: 'fine', empty: '', encoded, given: 'a known one', ofPost: 'late' };
  expect(job.outputs(values)).toEqual({
    outputs: { plain: 'fine' },
    warnings: ['encoded', 'given', 'ofPost'].map(
      (name) => `Skip output '${name}' since it may contain secret.`,
    ),
  });
  expect(newJob().outputs(values).warnings).toEqual([]);
});

describe('post steps', () => {
  const post = `say(env.INPUT_NAME + ' ' + env.STATE_saved + ' ' + env.LATER); append('GITHUB_OUTPUT', 'a=1\\n');`;
  const main = `append('GITHUB_STATE', 'saved=' + env.INPUT_NAME + '\\n');`;
  const named = (end = '') => action({ main: main + end, post, head: 'inputs: { name: {} }' });

  test('run once, in reverse order, with their own inputs and state, also after a failure', async () => {
    const job = newJob();
    for (const name of ['one', 'two']) await job.step({ action: named(), inputs: { name } });
    await job.step({ action: named('process.exit(1);'), inputs: { name: 'three' } });
    job.setEnvironment({ LATER: 'later' });
    const posts = await job.post();
    const printed = ['three', 'two', 'one'].map((name) => `${name} ${name} later\n`);
    expect(posts.map(({ stdout }) => stdout)).toEqual(printed);
    expect(posts.map(({ outputs }) => outputs)).toEqual([{}, {}, {}]);
    expect(await job.post()).toEqual([]);
  });
});

test('a stage over its time limit is killed and rejected; its state is saved, and all post steps run', async () => {
  const job = newJob({ stage: 1_500 });
  await job.step({ action: action({ main: '', post: 'say("the other");' }) });
  const main = 'append("GITHUB_STATE", "a=1\\n"); say("::add-mask::hush"); say("begun hush"); stay();';
  const failure = await job.step({ action: action({ main, post: 'say(env.STATE_a);' }) }).catch(String);
  expect(failure).toContain('was killed. Its log:\nbegun ***\n');
  expect((await job.post()).map(({ log }) => log)).toEqual(['1\n', 'the other\n']);
  expect(failure).toContain(StageTimeoutError.name);
});
