import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { redact } from '../../../src/github/log.ts';
import { maskedForms } from '../../../src/github/masks.ts';
import { awkwardSecret, captureIdentifier } from '../../support/arbitraries.ts';
import { SecretMasker } from '../../support/runner/masker.ts';

/** Written anew for the test: every byte that `plain` does not name becomes `%XX`. */
function percentEncode(text: string, plain: RegExp): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return plain.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');
const unpadded = (text: string) => base64(text).replaceAll('=', '');
const base64url = (text: string) => unpadded(text).replaceAll('+', '-').replaceAll('/', '_');
const hex = (text: string) => Buffer.from(text, 'utf8').toString('hex');
const form = (text: string) => percentEncode(text, /[A-Za-z0-9*\-._ ]/).replaceAll(' ', '+');
const rfc3986 = (text: string) => percentEncode(text, /[A-Za-z0-9\-._~]/);
const xml = (text: string, quote: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", quote);
const lowerCase = (text: string) => text.replace(/%../g, (code) => code.toLowerCase());

/** What becomes of a secret on its way through shells, curl and programs. */
const derivations: readonly [string, (secret: string, id: string) => string][] = [
  ['as it is', (secret) => secret],
  ['in base64', (secret) => base64(secret)],
  ['in base64 without padding', (secret) => unpadded(secret)],
  ['in base64url', (secret) => base64url(secret)],
  ['in base64 by `echo secret | base64`', (secret) => base64(`${secret}\n`)],
  ['in base64 without padding, with a newline', (secret) => unpadded(`${secret}\n`)],
  ['in base64url, with a newline', (secret) => base64url(`${secret}\n`)],
  ['in a Basic header', (secret, id) => base64(`${id}:${secret}`)],
  ['in a Basic header without padding', (secret, id) => unpadded(`${id}:${secret}`)],
  ['in a Basic header in base64url', (secret, id) => base64url(`${id}:${secret}`)],
  ['in a Basic header by `echo id:secret | base64`', (secret, id) => base64(`${id}:${secret}\n`)],
  ['in such a header without padding', (secret, id) => unpadded(`${id}:${secret}\n`)],
  ['in such a header in base64url', (secret, id) => base64url(`${id}:${secret}\n`)],
  ['in lower-case hex', (secret) => hex(secret)],
  ['in upper-case hex', (secret) => hex(secret).toUpperCase()],
  ['in a form', (secret) => form(secret)],
  ['in a form with lower-case digits', (secret) => lowerCase(form(secret))],
  ['by encodeURIComponent', (secret) => encodeURIComponent(secret)],
  ['by encodeURIComponent with lower-case digits', (secret) => lowerCase(encodeURIComponent(secret))],
  ['as RFC 3986 has it', (secret) => rfc3986(secret)],
  ['in JSON', (secret) => JSON.stringify(secret).slice(1, -1)],
  ['in XML', (secret) => xml(secret, '&apos;')],
  ['in HTML', (secret) => xml(secret, '&#39;')],
  ['in HTML, in which quotes may stand', (secret) => xml(secret, "'")],
  ['as RFC 3986 has it with lower-case digits', (secret) => lowerCase(rfc3986(secret))],
];

const id = 'abcdefghjkmnpqrstuvwxyz23456789a';

describe.each(derivations)('a secret %s', (_, derive) => {
  test('is hidden whole', () => {
    fc.assert(
      fc.property(fc.oneof(awkwardSecret, captureIdentifier), captureIdentifier, (secret, clientId) => {
        const masks = maskedForms(secret, clientId);
        const derived = derive(secret, clientId);
        expect(masks.some((mask) => derived.includes(mask))).toBe(true);
        // Padding may stay, and a secret of nothing but asterisks looks like what hides it.
        expect(redact(derived, masks)).toMatch(/^[*]{3,}=*$/);
      }),
    );
  });

  test.each([
    'x',
    'two words',
    "it's (new)!*~",
    'a+b/c=d&e?f#g%h',
    '::add-mask::x',
    '%2F',
    'ünï☕\u{1f600}',
    '"quoted"',
    'back\\slash',
    '???>>>',
    'many\nlines',
    '-_.~',
  ])('is hidden whole: %j', (secret) => {
    expect(redact(derive(secret, id), maskedForms(secret, id))).toMatch(/^[*]{3,}=*$/);
  });
});

describe('base64 in lines', () => {
  const inLines = (text: string, length: number) =>
    text.replace(new RegExp(`.{${length}}`, 'g'), '$&\n').trim();

  test.each([60, 64, 76])('of %i characters, as tools break it, is hidden by the runner', (length) => {
    fc.assert(
      fc.property(
        captureIdentifier,
        captureIdentifier,
        fc.constantFrom('', '\n'),
        (secret, clientId, end) => {
          const masker = new SecretMasker();
          for (const mask of maskedForms(secret, clientId)) masker.add(mask);
          const lines = inLines(base64(`${clientId}:${secret}${end}`), length).split('\n');
          expect(lines.length).toBeGreaterThan(1);
          for (const line of lines) expect(masker.mask(line)).toBe('***');
        },
      ),
    );
  });

  test('has no line so short that it would hide what is no secret', () => {
    fc.assert(
      fc.property(awkwardSecret, captureIdentifier, (secret, clientId) => {
        fc.pre(secret.length >= 8);
        for (const mask of maskedForms(secret, clientId)) expect(mask.length).toBeGreaterThanOrEqual(8);
      }),
    );
  });
});

describe('the masks', () => {
  test('are never empty or blank, never twice the same, and the longest comes first', () => {
    fc.assert(
      fc.property(awkwardSecret, captureIdentifier, (clientSecret, clientId) => {
        const masks = maskedForms(clientSecret, clientId);
        for (const mask of masks) expect(mask.trim()).not.toBe('');
        expect(new Set(masks).size).toBe(masks.length);
        const lengths = masks.map((mask) => mask.length);
        expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
      }),
    );
  });

  test('leave the client id alone, which has to cross jobs', () => {
    fc.assert(
      fc.property(captureIdentifier, captureIdentifier, (clientId, clientSecret) => {
        fc.pre(clientId !== clientSecret);
        const masks = maskedForms(clientSecret, clientId);
        expect(masks).not.toContain(clientId);
        expect(redact(`client ${clientId}`, masks)).toBe(`client ${clientId}`);
      }),
    );
  });

  test('of no secret are none', () => {
    expect(maskedForms('', id)).toEqual([]);
  });

  test('of a secret that is no client’s are those of the secret alone', () => {
    const masks = maskedForms('hush');
    for (const form of ['hush', unpadded('hush'), unpadded('hush\n'), hex('hush')])
      expect(masks).toContain(form);
    expect(masks).not.toContain(unpadded('undefined:hush'));
    expect(new Set(maskedForms('hush', id))).toEqual(
      new Set([...masks, unpadded(`${id}:hush`), unpadded(`${id}:hush\n`)]),
    );
  });

  test('of a blank secret hide no blank', () => {
    expect(maskedForms(' ', id)).not.toContain(' ');
  });

  test('exist for a secret that is no well-formed text', () => {
    expect(maskedForms('half \ud800', id)).toContain('half \ud800');
  });
});
