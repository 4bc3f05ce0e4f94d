import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EnvironmentError } from '../../../src/github/context.ts';
import { seePendingSignals, watchSignals } from '../../../src/github/signals.ts';
import { runStep, type Step } from '../../../src/github/step.ts';
import { writeSummary, writeSummaryTable } from '../../../src/github/summary.ts';
import { InputError } from '../../../src/inputs/inputs.ts';
import { ForeignClient } from '../../../src/lifecycle/delete.ts';
import { Interrupted } from '../../../src/lifecycle/interruption.ts';
import { NotHandedOut } from '../../../src/lifecycle/provide.ts';
import { SealError } from '../../../src/sealing.ts';
import {
  captureError,
  notebook,
  pullRequestEnvironment,
  pullRequestEvent,
  runLabel,
  withFolder,
} from '../../support/fixtures.ts';

const saved = { ...process.env };

beforeEach(() => {
  process.env = { ...saved };
});

afterEach(() => {
  process.env = saved;
});

const env = { ...pullRequestEnvironment, GITHUB_OUTPUT: 'the output file' };

describe('a step', () => {
  test('masks the owner secret and the seal key before it does anything', async () => {
    Object.assign(process.env, {
      INPUT_OWNER_CLIENT_ID: 'owner',
      INPUT_OWNER_CLIENT_SECRET: ' secret ',
      INPUT_SEAL_KEY: 'key',
    });
    const { log, said } = notebook();
    await runStep(env, log, async () => log.info('begun'));
    expect(said).toEqual(['mask: owner secret', 'mask: key', 'info: begun']);
  });

  test('is given its inputs, its context and its output file', () =>
    withFolder(async (path) => {
      writeFileSync(path('event'), JSON.stringify(pullRequestEvent()));
      const { log, said } = notebook();
      let step: Step | undefined;
      await runStep({ ...env, GITHUB_EVENT_PATH: path('event') }, log, async (given) => {
        step = given;
      });
      expect(step).toMatchObject({ outputFile: 'the output file', context: { pullRequest: 42 } });
      expect(step?.source.variables).toContain('GITHUB_OUTPUT');
      expect(said.filter((line) => !line.startsWith('mask'))).toEqual([]);
    }));

  test('does not begin without its output file', async () => {
    const { log, said } = notebook();
    await runStep(pullRequestEnvironment, log, async () => log.info('begun'));
    expect(said.at(-1)).toMatch(/^fail: GITHUB_OUTPUT is not set: this runs as a step/);
    expect(said).not.toContain('info: begun');
  });

  test.each([
    ['wrong inputs', new InputError(['a is wrong.', 'b is wrong.'])],
    ['a refusal', captureError()],
    ['its environment', new EnvironmentError('X is not set.')],
    ['an interruption', new Interrupted()],
    ['a foreign client', new ForeignClient('id', runLabel.origin)],
    ['a client that is not handed out', new NotHandedOut('It is not.')],
    ['a seal', new SealError('It does not open.')],
  ])('that fails of %s says so, and nothing else', async (_, error) => {
    const { log, said } = notebook();
    await runStep(env, log, () => Promise.reject(error));
    expect(said.slice(2)).toEqual([`fail: ${error.message}`]);
  });

  test('that fails in a way nobody foresaw asks for a report, and shows its stack in a debug log alone', async () => {
    const { log, said } = notebook();
    const fault = new TypeError('a fault of ours');
    await runStep(env, log, () => Promise.reject(fault));
    const [, , failure, ...rest] = said;
    expect(failure).toBe(
      'fail: Unexpected: TypeError: a fault of ours. This is a fault of the action; please report it, with a debug log if you can.',
    );
    expect(rest).toEqual((fault.stack as string).split('\n').map((line) => `debug: ${line}`));
  });

  test('survives what is no error at all', async () => {
    const { log, said } = notebook();
    await runStep(env, log, () => Promise.reject('words'));
    await runStep(env, log, () => Promise.reject(Object.assign(new Error('x'), { stack: undefined })));
    expect(said.filter((line) => line.startsWith('fail'))).toEqual([
      expect.stringMatching(/^fail: Unexpected: words\. /),
      expect.stringMatching(/^fail: Unexpected: Error: x\. /),
    ]);
  });
});

describe('the job summary', () => {
  test('gets a table of names and values, in plain text', () =>
    withFolder((path) => {
      process.env.GITHUB_STEP_SUMMARY = path('summary');
      const { log, said } = notebook();
      writeSummary('Title', [['Client <id>', '<b>&"x"</b>']], log);
      writeSummary('Second', [['a', 'b']], log);
      expect(readFileSync(path('summary'), 'utf8').replaceAll('\r', '')).toBe(
        [
          '<h3>Title</h3>\n',
          '<table><tr><th>Client &lt;id&gt;</th><td>&lt;b&gt;&amp;&quot;x&quot;&lt;/b&gt;</td></tr></table>\n',
          '<h3>Second</h3>\n',
          '<table><tr><th>a</th><td>b</td></tr></table>\n',
        ].join(''),
      );
      expect(said).toEqual([]);
    }));

  test('gets a table with a head, and what stands below it', () =>
    withFolder((path) => {
      process.env.GITHUB_STEP_SUMMARY = path('summary');
      const { log } = notebook();
      const table = { header: ['<a>', 'b'], rows: [['1', '<2>']] };
      writeSummaryTable('Title', table, log);
      writeSummaryTable('Second', { ...table, footer: 'and <more>' }, log);
      const html =
        '<table><tr><th>&lt;a&gt;</th><th>b</th></tr><tr><td>1</td><td>&lt;2&gt;</td></tr></table>\n';
      expect(readFileSync(path('summary'), 'utf8').replaceAll('\r', '')).toBe(
        `<h3>Title</h3>\n${html}<h3>Second</h3>\n${html}and &lt;more&gt;\n`,
      );
    }));

  test.each(['', '/no/such/folder/summary'])('that cannot be written fails nothing: %j', (file) => {
    process.env.GITHUB_STEP_SUMMARY = file;
    const { log, said } = notebook();
    writeSummary('Title', [], log);
    expect(said).toEqual([
      expect.stringMatching(
        /^warning: The job summary could not be written \(ENOENT.*\); nothing else is affected\.$/,
      ),
    ]);
  });

  test('is not asked for outside a runner', () => {
    delete process.env.GITHUB_STEP_SUMMARY;
    const { log, said } = notebook();
    writeSummary('Title', [], log);
    expect(said).toHaveLength(1);
  });
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s interrupts, and nothing before it', async (signal) => {
  const interrupted = watchSignals();
  expect(interrupted.aborted).toBe(false);
  process.emit(signal);
  expect(interrupted.aborted).toBe(true);
});

test('a signal that has arrived already is seen', async () => {
  let turns = 0;
  setImmediate(() => {
    turns += 1;
    setImmediate(() => {
      turns += 1;
    });
  });
  await seePendingSignals();
  expect(turns).toBe(2);
});
