import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod/mini';
import type { CaptureError } from '../../../src/capture/capture-error.ts';
import { parseResponse } from '../../../src/capture/response.ts';
import type { HttpResponse } from '../../../src/capture/transport.ts';
import { wellFormedText } from '../../support/arbitraries.ts';
import { now, thrownBy } from '../../support/fixtures.ts';

const host = 'capture.example.com';
const call = { name: 'clients/add', host };
const schema = z.object({ stat: z.literal('ok'), client_secret: z.string() });

type Body = string | Buffer | Readonly<Record<string, unknown>>;

/** Strings stand as they are; objects become JSON. */
function answer(status: number, body: Body, headers: HttpResponse['headers'] = {}): HttpResponse {
  const raw = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return { status, headers, body: Buffer.from(raw as string) };
}

function read(given: HttpResponse) {
  return parseResponse(call, given, schema, now);
}

function failureOf(given: HttpResponse): CaptureError {
  return thrownBy(() => read(given)) as CaptureError;
}

const error = (code: number, extra: Record<string, unknown> = {}) => ({ stat: 'error', code, ...extra });
const permission = error(403, {
  error: 'client_permission_error',
  error_description: 'the provided client does not have authorization for this action',
  request_id: 'q7h3n5m2k9p4r8t6',
});
const html = { 'content-type': 'text/html' };

describe('a success', () => {
  test('is what was asked for', () => {
    expect(read(answer(200, { stat: 'ok', client_secret: 's', more: 1 }))).toEqual({
      stat: 'ok',
      client_secret: 's',
    });
  });

  test('may come with any status of success', () => {
    expect(read(answer(201, { stat: 'ok', client_secret: 's' }))).toMatchObject({ client_secret: 's' });
  });
});

describe('a refusal by Capture', () => {
  test.each([
    [200, permission, { applied: 'no', retryable: false, code: 403, requestId: 'q7h3n5m2k9p4r8t6' }],
    [401, error(402), { applied: 'no', retryable: false, code: 402 }],
    [
      200,
      error(200, { argument_name: 'features' }),
      { applied: 'no', retryable: false, code: 200, argumentName: 'features' },
    ],
    [200, error(480), { applied: 'no', retryable: true, code: 480 }],
    [200, error(500), { applied: 'unknown', retryable: true, code: 500 }],
    [200, error(504), { applied: 'unknown', retryable: true, code: 504 }],
    [200, error(510), { applied: 'no', retryable: true, code: 510 }],
    [510, error(510), { applied: 'no', retryable: true, code: 510 }],
    [503, error(480), { applied: 'no', retryable: true, code: 480 }],
    [500, error(403), { applied: 'unknown', retryable: true, code: 403 }],
    [502, error(200), { applied: 'unknown', retryable: true, code: 200 }],
    [404, error(404), { applied: 'no', retryable: false, code: 404 }],
    [200, error(999), { applied: 'no', retryable: false, code: 999 }],
  ])('over HTTP %i, %j, is understood', (status, body, details) => {
    expect(failureOf(answer(status, body)).details).toMatchObject({ call: call.name, host, ...details });
  });

  test('says what was attempted, the code, its name, the request id, the reason and the way out', () => {
    expect(failureOf(answer(200, permission)).message).toBe(
      'Capture refused clients/add (403 client_permission_error, request q7h3n5m2k9p4r8t6): ' +
        'the provided client does not have authorization for this action. ' +
        'Either the owner client lacks the feature "owner", or this runner\'s address is not on its allow list.',
    );
  });

  test('names the argument', () => {
    const { message } = failureOf(
      answer(200, error(200, { error: 'invalid_argument', argument_name: 'features' })),
    );
    expect(message).toContain('(200 invalid_argument, argument features).');
    expect(message).toContain('Correct what was given for features');
  });

  test('leaves out what may repeat the value of a setting', () => {
    const body = error(200, { argument_name: 'items', error_description: 'hush is no value' });
    const told = thrownBy(() =>
      parseResponse({ name: 'settings/set_multi', host }, answer(200, body), schema, now),
    );
    expect(told.message).toContain(
      'Capture refused settings/set_multi (200, argument items): its own words are left out, as they may repeat a value. ',
    );
    expect(told.message).not.toContain('hush');
  });

  test('says of settings what cannot be a value: which client there is not', () => {
    const body = error(200, { argument_name: 'for_client_id', error_description: 'is not a valid id' });
    const setting = { name: 'settings/set_multi', host };
    expect(thrownBy(() => parseResponse(setting, answer(200, body), schema, now)).message).toContain(
      'is not a valid id',
    );
  });

  test('keeps every full stop of its reason but the last', () => {
    const body = error(200, { message: 'a.b is none. c is.' });
    expect(failureOf(answer(200, body)).problem).toContain(': a.b is none. c is.');
  });

  test('says its reason without blanks around it', () => {
    expect(failureOf(answer(200, error(200, { message: ' no such thing. ' }))).problem).toBe(
      'Capture refused clients/add (200): no such thing.',
    );
  });

  test('takes its reason from `message` where there is no description', () => {
    expect(failureOf(answer(200, error(200, { message: 'no such thing.' }))).problem).toBe(
      'Capture refused clients/add (200): no such thing.',
    );
  });

  test.each(['error', 'error_description', 'message', 'request_id', 'argument_name'])(
    'is understood with an oddly typed %s',
    (field) => {
      expect(failureOf(answer(200, error(402, { [field]: { odd: 1 } }))).details.code).toBe(402);
    },
  );
});

