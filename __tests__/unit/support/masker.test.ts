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
  ['not if it is empty', ['', '\n', ' \r\n '], 'some text', 'some text'],
  ['line by line', ['one line\r\n  two\t\n\nthree'], 'a one line b two c three', 'a *** b *** c ***'],
  ['as one hit if hits overlap', ['abcd', 'cdef'], 'xabcdefx', 'x***x'],
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
    ['single quotes doubled', awkward, `p&ss"w''ö rd::x%`],
    ['JSON', 'a"b\\c\n\t\b\f\r\u0001\u2028d', 'a\\"b\\\\c\\n\\t\\b\\f\\r\\u0001\\u2028d'],
    ['URI data', awkward, 'p%26ss%22w%27%C3%B6%20rd%3A%3Ax%25'],
    ["URI data, with !'()*", "it's (very) wild*!", 'it%27s%20%28very%29%20wild%2A%21'],
    ['XML', `${awkward}<>`, 'p&amp;ss&quot;w&apos;ö rd::x%&lt;&gt;'],
    ['up to the last ampersand', 'first&second&third!', 'first&second&'],
    ['after the last ampersand', 'first&second&third!', 'third!'],
  ];

  test.each(forms)('%s', (_, secret, form) => {
    expect(hiding(secret).mask(`<<${form}>>`)).toBe('<<***>>');
  });
});

describe('not masked, as on the real runner', () => {
  const misses: [string, string, string][] = [
    ['hexadecimal', awkward, Buffer.from(awkward).toString('hex')],
    ['unpadded base64', awkward, 'cCZzcyJ3J8O2IHJkOjp4JQ'],
    ['base64url', 'a>b?c>>>d', Buffer.from('a>b?c>>>d').toString('base64url')],
    ["encodeURIComponent of !'()*", "it's two", encodeURIComponent("it's two")],
    ['form encoding', 'two words', 'two+words'],
    ['a part of fewer than six characters before an ampersand', 'abcd&efghij', 'abcd&'],
  ];

  test.each(misses)('%s', (_, secret, form) => {
    expect(hiding(secret).hides(form)).toBe(false);
  });
});
