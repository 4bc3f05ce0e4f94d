import { describe, expect, test } from '@jest/globals';
import type { NetworkSettings } from '../../../src/capture/network-settings.ts';
import { ProxyError, proxyFor } from '../../../src/capture/proxy.ts';
import { ExpectedError } from '../../../src/errors.ts';
import { thrownBy } from '../../support/basics.ts';

const none: NetworkSettings['proxies'] = { httpProxy: '', httpsProxy: '', noProxy: '' };
const capture = new URL('https://capture.example.com');

describe('the proxy for a host', () => {
  const both = { httpProxy: 'http://one:1', httpsProxy: 'http://two:2' };

  test.each<[string, Partial<NetworkSettings['proxies']>, string, string | undefined]>([
    ['https', both, 'https://capture.example.com', 'HTTPS_PROXY http://two:2/'],
    [
      'https without a variable of its own',
      { httpProxy: 'one:1' },
      'https://capture.example.com',
      'HTTP_PROXY http://one:1/',
    ],
    ['http', both, 'http://github.example.com', 'HTTP_PROXY http://one:1/'],
    ['http without a variable of its own', { httpsProxy: 'two:2' }, 'http://github.example.com', undefined],
    ['loopback', both, 'http://localhost:1', undefined],
    ['loopback in IPv6', both, 'https://[::1]:1', undefined],
    ['a bypassed host', { ...both, noProxy: 'example.com' }, 'https://capture.example.com', undefined],
    ['a host of no variable', {}, 'https://capture.example.com', undefined],
  ])('(%s) is the one of the variable that applies', (_, settings, url, expected) => {
    const proxy = proxyFor(new URL(url), { ...none, ...settings });
    expect(proxy && `${proxy.variable} ${proxy.url}`).toBe(expected);
    if (proxy !== undefined) expect(proxy.url).toBe(`http://${proxy.name}/`);
  });

  test.each([
    'http://user:hush@:x',
    'http://user:12/34hush@proxy.invalid',
    'http://user:12#34hush@proxy.invalid',
    'http://user:12?34hush@proxy.invalid',
    'http://user:12\\34hush@proxy.invalid',
    'http://proxy.invalid/hush.pac',
    'http://hush:%zz@proxy.invalid',
    'ftp://hush.invalid',
    'xhttp://hush.invalid',
    'http://hush.invalid/socks',
    '://hush',
  ])('must have a valid URL, which is never quoted: %s', (url) => {
    for (const settings of [{ httpsProxy: url }, { httpProxy: url }]) {
      const error = thrownBy(() => proxyFor(capture, { ...none, ...settings })) as ExpectedError;
      expect(error).toBeInstanceOf(ExpectedError);
      expect(error.problem).toBe(
        `${'httpProxy' in settings ? 'HTTP' : 'HTTPS'}_PROXY isn't the URL of a proxy.`,
      );
      expect(error.title).toBe('invalid proxy');
      expect(error.hint).toMatch(
        /^Set HTTPS?_PROXY to an HTTP proxy, such as http:\/\/proxy\.example\.com:3128 or http:\/\/USER:PASSWORD@proxy\.example\.com:3128 with special characters percent-encoded\. If this runner reaches capture\.example\.com without a proxy, add it to NO_PROXY\.$/,
      );
      expect(`${error.stack}${error.cause}`).not.toContain('hush');
    }
  });

  test('cannot be a SOCKS proxy', () => {
    for (const url of ['socks5://user:hush@proxy', 'socks://proxy', 'SOCKS4a://proxy']) {
      const error = thrownBy(() => proxyFor(capture, { ...none, httpsProxy: url })) as ExpectedError;
      expect(error.problem).toBe("HTTPS_PROXY names a SOCKS proxy, which isn't supported.");
      expect(error.message).not.toContain('hush');
    }
  });

  test('is not invalid because of a variable that does not apply', () => {
    const socks = 'socks5://proxy';
    const url = { httpsProxy: 'http://two:2', httpProxy: socks };
    expect(proxyFor(capture, { ...none, ...url })?.url).toBe('http://two:2/');
    expect(
      proxyFor(capture, { httpProxy: socks, httpsProxy: socks, noProxy: '.example.com' }),
    ).toBeUndefined();
    expect(proxyFor(new URL('http://localhost'), { ...none, httpProxy: socks })).toBeUndefined();
  });
});

describe('NO_PROXY', () => {
  const isBypassed = (noProxy: string, url: string) =>
    proxyFor(new URL(url), { httpProxy: 'proxy', httpsProxy: 'proxy', noProxy }) === undefined;

  test.each([
    ['example.com', 'https://example.com'],
    ['Example.COM.', 'https://capture.example.com'],
    ['.example.com', 'https://example.com'],
    ['*.example.com', 'https://example.com'],
    ['*.example.com', 'https://capture.example.com'],
    ['x, y\tcapture.example.com', 'https://capture.example.com'],
    ['capture.example.com', 'https://capture.example.com.'],
    ['example.com:443', 'https://example.com'],
    ['example.com:8443', 'https://example.com:8443'],
    ['example.com:80', 'http://example.com'],
    ['*', 'https://example.com'],
    ['*:443', 'https://example.com'],
    ['10.1.2.3', 'https://10.1.2.3'],
    ['[2001:db8::1]', 'https://[2001:db8::1]'],
    ['2001:db8::1', 'https://[2001:db8::1]'],
    ['[2001:db8::1]:443', 'https://[2001:db8::1]'],
  ])('%s bypasses the proxy for %s', (noProxy, url) => {
    expect(isBypassed(noProxy, url)).toBe(true);
  });

  test.each([
    ['', 'https://example.com'],
    ['ample.com', 'https://example.com'],
    ['example.com:80', 'https://example.com'],
    ['*:80', 'https://example.com'],
    ['example.com:443', 'http://example.com'],
    ['capture.example.com', 'https://example.com'],
    ['0.1.2.3', 'https://10.1.2.3'],
  ])('%j does not for %s', (noProxy, url) => {
    expect(isBypassed(noProxy, url)).toBe(false);
  });

  test.each(['*ample.com', 'cap*', 'https://example.com', '93.0.0.0/8', '/^.*$/', '.', ':443'])(
    '%s has no effect',
    (entry) => {
      expect(isBypassed(`a.test,${entry}`, 'https://example.com')).toBe(false);
    },
  );
});

test('an error of a proxy says what happened, and keeps its cause', () => {
  const cause = new Error('broken');
  const error = new ProxyError('proxy:1', { reached: false, fault: 'ECONNREFUSED', cause });
  expect([error.message, error.cause]).toEqual(['proxy:1: ECONNREFUSED', cause]);
  expect(new ProxyError('proxy:1', { reached: true, status: 403 }).message).toBe('proxy:1: HTTP 403');
});
