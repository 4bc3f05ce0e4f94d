import { describe, expect, test } from '@jest/globals';
import type { Capture } from '../../../src/capture/client.ts';
import {
  failureOf,
  fakeSession,
  host,
  noResponse,
  type Reply,
  rejection,
} from '../../support/fake-transport.ts';

const x = { clientId: 'x' };
const done = { stat: 'ok' };
const change = (capture: Capture) => capture.setDescription(x, 'd');

describe('the credentials', () => {
  const html = (status: number) => ({ status, headers: { 'content-type': 'text/html' }, text: '<html>' });

  test.each<[string, Reply, number]>([
    ['a page', html(200), 3],
    ['JSON that is not of Capture', { ok: true }, 3],
    ['JSON that is cut off', { text: '{"stat":"ok"', headers: { 'content-type': 'application/json' } }, 3],
    ['404', html(404), 1],
    ['403', html(403), 1],
    ['a redirect', html(302), 1],
    ['no HTTP', noResponse('connection', true, 'INVALID_HTTP'), 1],
    ['too much', noResponse('connection', true, 'UND_ERR_RES_EXCEEDED_MAX_SIZE'), 1],
  ])('go to another host at most three times for each call: %s', async (_, reply, times) => {
    const { capture, sent } = fakeSession([reply]);
    await failureOf(change(capture));
    expect(sent).toHaveLength(times);
  });

  test.each<[string, Reply]>([
    ['an edge server in trouble', html(503)],
    ['a broken connection', noResponse('connection', true, 'ECONNRESET')],
  ])('go there again for as long as there is time: %s', async (_, reply) => {
    const { capture, sent } = fakeSession([reply]);
    await failureOf(change(capture));
    expect(sent.length).toBeGreaterThan(5);
  });
});

describe("the offset of Capture's clock", () => {
  const withDate = (date: string) => ({ headers: { date }, text: '{"stat":"ok"}' });

  test('is unknown before a response, and without a Date header', async () => {
    const { capture } = fakeSession([done, withDate('yesterday')]);
    expect(capture.clockOffsetMs()).toBeUndefined();
    for (const _ of [1, 2]) await change(capture);
    expect(capture.clockOffsetMs()).toBeUndefined();
  });

  test('is that of the latest response with a Date header, even of a rejection', async () => {
    const replies = [
      withDate('Wed, 02 Jan 2030 03:24:05 GMT'),
      { ...withDate('Wed, 02 Jan 2030 03:03:05 GMT'), text: JSON.stringify(rejection(402)) },
      done,
    ];
    const { capture } = fakeSession(replies);
    await change(capture);
    expect(capture.clockOffsetMs()).toBe(20 * 60_000 - 500);
    await failureOf(change(capture));
    await change(capture);
    expect(capture.clockOffsetMs()).toBe(-60_500);
  });

  test.each([
    ['Wed, 02 Jan 2030 03:09:05 GMT', false],
    ['Wed, 02 Jan 2030 02:59:05 GMT', true],
    ['Wed, 02 Jan 2030 03:24:05 GMT', true],
  ])('of more than five minutes is one notice for a session: %s', async (date, expected) => {
    const { capture, captureAs, said } = fakeSession([withDate(date)]);
    for (const one of [capture, capture, captureAs({ clientId: 'other', clientSecret: 'o' })])
      await change(one);
    const notice = `notice (wrong clock): This machine's clock says Wed, 02 Jan 2030 03:04:05 GMT, and that of ${host} ${date}. Correct it: it decides when clients expire.`;
    expect(said.filter((line) => line.startsWith('notice'))).toEqual(expected ? [notice] : []);
  });
});

test('every call is one line of the debug log, without anything secret', async () => {
  const url = 'http://user:hush@proxy.test:3128';
  const proxy = { variable: 'HTTPS_PROXY', url, name: 'proxy.test:3128' } as const;
  const replies = [
    noResponse('time', true, 'ETIMEDOUT'),
    { stat: 'error', code: 510, request_id: 'hush' },
    { stat: 'ok', client_id: 'x', client_secret: 'hush', request_id: 'q7h3n5m2k9p4r8t6' },
  ];
  const session = fakeSession(replies, { proxy, onSend: () => session.clock.pass(120) });
  await session.capture.addClient({ description: 'hush', features: [] }, (send) => send());
  const lines = session.said.filter((line) => line.startsWith('debug'));
  expect(lines).toEqual([
    'debug: clients/add: no response (ETIMEDOUT), 120 ms, attempt 1, proxy proxy.test:3128',
    'debug: clients/add: HTTP 200, 120 ms, attempt 2, proxy proxy.test:3128',
    'debug: clients/add: HTTP 200, 120 ms, attempt 3, proxy proxy.test:3128',
  ]);
});
