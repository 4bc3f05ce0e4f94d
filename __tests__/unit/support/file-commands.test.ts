import { describe, expect, test } from '@jest/globals';
import { keyValuePairs, pathEntries } from '../../support/runner/file-commands.ts';

const read = (text: string, windows = false) => [...keyValuePairs(text, windows)];

describe('pairs', () => {
  test('can be on one line; blank lines are skipped', () => {
    expect(read('a=1\n\nb=2=3\nc=')).toEqual([
      ['a', '1'],
      ['b', '2=3'],
      ['c', ''],
    ]);
  });

  test('are not trimmed', () => {
    expect(read(' a = 1 \n')).toEqual([[' a ', ' 1 ']]);
  });

  test('can have a delimiter', () => {
    expect(read('a<<EOF\none\ntwo=2\n\nEOF\nb<<X\nX\n')).toEqual([
      ['a', 'one\ntwo=2\n'],
      ['b', ''],
    ]);
  });

  test('are read by whichever of = and << comes first', () => {
    expect(read('a=b<<c\n')).toEqual([['a', 'b<<c']]);
    expect(read('a<<b=c\nx\nb=c\n')).toEqual([['a', 'x']]);
  });

  test('can end with a delimiter right before the end of the file', () => {
    expect(read('a<<EOF\nx\nEOF')).toEqual([['a', 'x']]);
  });

  test('keep a CR except on Windows', () => {
    expect(read('a=1\r\n')).toEqual([['a', '1\r']]);
    expect(read('a<<EOF\r\nx\r\nEOF\r\n')).toEqual([['a', 'x\r']]);
    expect(read('a<<EOF\r\nx\r\ny\nEOF\r\nb=2\r\n', true)).toEqual([
      ['a', 'x\r\ny'],
      ['b', '2'],
    ]);
  });
});

describe('an error', () => {
  const cases: [string, string, string][] = [
    ['neither = nor <<', 'lonely\n', "Invalid format 'lonely'"],
    [
      'no name',
      '<<EOF\nx\nEOF\n',
      "Invalid format '<<EOF'. Name must not be empty and delimiter must not be empty",
    ],
    ['no delimiter', 'a<<\n', "Invalid format 'a<<'. Name must not be empty and delimiter must not be empty"],
    ['no end', 'a<<EOF\nx\n', "Invalid value. Matching delimiter not found 'EOF'"],
    ['a last line without a line break', 'a<<EOF\nx', 'Invalid value. EOF marker missing new line.'],
    ['a delimiter with a CR', 'a<<EOF\nx\nEOF\r\n', "Invalid value. Matching delimiter not found 'EOF'"],
  ];

  test.each(cases)('is %s', (_, text, message) => {
    expect(() => read(text)).toThrow(new Error(message));
  });

  test("doesn't affect the pairs before it", () => {
    const seen: string[][] = [];
    expect(() => {
      for (const pair of keyValuePairs('a=1\nlonely\nb=2\n', false)) seen.push(pair);
    }).toThrow();
    expect(seen).toEqual([['a', '1']]);
  });
});

test('folders in a GITHUB_PATH file', () => {
  expect(pathEntries('/one\n\r\n/two\r\n/three')).toEqual(['/one', '/two', '/three']);
});
