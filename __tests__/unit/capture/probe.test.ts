import { describe, expect, test } from '@jest/globals';
import { CaptureError } from '../../../src/capture/capture-error.ts';
import type { ProbeCall } from '../../../src/capture/probe.ts';
import { fakeSession, noResponse, type Reply, rejection } from '../../support/fake-transport.ts';

const call: ProbeCall = {
  name: 'settings/items',
  parameters: { for_client_id: 'own' },
  credentials: { clientId: 'own', clientSecret: 'hush' },
};

/** Sends a call to a tenant that returns these replies, one after the other. */
async function send(replies: readonly Reply[], changes: Partial<ProbeCall> = {}) {
  const { probe, sent } = fakeSession(replies, { totalMs: 1_200 });
  const result = await probe({ ...call, ...changes }).catch((error: unknown) => error);
  const requests = sent.map(({ method, path, headers, body }) => ({ method, path, headers, body }));
  return { result, requests };
}

const headers = {
  Authorization: `Basic ${Buffer.from('own:hush').toString('base64')}`,
  Accept: 'application/json',
  'Accept-Encoding': 'identity',
  'User-Agent': 'agent',
};
const ok = { stat: 'ok', result: { secret: 'hush' } };

describe('a probe', () => {
  test('returns only what cannot be a secret', async () => {
    const { result, requests } = await send([ok]);
    expect(result).toEqual({ isOk: true });
    expect(requests).toEqual([
      {
        method: 'POST',
        path: '/settings/items',
        body: 'for_client_id=own',
        headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
      },
    ]);
  });

  test("is signed by Capture's clock, or as far off it as asked", async () => {
    const dated = { headers: { date: 'Wed, 02 Jan 2030 04:04:05 GMT' }, text: '{"stat":"ok"}' };
    const { probe, sent } = fakeSession([dated]);
    for (const shiftMs of [0, -60_000]) await probe({ ...call, authScheme: 'janrain-signed', shiftMs });
    await probe({ ...call, authScheme: 'janrain-signed' });
    expect(sent.map((one) => one.headers.Date)).toEqual([
      '2030-01-02 03:04:05',
      '2030-01-02 04:03:05',
      '2030-01-02 04:04:05',
    ]);
  });

  test.each<Reply>([rejection(402), rejection(501), { status: 404, text: '<html>' }])(
    'that is rejected is not ok: %j',
    async (reply) => {
      expect((await send([reply])).result).toEqual({ isOk: false });
    },
  );

  test.each<Reply>([rejection(510), { status: 503, text: '<html>' }])(
    'is sent again if Capture only says to come back later: %j',
    async (reply) => {
      expect(await send([reply, ok])).toMatchObject({ result: { isOk: true }, requests: [{}, {}] });
      expect((await send([reply])).result).toMatchObject({ details: { retryable: true } });
    },
  );

  test.each<Reply>([rejection(404), { status: 405, text: '' }])(
    'falls back to GET if POST is rejected with %j',
    async (reply) => {
      const { result, requests } = await send([reply, ok]);
      expect(result).toMatchObject({ isOk: true });
      expect(requests[1]).toMatchObject({ method: 'GET', path: '/settings/items?for_client_id=own' });
      expect((await send([reply, ok], { method: 'POST' })).requests).toHaveLength(1);
    },
  );

  test('throws a CaptureError if no response arrives, and rethrows an unexpected error', async () => {
    const { result } = await send([noResponse('time', true, 'ETIMEDOUT')]);
    expect(result).toBeInstanceOf(CaptureError);
    const bug = new TypeError('a bug');
    expect((await send([bug])).result).toBe(bug);
  });
});
