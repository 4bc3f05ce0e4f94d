import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { CaptureError } from '../../../src/capture/capture-error.ts';
import { openProbe, type ProbeCall } from '../../../src/capture/probe.ts';
import { startTimeLimit } from '../../../src/capture/time-limit.ts';
import { type HttpRequest, type HttpResponse, NoResponseError } from '../../../src/capture/transport.ts';
import { fakeClock, now } from '../../support/fixtures.ts';

const call: ProbeCall = {
  name: 'settings/items',
  parameters: { for_client_id: 'own' },
  credentials: { clientId: 'own', clientSecret: 'hush' },
};

type Reply = Error | (Partial<HttpResponse> & { readonly json: unknown });

/** Sends a call to a tenant that returns these replies, one after the other. */
async function send(replies: readonly Reply[], changes: Partial<ProbeCall> = {}) {
  const requests: HttpRequest[] = [];
  const probe = openProbe({
    host: 'capture.example.com',
    timeLimit: startTimeLimit(60_000, fakeClock()),
    userAgent: 'agent',
    now: () => now,
    transport: {
      async send(request, { body }) {
        requests.push(request);
        const reply = replies[requests.length - 1] as Reply;
        if (reply instanceof Error) throw reply;
        const { json, ...head } = reply;
        body.write(Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)));
        return { status: 200, headers: {}, ...head };
      },
      close: async () => {},
    },
  });
  const result = await probe({ ...call, ...changes }).catch((error: unknown) => error);
  return { result, requests };
}

const headers = {
  Authorization: `Basic ${Buffer.from('own:hush').toString('base64')}`,
  Accept: 'application/json',
  'Accept-Encoding': 'identity',
  'User-Agent': 'agent',
};

const ok = { json: { stat: 'ok', result: { secret: 'hush' } } };

describe('a probe', () => {
  test('returns only what cannot be a secret', async () => {
    const { result, requests } = await send([ok]);
    expect(result).toEqual({ status: 200, isOk: true, code: undefined, isCompressed: false });
    expect(requests).toEqual([
      {
        method: 'POST',
        path: '/settings/items',
        body: 'for_client_id=own',
        headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
      },
    ]);
  });

  test.each([
    ['/settings/items?for_client_id=own', {}],
    ['/settings/items', { parameters: {} }],
  ])('can be sent with GET: %s', async (path, changes) => {
    const { requests } = await send([ok], { ...changes, method: 'GET' });
    expect(requests).toEqual([{ method: 'GET', path, headers }]);
  });

  test.each<[string, Partial<ProbeCall>]>([
    ['code', {}],
    ['code', { emptySignature: 'code' }],
    ['documents', { emptySignature: 'documents' }],
  ])('without parameters is signed as in the %s: %j', async (form, changed) => {
    const changes = { ...changed, parameters: {}, authScheme: 'janrain-signed' } as const;
    const { requests } = await send([ok], changes);
    const text = `/settings/items\n2030-01-02 03:04:05\n${form === 'code' ? '' : '\n'}`;
    const signature = createHmac('sha1', 'hush').update(text).digest('base64');
    expect(requests[0]?.headers.Authorization).toBe(`Signature own:${signature}`);
  });

  test.each<[string, Reply, object]>([
    ['a rejection', { json: { stat: 'error', code: 402 } }, { isOk: false, code: 402 }],
    ['no JSON', { status: 404, json: '<html>' }, { isOk: false, code: undefined, status: 404 }],
    ['a compressed response', { ...ok, headers: { 'content-encoding': 'gzip' } }, { isCompressed: true }],
    [
      'a response that is sent as it is',
      { ...ok, headers: { 'content-encoding': 'identity' } },
      { isCompressed: false },
    ],
    ['a code that is no number', { json: { stat: 'error', code: '510' } }, { isOk: false, code: undefined }],
    ['no JSON with status 200', { json: '<html>' }, { isOk: false, code: undefined, status: 200 }],
    ['no JSON with status 299', { status: 299, json: '' }, { isOk: false, code: undefined, status: 299 }],
    ['another failure of Capture', { json: { stat: 'error', code: 501 } }, { isOk: false, code: 501 }],
    ['a rejection with status 503', { status: 503, json: { code: 402 } }, { isOk: false, status: 503 }],
  ])('describes %s', async (_, reply, expected) => {
    expect((await send([reply])).result).toMatchObject(expected);
  });

  test.each<[string, Reply, object]>([
    ['510', { json: { stat: 'error', code: 510 } }, { status: 200, applied: 'no' }],
    ['500', { json: { stat: 'error', code: 500 } }, { status: 200, applied: 'unknown' }],
    ['HTTP 503', { status: 503, json: '<html>' }, { status: 503, applied: 'unknown' }],
    ['HTTP 429', { status: 429, json: { code: '402' } }, { status: 429, applied: 'no' }],
    ['HTTP 199', { status: 199, json: '' }, { status: 199, applied: 'unknown' }],
  ])(
    'throws an error that can be retried if Capture only says to come back later: %s',
    async (why, reply, details) => {
      const { result, requests } = await send([reply]);
      expect(result).toBeInstanceOf(CaptureError);
      expect(result).toMatchObject({
        problem: `Capture rejected settings/items for now (${why}).`,
        hint: 'Run this again later.',
      });
      const known = { call: 'settings/items', host: 'capture.example.com', retryable: true };
      expect((result as CaptureError).details).toEqual({ ...known, ...details });
      expect(requests).toHaveLength(1);
    },
  );

  test.each<Reply>([{ json: { stat: 'error', code: 404 } }, { status: 405, json: '' }])(
    'falls back to GET if POST is rejected with %j',
    async (reply) => {
      const { result, requests } = await send([reply, ok]);
      expect(result).toMatchObject({ isOk: true });
      expect(requests[1]).toMatchObject({ method: 'GET', path: '/settings/items?for_client_id=own' });
      expect((await send([reply, ok], { method: 'POST' })).requests).toHaveLength(1);
    },
  );

  test('signs with a date that is off by the given time', async () => {
    const { requests } = await send([ok], { authScheme: 'janrain-signed', shiftMs: -60_000 });
    expect(requests[0]?.headers.Date).toBe('2030-01-02 03:03:05');
    expect(requests[0]?.headers.Authorization).toMatch(/^Signature own:/);
  });

  test('throws a CaptureError if no response arrives, and rethrows an unexpected error', async () => {
    const lost = new NoResponseError({ reason: 'time', sent: true, code: 'ETIMEDOUT', elapsedMs: 20_000 });
    const { result } = await send([lost]);
    expect(result).toBeInstanceOf(CaptureError);
    const details = { call: 'settings/items', host: 'capture.example.com', applied: 'unknown' };
    expect((result as CaptureError).details).toMatchObject(details);
    const bug = new TypeError('a bug');
    expect((await send([bug])).result).toBe(bug);
  });
});
