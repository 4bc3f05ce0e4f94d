import { BlockList, isIPv4 } from 'node:net';
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
    ['localhost', 'names "localhost", which is no IPv4 range'],
    ['2001:db8::/32', 'names "2001:db8::/32"; Capture\'s allow lists take IPv4 alone'],
    ['10.0.0.0/33', 'which is no IPv4 range'],
    ['10.0.0.0/08', 'which is no IPv4 range'],
    ['10.0.0.0/', 'which is no IPv4 range'],
    ['10.0.0.0/8/8', 'which is no IPv4 range'],
    ['010.0.0.0/8', 'which is no IPv4 range'],
    ['10.0.0.1/8', 'did you mean 10.0.0.0/8 or 10.0.0.1/32?'],
    ['255.255.255.255/1', 'did you mean 128.0.0.0/1 or'],
    ['[]', 'names no range. Leave it out'],
    [',', 'names no range. Leave it out'],
    ['[1]', 'is not a JSON array of ranges'],
    ['["10.0.0.0/8"', 'is not a JSON array of ranges'],
  ])('may not be %j', (text, reason) => {
    const message = complaint({ ip_allow_list: text });
    expect(message).toMatch(/^ip_allow_list (?:names|is) /);
    expect(message).toContain(reason);
  });

  test('whatever is accepted is a range whose first address stands in it, as node reads ranges', () => {
    const part = fc.oneof(fc.nat({ max: 255 }), fc.nat({ max: 300 }));
    const address = fc.tuple(part, part, part, part).map((parts) => parts.join('.'));
    const text = fc.tuple(address, fc.oneof(fc.nat({ max: 32 }), fc.nat({ max: 40 })));
    fc.assert(
      fc.property(text, ([first, prefix]) => {
        const isRange = isIPv4(first) && prefix <= 32 && isFirst(first, prefix);
        if (isRange) expect(ranges(`${first}/${prefix}`)).toEqual([`${first}/${prefix}`]);
        else expect(() => ranges(`${first}/${prefix}`)).toThrow('ip_allow_list names');
      }),
    );
  });
});

describe('settings', () => {
  test('are lines, split at the first =, whose values may contain anything', () => {
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

  test('keep the spaces of their values, those of the last one, too', () => {
    expect([...settings('a= 1 \nb= 2 ')]).toEqual([
      ['a', ' 1 '],
      ['b', ' 2 '],
    ]);
  });

  test('any values come through, in either form', () => {
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
    ['site_name', 'has no key=value in line 1'],
    ['a=1\n=SECRETVALUE', 'has no key=value in line 2'],
    ['a = SECRETVALUE', 'has a space before = in line 1'],
    ['a=SECRETVALUE\na=2', 'names a twice'],
    ['a b=SECRETVALUE', 'names the key "a b"; a key is one word'],
    ['{"a":"SECRETVALUE"', 'begins like a JSON object and is none'],
    ['{"a":"SECRETVALUE","b":1,"c":null}', 'is a JSON object in which b, c is no string'],
    ['{"":"SECRETVALUE"}', 'names the key ""; a key is one word'],
    ['janrainOidcClientId=SECRETVALUE', 'names janrainOidcClientId, which Hosted Login sets'],
    ['{"janrainOidcClientId":"SECRETVALUE"}', 'names janrainOidcClientId, which Hosted Login sets'],
  ])('%j is refused without its value', (text, reason) => {
    const message = complaint({ settings: text });
    expect(message).toContain(`settings ${reason}`);
    expect(message).not.toContain('SECRETVALUE');
  });
});

/** By node's own list of addresses: the one before the first is outside. */
function isFirst(address: string, prefix: number): boolean {
  const list = new BlockList();
  list.addSubnet(address, prefix, 'ipv4');
  const number = address.split('.').reduce((all, part) => all * 256 + Number(part), 0);
  if (number === 0) return true;
  const before = [24, 16, 8, 0].map((shift) => Math.floor((number - 1) / 2 ** shift) % 256).join('.');
  return !list.check(before, 'ipv4');
}
