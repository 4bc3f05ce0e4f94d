import { describe, expect, test } from '@jest/globals';
import { type ProxyServer, proxyFor } from '../../../src/capture/proxy.ts';
import { openProxy } from '../../../src/capture/proxy-dispatcher.ts';
import { soon, withServer } from '../../support/http-server.ts';

/** Sends a request through a proxy that opens no tunnel. */
async function send(url: string, options: Parameters<typeof openProxy>[1] = {}, scheme = 'https') {
  const origin = `${scheme}://capture.invalid`;
  const proxy = proxyFor(new URL(origin), { httpProxy: url, httpsProxy: url, noProxy: '' });
  const dispatcher = openProxy(proxy as ProxyServer, options);
  try {
    const error = await soon(
      new Promise<Error>((resolve) => {
        const request = { origin, path: '/', method: 'GET' } as const;
        dispatcher.dispatch(request, {
          onRequestStart() {},
          onResponseError: (_, thrown) => resolve(thrown),
        });
      }),
    );
    return { error };
  } finally {
    await dispatcher.destroy();
  }
}

const resolverFailure = (error: Error) => ({
  connect: {
    lookup: (_name: string, _options: object, done: (error: Error) => void) => done(error),
  } as object,
});

test.each([
  ['user:p%40ss@', 'user:p@ss', 'https', 'CONNECT capture.invalid:443 '],
  ['t%2Dken@', 't-ken:', 'https', 'CONNECT capture.invalid:443 '],
  ['', '', 'https', 'CONNECT capture.invalid:443 '],
  ['', '', 'http', 'GET http://capture.invalid/ '],
])('a proxy is asked with the credentials of its URL: %s', (login, expected, scheme, start) =>
  withServer(
    (socket) => socket.end(),
    async ({ port, received }) => {
      await send(`http://${login}127.0.0.1:${port}`, {}, scheme);
      const [, sent = ''] = /^proxy-authorization: Basic (\S+)/im.exec(received()) ?? [];
      expect(Buffer.from(sent, 'base64').toString()).toBe(expected);
      expect(received().startsWith(start)).toBe(true);
    },
  ),
);

describe('a proxy that opens no tunnel', () => {
  test.each([
    ['http://user:hush@proxy.invalid', 'proxy.invalid:80'],
    ['https://proxy.invalid', 'proxy.invalid:443'],
    ['http://proxy.invalid:3128', 'proxy.invalid:3128'],
  ])('because it does not exist was not reached: %s', async (url, proxy) => {
    const cause = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });
    const { error } = await send(url, resolverFailure(cause));
    expect(error).toMatchObject({ name: 'ProxyError', proxy, reached: false, fault: 'ENOTFOUND', cause });
  });

  test.each([
    ['', { fault: 'UND_ERR_SOCKET', status: undefined, cause: { code: 'UND_ERR_SOCKET' } }],
    ['HTTP/1.1 403 Forbidden\r\n\r\n', { fault: 'HTTP 403', status: 403 }],
    ['HTTP/1.1 204 No Content\r\n\r\n', { fault: 'HTTP 204', status: 204 }],
  ])('but responds with %j was reached', (text, expected) =>
    withServer(
      (socket) => socket.end(text),
      async ({ port }) => {
        const { error } = await send(`http://127.0.0.1:${port}`);
        expect(error).toMatchObject({ name: 'ProxyError', reached: true, ...expected });
      },
    ),
  );

  test('because of a bug passes that on', async () => {
    const bug = new TypeError('a bug of ours');
    expect((await send('http://proxy.invalid', resolverFailure(bug))).error).toBe(bug);
  });
});
