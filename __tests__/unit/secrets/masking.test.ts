import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maskedForms, redact } from '../../../src/secrets/masking.ts';
import { awkwardSecret, captureIdentifier } from '../../support/arbitraries.ts';
import { SecretMasker } from '../../support/runner/masker.ts';

/** Independent of the code under test: every byte that doesn't match `plain` becomes `%XX`. */
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

/** What shells, curl, and programs make of a secret. */
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
  ['in lowercase hex', (secret) => hex(secret)],
  ['in uppercase hex', (secret) => hex(secret).toUpperCase()],
  ['in a form', (secret) => form(secret)],
  ['in a form with lowercase digits', (secret) => lowerCase(form(secret))],
  ['by encodeURIComponent', (secret) => encodeURIComponent(secret)],
  ['by encodeURIComponent with lowercase digits', (secret) => lowerCase(encodeURIComponent(secret))],
  ['encoded as in RFC 3986', (secret) => rfc3986(secret)],
  ['in JSON', (secret) => JSON.stringify(secret).slice(1, -1)],
  ['in XML', (secret) => xml(secret, '&apos;')],
  ['in HTML', (secret) => xml(secret, '&#39;')],
  ['in HTML with single quotes unescaped', (secret) => xml(secret, "'")],
  ['encoded as in RFC 3986 with lowercase digits', (secret) => lowerCase(rfc3986(secret))],
];

const id = 'abcdefghjkmnpqrstuvwxyz23456789a';

describe.each(derivations)('a secret %s', (_, derive) => {
  test('is hidden completely', () => {
    fc.assert(
      fc.property(fc.oneof(awkwardSecret, captureIdentifier), captureIdentifier, (secret, clientId) => {
        const masks = maskedForms(secret, clientId);
        const derived = derive(secret, clientId);
        expect(masks.some((mask) => derived.includes(mask))).toBe(true);
        // Padding can remain, and a secret that consists of asterisks looks like its replacement.
        expect(redact(derived, masks)).toMatch(/^[*]{3,}=*$/);
      }),
    );
  });
});

describe('wrapped base64', () => {
  const inLines = (text: string, length: number) =>
    text.replace(new RegExp(`.{${length}}`, 'g'), '$&\n').trim();

  test.each([60, 64, 76])('at %i characters is hidden by the runner', (length) => {
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
          expect(maskedForms(secret, clientId).length).toBeLessThan(32);
          for (const line of lines) expect(masker.mask(line)).toBe('***');
        },
      ),
    );
  });

  test('and every other form is long enough not to hide other text', () => {
    fc.assert(
      fc.property(awkwardSecret, captureIdentifier, (secret, clientId) => {
        fc.pre(secret.length >= 8);
        for (const mask of maskedForms(secret, clientId)) expect(mask.length).toBeGreaterThanOrEqual(8);
      }),
    );
  });
});

