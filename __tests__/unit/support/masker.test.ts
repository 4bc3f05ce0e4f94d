import { describe, expect, test } from '@jest/globals';
import { SecretMasker } from '../../support/runner/masker.ts';

const awkward = `p&ss"w'ö rd::x%`;

function hiding(...values: string[]): SecretMasker {
  const masker = new SecretMasker();
  for (const value of values) masker.add(value);
  return masker;
}

test.each<[string, string[], string, string]>([
  ['everywhere', [awkward], `a ${awkward} b ${awkward}`, 'a *** b ***'],
  ['only with exact characters', ['Secret'], 'secret SECRET Secre', 'secret SECRET Secre'],
  ['even if it is one character', ['a'], 'banana', 'b***n***n***'],
  ['not if it is empty', ['', '\n', ' \r\n '], 'some text', 'some text'],
  ['as a whole', ['one line\r\n  two\t\n\nthree'], 'one line\r\n  two\t\n\nthree', '***'],
  ['line by line', ['one line\r\n  two\t\n\nthree'], 'a one line b two c three', 'a *** b *** c ***'],
  ['without the line break at its end', [`${awkward}\n`], `a ${awkward} b`, 'a *** b'],
  ['as one hit if hits overlap', ['abcd', 'cdef'], 'xabcdefx', 'x***x'],
  ['as one hit if hits touch', ['abc', 'def'], 'xabcdefx', 'x***x'],
  ['as two hits if they are apart', ['abc', 'def'], 'xabc-defx', 'x***-***x'],
  ['where it overlaps itself', ['aba'], 'xababax', 'x***x'],
  ['as the longer of two hits', ['abcdef', 'cd'], 'xabcdefx', 'x***x'],
])('a value is masked %s', (_, values, text, masked) => {
  expect(hiding(...values).mask(text)).toBe(masked);
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
