import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  formatDescription,
  formatTime,
  hasUnreadableLabel,
  isSameCreation,
  isSameOrigin,
  type Label,
  nameBytes,
  parseDescription,
} from '../../../src/lifecycle/label.ts';
import { anyText, described, label } from '../../support/arbitraries.ts';
import { runLabel } from '../../support/fixtures.ts';

const words =
  '[capture-client-action/1 github.com id 1234 acme/shop, run 5678, name preview, until 2030-01-03T03:04:05Z, 0123456789abcdef01234567]';

/** The label in a description: from its last opening bracket on. */
function labelPart(description: string): string {
  return description.slice(description.lastIndexOf('['));
}

describe('a description', () => {
  const ofPullRequest: Label = { ...runLabel, purpose: { lifetime: 'pull_request', pullRequest: 42 } };
  const ofJob: Label = { ...runLabel, purpose: { lifetime: 'job', runId: '5678' } };

  test.each<[string, Label, string, string]>([
    ['text', runLabel, 'for the e2e tests', `for the e2e tests ${words}`],
    ['no text', runLabel, '', words],
    ['a pull request', ofPullRequest, '', words.replace('run 5678', 'pull request 42')],
    ['a job', ofJob, '', words.replace('run 5678', 'job of run 5678')],
  ])('is readable with %s', (_, written, text, expected) => {
    expect(formatDescription({ text, label: written })).toBe(expected);
  });

  test('has a label of printable ASCII, whatever its parts are', () => {
    fc.assert(
      fc.property(described, (given) => {
        const part = labelPart(formatDescription(given));
        expect(part).toMatch(/^\[capture-client-action\/1 [\x20-\x7e]+\]$/);
        expect(part.slice(1, -1)).not.toMatch(/[[\]]/);
        expect(part.split(',')).toHaveLength(5);
      }),
    );
  });

  test('is parsed exactly as it was formatted, whatever the text and the parts', () => {
    fc.assert(
      fc.property(described, (given) => {
        expect(parseDescription(formatDescription(given))).toEqual(given);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the text of the user', () => {
  test.each([
    '',
    ' ',
    'trailing   ',
    'line\nbreak\n',
    'ünï ☕ \ud800',
    '[',
    words,
    `${words} `,
    words.slice(1),
  ])('comes back as it was: %j', (text) => {
    const given = { text, label: runLabel };
    expect(parseDescription(formatDescription(given))).toEqual(given);
  });

  test('never changes it even if the text ends with a label, complete or cut off', () => {
    const cut = fc.nat({ max: 40 });
    fc.assert(
      fc.property(
        described,
        cut,
        label,
        fc.constantFrom('', ' ', '\n', ', '),
        (forged, length, written, end) => {
          const forgery = formatDescription(forged);
          const text = forgery.slice(0, forgery.length - length) + end;
          expect(parseDescription(formatDescription({ text, label: written }))).toEqual({
            text,
            label: written,
          });
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('a label that was changed', () => {
  /** What a slip of a hand or of a program does to one character. */
  const change: fc.Arbitrary<(character: string) => string> = fc.oneof(
    fc.constantFrom(
      (_: string) => '',
      (character: string) => character + character,
      (character: string) => character.toUpperCase(),
      (character: string) => character.toLowerCase(),
      (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
    fc
      .constantFrom(...' ,[]%0123456789abcdefABCDEF+-._/:~T\n\u00a0\u0660é')
      .map((other) => (_: string) => other),
    fc.constantFrom(...' 0%aA\n').map((other) => (character: string) => other + character),
  );

  test('in one place is no label, or a different one', () => {
    fc.assert(
      fc.property(described, fc.nat(), change, (given, place, slip) => {
        const description = formatDescription(given);
        const part = labelPart(description);
        const at = description.length - part.length + (place % part.length);
        const changed =
          description.slice(0, at) + slip(description[at] as string) + description.slice(at + 1);
        fc.pre(changed !== description);
        const read = parseDescription(changed);
        if (read !== undefined) {
          expect(read).not.toEqual(given);
          expect(formatDescription(read)).toBe(changed);
        }
      }),
      { numRuns: 5000 },
    );
  });

  const named = (name: string, changes: Partial<Label> = {}) =>
    formatDescription({ text: '', label: { ...runLabel, name, ...changes } });
  const pullRequest = (number: number) =>
    named('n', { purpose: { lifetime: 'pull_request', pullRequest: number } });

  test.each([
    ['a needlessly encoded letter', words.replace('preview', '%70review')],
    ['an encoded slash', words.replace('acme/shop', 'acme%2Fshop')],
    ['a raw tilde', named('a~b').replace('%7E', '~')],
    ['a raw non-ASCII letter', named('é').replace('%C3%A9', 'é')],
    ['percent-encoding that is cut off', words.replace('preview', 'preview%')],
    ["percent-encoding that isn't UTF-8", words.replace('preview', '%FF')],
    ['half a surrogate pair', words.replace('preview', '%ED%A0%80')],
    ['no name', words.replace('preview', '')],
    ['a leading zero in the number', pullRequest(42).replace(' 42', ' 042')],
    ['a number above the safe integers', pullRequest(42).replace(' 42', ' 9007199254740993')],
    ['digits that are not ASCII', pullRequest(42).replace(' 42', ' ٤٢')],
    ['an invalid day', words.replace('2030-01-03', '2030-02-30')],
    ['an invalid hour', words.replace('T03', 'T24')],
    ['fractions of a second', words.replace('05Z', '05.000Z')],
    ['an upper-case marker', words.replace('abcdef', 'ABCDEF')],
    ['a long marker', words.replace('01234567]', '012345678]')],
    ['another lifetime', words.replace('run ', 'workflow ')],
    ['two spaces', words.replace(', run', ',  run')],
    ['no comma', words.replace(', run', ' run')],
    ['a space after it', `${words} `],
    ['text without a space before it', `words${words}`],
    ['a space without text before it', ` ${words}`],
  ])('to have %s is no label', (_, lookalike) => {
    expect(lookalike).not.toBe(words);
    expect(parseDescription(lookalike)).toBeUndefined();
  });
});

describe('a lookalike of a label', () => {
  const invisible = [
    ...'\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202c\u202e\u2066\u2069\u034f\u0301\ufe0f\u{e0020}',
  ];

  test('with an invisible character in any place is no label', () => {
    for (let index = 1; index <= words.length; index += 1) {
      for (const mark of invisible) {
        expect(parseDescription(words.slice(0, index) + mark + words.slice(index))).toBeUndefined();
      }
    }
  });

  test('that only Unicode normalization would make a label is none', () => {
    const wide = words.replace(/[!-~]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0));
    expect(wide.normalize('NFKC')).toBe(words);
    expect(parseDescription(wide)).toBeUndefined();
    const name = formatDescription({ text: '', label: { ...runLabel, name: 'caf\u00e9' } });
    expect(parseDescription(name.replace('%C3%A9', 'e%CC%81'))?.label.name).toBe('cafe\u0301');
  });
});

describe('a forged origin', () => {
  const { origin } = runLabel;

  test.each([
    { id: '12345' },
    { id: '123' },
    { id: '01234' },
    { host: 'github.com.evil.example' },
    { host: 'GitHub.com' },
    { host: 'github.com:443' },
    { host: 'github.com/' },
    { host: 'g\u0456thub.com' },
    { host: 'github.com ' },
  ])('%j, is another one, though the name be the same', (place) => {
    const label = { ...runLabel, origin: { ...origin, ...place } };
    const read = parseDescription(formatDescription({ text: '', label }))?.label as Label;
    expect(read).toEqual(label);
    expect(isSameOrigin(read.origin, origin)).toBe(false);
    expect(isSameCreation(read, runLabel)).toBe(false);
  });

  test("shares only the marker with the real one, which isn't enough", () => {
    expect(isSameCreation(runLabel, runLabel)).toBe(true);
    expect(isSameCreation({ ...runLabel, marker: 'f'.repeat(24) }, runLabel)).toBe(false);
    expect(isSameCreation(undefined, runLabel)).toBe(false);
  });
});

/** What takes more than one pass over a text of this length would take hours. */
test.each<[string, boolean, (length: number) => string]>([
  ['words', true, (length) => `${'x'.repeat(length)} ${words}`],
  ['beginnings', false, (length) => '[capture-client-action/1 '.repeat(length / 25)],
  [
    'labels without a closing bracket',
    false,
    (length) => `${words.slice(0, -1)} `.repeat(length / words.length),
  ],
  ['labels with a dot after the last', false, (length) => `${`${words} `.repeat(length / words.length)}.`],
  ['one host', true, (length) => words.replace('github.com', 'g'.repeat(length))],
  ['one number', false, (length) => words.replace('run 5678', `pull request ${'9'.repeat(length)}`)],
  ['a name without an end', false, (length) => words.replace(/preview.*/, 'p'.repeat(length))],
])('16 megabytes of %s are read in one pass; a label: %s', (_, isLabel, make) => {
  const text = make(16 * 1024 * 1024);
  // In a context of its own, as nothing else interrupts an expression that backtracks.
  const read = runInNewContext('parse(text)', { parse: parseDescription, text }, { timeout: 50_000 });
  expect(read !== undefined).toBe(isLabel);
});

describe('a label that cannot be read', () => {
  test.each([
    ['cut off', words.slice(0, -10), true],
    ['changed', words.replace('2030-01-03', '2030-02-30'), true],
    ['followed by text', `${words}, do not delete`, true],
    ['of another version', words.replace('/1 ', '/2 '), true],
    ['as it should be', words, false],
    ['after a copy that is cut off', `${words.slice(0, -10)} ${words}`, false],
    ['only mentioned', 'created by capture-client-action/1', false],
    ['missing', '', false],
  ])('is recognized: %s', (_, description, isUnreadable) => {
    expect(hasUnreadableLabel(description)).toBe(isUnreadable);
    expect(parseDescription(description) === undefined).toBe(isUnreadable || !description.includes('['));
  });
});

test.each([
  ['preview', 7],
  ['e2e tests', 11],
  ['é', 6],
  ['acme/web:1', 10],
])('the name %s takes %d bytes', (name, bytes) => {
  expect(nameBytes(name)).toBe(bytes);
  const length = (one: string) => formatDescription({ text: '', label: { ...runLabel, name: one } }).length;
  expect(length(name) - length('x')).toBe(bytes - 1);
});

test('no random text is parsed as a label', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(parseDescription(text)).toBeUndefined();
    }),
  );
});

test.each([
  [0, '1970-01-01T00:00:00Z'],
  [Date.UTC(2030, 0, 3, 3, 4, 5), '2030-01-03T03:04:05Z'],
  [Date.UTC(2030, 0, 3, 3, 4, 5, 999), '2030-01-03T03:04:05Z'],
])('the time %i reads %s', (ms, text) => {
  expect(formatTime(ms)).toBe(text);
});
