import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Job } from '../../support/runner/run.ts';

// What other tests rely on where the stand-in has to be as strict as the runner (docs/development/runner.md).

let job: Job;
let folder: string;

beforeEach(() => {
  job = new Job();
  folder = mkdtempSync(join(tmpdir(), 'runner-test-'));
});

afterEach(async () => {
  rmSync(folder, { recursive: true });
  await job.dispose();
});

/** Makes a tiny action of these scripts, which use functions in place of the toolkit. */
function action(main: string, post = ''): string {
  const tools = `
    import fs from 'node:fs';
    const { env } = process;
    const say = (line) => console.log(line);
    const append = (file, text) => fs.appendFileSync(env[file], text);
  `;
  writeFileSync(join(folder, 'main.mjs'), tools + main);
  writeFileSync(join(folder, 'post.mjs'), tools + post);
  const runs = '{ using: node24, main: main.mjs, post: post.mjs }';
  writeFileSync(join(folder, 'action.yml'), `name: x\ninputs: { name: {} }\nruns: ${runs}\n`);
  return folder;
}

test('a step has a masked log, outputs, state, a summary, and annotations with unmasked titles', async () => {
  const main = `say('::add-mask::hush'); process.stderr.write('::error title=hush%3A::oh');
    append('GITHUB_OUTPUT', 'a=hush\\nb<<X\\n1\\n2\\nX\\n'); append('GITHUB_STATE', 'CaseKept=hush\\n');
    append('GITHUB_STEP_SUMMARY', '# hush\\nrest'); say('plain hush');`;
  expect(await job.step({ action: action(main) })).toMatchObject({
    conclusion: 'success',
    log: expect.stringContaining('plain ***\n'),
    outputs: { a: 'hush', b: '1\n2' },
    state: { CaseKept: 'hush' },
    rawSummary: '# hush\nrest',
    summary: '# ***\nrest\n',
    masks: ['hush'],
    annotations: [{ level: 'error', title: 'hush:', message: 'oh' }],
  });
});

test.each([
  ['an exit code', 'process.exitCode = 3;', { exitCode: 3 }],
  ['a pair without a name', 'append("GITHUB_OUTPUT", "a=1\\nlonely\\n");', { outputs: { a: '1' } }],
  ['a heredoc without its end', 'append("GITHUB_OUTPUT", "a=1\\nb<<X\\nc");', { outputs: { a: '1' } }],
  ['a variable of later steps', 'append("GITHUB_ENV", "A=1\\n");', {}],
  ['a command that no action uses', 'say("::set-output name=a::1");', { outputs: {} }],
  ['one in the old form, anywhere', 'say("x ##[save-state name=a]1");', { state: {} }],
])('a step fails with %s', async (_, main, expected) => {
  expect(await job.step({ action: action(main) })).toMatchObject({ conclusion: 'failure', ...expected });
});

test('job outputs are dropped if they contain a mask of this job, or are empty', async () => {
  await job.step({ action: action('', 'say("::add-mask::late late");'), masks: [' known\n'] });
  await job.post();
  const encoded = Buffer.from('late late').toString('base64');
  expect(job.outputs({ plain: 'fine', empty: '', encoded, given: 'a known one' })).toEqual({
    outputs: { plain: 'fine' },
    warnings: ['encoded', 'given'].map((name) => `Skip output '${name}' since it may contain secret.`),
  });
});

test('post steps run in reverse order, with their own inputs and state, also after a failure', async () => {
  const main = `append('GITHUB_STATE', 'saved=' + env.INPUT_NAME + '\\n'); process.exit(1);`;
  const post = `say(env.INPUT_NAME + ' ' + env.STATE_saved); append('GITHUB_OUTPUT', 'a=1\\n');`;
  for (const name of ['one', 'two']) await job.step({ action: action(main, post), inputs: { name } });
  const posts = await job.post();
  expect(posts.map(({ stdout, outputs }) => [stdout, outputs])).toEqual([
    ['two two\n', {}],
    ['one one\n', {}],
  ]);
});
