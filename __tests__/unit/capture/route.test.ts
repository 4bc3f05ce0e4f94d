import { writeFileSync } from 'node:fs';
import { getCACertificates, rootCertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { changedVariables, proxyPasswords, readRoute, tlsOptions } from '../../../src/capture/route.ts';
import { withFolder } from '../../support/fixtures.ts';

const before = process.env;

beforeEach(() => {
  process.env = {};
});

afterEach(() => {
  process.env = before;
});

test('the proxies are those of the environment, in lower case first', () => {
  const proxiesOf = (env: Record<string, string>) => readRoute(env).proxies;
  expect(proxiesOf({})).toEqual({ httpProxy: '', httpsProxy: '', noProxy: '' });
  const upper = { HTTP_PROXY: 'A', HTTPS_PROXY: 'B', NO_PROXY: 'C', http_proxy: '' };
  expect(proxiesOf(upper)).toEqual({ httpProxy: 'A', httpsProxy: 'B', noProxy: 'C' });
  const both = { ...upper, http_proxy: 'a', https_proxy: 'b', no_proxy: 'c' };
  expect(proxiesOf(both)).toEqual({ httpProxy: 'a', httpsProxy: 'b', noProxy: 'c' });
});

test('a route survives being saved as JSON', () => {
  const route = readRoute({
    HTTPS_PROXY: 'x',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_EXTRA_CA_CERTS: '/ca',
  });
  expect(JSON.parse(JSON.stringify(route))).toEqual(route);
});

test.each([
  ['http://user:p%40ss@proxy:1', ['p%40ss', 'p@ss']],
  ['user:secret@proxy:1', ['secret', 'secret']],
  ['http://user:100%@proxy', ['100%', '100%']],
  ['http://user:p@ssw0rd@proxy', ['p@ssw0rd', 'p@ssw0rd']],
  ['http://user:one:two@proxy', ['one:two', 'one:two']],
  ['http://user@proxy', []],
  ['http://proxy/path:secret@x', []],
  ['http://proxy:3128', []],
  ['', []],
])('the passwords in a route are those of its proxies: %s', (url, passwords) => {
  expect(proxyPasswords(readRoute({ HTTPS_PROXY: url }))).toEqual(passwords);
  expect(proxyPasswords(readRoute({ HTTP_PROXY: url }))).toEqual(passwords);
});

describe('the difference of two routes', () => {
  test.each([
    ['HTTPS_PROXY', 'http://proxy'],
    ['HTTP_PROXY', 'http://proxy'],
    ['NO_PROXY', '*'],
    ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
    ['NODE_EXTRA_CA_CERTS', '/ca.pem'],
    ['NODE_USE_SYSTEM_CA', '1'],
  ])('is the variable: %s', (name, value) => {
    expect(changedVariables(readRoute({}), readRoute({ [name]: value }))).toEqual([name]);
    expect(changedVariables(readRoute({ [name]: value }), readRoute({}))).toEqual([name]);
    expect(changedVariables(readRoute({ [name]: value }), readRoute({ [name]: value }))).toEqual([]);
  });

  test('is empty if a variable means the same', () => {
    expect(changedVariables(readRoute({}), readRoute({ NODE_TLS_REJECT_UNAUTHORIZED: '1' }))).toEqual([]);
    expect(changedVariables(readRoute({ https_proxy: 'x' }), readRoute({ HTTPS_PROXY: 'x' }))).toEqual([]);
  });
});

describe('the TLS options of a route', () => {
  test("leave the CAs to Node where the environment hasn't changed", async () => {
    process.env.NODE_EXTRA_CA_CERTS = '/ca.pem';
    expect(await tlsOptions(readRoute(process.env))).toEqual({ rejectUnauthorized: true });
  });

  test('verify certificates even if a later variable says not to, and the other way around', async () => {
    const saved = readRoute(process.env);
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    expect(await tlsOptions(saved)).toEqual({ rejectUnauthorized: true });
    const unverified = readRoute(process.env);
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '1';
    expect(await tlsOptions(unverified)).toEqual({ rejectUnauthorized: false });
  });

  test('do not trust a CA that a later variable names', async () => {
    const saved = readRoute(process.env);
    process.env.NODE_EXTRA_CA_CERTS = '/later.pem';
    expect((await tlsOptions(saved)).ca?.length).toBe(rootCertificates.length);
    process.env = { NODE_USE_SYSTEM_CA: '1' };
    expect((await tlsOptions(saved)).ca?.length).toBe(rootCertificates.length);
  });

  test('trust the CA that the variable named before', () =>
    withFolder(async (path) => {
      writeFileSync(path('ca.pem'), 'the CA');
      const saved = readRoute({ NODE_EXTRA_CA_CERTS: path('ca.pem') });
      expect((await tlsOptions(saved)).ca).toEqual([...rootCertificates, 'the CA']);
    }));

  test('trust the CAs of the system if the variable said so before', async () => {
    const { ca } = await tlsOptions(readRoute({ NODE_USE_SYSTEM_CA: '1' }));
    expect(ca).toEqual([...rootCertificates, ...getCACertificates('system')]);
  });

  test('cannot be made if that CA is gone', async () => {
    const options = tlsOptions(readRoute({ NODE_EXTRA_CA_CERTS: '/no/such/file' }));
    await expect(options).rejects.toMatchObject({
      name: 'ExpectedError',
      problem: 'Can\'t read the certificates in "/no/such/file".',
      hint: 'Keep the file that NODE_EXTRA_CA_CERTS names until the job ends.',
      cause: { code: 'ENOENT' },
    });
  });
});
