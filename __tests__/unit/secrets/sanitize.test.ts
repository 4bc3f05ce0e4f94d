import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { breakCommands, escapeForSummary, escapeHtml, toOneLine } from '../../../src/secrets/sanitize.ts';
import { anyText } from '../../support/arbitraries.ts';

/** Independent of the code under test: zero-width and other format characters, by number. */
const formatCharacters = [
  ...[0xad, 0x61c, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e],
  ...[
    0x2060, 0x2061, 0x2064, 0x2066, 0x2067, 0x2068, 0x2069, 0x206f, 0xfeff, 0xfff9, 0xfffb, 0xe0001, 0xe0041,
  ],
].map((code) => String.fromCodePoint(code));

const sanitize = (text: string): string => breakCommands(toOneLine(text));

describe('sanitized text', () => {
  test('starts no command and contains no control, separator, or format characters', () => {
    const text = fc
      .array(fc.oneof(anyText, fc.constantFrom(':', '#', '[', ...formatCharacters)))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (given) => {
        const clean = sanitize(given);
        expect(clean).not.toContain('::');
        expect(clean).not.toContain('##[');
        expect(clean).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        expect(formatCharacters.filter((character) => clean.includes(character))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['::set-output name=x::y', ': :set-output name=x: :y'],
    ['##[add-mask]x', '## [add-mask]x'],
    ['#\u0000#[x', '# #[x'],
    ['#\u2060#\ufeff[x', '## [x'],
    [':\ufe0f:', ': :'],
    ['one\r\n::x', 'one  : :x'],
    ['\u001b[31mred\u001b[0m', ' [31mred [0m'],
    ['a\u202eb\u2066c', 'abc'],
    ['a\u2028b\u0085c', 'a b c'],
  ])('of %j is %j', (text, clean) => {
    expect(sanitize(text)).toBe(clean);
  });

  test('is unchanged if there is nothing to sanitize', () => {
    const plain = 'Created client a1 at https://example.com:8443 (#42): naïve ☕ [x] 100%';
    expect(sanitize(plain)).toBe(plain);
  });
});

describe('text for the job summary', () => {
  test('is one line of characters and entities that neither HTML nor Markdown acts on', () => {
    const text = fc
      .array(
        fc.oneof(anyText, fc.constantFrom('\n\n', '<', '[x](y)', '```', '**', '| ', 'https://x.example')),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (given) => {
        const cell = escapeForSummary(given);
        expect(cell).not.toMatch(/[<>"`*[\]\\|~!@]|\s\s|[\n\r\u2028\u2029]|:\/\//);
        expect(cell.replace(/&(?:amp|lt|gt|quot|#\d+);/g, '')).not.toContain('&');
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['login_client', 'login_client'],
    ['x\n\n# Heading\n\n- item', 'x # Heading - item'],
    ['[click](https://x.example)', '&#91;click&#93;(https&#58;//x.example)'],
    ['</td><img src="x">', '&lt;/td&gt;&lt;img src=&quot;x&quot;&gt;'],
    ['a\u200b|b', 'a&#124;b'],
    [' \ta\n', 'a'],
    ['run &amp; 3:04', 'run &amp;amp; 3:04'],
  ])('of %j is %j', (text, cell) => {
    expect(escapeForSummary(text)).toBe(cell);
  });
});

test('HTML has entities for its own characters', () => {
  expect(escapeHtml(`<a href="x">R&D's</a>`)).toBe(`&lt;a href=&quot;x&quot;&gt;R&amp;D's&lt;/a&gt;`);
});
