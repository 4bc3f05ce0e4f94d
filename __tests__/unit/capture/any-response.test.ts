import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CaptureError } from '../../../src/capture/capture-error.ts';
import { type Capture, openCapture } from '../../../src/capture/client.ts';
import { startTimeLimit } from '../../../src/capture/time-limit.ts';
import type { HttpResponse } from '../../../src/capture/transport.ts';
import { wellFormedText } from '../../support/arbitraries.ts';
import { fakeClock } from '../../support/fixtures.ts';

/** A secret, wherever a response may contain one. No text that an error may quote contains it. */
const hush = 'hu5hhu5h';

const odd = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(hush, 1e308, -0, '__proto__'));
const oneOf = <T>(good: T) => fc.oneof({ arbitrary: fc.constant(good), weight: 5 }, odd);
const client = fc.record({
  client_id: oneOf('listed'),
  client_secret: oneOf(hush),
  description: oneOf('words'),
  features: oneOf(['owner']),
  whitelist: oneOf(['0.0.0.0/0']),
});
const success = fc.record({
  stat: oneOf('ok'),
  client_id: oneOf('made'),
  client_secret: oneOf(hush),
  new_secret: oneOf(hush),
  description: oneOf('words'),
  features: oneOf(['login_client']),
  results: fc.oneof(fc.array(fc.oneof({ arbitrary: client, weight: 5 }, odd)), odd),
  result: fc.oneof(fc.dictionary(fc.string(), odd), odd),
});
const rejection = fc.record({
  stat: fc.constant('error'),
  code: fc.oneof(fc.integer({ min: -1, max: 600 }), odd),
  client_secret: odd,
  argument_name: fc.constantFrom('client_id', 'for_client_id', 'features', 1),
});
const json = fc.oneof(success, rejection, odd).map((value) => JSON.stringify(value));
const body = fc.oneof(
  { arbitrary: json.map((text) => Buffer.from(text)), weight: 6 },
  json.map((text) => Buffer.from(text.replace(/"stat"/, '"__proto__":{"stat":"ok"},"stat"'))),
  fc.tuple(json, fc.nat()).map(([text, end]) => Buffer.from(text.slice(0, end))),
  fc
    .constantFrom('[', '{"result":', '{"stat":"ok","results":[')
    .map((start) => Buffer.from(start.repeat(10_000))),
  wellFormedText.map((text) => Buffer.from(hush + text)),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
);
const header = fc.oneof(fc.constantFrom(hush, `text/${hush}`, '7', '9'.repeat(400)), wellFormedText);
type Response = HttpResponse & { readonly body: Buffer };

const responses: fc.Arbitrary<Response> = fc.record({
  status: fc.oneof({ arbitrary: fc.constant(200), weight: 4 }, fc.integer({ min: 0, max: 999 })),
  headers: fc.dictionary(
    fc.constantFrom('content-type', 'retry-after', 'location', 'x'),
    fc.oneof(header, fc.array(header)),
  ),
  body,
});

/** What each call returns if it doesn't fail. */
const calls: readonly [string, (capture: Capture) => Promise<unknown>, (given: never) => void][] = [
  [
    'addClient',
    (capture) => capture.addClient({ description: 'asked', features: [] }),
    ({ clientId, clientSecret, description, features }: Record<string, unknown>) => {
      expect(clientId).toMatch(/^[\w.-]{1,128}$/);
      expect(clientSecret).toEqual(expect.stringMatching(/^.{1,1024}$/s));
      expect(typeof description).toBe('string');
      expectTexts(features);
    },
  ],
  [
    'listClients',
    (capture) => capture.listClients((one) => one),
    ({ picked, total }: { picked: Record<string, unknown>[]; total: number }) => {
      expect(picked.length).toBeLessThanOrEqual(total);
      for (const one of picked) {
        expect(one.clientId).toMatch(/^[\w.-]{1,128}$/);
        expect(typeof one.clientSecret).toBe('string');
        expect(typeof one.description).toBe('string');
        expectTexts(one.features);
        if (one.whitelist !== undefined) expectTexts(one.whitelist);
      }
    },
  ],
  ['deleteClient', (capture) => capture.deleteClient('x'), (given) => expect(given).toBe('deleted')],
  ['setDescription', (capture) => capture.setDescription('x', 'y'), expectNothing],
  ['setFeatures', (capture) => capture.setFeatures('x', []), expectNothing],
  ['setWhitelist', (capture) => capture.setWhitelist('x', []), expectNothing],
  ['setSettings', (capture) => capture.setSettings('x', new Map()), expectNothing],
  [
    'resetSecret',
    (capture) => capture.resetSecret('x', 0),
    (given: string) => expect(given).toMatch(/^.{1,1024}$/s),
  ],
  [
    'listSettings',
    (capture) => capture.listSettings('x'),
    (given: Map<string, unknown>) => expectTexts([...given.values()]),
  ],
];

function expectTexts(given: unknown): void {
  expect(Array.isArray(given) && given.every((one) => typeof one === 'string')).toBe(true);
}

function expectNothing(given: unknown): void {
  expect(given).toBeUndefined();
}

function open({ body, ...head }: Response): Capture {
  const clock = fakeClock();
  return openCapture({
    domain: new URL('https://capture.example.com'),
    owner: { clientId: 'owner', clientSecret: 'secret' },
    authScheme: 'basic-auth',
    transport: {
      async send(_request, { body: receiver }) {
        const piece = Math.ceil(body.length / 3);
        for (let at = 0; at < body.length; at += piece) receiver.write(body.subarray(at, at + piece));
        return head;
      },
      close: async () => {},
    },
    timeLimit: startTimeLimit(10_000, clock),
    clock,
    userAgent: 'test',
  });
}

describe.each(calls)('%s, whatever the response', (_, call, expectGiven) => {
  test('returns what it promises, or throws a CaptureError that quotes nothing', async () => {
    const ends = { given: 0, failed: 0 };
    await fc.assert(
      fc.asyncProperty(responses, async (response) => {
        try {
          expectGiven((await call(open(response))) as never);
          ends.given += 1;
        } catch (error) {
          if (!(error instanceof CaptureError)) throw error;
          ends.failed += 1;
          expect(`${error.stack}${JSON.stringify(error)}`).not.toContain(hush);
          expect(error.cause).toBeUndefined();
          expect(error.message).toMatch(/\.$/);
          expect(error.details.retryAfterMs ?? 0).toBeLessThan(Infinity);
          expect(error.message).not.toMatch(/Infinity|NaN|undefined|\[object/);
        }
      }),
      { numRuns: 200 },
    );
    expect(Math.min(ends.given, ends.failed)).toBeGreaterThan(5);
  });
});

test('a response changes no prototype', async () => {
  const text =
    '{"__proto__":{"polluted":1},"stat":"ok","results":[{"__proto__":{"polluted":1}}],"result":{"__proto__":"x"}}';
  const response = { status: 200, headers: {}, body: Buffer.from(text) };
  await open(response).listClients((one) => one);
  expect([...(await open(response).listSettings('x')).keys()]).not.toContain('polluted');
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
