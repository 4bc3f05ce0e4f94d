import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Body, ResultsBody, WholeBody } from '../../../src/capture/body.ts';

/** Writes a document in pieces of this size. */
function write(body: Body, text: string | Buffer, piece = 1_000): boolean {
  const bytes = Buffer.from(text as string);
  let accepted = true;
  for (let at = 0; at < bytes.length; at += piece) accepted = body.write(bytes.subarray(at, at + piece));
  return accepted;
}

/** Reads a document, picks every element of its results, and puts them back. */
function reassemble(text: string | Buffer, piece?: number): unknown {
  const body = new ResultsBody((element) => ({ element }));
  write(body, text, piece);
  const document = body.json() as { results?: unknown } | undefined;
  if (!Array.isArray(document?.results)) return document;
  return { ...document, results: body.picked.map(({ element }) => element) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

describe('a whole body', () => {
  test('may be as large as allowed', () => {
    expect(write(new WholeBody(5), '12345')).toBe(true);
    expect(write(new WholeBody(5), '123456')).toBe(false);
    expect(write(new WholeBody(), `"${'x'.repeat(1024 * 1024)}"`)).toBe(false);
  });

  test('is a document, or nothing', () => {
    const body = new WholeBody();
    write(body, '{"a":"ü"}', 1);
    expect([body.json(), body.bytes]).toEqual([{ a: 'ü' }, 10]);
    const broken = new WholeBody();
    write(broken, Buffer.from('"\xff"', 'latin1'));
    expect(broken.json()).toBeUndefined();
  });
});

describe('a body with results', () => {
  test.each([
    '{"stat":"ok","results":[]}',
    '{"results":[ ],"stat":"ok"}',
    '{ "results" :\n[ {"a":[1,{"b":"]},{\\"["}]} , null,0,"x,]","\\\\",[[]],-1.5e3 ]\n, "stat":"ok" }',
    '{"stat":"error","code":402}',
    '{"result":{"results":[1,2]},"results":[3]}',
    '{"results":[1,2],"results":[3],"stat":"ok"}',
    '{"results":[1],"results":{"a":1}}',
    '{"results":{"results":[1,2]},"stat":"ok"}',
    '{"results":"results","other":[1,{"a":2}]}',
    '{"x":"\\"results\\":","results":[1]}',
    '[{"results":[1]}]',
    '{"results":["ü☕🎉"],"ü":"ü"}',
    '"results"',
    'null',
  ])('is the same document in any pieces: %s', (text) => {
    for (const piece of [1, 2, 3, 7, 1000]) expect(reassemble(text, piece)).toEqual(JSON.parse(text));
  });

  test.each([
    '',
    '{"results":[1,2',
    '{"results":[1,2]',
    '{"results":[1,,2]}',
    '{"results":[,1]}',
    '{"results":[1,]}',
    '{"results":[,]}',
    '{"results":[1 2]}',
    '{"results":[{"a":]}]}',
    '{"results":[{"a":1}}',
    '{"results":[{]}',
    '{"results":[nope],"stat":"ok"}',
    '{"results":[1]}}',
    '{"results":[1]}{"stat":"ok"}',
    '"results":[1]',
    '{"results":[\u00a0]}',
    '{"results":["\n"]}',
    '{"results":["unfinished]}',
  ])('is nothing if it is not JSON: %s', (text) => {
    expect(parse(text)).toBeUndefined();
    for (const piece of [1, 2, 1000]) expect(reassemble(text, piece)).toBeUndefined();
  });

  test('is nothing if it is not UTF-8', () => {
    for (const text of ['{"results":["\xff"]}', '{"results":[],"x":"\xff"}']) {
      expect(reassemble(Buffer.from(text, 'latin1'))).toBeUndefined();
    }
  });

  test('is nothing if its key is disguised, so that its elements were not seen', () => {
    expect(reassemble('{"result\\u0073":[1,2]}')).toBeUndefined();
  });

  test('is what JSON.parse makes of it, whatever it is', () => {
    const key = fc.oneof({ arbitrary: fc.constant('results'), weight: 3 }, fc.string());
    const document = fc.oneof(
      fc.json(),
      fc
        .array(
          fc.tuple(
            key,
            fc.oneof(
              fc.json(),
              fc.array(fc.json()).map((all) => `[${all.join(',')}]`),
            ),
          ),
        )
        .map((pairs) => `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`),
    );
    const damaged = fc
      .tuple(document, fc.nat(), fc.constantFrom('', ',', '"', '[', ']', '{', '}', '\\', '0', ' '))
      .map(([text, at, replacement]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + replacement + text.slice(place + 1);
      });
    fc.assert(
      fc.property(fc.oneof(document, damaged), fc.integer({ min: 1, max: 40 }), (text, piece) => {
        expect(reassemble(text.toWellFormed(), piece)).toEqual(parse(text.toWellFormed()));
      }),
      { numRuns: 2000 },
    );
  });

  test('keeps only what is picked', () => {
    const body = new ResultsBody((element) => ((element as number) % 2 === 0 ? element : undefined));
    write(body, '{"results":[1,2,3,4],"stat":"ok"}');
    expect(body.json()).toEqual({ results: [0, 0, 0, 0], stat: 'ok' });
    expect(body.picked).toEqual([2, 4]);
  });

  test('is bounded by what has to be kept, however long it is', () => {
    const element = JSON.stringify({ padding: 'x'.repeat(500) });
    const body = new ResultsBody(() => undefined, 2_000);
    write(body, '{"results":[');
    for (let count = 0; count < 500; count += 1) expect(write(body, `${element},`)).toBe(true);
    expect(body.bytes).toBeGreaterThan(250_000);
    expect(write(body, `"${'x'.repeat(2_000)}`)).toBe(false);
    expect(write(new ResultsBody(() => undefined, 2_000), `{"x":"${'x'.repeat(2_000)}"}`)).toBe(false);
  });

  test('may be as large as allowed, and has nothing picked without results', () => {
    const body = new ResultsBody(() => undefined, 7);
    expect([write(body, '{"x":1}'), body.picked]).toEqual([true, []]);
    expect(write(new ResultsBody(() => undefined, 6), '{"x":1}')).toBe(false);
  });

  test('passes on an error of pick', () => {
    const bug = new TypeError('a bug of ours');
    const body = new ResultsBody(() => {
      throw bug;
    });
    expect(() => write(body, '{"results":[1]}')).toThrow(bug);
  });
});

test('a byte-order mark before an element is no JSON', () => {
  expect(reassemble('{"stat":"ok","results":[\ufeff{"a":1}]}')).toBeUndefined();
});
