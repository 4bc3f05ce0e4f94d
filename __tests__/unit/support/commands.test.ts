import { expect, test } from '@jest/globals';
import { type Command, parseCommand, workflowCommands } from '../../support/runner/commands.ts';

const command = (name: string, data: string, properties: Record<string, string> = {}) => ({
  name,
  properties,
  data,
});

test.each<[string, Command | undefined]>([
  [
    '::error file=a.js,line=3,title=Oh no::It broke: badly',
    command('error', 'It broke: badly', { file: 'a.js', line: '3', title: 'Oh no' }),
  ],
  // Only whitespace may come before it.
  [' \t\u0085::debug::x', command('debug', 'x')],
  ['a ::debug::x', undefined],
  ['\ufeff::debug::x', undefined],
  ['::Add-MASK TITLE=x::y', command('add-mask', 'y', { title: 'x' })],
  ['::unknown::x', undefined],
  ['::::x', undefined],
  ['::debug', undefined],
  // %25 comes last, and only properties unescape %3A and %2C.
  ['::debug::a%0D%0Ab%25c%250A%3A%2C', command('debug', 'a\r\nb%c%0A%3A%2C')],
  ['::error title=a%3Ab%2Cc%0Ad%0D%25e%253A::x', command('error', 'x', { title: 'a:b,c\nd\r%e%3A' })],
  ['::set-output name==a::x', command('set-output', 'x', { name: 'a' })],
  ['::set-output name=a=b==::x', command('set-output', 'x', { name: 'a=b==' })],
  ['::set-output name=,=x,lone,,other=1::x', command('set-output', 'x', { other: '1' })],
  // The old form can be anywhere, but counts only at its first occurrence.
  ['The server said: ##[set-output name=a]b', command('set-output', 'b', { name: 'a' })],
  [
    '##[error title=a%3Bb%5D;file=c,d]e%3Bf%0Ag%25',
    command('error', 'e;f\ng%', { title: 'a;b]', file: 'c,d' }),
  ],
  ['##[unknown]x ##[debug]y', undefined],
  ['##[debug', undefined],
  ['::unknown::x ##[debug]y', command('debug', 'y')],
])('%j', (line, expected) => {
  expect(parseCommand(line, new Set(workflowCommands))).toEqual(expected);
});