describe('an answer that is not Capture’s', () => {
  test.each([
    [400, 'none', false],
    [403, 'none', false],
    [404, 'none', false],
    [408, 'unknown', true],
    [429, 'none', true],
    [500, 'unknown', true],
    [502, 'unknown', true],
    [503, 'unknown', true],
    [504, 'unknown', true],
    [510, 'none', true],
  ])('HTTP %i: effect %s, retryable %s', (status, effect, retryable) => {
    const failure = failureOf(answer(status, '<html></html>', html));
    expect(failure.details).toMatchObject({ effect, retryable });
    expect(failure.details.code).toBeUndefined();
    expect(failure.problem).toBe(
      `${host} answered clients/add with HTTP ${status}, text/html, 13 bytes instead of an answer of Capture.`,
    );
    expect(failure.hint).toContain(retryable ? 'run again later' : `Is ${host} a Capture domain?`);
  });

  test('is no success, even if it looks like one', () => {
    const failure = failureOf(answer(500, { stat: 'ok', client_secret: 's' }));
    expect(failure.details).toMatchObject({ applied: 'unknown', retryable: true });
  });
});

test.each([
  ['text/html; charset=utf-8', 'text/html'],
  ['application/problem+json', 'application/problem+json'],
  [undefined, 'no content type'],
  ['', 'an odd content type'],
  ['hush', 'an odd content type'],
  ['text/hush4hush', 'an odd content type'],
  ['text/html hush', 'an odd content type'],
  ['text/html;hush', 'text/html'],
  [['text/html', 'hush'], 'an odd content type'],
])('of a content type no more is told than the type: %j', (value, told) => {
  const { message } = failureOf(answer(500, '', { 'content-type': value }));
  expect(message).toContain(`with HTTP 500, ${told}, 0 bytes`);
  expect(message).not.toContain('hush');
});

describe('a redirect', () => {
  test.each([300, 301, 302, 303, 307, 308, 399])('of HTTP %i is refused for good', (status) => {
    const failure = failureOf(answer(status, '', { location: 'https://evil.example.org/' }));
    expect(failure.details).toMatchObject({ applied: 'no', retryable: false });
    expect(failure.message).toContain(`a redirect (HTTP ${status}), which is never followed`);
    expect(failure.message).not.toContain('evil');
  });

  test('is refused even with a success in it', () => {
    expect(failureOf(answer(302, { stat: 'ok', client_secret: 's' })).message).toContain('redirect');
  });
});

describe('an answer that cannot be read', () => {
  test.each<[string, Body, string]>([
    ['nothing', '', 'it is not whole JSON'],
    ['a cut-off answer', '{"stat":"ok","client_sec', 'it is not whole JSON'],
    ['HTML', '<html>', 'it is not whole JSON'],
    [
      'bytes that are no UTF-8',
      Buffer.from('{"stat":"ok","client_secret":"\xff"}', 'latin1'),
      'not whole JSON',
    ],
    ['JSON of another kind', '[]', 'it lacks what was asked for'],
    ['null', 'null', 'it lacks what was asked for'],
    ['a success without what was asked for', { stat: 'ok' }, 'it lacks what was asked for'],
    ['what was asked for without a success', { client_secret: 's' }, 'it lacks what was asked for'],
    ['an error without a code', { stat: 'error', client_secret: 's' }, 'it lacks what was asked for'],
  ])('(%s) leaves open whether Capture acted', (_, body, why) => {
    const failure = failureOf(answer(200, body));
    expect(failure.details).toMatchObject({ applied: 'unknown', retryable: true });
    expect(failure.message).toContain(why);
  });

  test.each([200, 302, 400, 500])('is never repeated, as it may hold a secret (HTTP %i)', (status) => {
    for (const start of ['', '{"stat":"ok","secret":"', '{"x":["', '{"stat":"error","x":"']) {
      for (const end of ['', '"', '"}']) {
        const failure = failureOf(answer(status, `${start}hush${end}`, { 'x-secret': 'hush' }));
        expect(`${failure.stack}${failure.message}${JSON.stringify(failure)}`).not.toContain('hush');
        expect(failure.cause).toBeUndefined();
      }
    }
  });
});

test('whatever arrives, it is a success or a CaptureError', () => {
  const body = fc.oneof(wellFormedText, fc.json(), fc.uint8Array().map(Buffer.from));
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), body, (status, given) => {
      expect(failureOf(answer(status, given)).name).toBe('CaptureError');
    }),
  );
});

describe('Retry-After', () => {
  test.each([
    ['7', 7000],
    ['0', 0],
    ['999999999', 999_999_999_000],
    ['99999999999999999999', undefined],
    ['Wed, 02 Jan 2030 03:05:06 GMT', 60_500],
    ['Wed, 02 Jan 2030 03:04:05 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
    [['1', '2'], undefined],
  ])('of %j is %p milliseconds', (value, expected) => {
    const headers = { 'retry-after': value };
    expect(failureOf(answer(503, '', headers)).details.retryAfterMs).toBe(expected);
    expect(failureOf(answer(200, error(510), headers)).details.retryAfterMs).toBe(expected);
  });
});
