import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod/mini';
import { WholeBody } from '../../../src/capture/body.ts';
import type { CaptureError } from '../../../src/capture/capture-error.ts';
import { parseResponse, type Received } from '../../../src/capture/response.ts';
import { wellFormedText } from '../../support/arbitraries.ts';
import { now, thrownBy } from '../../support/fixtures.ts';

const host = 'capture.example.com';
const call = { name: 'clients/add', host };
const schema = z.object({ stat: z.literal('ok'), client_secret: z.string() });

type Body = string | Buffer | Readonly<Record<string, unknown>>;

/** Strings are sent unchanged. Objects become JSON. */
function response(status: number, body: Body, headers: Received['headers'] = {}): Received {
  const raw = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const received = new WholeBody();
  received.write(Buffer.from(raw as string));
  return { status, headers, bytes: received.bytes, json: received.json() };
}

function read(given: Received) {
  return parseResponse(call, given, schema, now);
}

function failureOf(given: Received): CaptureError {
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
    expect(read(response(200, { stat: 'ok', client_secret: 's', more: 1 }))).toEqual({
      stat: 'ok',
      client_secret: 's',
    });
  });

  test('may come with any status of success', () => {
    expect(read(response(201, { stat: 'ok', client_secret: 's' }))).toMatchObject({ client_secret: 's' });
  });
});

describe('a rejection by Capture', () => {
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
    expect(failureOf(response(status, body)).details).toMatchObject({ call: call.name, host, ...details });
  });

  test('says what was attempted, the code, its name, the request ID, the reason, and what to do', () => {
    expect(failureOf(response(200, permission)).message).toBe(
      'Capture rejected clients/add (403 client_permission_error, request q7h3n5m2k9p4r8t6): ' +
        'the provided client does not have authorization for this action. ' +
        "Check that the owner client has the owner feature, and that its IP allow list includes this runner's address.",
    );
  });

  test('names the argument', () => {
    const { message } = failureOf(
      response(200, error(200, { error: 'invalid_argument', argument_name: 'features' })),
    );
    expect(message).toContain('(200 invalid_argument, argument features).');
    expect(message).toContain('Correct features, then run this again.');
  });

  test('leaves out what may quote the value of a setting', () => {
    const body = error(200, { argument_name: 'items', error_description: 'hush is no value' });
    const failure = thrownBy(() =>
      parseResponse({ name: 'settings/set_multi', host }, response(200, body), schema, now),
    );
    expect(failure.message).toContain(
      "Capture rejected settings/set_multi (200, argument items): Capture's text isn't shown, because it may contain a value of settings. Correct settings, then run this again.",
    );
    expect(`${failure.stack}${JSON.stringify(failure)}`).not.toContain('hush');
  });

  test('of settings is quoted where it cannot contain a value: which client does not exist', () => {
    const body = error(200, { argument_name: 'for_client_id', error_description: 'is not a valid id' });
    const setting = { name: 'settings/set_multi', host };
    expect(thrownBy(() => parseResponse(setting, response(200, body), schema, now)).message).toContain(
      'is not a valid id',
    );
  });

  test('keeps every period of its reason but the last', () => {
    const body = error(200, { message: 'a.b is invalid. c is not.' });
    expect(failureOf(response(200, body)).problem).toContain(': a.b is invalid. c is not.');
  });

  test('quotes its reason without blanks around it', () => {
    expect(failureOf(response(200, error(200, { message: ' no such thing. ' }))).problem).toBe(
      'Capture rejected clients/add (200): no such thing.',
    );
  });

  test('takes its reason from `message` if there is no description', () => {
    expect(failureOf(response(200, error(200, { message: 'no such thing.' }))).problem).toBe(
      'Capture rejected clients/add (200): no such thing.',
    );
  });

  test.each(['error', 'error_description', 'message', 'request_id', 'argument_name'])(
    'is understood with a %s of another type',
    (field) => {
      expect(failureOf(response(200, error(402, { [field]: { odd: 1 } }))).details.code).toBe(402);
    },
  );
});

