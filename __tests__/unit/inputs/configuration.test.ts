import { BlockList, isIPv4 } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { complaint, createInputs } from '../../support/fixtures.ts';

const ranges = (ip_allow_list: string) => createInputs({ ip_allow_list }).configuration.whitelist;
const settings = (text: string) => createInputs({ settings: text }).configuration.settings;

const base64Line = 'x'.repeat(64);

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
    ['10.0.0.1/8', "isn't the first address of its range. Use 10.0.0.0/8 or 10.0.0.1/32."],
    ['255.255.255.255/1', 'Use 128.0.0.0/1 or'],
    ['[]', 'the list is empty. Add a range, or remove the input'],
    [',', 'the list is empty. Add a range, or remove the input'],
    ['[1]', 'the value isn\'t a JSON array of strings. Use, for example, ["203.0.113.0/24"]. Nothing'],
    ['["10.0.0.0/8\\n"]', "isn't an IPv4 range"],
    ['["10.0.0.0/8"', "isn't a JSON array of strings"],
  ])('may not be %j', (text, reason) => {
    const message = complaint({ ip_allow_list: text });
    expect(message).toMatch(/^ip_allow_list: /);
    expect(message).toContain(reason);
  });

  test('every accepted range starts at its first address, as Node.js parses ranges', () => {
    const part = fc.oneof(fc.nat({ max: 255 }), fc.nat({ max: 300 }));
    const address = fc.tuple(part, part, part, part).map((parts) => parts.join('.'));
    const text = fc.tuple(address, fc.oneof(fc.nat({ max: 32 }), fc.nat({ max: 40 })));
    fc.assert(
      fc.property(text, ([first, prefix]) => {
        const isRange = isIPv4(first) && prefix <= 32 && isFirst(first, prefix);
        if (isRange) expect(ranges(`${first}/${prefix}`)).toEqual([`${first}/${prefix}`]);
        else expect(() => ranges(`${first}/${prefix}`)).toThrow(/^ip_allow_list: "/);
      }),
    );
  });
});

