import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maskedForms } from '../../../src/secrets/masking.ts';
import { createRedaction } from '../../../src/shell/redaction.ts';

/** Redacts chunks through the stream. */
async function redact(chunks: readonly Buffer[], forms: readonly string[]): Promise<Buffer> {
  return await buffer(Readable.from(chunks).pipe(createRedaction(forms)));
}

/** The same, byte by byte and with all input at hand. */
function expected(input: Buffer, forms: readonly string[]): Buffer {
  const isHidden = new Uint8Array(input.length);
  for (const form of forms.map((one) => Buffer.from(one))) {
    for (let at = input.indexOf(form); at >= 0; at = input.indexOf(form, at + 1)) {
      isHidden.fill(1, at, at + form.length);
    }
  }
  const parts = [...input].map((byte, at) => {
    if (!isHidden[at]) return Buffer.of(byte);
    return Buffer.from(isHidden[at - 1] ? '' : '***');
  });
  return Buffer.concat(parts);
}

function split(input: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (input.length + 1)).sort((a, b) => a - b), input.length];
  return cuts.slice(1).map((cut, index) => input.subarray(cuts[index], cut));
}

describe('the redaction', () => {
  test.each([
    ['a secret', ['a hush b'], ['hush'], 'a *** b'],
    ['a secret across chunks', ['a hu', 's', 'h b'], ['hush'], 'a *** b'],
    ['secrets that touch', ['hushhush'], ['hush'], '***'],
    ['secrets that touch across chunks', ['hush', 'hush', '.'], ['hush'], '***.'],
    ['secrets that overlap', ['xababax'], ['abab', 'baba'], 'x***x'],
    ['a form that starts before another one ends', ['xabcdefx'], ['abcd', 'cdef'], 'x***x'],
    ['a form within a longer one', ['xabcdx'], ['bc', 'abcd'], 'x***x'],
    ['a form within a start that goes on differently', ['xabcX'], ['b', 'abcd'], 'xa***cX'],
    ['nothing of a start that goes on differently', ['hus', 'k'], ['hush'], 'husk'],
    ['nothing of a start at the end', ['hus'], ['hush'], 'hus'],
    ['a secret at the end at once', ['hush'], ['hush', 'hushed'], '***'],
    ['nothing without forms', ['hush'], [], 'hush'],
  ])('hides %s', async (_, chunks, forms, result) => {
    expect(String(await redact(chunks.map(Buffer.from as (text: string) => Buffer), forms))).toBe(result);
  });

  test('holds back no more than what may be the start of a form', () => {
    const redaction = createRedaction(['hush', 'usual', 'hushed']);
    const seen: string[] = [];
    redaction.on('data', (chunk) => seen.push(String(chunk)));
    const write = (text: string): string => {
      redaction.write(text);
      return seen.splice(0).join('');
    };
    expect(write('Password: ')).toBe('Password: ');
    expect(write('a line h')).toBe('a line ');
    expect(write('us')).toBe('');
    // "usu" may be the start of the other form.
    expect(write('u')).toBe('h');
    expect(write('\n')).toBe('usu\n');
    // The longer form would not change what shows.
    expect(write('hush')).toBe('***');
    expect(write('ed')).toBe('');
    expect(write('.')).toBe('.');
  });

  test('hides every form of a secret in any split of any bytes', async () => {
    const alphabet = fc.constantFrom('a', 'b', '"', '\n', 'ü', '%', '\u0000', '+');
    const secret = fc.string({ unit: alphabet, minLength: 1, maxLength: 5 });
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: alphabet, maxLength: 6 }).map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(
        secret,
        fc.array(fc.tuple(piece, fc.nat())),
        fc.array(fc.nat()),
        async (text, pieces, places) => {
          const forms = maskedForms(text, 'id');
          const input = Buffer.concat(
            pieces.flatMap(([bytes, index]) => [bytes, Buffer.from(forms[index % (forms.length + 1)] ?? '')]),
          );
          expect(await redact(split(input, places), forms)).toEqual(expected(input, forms));
        },
      ),
      { numRuns: 500 },
    );
  });
});