describe('the masks', () => {
  test('are never blank, have no duplicates, and start with the longest', () => {
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

  test('do not hide the client ID, which later jobs need', () => {
    fc.assert(
      fc.property(captureIdentifier, captureIdentifier, (clientId, clientSecret) => {
        fc.pre(clientId !== clientSecret);
        const masks = maskedForms(clientSecret, clientId);
        expect(masks).not.toContain(clientId);
        expect(redact(`client ${clientId}`, masks)).toBe(`client ${clientId}`);
      }),
    );
  });

  test('are none that would hide other text: not of nothing, and not of a space', () => {
    expect(maskedForms('', id)).toEqual([]);
    expect(maskedForms(' ', id)).not.toContain(' ');
    expect(maskedForms('hush!!')).not.toContain(unpadded('undefined:hush!!'));
    expect(maskedForms('half \ud800', id)).toContain('half \ud800');
    // Short enough for one line of any base64.
    expect(maskedForms('x'.repeat(44))).not.toContain(base64('x'.repeat(44)));
  });
});

test('a secret without a client ID is hidden in base64, too, and in each way to encode it in a URL', () => {
  expect(maskedForms('a b!*~')).toEqual(
    expect.arrayContaining([
      ...[unpadded('a b!*~\n'), 'a b!*~', 'a%20b!*~'],
      ...['a+b%21*%7E', 'a+b%21*%7e', 'a%20b%21%2A~', 'a%20b%21%2a~'],
    ]),
  );
});

/** A line in which each character of a mask is an asterisk. */
function redactedPlaces(line: string, masks: readonly string[]): string[] {
  const places = [...line];
  for (const mask of masks) {
    for (let at = line.indexOf(mask); at >= 0; at = line.indexOf(mask, at + 1))
      places.fill('*', at, at + mask.length);
  }
  return places;
}

describe('a secret inside a longer text in base64', () => {
  const encodings = ['base64', 'base64url'] as const;
  /** Long enough that every offset has a core. */
  const longSecret = fc.oneof(
    captureIdentifier,
    fc.string({ unit: 'binary' }).filter((text) => text.trim() === text && Buffer.byteLength(text) >= 8),
  );

  test('is hidden at every offset', () => {
    const context = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(
        longSecret,
        context,
        context,
        fc.constantFrom(...encodings),
        (secret, before, after, encoding) => {
          const encoded = Buffer.concat([before, secret, after].map((text) => Buffer.from(text))).toString(
            encoding,
          );
          expect(maskedForms(secret).some((form) => encoded.includes(form))).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each(encodings)('leaves only the characters in %s that depend on other bytes, too', (encoding) => {
    fc.assert(
      fc.property(longSecret, fc.nat({ max: 5 }), (secret, offset) => {
        const bytes = [Buffer.alloc(offset, 0xff), Buffer.from(secret), Buffer.alloc(3, 0xff)];
        const encoded = Buffer.concat(bytes).toString(encoding);
        const before = Math.ceil((offset * 8) / 6);
        const after = encoded.length - Math.floor(((offset + Buffer.byteLength(secret)) * 8) / 6);
        const left = redact(encoded, maskedForms(secret)).replaceAll('***', '');
        expect(left.length).toBeLessThanOrEqual(before + after);
      }),
    );
  });

  const otherSecret = fc.string({
    unit: fc.constantFrom('a', 'Z', '~', '?', '7'),
    minLength: 32,
    maxLength: 112,
    size: 'max',
  });

  test.each([
    ['a quarter of a secret as Capture makes them', 60, 4, captureIdentifier],
    ['a quarter of a secret as Capture makes them', 64, 4, captureIdentifier],
    ['a quarter of a secret as Capture makes them', 76, 4, captureIdentifier],
    ['a third of one of 32 to 112 bytes', 60, 3, otherSecret],
    ['a third of one of 32 to 112 bytes', 64, 3, otherSecret],
    ['a third of one of 32 to 112 bytes', 76, 3, otherSecret],
  ])('shows at most %s if it is wrapped at %i characters', (_, length, share, anySecret) => {
    fc.assert(
      fc.property(
        anySecret,
        fc.string({ maxLength: 90, size: 'max' }),
        fc.string({ maxLength: 10 }),
        (secret, before, after) => {
          const start = Buffer.byteLength(before);
          const lines = base64(before + secret + after).match(new RegExp(`.{1,${length}}`, 'g')) ?? [];
          const masks = maskedForms(secret);
          const shown = lines.map((line) => [...redactedPlaces(line, masks)].join('')).join('');
          const ofSecret = shown.slice(
            Math.ceil((start * 8) / 6),
            Math.floor(((start + secret.length) * 8) / 6),
          );
          const readable = ofSecret.replaceAll('*', '').length;
          expect(readable * share).toBeLessThanOrEqual(ofSecret.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('is not hidden if it is so short that its core would hide other text', () => {
    expect(maskedForms('hush!').filter((form) => base64('hush!').slice(0, 6) === form)).toEqual([]);
    expect(maskedForms('hush!!')).toContain(base64('hush!!').slice(0, 8));
  });
});

describe('redacted text', () => {
  const anySecret = fc.string({ unit: fc.constantFrom(...'ab:#[ '), minLength: 1, maxLength: 6 });

  test('contains no masked form', () => {
    fc.assert(
      fc.property(fc.array(anySecret), fc.array(fc.oneof(anySecret, fc.string())), (forms, parts) => {
        const clean = redact([...parts, ...forms].join('-'), forms);
        for (const form of forms) expect(clean).not.toContain(form);
      }),
    );
  });

  test('hides the longest form first, everywhere, and takes it literally', () => {
    expect(redact('is abc', ['a', 'abc', 'ab'])).toBe('is ***');
    expect(redact('$&.x $&.x', ['$&.'])).toBe('***x ***x');
    expect(redact('text', [])).toBe('text');
  });
});
