import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatDescription, formatTime, type Label, parseDescription } from '../../src/lifecycle/label.ts';
import { anyText, described, label } from './arbitraries.ts';
import { runLabel } from './fixtures.ts';

const words =
  '[capture-client-action/1 github.com id 1234 acme/shop, run 5678, name preview, until 2030-01-03T03:04:05Z, 0123456789abcdef01234567]';

/** The label part of a description: all that stands from its last opening bracket on. */
function labelPart(description: string): string {
  return description.slice(description.lastIndexOf('['));
}

describe('a description', () => {
  test('is the user’s words, then the label as a person reads it', () => {
    expect(formatDescription({ text: 'for the e2e tests', label: runLabel })).toBe(
      `for the e2e tests ${words}`,
    );
  });

  test('without words is the label alone', () => {
    expect(formatDescription({ text: '', label: runLabel })).toBe(words);
  });

  test('of a pull request names its number', () => {
    const purpose = { lifetime: 'pull_request', pullRequest: 42 } as const;
    const description = formatDescription({ text: '', label: { ...runLabel, purpose } });
    expect(description).toBe(words.replace('run 5678', 'pull request 42'));
  });

  test('holds a label of printable ASCII, whatever its parts are', () => {
    fc.assert(
      fc.property(described, (given) => {
        const part = labelPart(formatDescription(given));
        expect(part).toMatch(/^\[capture-client-action\/1 [\x20-\x7e]+\]$/);
        expect(part.slice(1, -1)).not.toMatch(/[[\]]/);
        expect(part.split(',')).toHaveLength(5);
      }),
    );
  });

  test('that was written is read as it was meant, whatever the words and the parts', () => {
    fc.assert(
      fc.property(described, (given) => {
        expect(parseDescription(formatDescription(given))).toEqual(given);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    '',
    ' ',
    'words with trailing spaces   ',
    '   leading',
    'line\nbreak\n',
    'ünï ☕ \u{1f600}',
    '\ud800',
    '[',
    words,
    `${words} `,
    `${words}\n`,
    `words ${words}`,
    '[capture-client-action/1',
    words.slice(0, -1),
    words.slice(1),
  ])('gives the words %j back', (text) => {
    expect(parseDescription(formatDescription({ text, label: runLabel }))).toEqual({ text, label: runLabel });
  });
});

describe('the user’s words', () => {
  test('never change the label that is read', () => {
    fc.assert(
      fc.property(anyText, label, (text, written) => {
        expect(parseDescription(formatDescription({ text, label: written }))?.label).toEqual(written);
      }),
      { numRuns: 1000 },
    );
  });

  test('never change it even if they end with a label of their own, whole or cut', () => {
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

  test('in one place is no label, or another one', () => {
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
    ['a letter that is encoded without need', words.replace('preview', '%70review')],
    ['an encoded slash', words.replace('acme/shop', 'acme%2Fshop')],
    ['lower-case percent-encoding', named('a b*').replace('%2A', '%2a')],
    ['a bare tilde', named('a~b').replace('%7E', '~')],
    ['a bare star', named('a*b').replace('%2A', '*')],
    ['a bare letter beyond ASCII', named('é').replace('%C3%A9', 'é')],
    ['percent-encoding that is cut off', words.replace('preview', 'preview%')],
    ['percent-encoding that is no UTF-8', words.replace('preview', '%FF')],
    ['percent-encoding that is overlong', words.replace('preview', '%C0%AF')],
    ['half a surrogate pair', words.replace('preview', '%ED%A0%80')],
    ['no name', words.replace('preview', '')],
    ['a leading zero in the number', pullRequest(42).replace(' 42', ' 042')],
    ['a number beyond what a number can hold', pullRequest(42).replace(' 42', ' 9007199254740993')],
    ['digits that are not ASCII', pullRequest(42).replace(' 42', ' ٤٢')],
    ['a day that does not exist', words.replace('2030-01-03', '2030-02-30')],
    ['an hour that does not exist', words.replace('T03', 'T24')],
    ['a leap second', words.replace(':05Z', ':60Z')],
    ['fractions of a second', words.replace('05Z', '05.000Z')],
    ['an offset', words.replace('05Z', '05+00:00')],
    ['an upper-case marker', words.replace('abcdef', 'ABCDEF')],
    ['a short marker', words.replace('01234567]', '0123456]')],
    ['a long marker', words.replace('01234567]', '012345678]')],
    ['another version', words.replace('/1 ', '/2 ')],
    ['another lifetime', words.replace('run ', 'workflow ')],
    ['upper case', words.replace('[capture', '[Capture')],
    ['a run that is no number', words.replace('5678', '5x78')],
    ['a repository id that is no number', words.replace('1234', '-234')],
    ['two spaces', words.replace(', run', ',  run')],
    ['a tab for a space', words.replace(', run', ',\trun')],
    ['a no-break space for a space', words.replace(', run', ',\u00a0run')],
    ['no comma', words.replace(', run', ' run')],
    ['something after it', `${words}.`],
    ['a line break after it', `${words}\n`],
    ['a space after it', `${words} `],
    ['words without a space before it', `words${words}`],
    ['a space but no words before it', ` ${words}`],
    ['a line break before it', `\n${words}`],
    ['no closing bracket', words.slice(0, -1)],
  ])('to have %s is no label', (_, lookalike) => {
    expect(lookalike).not.toBe(words);
    expect(parseDescription(lookalike)).toBeUndefined();
  });
});

test.each(['', 'CI client of acme/shop', '[capture-client-action]', 'created by capture-client-action/1'])(
  'a description without a label, %j, has none',
  (description) => {
    expect(parseDescription(description)).toBeUndefined();
  },
);

test('no text at all is read as a label by accident', () => {
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
