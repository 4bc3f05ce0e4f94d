import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toLogLine } from '../../src/log.ts';
import { maskedForms } from '../../src/masking.ts';
import { anyText, captureIdentifier } from '../support/arbitraries.ts';

describe('a log line', () => {
  test('contains no secret, however invisible characters split it', () => {
    const invisible = fc.constantFrom('', '\u200b', '\u2060', '\ufeff', '\u00ad', '\ufe0f');
    fc.assert(
      fc.property(
        captureIdentifier,
        fc.array(invisible, { minLength: 32, maxLength: 32 }),
        (secret, between) => {
          const text = [...secret].map((character, index) => `${character}${between[index]}`).join('');
          expect(toLogLine(`echo ${text} end`, maskedForms(secret))).toMatch(/^echo \*\*\* end$/);
        },
      ),
    );
  });

  test('contains no secret that has invisible characters itself', () => {
    const secret = 'a\u200bb::c\u00add';
    expect(toLogLine(`echo ${secret} end`, maskedForms(secret))).toBe('echo *** end');
  });

  test('starts no workflow command, even where a secret was', () => {
    fc.assert(
      fc.property(fc.array(anyText), fc.array(fc.string({ minLength: 1, maxLength: 3 })), (texts, forms) => {
        const line = toLogLine([...texts, ...forms, '::', ...forms, '##', ...forms, '['].join(''), forms);
        expect(line).not.toContain('::');
        expect(line).not.toContain('##[');
      }),
    );
  });

  test('of 2,000 characters is complete', () => {
    expect(toLogLine('x'.repeat(2000), [])).toBe('x'.repeat(2000));
  });

  test('that is longer is shortened after its secrets are hidden, and keeps its end', () => {
    const secret = 's3cret/with+parts';
    const text = `${'x'.repeat(1490)}${secret} ${'y'.repeat(5000)} ${secret}${'z'.repeat(490)}. Run again.`;
    const line = toLogLine(text, maskedForms(secret));
    expect(line).toHaveLength(2001);
    expect(line).toContain('x*** y');
    expect(line).not.toContain('parts');
    expect(line).toMatch(/z\. Run again\.$/);
  });
});
