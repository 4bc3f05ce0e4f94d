import { describe, expect, test } from '@jest/globals';
import { parseCommand, workflowCommands } from '../../support/runner/commands.ts';

const known = new Set(workflowCommands);
const parse = (line: string) => parseCommand(line, known);

describe('::name::', () => {
  test('has a name, properties and data', () => {
    expect(parse('::error file=a.js,line=3,title=Oh no::It broke: badly')).toEqual({
      name: 'error',
      properties: { file: 'a.js', line: '3', title: 'Oh no' },
      data: 'It broke: badly',
    });
  });

  test('may follow white space, and nothing else', () => {
    expect(parse(' \t\u0085::debug::x')?.name).toBe('debug');
    expect(parse('a ::debug::x')).toBeUndefined();
    expect(parse('\ufeff::debug::x')).toBeUndefined();
  });

  test('is compared without regard to case', () => {
    expect(parse('::Add-MASK::x')?.name).toBe('add-mask');
    expect(parse('::error TITLE=x::y')?.properties).toEqual({ title: 'x' });
  });

  test('of an unknown name is text', () => {
    expect(parse('::whatever::x')).toBeUndefined();
    expect(parse('::::x')).toBeUndefined();
    expect(parse('::debug')).toBeUndefined();
  });

  test('unescapes data: %0D, %0A and at last %25', () => {
    expect(parse('::debug::a%0D%0Ab%25c%250A%3A%2C')?.data).toBe('a\r\nb%c%0A%3A%2C');
  });

  test('unescapes properties: also %3A and %2C', () => {
    expect(parse('::error title=a%3Ab%2Cc%0Ad%0D%25e%253A::x')?.properties).toEqual({
      title: 'a:b,c\nd\r%e%3A',
    });
  });

  test('takes a property apart at its first equals sign', () => {
    expect(parse('::set-output name==a::x')?.properties).toEqual({ name: 'a' });
    expect(parse('::set-output name=a=b==::x')?.properties).toEqual({ name: 'a=b==' });
    expect(parse('::set-output name=,=x,lone,,other=1::x')?.properties).toEqual({ other: '1' });
  });
});

describe('##[name]', () => {
  test('is found anywhere in a line', () => {
    expect(parse('The server said: ##[set-output name=a]b')).toEqual({
      name: 'set-output',
      properties: { name: 'a' },
      data: 'b',
    });
  });

  test('separates properties with semicolons and escapes those', () => {
    expect(parse('##[error title=a%3Bb%5D;file=c,d]e%3Bf%0Ag%25')).toEqual({
      name: 'error',
      properties: { title: 'a;b]', file: 'c,d' },
      data: 'e;f\ng%',
    });
  });

  test('counts at its first place only', () => {
    expect(parse('##[unknown]x ##[debug]y')).toBeUndefined();
    expect(parse('##[debug')).toBeUndefined();
  });

  test('is looked for when the other form does not fit', () => {
    expect(parse('::unknown::x ##[debug]y')).toEqual({ name: 'debug', properties: {}, data: 'y' });
  });
});
