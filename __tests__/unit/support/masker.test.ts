import { describe, expect, test } from '@jest/globals';
import { SecretMasker } from '../../support/runner/masker.ts';

const awkward = `p&ss"w'ö rd::x%`;

function hiding(...values: string[]): SecretMasker {
  const masker = new SecretMasker();
  for (const value of values) masker.add(value);
  return masker;
}

describe('the value itself', () => {
  test('is masked everywhere', () => {
    expect(hiding(awkward).mask(`a ${awkward} b ${awkward}`)).toBe('a *** b ***');
  });

  test('matches only exact characters', () => {
    const masker = hiding('Secret');
    expect(masker.mask('secret SECRET Secre ecret')).toBe('secret SECRET Secre ecret');
    expect(masker.hides('Secret')).toBe(true);
    expect(masker.hides('secret')).toBe(false);
  });

  test('can be a single character', () => {
    expect(hiding('a').mask('banana')).toBe('b***n***n***');
  });

  test('masks nothing if it is empty', () => {
    expect(hiding('', '\n', ' \r\n ').mask('some text')).toBe('some text');
    expect(hiding('').mask('')).toBe('');
  });

  test('is masked as a whole and line by line if it has several lines', () => {
    const masker = hiding('first line\r\n  second line\t\n\nthird');
    expect(masker.mask('first line\r\n  second line\t\n\nthird')).toBe('***');
    expect(masker.mask('a first line b')).toBe('a *** b');
    expect(masker.mask('a second line b')).toBe('a *** b');
    expect(masker.mask('a third b')).toBe('a *** b');
  });

  test('is masked with and without a line break at its end', () => {
    expect(hiding(`${awkward}\n`).mask(`a ${awkward} b`)).toBe('a *** b');
  });
});

describe('hits', () => {
  test('that overlap become one', () => {
    expect(hiding('abcd', 'cdef').mask('xabcdefx')).toBe('x***x');
  });

  test('that touch become one', () => {
    expect(hiding('abc', 'def').mask('xabcdefx')).toBe('x***x');
  });

  test('that are apart stay apart', () => {
    expect(hiding('abc', 'def').mask('xabc-defx')).toBe('x***-***x');
  });

  test('of a value that overlaps itself are all masked', () => {
    expect(hiding('aba').mask('xababax')).toBe('x***x');
  });

  test("inside a longer hit don't shorten it", () => {
    expect(hiding('abcdef', 'cd').mask('xabcdefx')).toBe('x***x');
  });
});

describe('derived forms', () => {
  const forms: [string, string, string][] = [
    ['base64', awkward, 'cCZzcyJ3J8O2IHJkOjp4JQ=='],
    ['base64 without the first byte', awkward, 'JnNzIncnw7YgcmQ6Ongl'],
    ['base64 without the first two bytes', awkward, 'c3MidyfDtiByZDo6eCU='],
    // JSON would double the backslash in the value.
    ['a backslash before double quotes', 'p"ss\\word', 'p\\"ss\\word'],
    ['JSON of the same secret', awkward, `p&ss\\"w'ö rd::x%`],
    ['single quotes doubled', awkward, `p&ss"w''ö rd::x%`],
    ['JSON', 'a"b\\c\n\t\b\f\r\u0001\u2028d', 'a\\"b\\\\c\\n\\t\\b\\f\\r\\u0001\\u2028d'],
    ['URI data', awkward, 'p%26ss%22w%27%C3%B6%20rd%3A%3Ax%25'],
    ["URI data, with !'()*", "it's (very) wild*!", 'it%27s%20%28very%29%20wild%2A%21'],
    ['XML', `${awkward}<>`, 'p&amp;ss&quot;w&apos;ö rd::x%&lt;&gt;'],
    ['outer double quotes removed', '"1234567"', '1234567'],
    ['up to the last ampersand', 'first&second&third!', 'first&second&'],
    ['after the last ampersand', 'first&second&third!', 'third!'],
    ['up to the first "&+"', 'first&+second&third', 'first&+'],
    ['after the first "&+" and one more letter', 'first&+second&third', 'econd&third'],
  ];

  test.each(forms)('%s', (_, secret, form) => {
    expect(hiding(secret).mask(`<<${form}>>`)).toBe('<<***>>');
  });

  test.each([
    ['id:', 'Basic aWQ6***'],
    ['user:', 'Basic dXNlcjpw***'],
    ['client:', 'Basic Y2xpZW50OnAm***'],
  ])('base64 after "%s"', (name, masked) => {
    expect(hiding(awkward).mask(`Basic ${Buffer.from(name + awkward).toString('base64')}`)).toBe(masked);
  });

  test('include those of each line', () => {
    const masker = hiding('one line\nanother "line"');
    expect(masker.mask(Buffer.from('another "line"').toString('base64'))).toBe('***');
    expect(masker.mask('another \\"line\\"')).toBe('***');
  });
});

describe('not masked, as on the real runner', () => {
  const misses: [string, string, string][] = [
    ['hexadecimal', awkward, Buffer.from(awkward).toString('hex')],
    ['unpadded base64', awkward, 'cCZzcyJ3J8O2IHJkOjp4JQ'],
    ['base64url', 'a>b?c>>>d', Buffer.from('a>b?c>>>d').toString('base64url')],
    ["encodeURIComponent of !'()*", "it's two", encodeURIComponent("it's two")],
    ['form encoding', 'two words', 'two+words'],
    ['quotes removed from eight characters', '"123456"', '123456'],
    ['a part of fewer than six characters before an ampersand', 'abcd&efghij', 'abcd&'],
    ['a part of fewer than six characters after an ampersand', 'abcdef&ghijk', 'ghijk'],
  ];

  test.each(misses)('%s', (_, secret, form) => {
    expect(hiding(secret).hides(form)).toBe(false);
  });
});
