import { describe, expect, test } from '@jest/globals';
import { SecretMasker } from '../../support/runner/masker.ts';
import { StageOutput } from '../../support/runner/output.ts';
import { LineReader, linesOf } from '../../support/runner/text.ts';

function read(lines: string[], debugging = false): StageOutput {
  const output = new StageOutput(new SecretMasker(), debugging);
  for (const line of lines) output.line(line);
  return output;
}

describe('lines', () => {
  test('end with LF, CRLF, or a lone CR', () => {
    expect(linesOf('a\nb\r\nc\rd\n\ne')).toEqual(['a', 'b', 'c', 'd', '', 'e']);
    expect(linesOf('a\r')).toEqual(['a']);
    expect(linesOf('')).toEqual([]);
  });

  test('can span chunks', () => {
    const reader = new LineReader();
    expect(['a', 'b\r', '\nc\r', 'd'].map((chunk) => reader.push(chunk))).toEqual([[], [], ['ab'], ['c']]);
    expect(reader.end()).toEqual(['d']);
    expect(reader.end()).toEqual([]);
  });
});

describe('the log', () => {
  test('shows plain text', () => {
    expect(read(['plain', '  ::unknown::x', '']).log).toBe('plain\n  ::unknown::x\n\n');
  });

  test('shows groups, and messages with their level', () => {
    const output = read([
      '::group::Title',
      '::error title=T::went%0Awrong',
      '::warning::careful',
      '::notice::well',
      '::endgroup::',
    ]);
    expect(output.log).toBe(
      '##[group]Title\nError: went\nwrong\nWarning: careful\nNotice: well\n##[endgroup]\n',
    );
    expect(output.annotations).toEqual([
      { level: 'error', message: 'went\nwrong', title: 'T' },
      { level: 'warning', message: 'careful' },
      { level: 'notice', message: 'well' },
    ]);
  });

  test('shows debug lines only if debug logging is on', () => {
    expect(read(['::debug::a%0Ab']).log).toBe('');
    expect(read(['::debug::a%0Ab'], true).log).toBe('##[debug]a\n##[debug]b\n');
  });

  test('shows state and outputs if debug logging is on, masked line by line', () => {
    const output = new StageOutput(new SecretMasker(), true);
    output.line('::add-mask::secret one%0Asecret two');
    output.saveState('key', 'secret one\nsecret two\nrest');
    output.setOutput('name', 'secret two');
    expect(output.log).toBe(
      '::add-mask::***\n' +
        '##[debug]Save intra-action state key = ***\n##[debug]***\n##[debug]rest\n' +
        '##[debug]Set output name = ***\n',
    );
  });

  test('is masked after add-mask, not before', () => {
    const output = read(['my secret', '::add-mask::secret', 'my secret', '::error::my secret']);
    expect(output.log).toBe('my secret\nmy ***\nError: my ***\n');
    expect(output.masks).toEqual(['secret']);
  });
});

describe('annotations', () => {
  test('are masked before they are shortened', () => {
    const output = read(['::add-mask::secret', `::error::${'x'.repeat(4090)}secret${'y'.repeat(50)}`]);
    expect(output.annotations[0]?.message).toBe(`${'x'.repeat(4090)}***yyy`);
  });

  test('have an unmasked title', () => {
    const output = read(['::add-mask::secret', '::error title=the secret::x']);
    expect(output.annotations[0]?.title).toBe('the secret');
  });

  test('are limited to ten of each level; the log has all', () => {
    const output = read([...Array(12).fill('::error::e'), '::warning::w']);
    expect(output.annotations).toHaveLength(11);
    expect(output.log.match(/Error: e/g)).toHaveLength(12);
  });
});

describe('commands', () => {
  test('set-output and save-state still work, with a warning', () => {
    const output = read(['::set-output name=a::1%0A2', 'injected ##[save-state name=b]3']);
    expect(output.outputs).toEqual({ a: '1\n2' });
    expect(output.state).toEqual({ b: '3' });
    expect(output.annotations.map(({ level }) => level)).toEqual(['warning', 'warning']);
    expect(output.failed).toBe(false);
  });

  test.each(['set-env', 'add-path'])('%s is disabled and fails the step', (name) => {
    const output = read([`::${name} name=a::b`]);
    expect(output.failed).toBe(true);
    expect(output.annotations[0]?.message).toBe(
      `Unable to process command '::${name} name=a::b' successfully.`,
    );
    expect(output.annotations[1]?.message).toContain(`The \`${name}\` command is disabled`);
  });

  test('a missing name fails the step', () => {
    const output = read(['::set-output::x']);
    expect(output.failed).toBe(true);
    expect(output.log).toContain("Required field 'name' is missing in ##[set-output] command.");
  });

  test('an empty mask is a warning', () => {
    const output = read(['::add-mask::  ']);
    expect(output.log).toBe("Warning: Can't add secret mask for empty string in ##[add-mask] command.\n");
    expect(output.masks).toEqual([]);
  });

  test('a mask of several lines masks each of them', () => {
    expect(read(['::add-mask::one%0Atwo', 'x one', 'x two']).log).toBe('x ***\nx ***\n');
  });

  test('echo repeats commands, but not what they mask', () => {
    const output = read([
      '::echo::on',
      '::set-output name=a::b',
      '::add-mask::c',
      '::echo::off',
      '::group::x',
    ]);
    expect(output.log.split('\n').filter((line) => !line.startsWith('Warning'))).toEqual([
      '::set-output name=a::b',
      '::add-mask::***',
      '::e***ho::off',
      '##[group]x',
      '',
    ]);
  });
});

describe('stop-commands', () => {
  test('turns commands into text until its token appears', () => {
    const output = read([
      '::stop-commands::token',
      '::set-output name=a::1',
      '##[add-mask]2',
      '::stop-commands::other',
      '::TOKEN::',
      '::error::back',
    ]);
    expect(output.outputs).toEqual({});
    expect(output.masks).toEqual([]);
    expect(output.annotations).toEqual([{ level: 'error', message: 'back' }]);
    expect(output.log).toBe(
      '::stop-commands::token\n::set-output name=a::1\n##[add-mask]2\n::stop-commands::other\n::TOKEN::\nError: back\n',
    );
  });

  test('masks a token of more than six characters', () => {
    expect(read(['::stop-commands::longtoken', 'x', '::longtoken::']).log).toBe(
      '::stop-commands::***\nx\n::***::\n',
    );
  });

  test.each(['', 'pause-logging', 'error'])('rejects the token "%s"', (token) => {
    const output = read([`::stop-commands::${token}`, '::notice::still works']);
    expect(output.failed).toBe(true);
    expect(output.annotations.at(-1)?.message).toBe('still works');
  });
});
