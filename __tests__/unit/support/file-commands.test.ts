import { expect, test } from '@jest/globals';
import { keyValuePairs } from '../../support/runner/file-commands.ts';

test.each<[string, string[][], boolean?]>([
  [
    'a=1\n\nb=2=3\nc=',
    [
      ['a', '1'],
      ['b', '2=3'],
      ['c', ''],
    ],
  ],
  [' a = 1 \n', [[' a ', ' 1 ']]],
  [
    'a<<EOF\none\ntwo=2\n\nEOF\nb<<X\nX\n',
    [
      ['a', 'one\ntwo=2\n'],
      ['b', ''],
    ],
  ],
  // The first of = and << decides.
  ['a=b<<c\n', [['a', 'b<<c']]],
  ['a<<b=c\nx\nb=c\n', [['a', 'x']]],
  ['a<<EOF\nx\nEOF', [['a', 'x']]],
  // A CR belongs to the value, except on Windows.
  ['a=1\r\n', [['a', '1\r']]],
  ['a<<EOF\r\nx\r\nEOF\r\n', [['a', 'x\r']]],
  [
    'a<<EOF\r\nx\r\ny\nEOF\r\nb=2\r\n',
    [
      ['a', 'x\r\ny'],
      ['b', '2'],
    ],
    true,
  ],
])('%j has %j', (text, pairs, windows = false) => {
  expect([...keyValuePairs(text, windows)]).toEqual(pairs);
});

test.each([
  ['lonely\n', "Invalid format 'lonely'"],
  ['<<EOF\nx\nEOF\n', "Invalid format '<<EOF'. Name must not be empty and delimiter must not be empty"],
  ['a<<\n', "Invalid format 'a<<'. Name must not be empty and delimiter must not be empty"],
  ['a<<EOF\nx\n', "Invalid value. Matching delimiter not found 'EOF'"],
  ['a<<EOF\nx', 'Invalid value. EOF marker missing new line.'],
  ['a<<EOF\nx\nEOF\r\n', "Invalid value. Matching delimiter not found 'EOF'"],
])('%j is an error, after the pairs before it', (text, message) => {
  const seen: string[][] = [];
  expect(() => {
    for (const pair of keyValuePairs(`z=1\n${text}`, false)) seen.push(pair);
  }).toThrow(new Error(message));
  expect(seen).toEqual([['z', '1']]);
});
