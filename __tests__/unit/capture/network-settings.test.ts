import { writeFileSync } from 'node:fs';
import { getCACertificates, rootCertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { proxySecrets, readNetworkSettings, tlsOptions } from '../../../src/capture/network-settings.ts';
import { withFolder } from '../../support/basics.ts';

const before = process.env;

beforeEach(() => {
  process.env = {};
});

afterEach(() => {
  process.env = before;
});

test('the proxies are those of the environment, in lower case first', () => {
  const proxiesOf = (env: Record<string, string>) => readNetworkSettings(env).proxies;
  expect(proxiesOf({})).toEqual({ httpProxy: '', httpsProxy: '', noProxy: '' });
  const upper = { HTTP_PROXY: 'A', HTTPS_PROXY: 'B', NO_PROXY: 'C', http_proxy: '' };
  expect(proxiesOf(upper)).toEqual({ httpProxy: 'A', httpsProxy: 'B', noProxy: 'C' });
  const both = { ...upper, http_proxy: 'a', https_proxy: 'b', no_proxy: 'c' };
  expect(proxiesOf(both)).toEqual({ httpProxy: 'a', httpsProxy: 'b', noProxy: 'c' });
});

test('network settings survive being saved as JSON', () => {
  const settings = readNetworkSettings({
    HTTPS_PROXY: 'x',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_EXTRA_CA_CERTS: '/ca',
  });
  expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
});

test.each([
  ['socks5://user:p%40ss@proxy:1', ['p%40ss', 'p@ss']],
  ['user:secret@proxy:1', ['secret']],
  ['HTTP://user:secret@proxy:1', ['secret']],
  ['http://user:100%@proxy', ['100%']],
  ['http://user:p%40ss%@proxy', ['p%40ss%', 'p@ss%']],
  ['http://user:p@ssw0rd@proxy', ['p@ssw0rd']],
  ['http://user:one:two@proxy', ['one:two']],
  ['http://t%2Dken@proxy', ['t%2Dken', 't-ken']],
  ['http://token:@proxy', ['token']],
  ['http://:secret@proxy', ['secret']],
  ['http://proxy/path:secret@x', []],
  ['http://proxy:3128', []],
  ['', []],
])('the secrets in proxy URLs are passwords, or user names without one: %s', (url, secrets) => {
  expect(proxySecrets(readNetworkSettings({ HTTPS_PROXY: url }))).toEqual(secrets);
  expect(proxySecrets(readNetworkSettings({ HTTP_PROXY: url }))).toEqual(secrets);
});

describe('the TLS options of network settings', () => {
  test("leave the CAs to Node where the environment hasn't changed", async () => {
    process.env.NODE_EXTRA_CA_CERTS = '/ca.pem';
    expect(await tlsOptions(readNetworkSettings(process.env))).toEqual({ rejectUnauthorized: true });
  });

  test('verify certificates even if a later variable says not to, and the other way around', async () => {
    const saved = readNetworkSettings(process.env);
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    expect(await tlsOptions(saved)).toEqual({ rejectUnauthorized: true });
    const unverified = readNetworkSettings(process.env);
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '1';
    expect(await tlsOptions(unverified)).toEqual({ rejectUnauthorized: false });
  });

  test('do not trust a CA that a later variable names', async () => {
    const saved = readNetworkSettings(process.env);
    process.env.NODE_EXTRA_CA_CERTS = '/later.pem';
    expect((await tlsOptions(saved)).ca?.length).toBe(rootCertificates.length);
    process.env = { NODE_USE_SYSTEM_CA: '1' };
    expect((await tlsOptions(saved)).ca?.length).toBe(rootCertificates.length);
  });

  test('trust the CA that the variable named before', () =>
    withFolder(async (path) => {
      writeFileSync(path('ca.pem'), 'the CA');
      const saved = readNetworkSettings({ NODE_EXTRA_CA_CERTS: path('ca.pem') });
      expect((await tlsOptions(saved)).ca).toEqual([...rootCertificates, 'the CA']);
    }));

  test('trust the CAs of the system if the variable said so before', async () => {
    const { ca } = await tlsOptions(readNetworkSettings({ NODE_USE_SYSTEM_CA: '1' }));
    expect(ca).toEqual([...rootCertificates, ...getCACertificates('system')]);
  });

  test('cannot be made if that CA is gone', async () => {
    const options = tlsOptions(readNetworkSettings({ NODE_EXTRA_CA_CERTS: '/no/such/file' }));
    await expect(options).rejects.toMatchObject({
      name: 'ExpectedError',
      problem: 'Can\'t read the certificates in "/no/such/file".',
      hint: 'Keep the file that NODE_EXTRA_CA_CERTS names until the job ends.',
      cause: { code: 'ENOENT' },
    });
  });
});