describe('settings', () => {
  test('are lines, split at the first =, whose values can have any characters', () => {
    const text = 'site_name=The "shop" = ours, 100%\n\n  url=https://x.example/?a=b#c \r\nempty=\nlast= x';
    expect([...settings(text)]).toEqual([
      ['site_name', 'The "shop" = ours, 100%'],
      ['url', 'https://x.example/?a=b#c '],
      ['empty', ''],
      ['last', ' x'],
    ]);
  });

  test('are a JSON object of strings', () => {
    expect([...settings(' {"a":"1","b":"two\\nlines","__proto__":"x"}\n')]).toEqual([
      ['a', '1'],
      ['b', 'two\nlines'],
      ['__proto__', 'x'],
    ]);
  });

  test.each([
    ['a=1\n  \nb=2', { a: '1', b: '2' }],
    ['a=1\nb=', { a: '1', b: '' }],
    [`a=${base64Line}!\nb=`, { a: `${base64Line}!`, b: '' }],
    [`a=${base64Line}\nb=1`, { a: base64Line, b: '1' }],
    [`a=${base64Line}\nx.y=`, { a: base64Line, 'x.y': '' }],
  ])('may be %j, which is no broken base64', (text, expected) => {
    expect(Object.fromEntries(settings(text))).toEqual(expected);
  });

  test('keep the spaces of their values, also at the end', () => {
    expect([...settings('a= 1 \nb= 2 ')]).toEqual([
      ['a', ' 1 '],
      ['b', ' 2 '],
    ]);
  });

  test('any values are kept, in either form', () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/);
    fc.assert(
      fc.property(fc.dictionary(key, fc.string({ unit: 'binary' }), { minKeys: 1 }), (given) => {
        expect(Object.fromEntries(settings(JSON.stringify(given)))).toEqual({ ...given });
        const lines = Object.entries(given).map(
          ([name, value]) => [name, value.replace(/[\r\n]/g, '')] as const,
        );
        const text = lines.map(([name, value]) => `${name}=${value}`).join('\n');
        expect([...settings(text)]).toEqual(lines);
      }),
    );
  });

  test.each([
    ['site_name', "line 1 isn't key=value. Use only letters, digits, and the characters _ . : - in a key."],
    ['a=1\n=SECRETVALUE', "line 2 isn't key=value. If it belongs to the value before it, use JSON: {"],
    ['a = SECRETVALUE', 'line 1 has a space before the equal sign. Write key=value.'],
    ['a=SECRETVALUE\na=2', 'line 2 has the same key as a line before it. Remove one.'],
    ['a b=SECRETVALUE', "line 1 isn't key=value."],
    ['SECRET/VALUE=1', "line 1 isn't key=value."],
    ['SECRETVALUE\u00e9=1', "line 1 isn't key=value."],
    ['["a=SECRETVALUE"]', 'a JSON array has no keys. Use a JSON object, or lines of key=value.'],
    ['{"a":"SECRETVALUE"', "the value starts like a JSON object, but isn't valid JSON. Correct it."],
    ['{"a":"SECRETVALUE","b":1,"c":null}', "the JSON value of b, c isn't a string. Put it in quotes."],
    ['{"a":"1","":"SECRETVALUE"}', "key 2 isn't valid. Use only letters, digits, and the characters _ . : -"],
    ['{"a":"1","SECRET VALUE":"2"}', "key 2 isn't valid."],
    ['{"a":"SECRETVALUE","a":"2"}', 'a JSON key appears twice. Remove one of them.'],
    ['{"a":1,"b":"x","a":"SECRETVALUE"}', 'a JSON key appears twice.'],
    ['{"a":"1","\\u0061":"SECRETVALUE"}', 'a JSON key appears twice.'],
    [
      'janrainOidcClientId=SECRETVALUE',
      "janrainOidcClientId can't be changed, because Hosted Login sets it.",
    ],
    ['{"janrainOidcClientId":"SECRETVALUE"}', "janrainOidcClientId can't be changed"],
  ])('%j is rejected without its value', (text, reason) => {
    const message = complaint({ settings: text });
    expect(message).toContain(`settings: ${reason}`);
    expect(message).not.toMatch(/SECRET|VALUE/);
  });

  test('may have any text in JSON values, even text that looks like keys', () => {
    const values = { a: '":"', b: '\\":"x":', c: ':"', d: '","a":"' };
    expect(Object.fromEntries(settings(JSON.stringify(values)))).toEqual(values);
    const value = fc.string({ unit: fc.constantFrom('"', ':', '\\', ',', 'a', ' ') });
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'b', ':', ':a', '-:'), value, { minKeys: 1 }),
        (given) => {
          expect(Object.fromEntries(settings(JSON.stringify(given)))).toEqual({ ...given });
        },
      ),
    );
  });

  test('a key is letters, digits, and _ . : -', () => {
    expect([...settings('Az_0.9:x-y=1').keys()]).toEqual(['Az_0.9:x-y']);
  });

  test('no part of a base64 value that is broken into lines becomes a key', () => {
    const bytes = fc.uint8Array({ minLength: 49, maxLength: 200 });
    fc.assert(
      fc.property(bytes, fc.constantFrom(60, 64, 76), (value, width) => {
        const lines =
          Buffer.from(value)
            .toString('base64')
            .match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
        fc.pre(lines.length > 1);
        const message = complaint({ settings: `webhook_secret=${lines.join('\n')}` });
        expect(message).toContain(
          "settings: line 2 isn't key=value. If it belongs to the value before it, use JSON",
        );
        for (const line of lines)
          if (line.length > 4) expect(message).not.toContain(line.replaceAll('=', ''));
      }),
    );
  });
});

/** Uses Node's own list of addresses: the address before the first one isn't in it. */
function isFirst(address: string, prefix: number): boolean {
  const list = new BlockList();
  list.addSubnet(address, prefix, 'ipv4');
  const number = address.split('.').reduce((all, part) => all * 256 + Number(part), 0);
  if (number === 0) return true;
  const before = [24, 16, 8, 0].map((shift) => Math.floor((number - 1) / 2 ** shift) % 256).join('.');
  return !list.check(before, 'ipv4');
}