describe('a response that is not from Capture', () => {
  test.each([
    [400, 'no', false],
    [403, 'no', false],
    [404, 'no', false],
    [408, 'unknown', true],
    [429, 'no', true],
    [500, 'unknown', true],
    [502, 'unknown', true],
    [503, 'unknown', true],
    [504, 'unknown', true],
    [510, 'no', true],
  ])('HTTP %i: applied %s, retryable %s', (status, applied, retryable) => {
    const failure = failureOf(response(status, '<html></html>', html));
    expect(failure.details).toMatchObject({ applied, retryable });
    expect(failure.details.code).toBeUndefined();
    expect(failure.problem).toBe(
      `${host} responded to clients/add with HTTP ${status}, text/html, 13 bytes, which isn't a response of Capture.`,
    );
    expect(failure.hint).toContain(
      retryable ? 'Run this again later' : `${host} probably isn't a Capture domain`,
    );
  });

  test('is no success, even if it looks like one', () => {
    const failure = failureOf(response(500, { stat: 'ok', client_secret: 's' }));
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
  ['hush text/html', 'an odd content type'],
  ['text/html;hush', 'text/html'],
  [['text/html', 'hush'], 'an odd content type'],
])('of a content type, only the type is quoted: %j', (value, expected) => {
  const { message } = failureOf(response(500, '', { 'content-type': value }));
  expect(message).toContain(`with HTTP 500, ${expected}, 0 bytes`);
  expect(message).not.toContain('hush');
});

describe('a redirect', () => {
  test.each([300, 301, 302, 303, 307, 308, 399])('of HTTP %i is rejected for good', (status) => {
    const failure = failureOf(response(status, '', { location: 'https://evil.example.org/' }));
    expect(failure.details).toMatchObject({ applied: 'no', retryable: false });
    expect(failure.message).toContain(`a redirect (HTTP ${status}). Redirects aren't followed`);
    expect(failure.hint).toBe('Set capture_domain to the Capture domain itself.');
    expect(failure.message).not.toContain('evil');
  });

  test('is rejected even with a success in it', () => {
    expect(failureOf(response(302, { stat: 'ok', client_secret: 's' })).message).toContain('redirect');
  });
});

describe('a success that cannot be read', () => {
  test.each<[string, Body, string]>([
    ['nothing', '', "isn't complete JSON"],
    ['a response that is cut off', '{"stat":"ok","client_sec', "isn't complete JSON"],
    ['HTML', '<html>', "isn't complete JSON"],
    [
      "bytes that aren't UTF-8",
      Buffer.from('{"stat":"ok","client_secret":"\xff"}', 'latin1'),
      "isn't complete JSON",
    ],
    ['JSON of another kind', '[]', 'lacks what was requested'],
    ['null', 'null', 'lacks what was requested'],
    ['a success without what was requested', { stat: 'ok' }, 'lacks what was requested'],
    ['what was requested without a success', { client_secret: 's' }, 'lacks what was requested'],
    ['an error without a code', { stat: 'error', client_secret: 's' }, 'lacks what was requested'],
  ])('(%s) leaves open whether Capture applied the call', (_, body, why) => {
    const failure = failureOf(response(200, body));
    expect(failure.details).toMatchObject({ applied: 'unknown', retryable: true });
    expect(failure.message).toContain(why);
  });

  test.each<[string, string | undefined, Body, boolean]>([
    ['an HTML page', 'text/html', '<html>', false],
    ['an empty page', undefined, '', false],
    ['the JSON of another API', 'application/json', { ok: true }, false],
    ['a list', 'application/json', '[]', false],
    ['a part of a response of Capture', 'application/json', '{"stat":"ok","client_sec', true],
    ['a response that lacks something', 'application/json', { stat: 'ok' }, true],
  ])('(%s) is worth two attempts if it is from another server', (_, type, body, isCapture) => {
    const { details, hint } = failureOf(response(200, body, { 'content-type': type }));
    expect(details.maxAttempts).toBe(isCapture ? undefined : 2);
    expect(hint).toBe(
      isCapture
        ? 'Run this again. If it persists, contact Akamai support.'
        : `Check capture_domain: ${host} probably isn't a Capture domain.`,
    );
  });

  test.each([200, 302, 400, 500])('is never quoted, as it may contain a secret (HTTP %i)', (status) => {
    for (const start of ['', '{"stat":"ok","secret":"', '{"x":["', '{"stat":"error","x":"']) {
      for (const end of ['', '"', '"}']) {
        const failure = failureOf(response(status, `${start}hush${end}`, { 'x-secret': 'hush' }));
        expect(`${failure.stack}${failure.message}${JSON.stringify(failure)}`).not.toContain('hush');
        expect(failure.cause).toBeUndefined();
      }
    }
  });
});

test('whatever arrives, the result is a success or a CaptureError', () => {
  const body = fc.oneof(wellFormedText, fc.json(), fc.uint8Array().map(Buffer.from));
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), body, (status, given) => {
      expect(failureOf(response(status, given)).name).toBe('CaptureError');
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
    expect(failureOf(response(503, '', headers)).details.retryAfterMs).toBe(expected);
    expect(failureOf(response(200, error(510), headers)).details.retryAfterMs).toBe(expected);
  });
});

describe('a signed call that is rejected', () => {
  /** The error of a runner whose clock is `offsetMs` behind Capture's. */
  const hintOf = (offsetMs: number, code = 402, isSigned = true) => {
    const headers = { date: new Date(now + offsetMs).toUTCString() };
    const given = response(200, error(code), headers);
    return (thrownBy(() => parseResponse({ ...call, isSigned }, given, schema, now)) as CaptureError).hint;
  };
  const minute = 60_000;

  test.each([
    [20 * minute, '20 minutes behind'],
    [-25 * 60 * minute, '25 hours ahead of'],
    [1.2 * minute, '1 minute behind'],
  ])('by a clock that is %i ms off names the clock', (offsetMs, expected) => {
    expect(hintOf(offsetMs)).toBe(
      `Correct this runner's clock: it is ${expected} the clock of ${host}, and janrain-signed requires the right time. Otherwise, set auth_scheme to basic-auth.`,
    );
  });

  test('does not name the clock without a reason', () => {
    for (const hint of [
      hintOf(0),
      hintOf(minute / 2),
      hintOf(-minute / 2),
      hintOf(20 * minute, 403),
      hintOf(20 * minute, 402, false),
      failureOf(response(200, error(402))).hint,
    ]) {
      expect(hint).not.toContain('clock');
    }
  });
});
