import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { type CaptureError, isUnknownClient } from '../../../src/capture/capture-error.ts';
import { parseSuccess } from '../../../src/capture/response.ts';
import { responseFailure } from '../../../src/capture/response-failure.ts';
import type { HttpResponse } from '../../../src/capture/transport.ts';
import { now } from '../../support/basics.ts';

const host = 'capture.example.com';
const call = { name: 'clients/add', host, isSigned: false, attempt: 3, receivedAt: now };
const settings = { ...call, name: 'settings/set_multi' };
const schema = z.object({ stat: z.literal('ok'), client_secret: z.string() });

type Body = string | Buffer | Readonly<Record<string, unknown>>;

/** Strings are sent unchanged. Objects become JSON. */
function response(status: number, body: Body, headers: HttpResponse['headers'] = {}): HttpResponse {
  const raw = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return { status, headers, body: Buffer.from(raw as string) };
}

const read = (given: HttpResponse) => parseSuccess(given, (json) => schema.safeParse(json).data);

function failureOf(given: HttpResponse, asked = call): CaptureError {
  expect(read(given)).toBeUndefined();
  return responseFailure(asked, given);
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
});

describe('a rejection by Capture', () => {
  test.each([
    [200, permission, { applied: 'no', retryable: false, code: 403 }],
    [200, error(480), { applied: 'no', retryable: true, code: 480 }],
    [200, error(500), { applied: 'unknown', retryable: true, code: 500 }],
    [200, error(504), { applied: 'unknown', retryable: true, code: 504 }],
    [200, error(510), { applied: 'no', retryable: true, code: 510 }],
    [503, error(480), { applied: 'no', retryable: true, code: 480 }],
    [500, error(403), { applied: 'unknown', retryable: true, code: 403 }],
    [404, error(404), { applied: 'no', retryable: false, code: 404 }],
    [200, { stat: 'fail', code: 402 }, { applied: 'no', retryable: false, code: 402 }],
    [200, { stat: 'Failed', code: 510 }, { applied: 'no', retryable: true, code: 510 }],
    [200, error(361), { applied: 'no', retryable: false, code: 361 }],
    [400, error(510), { applied: 'no', retryable: true, code: 510 }],
    [200, error(600), { applied: 'no', retryable: false, code: 600 }],
    [200, error(599), { applied: 'unknown', retryable: false, code: 599 }],
  ])('over HTTP %i, %j, is understood', (status, body, details) => {
    expect(failureOf(response(status, body)).details).toMatchObject({ call: call.name, ...details });
  });

  test('says what was attempted, the code, its name, the request ID, the reason, and what to do', () => {
    expect(failureOf(response(200, permission)).message).toBe(
      'Capture rejected clients/add (403 client_permission_error, request q7h3n5m2k9p4r8t6): ' +
        'the provided client does not have authorization for this action. ' +
        "Check that the owner client has the owner feature, and that its IP allow list includes this runner's address.",
    );
  });

  test('leaves out what may quote the value of a setting', () => {
    const body = error(200, { argument_name: 'items', error_description: 'hush is no value' });
    const failure = failureOf(response(200, body), settings);
    expect(failure.message).toContain(
      "Capture rejected settings/set_multi (200, argument items): Capture's text isn't shown, because it may contain a value of settings. Correct `settings`, then run this again.",
    );
    expect(`${failure.stack}${JSON.stringify(failure)}`).not.toContain('hush');
  });

  test('of settings is quoted where it cannot contain a value: which client does not exist', () => {
    const body = error(200, { argument_name: 'for_client_id', error_description: 'is not a valid id' });
    expect(failureOf(response(200, body), settings).message).toContain('is not a valid id');
  });

  test.each(['for_client_id was not valid: hush is not a valid id', 'hush is not a valid id.'])(
    'of settings shows that the client does not exist, and quotes nothing: %s',
    (text) => {
      const given = response(200, error(200, { error_description: text }));
      const failure = failureOf(given, settings);
      expect(isUnknownClient(failure)).toBe(true);
      expect(`${failure.stack}${JSON.stringify(failure)}`).not.toContain('hush');
    },
  );

  test.each([
    ['a.b is invalid. c is not.', ': a.b is invalid. c is not.'],
    [' no such thing. ', ': no such thing.'],
    [undefined, '.'],
  ])('takes its reason from `message` if there is no description: %j', (message, expected) => {
    expect(failureOf(response(200, error(200, { message }))).problem).toBe(
      `Capture rejected clients/add (200)${expected}`,
    );
  });

  const unknown = { argument_name: 'for_client_id', error_description: 'for_client_id is not a valid id' };

  test.each<[Record<string, unknown>, boolean]>([
    [{}, true],
    [{ argument_name: 'client_id_for_deletion' }, true],
    [{ argument_name: 'client_id' }, false],
    [{ argument_name: undefined }, false],
    [{ argument_name: undefined, name: 'clients/list' }, false],
    [{ argument_name: undefined, name: 'clients/delete' }, true],
    [{ argument_name: undefined, name: 'settings/items' }, true],
    [{ code: 201 }, false],
    [{ error_description: 'must be a string' }, false],
    [{ error_description: undefined }, false],
  ])('with %j says that the client is unknown: %s', (changes, expected) => {
    const { name = call.name, ...body } = { ...error(200, unknown), ...changes };
    const asked = { ...call, name: String(name) };
    const failure = failureOf(response(200, body), asked);
    expect(isUnknownClient(failure)).toBe(expected);
  });

  const hintFor = (code: number, argument_name?: string) =>
    failureOf(response(200, error(code, { argument_name }))).hint;

  const captureFailed =
    "The problem is on Capture's side. See https://aic.status.akamai.com. Run this again. If it persists, give the request ID to Akamai support.";
  const otherApplication = `Check \`capture_domain\`: ${host} doesn't belong to your application.`;
  const other =
    'Look up the code under "Error codes" in the Identity Cloud documentation. Akamai support can find the call by its request ID.';

  test.each(
    Object.entries({
      205: 'Check that no proxy between this runner and Capture removes the Authorization header.',
      221: otherApplication,
      224: otherApplication,
      402: `Check \`owner_client_id\` and \`owner_client_secret\`: the secret may have been rotated, or they belong to a different application than ${host}. If they come from an environment, check the spelling of its name.`,
      403: "Check that the owner client has the owner feature, and that its IP allow list includes this runner's address.",
      404: `Check \`capture_domain\`: ${host} probably isn't a Capture domain.`,
      480: 'Capture is under maintenance. See https://aic.status.akamai.com. Run this again later.',
      500: captureFailed,
      504: captureFailed,
      510: 'The application reached its limit of simultaneous API calls. Run fewer jobs at the same time, or set `timeout: 5m`.',
      99: other,
      300: other,
    }),
  )('with %s has a hint: %s', (code, hint) => {
    expect(hintFor(Number(code))).toBe(hint);
  });

  test.each([
    ['hours_to_live', '`rotate_secret` or `expires_in`'],
    ['whitelist', '`ip_allow_list`'],
    ['items', '`settings`'],
    ['client_id_for_deletion', '`client_id`'],
    ['other', '`other`'],
    ['features', '`features`'],
    [undefined, 'the value that Capture names'],
  ])('of the argument %s names its input: %s', (argument, input) => {
    for (const code of [100, 200, 299])
      expect(hintFor(code, argument)).toBe(`Correct ${input}, then run this again.`);
  });

  test('of the ID of the caller names the owner', () => {
    const hint = "Check `owner_client_id`: it isn't the ID of an API client of this application.";
    expect(hintFor(200, 'client_id')).toBe(hint);
    expect(hintFor(201, 'client_id')).not.toBe(hint);
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
    [503, 'unknown', true],
    [510, 'no', true],
    [599, 'unknown', true],
    [199, 'unknown', true],
  ])('HTTP %i: applied %s, retryable %s', (status, applied, retryable) => {
    const failure = failureOf(response(status, '<html></html>', html));
    expect(failure.details).toMatchObject({ applied, retryable });
    expect(failure.details.code).toBeUndefined();
    expect(failure.problem).toBe(
      `${host} responded to clients/add with HTTP ${status}, text/html, 13 bytes, which isn't a response of Capture.`,
    );
    expect(failure.hint).toBe(
      retryable
        ? 'The problem is with Capture or the network in front of it. See https://aic.status.akamai.com. Run this again later.'
        : `Check \`capture_domain\`: ${host} probably isn't a Capture domain.`,
    );
  });

  test('is no success, even if it looks like one', () => {
    const failure = failureOf(response(500, { stat: 'ok', client_secret: 's' }));
    expect(failure.details).toMatchObject({ applied: 'unknown', retryable: true });
  });
});

