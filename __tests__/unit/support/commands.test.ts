import { describe, expect, test } from '@jest/globals';
import { parseCommand, workflowCommands } from '../../support/runner/commands.ts';

const known = new Set(workflowCommands);
const parse = (line: string) => parseCommand(line, known);

describe('::name::', () => {
  test('has a name, properties, and data', () => {
    expect(parse('::error file=a.js,line=3,title=Oh no::It broke: badly')).toEqual({
      name: 'error',
      properties: { file: 'a.js', line: '3', title: 'Oh no' },
      data: 'It broke: badly',
    });
  });

  test('can follow only whitespace', () => {
    expect(parse(' \t\u0085::debug::x')?.name).toBe('debug');
    expect(parse('a ::debug::x')).toBeUndefined();
    expect(parse('\ufeff::debug::x')).toBeUndefined();
  });

  test('is case-insensitive', () => {
    expect(parse('::Add-MASK::x')?.name).toBe('add-mask');
    expect(parse('::error TITLE=x::y')?.properties).toEqual({ title: 'x' });
  });

  test('with an unknown name is text', () => {
    expect(parse('::unknown::x')).toBeUndefined();
    expect(parse('::::x')).toBeUndefined();
    expect(parse('::debug')).toBeUndefined();
  });

  test('unescapes %0D, %0A, and finally %25 in data', () => {
    expect(parse('::debug::a%0D%0Ab%25c%250A%3A%2C')?.data).toBe('a\r\nb%c%0A%3A%2C');
  });

  test('also unescapes %3A and %2C in properties', () => {
    expect(parse('::error title=a%3Ab%2Cc%0Ad%0D%25e%253A::x')?.properties).toEqual({
      title: 'a:b,c\nd\r%e%3A',
    });
  });

  test('splits a property at its first equals sign', () => {
    expect(parse('::set-output name==a::x')?.properties).toEqual({ name: 'a' });
    expect(parse('::set-output name=a=b==::x')?.properties).toEqual({ name: 'a=b==' });
    expect(parse('::set-output name=,=x,lone,,other=1::x')?.properties).toEqual({ other: '1' });
  });
});

describe('##[name]', () => {
  test('can be anywhere in a line', () => {
    expect(parse('The server said: ##[set-output name=a]b')).toEqual({
      name: 'set-output',
      properties: { name: 'a' },
      data: 'b',
    });
  });

  test('separates properties with semicolons, which can be escaped', () => {
    expect(parse('##[error title=a%3Bb%5D;file=c,d]e%3Bf%0Ag%25')).toEqual({
      name: 'error',
      properties: { title: 'a;b]', file: 'c,d' },
      data: 'e;f\ng%',
    });
  });

  test('counts only at its first occurrence', () => {
    expect(parse('##[unknown]x ##[debug]y')).toBeUndefined();
    expect(parse('##[debug')).toBeUndefined();
  });

  test("is used if the other form doesn't match", () => {
    expect(parse('::unknown::x ##[debug]y')).toEqual({ name: 'debug', properties: {}, data: 'y' });
  });
});
