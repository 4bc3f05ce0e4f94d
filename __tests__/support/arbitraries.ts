import fc from 'fast-check';
import type { Label, ParsedDescription, Purpose } from '../../src/lifecycle/label.ts';

/** Well-formed text of any characters, control characters and line breaks included. */
export const wellFormedText = fc.string({ unit: 'binary' });

/** Any text a string can hold, halves of surrogate pairs included. */
const utf16Text = fc
  .array(fc.integer({ min: 0, max: 0xffff }))
  .map((units) => units.map((unit) => String.fromCharCode(unit)).join(''));

/** Text made of what means something to the label, the log, or the runner. */
const syntaxText = fc
  .array(
    fc.constantFrom(
      ...[
        ' ',
        '  ',
        '\n',
        '\r\n',
        '[',
        ']',
        ',',
        '%',
        '%20',
        'name x',
        'pull request 1',
        ':',
        '::',
        '#',
        '##',
      ],
      ...[
        '[capture-client-action/1 ',
        '[capture-client-action/1',
        'until 2030-01-01T00:00:00Z',
        '##[',
        '\u0000',
      ],
      ...['::add-mask::', '##[add-mask]', '\u200e', '\u2028', '\u0085', '☕', '\ud800'],
    ),
  )
  .map((parts) => parts.join(''));

export const anyText = fc.oneof(wellFormedText, utf16Text, syntaxText);

const digits = fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String);
const part = fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), syntaxText).filter(isPart);

function isPart(text: string): boolean {
  return text !== '' && text.isWellFormed();
}

const purpose: fc.Arbitrary<Purpose> = fc.oneof(
  fc.record({ lifetime: fc.constantFrom('run', 'job'), runId: fc.oneof(digits, part) }),
  fc.record({
    lifetime: fc.constant('pull_request'),
    pullRequest: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  }),
);

const lastSecond = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

export const label: fc.Arbitrary<Label> = fc.record({
  origin: fc.record({
    host: fc.oneof(fc.domain(), fc.constantFrom('github.com', 'ghe.example.com:8443', '[::1]:3000')),
    id: fc.oneof(digits, part),
    name: fc.oneof(fc.constantFrom('acme/shop', 'a.b-c_d/e'), part),
  }),
  purpose,
  name: fc.oneof(fc.constantFrom('preview', 'e2e tests', "it's (new)!*~"), part),
  expiresAt: fc.integer({ min: 0, max: lastSecond }).map((seconds) => seconds * 1000),
  marker: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 24, maxLength: 24 }),
});

export const described: fc.Arbitrary<ParsedDescription> = fc.record({ text: anyText, label });

/** Secrets that nobody should choose: any characters, except spaces that the runner trims. */
export const awkwardSecret = fc
  .oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ minLength: 1 }))
  .filter((secret) => secret.trim() === secret);

/** IDs and secrets as Capture creates them. */
export const captureIdentifier = fc.string({
  unit: fc.constantFrom(...'23456789abcdefghjkmnpqrstuvwxyz'),
  minLength: 32,
  maxLength: 32,
});
