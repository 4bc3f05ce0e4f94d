import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { type ApiAccess, openApiFetch } from '../../../src/capture/api-fetch.ts';
import { ProxyError } from '../../../src/capture/proxy.ts';
import { fakeClock } from '../../support/fixtures.ts';
import { withServer } from '../../support/http-server.ts';

const noProxies = { httpProxy: '', httpsProxy: '', noProxy: '' };
const url = 'https://api.invalid';

async function get(changes: Partial<ApiAccess> = {}): Promise<Response> {
  const send = await openApiFetch({
    name: 'Example',
    url,
    urlVariable: 'EXAMPLE_URL',
    proxies: noProxies,
    clock: fakeClock(),
    limitMs: 60_000,
    problem: undefined,
    reasonToStop: async () => undefined,
    ...changes,
  });
  return await send(url);
}

function replaceFetch(error: unknown) {
  return jest.spyOn(globalThis, 'fetch').mockRejectedValue(error);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a request to an API', () => {
  test.each([
    new TypeError('fetch failed'),
    new TypeError('terminated'),
    Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
  ])('that gets no response is repeated once and reported: %s', async (cause) => {
    const fetch = replaceFetch(cause);
    const message = `Example didn't respond. Check that this runner can reach ${url} (EXAMPLE_URL).`;
    await expect(get()).rejects.toMatchObject({ name: 'ApiError', message, cause, status: undefined });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test.each(['the fetch failed', 'fetch failed to parse', 'a bug'])(
    'that fails because of a bug passes that on: %s',
    async (message) => {
      const bug = new TypeError(message);
      const fetch = replaceFetch(bug);
      await expect(get()).rejects.toBe(bug);
      expect(fetch).toHaveBeenCalledTimes(1);
    },
  );

  test('that a proxy does not let through names the proxy', async () => {
    const refused = new ProxyError('proxy:3128', { reached: true, status: 403 });
    replaceFetch(new TypeError('fetch failed', { cause: new Error('outer', { cause: refused }) }));
    await expect(get()).rejects.toThrow(
      `Example can't be reached through the proxy proxy:3128: HTTP 403. Check that the proxy is up and can reach ${url} (EXAMPLE_URL).`,
    );
  });

  test('goes through the proxy of the environment', () =>
    withServer(
      (socket) => socket.end('HTTP/1.1 407 No\r\n\r\n'),
      async ({ port, received }) => {
        const proxies = { ...noProxies, httpsProxy: `http://127.0.0.1:${port}` };
        await expect(get({ proxies })).rejects.toMatchObject({ name: 'ApiError' });
        expect(received()).toContain('CONNECT api.invalid:443 HTTP/1.1\r\n');
      },
    ));
});

describe('nothing is sent', () => {
  test('through a proxy that cannot be used, whose problem is kept', async () => {
    const fetch = replaceFetch(new Error('sent'));
    await expect(get({ proxies: { ...noProxies, httpsProxy: 'socks5://proxy' } })).rejects.toMatchObject({
      name: 'ApiError',
      message: expect.stringMatching(/^HTTPS_PROXY names a SOCKS proxy/),
      cause: { name: 'ExpectedError' },
    });
    expect(fetch).not.toHaveBeenCalled();
  });

  test('to what is no URL, which is a bug', async () => {
    await expect(get({ url: 'nonsense' })).rejects.toMatchObject({ code: 'ERR_INVALID_URL' });
  });
});
