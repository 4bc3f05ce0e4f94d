import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { complaint, createInputs } from '../../support/fixtures.ts';

const ranges = (ip_allow_list: string) => createInputs({ ip_allow_list }).configuration.whitelist;
const settings = (text: string) => createInputs({ settings: text }).configuration.settings;

describe('ip_allow_list', () => {
  test.each([
    ['203.0.113.0/24', ['203.0.113.0/24']],
    ['203.0.113.7', ['203.0.113.7/32']],
    ['10.0.0.0/8, 192.168.0.0/16\n203.0.113.7,', ['10.0.0.0/8', '192.168.0.0/16', '203.0.113.7/32']],
    ['["10.0.0.0/8","10.0.0.0/8"]', ['10.0.0.0/8']],
    ['0.0.0.0/0', ['0.0.0.0/0']],
  ])('%j', (text, expected) => {
    expect(ranges(text)).toEqual(expected);
  });

  test.each([
    ['localhost', '"localhost" isn\'t an IPv4 range. Use, for example, 203.0.113.0/24.'],
    ['2001:db8::/32', '"2001:db8::/32" is IPv6, which Capture\'s allow lists don\'t support. Use IPv4.'],
    ['10.0.0.0/33', "isn't an IPv4 range"],
    ['10.0.0.0/08', "isn't an IPv4 range"],
    ['10.0.0.0/', "isn't an IPv4 range"],
    ['10.0.0.0/8/8', "isn't an IPv4 range"],
    ['010.0.0.0/8', "isn't an IPv4 range"],
    ['[]', 'the list is empty. Add a range, or remove the input'],
    [',', 'the list is empty. Add a range, or remove the input'],
    ['[1]', 'the value isn\'t a JSON array of strings. Use, for example, ["203.0.113.0/24"]. Nothing'],
    ['["10.0.0.0/8\\n"]', "isn't an IPv4 range"],
    ['["10.0.0.0/8"', "isn't a JSON array of strings"],
  ])('may not be %j', (text, reason) => {
    const message = complaint({ ip_allow_list: text });
    expect(message).toMatch(/^`ip_allow_list`: /);
    expect(message).toContain(reason);
  });

  test.each([
    ['10.0.0.0', 8],
    ['10.128.0.0', 9],
    ['203.0.113.128', 25],
    ['203.0.113.6', 31],
    ['255.255.255.255', 32],
  ])('may start at %s with the prefix %i, but not with a shorter one', (address, prefix) => {
    expect(ranges(`${address}/${prefix}`)).toEqual([`${address}/${prefix}`]);
    const shorter = `${address}/${address === '10.0.0.0' ? 6 : prefix - 1}`;
    expect(complaint({ ip_allow_list: shorter })).toContain(
      `"${shorter}" isn't the first address of its range. For one address, use /32.`,
    );
  });
});

describe('settings', () => {
  test('are lines, split at the first =, without the spaces around keys and values', () => {
    const long = 'x'.repeat(40);
    const text = `site_name=The "shop" = ours, 100%\n\n  url=https://x.example/?a=b#c \r\nempty=\nlong=${long}\nAz_0.9:x-y = x `;
    expect([...settings(text)]).toEqual([
      ['site_name', 'The "shop" = ours, 100%'],
      ['url', 'https://x.example/?a=b#c'],
      ['empty', ''],
      ['long', long],
      ['Az_0.9:x-y', 'x'],
    ]);
  });

  test('are a JSON object of strings', () => {
    expect([...settings(' {"a":"1","b":"two\\nlines","__proto__":"x"}\n')]).toEqual([
      ['a', '1'],
      ['b', 'two\nlines'],
      ['__proto__', 'x'],
    ]);
  });

  test('any values are kept, in either form', () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/);
    fc.assert(
      fc.property(fc.dictionary(key, fc.string({ unit: 'binary' }), { minKeys: 1 }), (given) => {
        expect(Object.fromEntries(settings(JSON.stringify(given)))).toEqual({ ...given });
        const lines = Object.entries(given).map(
          ([name, value]) => [name, value.replace(/[\r\n]/g, '').trim()] as const,
        );
        const text = lines.map(([name, value]) => `${name}=${value}`).join('\n');
        expect([...settings(text)]).toEqual(lines);
      }),
    );
  });

  test.each([
    ['site_name', "line 1 isn't key=value. Use only letters, digits, and the characters _ . : - in a key."],
    [`a=${'SECRETVA'.repeat(8)}\nSECRETVALUE==`, "line 2 isn't key=value."],
    [`a=${'SECRETVA'.repeat(8)}\n\nSECRETVALUE==`, "line 3 isn't key=value."],
    ['a=1\n=SECRETVALUE', "line 2 isn't key=value. If it belongs to the value before it, use JSON: {"],
    ['a=SECRETVALUE\na=2', 'line 2 has the same key as a line before it. Remove one.'],
    ['a b=SECRETVALUE', "line 1 isn't key=value."],
    ['SECRET/VALUE=1', "line 1 isn't key=value."],
    ['SECRETVALUE\u00e9=1', "line 1 isn't key=value."],
    ['["a=SECRETVALUE"]', 'a JSON array has no keys. Use a JSON object, or lines of key=value.'],
    ['{"a":"SECRETVALUE"', "the value starts like a JSON object, but isn't valid JSON. Correct it."],
    ['{"a":"SECRETVALUE","b":1,"c":null}', "the JSON value of key 2 isn't a string. Put it in quotes."],
    ['{"a":"1","":"SECRETVALUE"}', "key 2 isn't valid. Use only letters, digits, and the characters _ . : -"],
    ['{"a":"1","SECRET VALUE":"2"}', "key 2 isn't valid."],
    [
      'janrainOidcClientId=SECRETVALUE',
      "janrainOidcClientId can't be changed, because Hosted Login sets it.",
    ],
    ['{"janrainOidcClientId":"SECRETVALUE"}', "janrainOidcClientId can't be changed"],
  ])('%j is rejected without its value', (text, reason) => {
    const message = complaint({ settings: text });
    expect(message).toContain(`\`settings\`: ${reason}`);
    expect(message).not.toMatch(/SECRET|VALUE/);
  });
});
