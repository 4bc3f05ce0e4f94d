import { describe, expect, test } from '@jest/globals';
import { SecretMasker } from '../../support/runner/masker.ts';
import { StageOutput } from '../../support/runner/output.ts';

function read(lines: string[], debugging = false): StageOutput {
  const output = new StageOutput(new SecretMasker(), debugging);
  for (const line of lines) output.line(line);
  return output;
}

describe('the log', () => {
  test.each<[string, string[], string, boolean?]>([
    ['plain text', ['plain', '  ::unknown::x', ''], 'plain\n  ::unknown::x\n\n'],
    ['messages', ['::error title=T::went%0Awrong', '::notice::well'], 'Error: went\nwrong\nNotice: well\n'],
    ['no debug lines', ['::debug::a%0Ab'], ''],
    ['debug lines if asked', ['::debug::a%0Ab'], '##[debug]a\n##[debug]b\n', true],
    [
      'masks after add-mask',
      ['a secret', '::add-mask::secret', '::error::a secret'],
      'a secret\nError: a ***\n',
    ],
    ['masks of each line', ['::add-mask::one%0Atwo', 'x one', 'x two'], 'x ***\nx ***\n'],
  ])('has %s', (_, lines, log, debugging = false) => {
    expect(read(lines, debugging).log).toBe(log);
  });
});

test('annotations are masked before they are shortened, limited to ten of a level, and their titles unmasked', () => {
  const long = `::error::${'x'.repeat(4090)}secret${'y'.repeat(50)}`;
  const output = read([
    '::add-mask::secret',
    long,
    '::warning title=the secret::w',
    ...Array(12).fill('::error::e'),
  ]);
  expect(output.annotations[0]?.message).toBe(`${'x'.repeat(4090)}***yyy`);
  expect(output.annotations[1]).toEqual({ level: 'warning', message: 'w', title: 'the secret' });
  expect(output.annotations).toHaveLength(11);
  expect(output.log.match(/Error: e/g)).toHaveLength(12);
});

test('set-output and save-state still work, with a warning', () => {
  const output = read(['::set-output name=a::1%0A2', 'injected ##[save-state name=b]3']);
  expect(output.outputs).toEqual({ a: '1\n2' });
  expect(output.state).toEqual({ b: '3' });
  expect(output.annotations.map(({ level }) => level)).toEqual(['warning', 'warning']);
  expect(output.failed).toBe(false);
});

test.each(['::set-env name=a::b', '::add-path::b', '::stop-commands::', '::stop-commands::error'])(
  '%s fails the step, and the next command still works',
  (line) => {
    const output = read([line, '::notice::still works']);
    expect(output.failed).toBe(true);
    expect(output.annotations[0]?.message).toBe(`Unable to process command '${line}' successfully.`);
    expect(output.annotations.at(-1)?.message).toBe('still works');
  },
);

test('stop-commands turns commands into text until its token appears', () => {
  const stopped = [
    '::stop-commands::token',
    '::set-output name=a::1',
    '##[add-mask]2',
    '::stop-commands::other',
  ];
  const output = read([...stopped, '::TOKEN::', '::error::back']);
  expect(output).toMatchObject({
    outputs: {},
    masks: [],
    annotations: [{ level: 'error', message: 'back' }],
  });
  expect(output.log).toBe(`${stopped.join('\n')}\n::TOKEN::\nError: back\n`);
});
