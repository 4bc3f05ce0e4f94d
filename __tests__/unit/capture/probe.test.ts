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

const ok = { json: { stat: 'ok', result: { secret: 'hush' } } };

describe('a probe', () => {
  test('returns only what cannot be a secret', async () => {
    const { result, requests } = await send([ok]);
    expect(result).toEqual({ status: 200, isOk: true, code: undefined, isCompressed: false });
    expect(requests).toMatchObject([{ method: 'POST', path: '/settings/items', body: 'for_client_id=own' }]);
  });

  test.each<[string, Reply, object]>([
    ['a rejection', { json: { stat: 'error', code: 402 } }, { isOk: false, code: 402 }],
    ['no JSON', { status: 404, json: '<html>' }, { isOk: false, code: undefined, status: 404 }],
    ['a compressed response', { ...ok, headers: { 'content-encoding': 'gzip' } }, { isCompressed: true }],
  ])('describes %s', async (_, reply, expected) => {
    expect((await send([reply])).result).toMatchObject(expected);
  });

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
    expect((await send([lost])).result).toBeInstanceOf(CaptureError);
    const bug = new TypeError('a bug');
    expect((await send([bug])).result).toBe(bug);
  });
});