test.each([
  ['text/html; charset=utf-8', 'text/html'],
  [undefined, 'no known content type'],
  ['text/hush4hush', 'no known content type'],
  ['text/html hush', 'no known content type'],
  ['hush text/html', 'no known content type'],
  [['text/html', 'hush'], 'no known content type'],
])('of a content type, only the type is quoted: %j', (value, expected) => {
  const { message } = failureOf(response(500, '', { 'content-type': value }));
  expect(message).toContain(`with HTTP 500, ${expected}, 0 bytes`);
  expect(message).not.toContain('hush');
});

describe('a redirect', () => {
  test.each([300, 301, 302, 303, 307, 308, 399])('of HTTP %i is rejected for good', (status) => {
    const failure = failureOf(response(status, error(510), { location: 'https://evil.example.org/' }));
    expect(failure.details).toMatchObject({ applied: 'no', retryable: false });
    expect(failure.message).toBe(
      `${host} responded to clients/add with HTTP ${status}, no known content type, 27 bytes, a redirect. It isn't followed, because the credentials would go to another host. Check \`capture_domain\`: ${host} probably isn't a Capture domain.`,
    );
  });
});

describe('a success that cannot be read', () => {
  test.each<[string, Body, string]>([
    ['nothing', '', "isn't complete JSON"],
    ['a response that is cut off', '{"stat":"ok","client_sec', "isn't complete JSON"],
    [
      "bytes that aren't UTF-8",
      Buffer.from('{"stat":"ok","client_secret":"\xff"}', 'latin1'),
      "isn't complete JSON",
    ],
    ['a success with a code', { stat: 'ok', code: 403 }, 'lacks what was requested'],
    ['null', 'null', 'lacks what was requested'],
    ['a success without what was requested', { stat: 'ok' }, 'lacks what was requested'],
    ['what was requested without a success', { client_secret: 's' }, 'lacks what was requested'],
    ['an error without a code', { stat: 'error', client_secret: 's' }, 'lacks what was requested'],
  ])('(%s) leaves open whether Capture applied the call', (_, body, why) => {
    const failure = failureOf(response(200, body));
    expect(failure.details).toMatchObject({ applied: 'unknown', retryable: false });
    const { details } = failureOf(response(200, body), { ...call, attempt: 2 });
    expect(details).toMatchObject({ applied: 'unknown', retryable: true });
    expect(failure.message).toContain(
      `, which ${why}. Check that ${host} is a Capture domain (\`capture_domain\`). If it is, run this again.`,
    );
  });
});

describe('Retry-After', () => {
  test.each([
    ['17', 17_000],
    ['99999999999999999999', undefined],
    ['Wed, 02 Jan 2030 03:05:06 GMT', 60_500],
    ['Wed, 02 Jan 2030 03:04:05 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
    [['1', '2'], undefined],
  ])('of %j is %p milliseconds', (value, expected) => {
    const headers = { 'retry-after': value };
    expect(failureOf(response(503, '', headers)).details.retryAfterMs).toBe(expected);
    expect(failureOf(response(200, error(510), headers)).details.retryAfterMs).toBe(expected);
  });
});

test.each([
  [402, true, true],
  [402, false, false],
  [403, true, false],
])('the hint of %i, signed %s, names the clock: %s', (code, isSigned, expected) => {
  const failure = failureOf(response(200, error(code)), { ...call, isSigned });
  const hint = " Check this runner's clock, too: `janrain-signed` depends on it.";
  expect(failure.message.endsWith(hint)).toBe(expected);
});
