import { writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  type NoResponse,
  NoResponseError,
  networkCodeOf,
  noResponse,
  tlsHint,
} from '../../../src/capture/network-failure.ts';
import { ProxyError } from '../../../src/capture/proxy.ts';
import { withFolder } from '../../support/basics.ts';

const withCode = (code: unknown, name = 'Error') => Object.assign(new Error('x'), { code, name });

describe('the code of an error', () => {
  test.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'HPE_INVALID_CONSTANT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  ])('%s is a failure of the network', (code) => {
    expect(networkCodeOf(withCode(code))).toBe(code);
  });

  test.each([
    'ERR_INVALID_ARG_TYPE',
    'ERR_INVALID_URL',
    'UND_ERR_INVALID_ARG',
    'UND_ERR_INVALID_RETURN_VALUE',
    'UND_ERR_NOT_SUPPORTED',
    'MODULE_NOT_FOUND',
    'error',
    '',
    42,
    undefined,
  ])('%p is a bug', (code) => {
    expect(networkCodeOf(withCode(code))).toBeUndefined();
  });

  test('is its own for a proxy', () => {
    expect(networkCodeOf(new ProxyError('proxy:1', { reached: true, status: 403 }))).toBe('HTTP 403');
  });

  test("is a fixed one for undici's parser", () => {
    expect(networkCodeOf(withCode(undefined, 'HTTPParserError'))).toBe('INVALID_HTTP');
    expect(networkCodeOf(withCode('ERR_ASSERTION'))).toBe('INVALID_HTTP');
  });

  test('is that of the first address if several failed', () => {
    expect(networkCodeOf(new AggregateError([withCode('ECONNREFUSED'), withCode('EACCES')]))).toBe(
      'ECONNREFUSED',
    );
    expect(networkCodeOf(new AggregateError([]))).toBeUndefined();
    expect(networkCodeOf(new AggregateError([new TypeError('x')]))).toBeUndefined();
  });
});

const peer = 'capture.example.com';
const capture = { name: peer, source: '`capture_domain`', extraCaCerts: '' };

const expired = `The certificate of ${peer} has expired or isn't valid yet. Check this runner's clock, or have the certificate renewed.`;
const unknownCa = `The certificate of ${peer} is from a CA that Node.js doesn't know, or self-signed. If it's the one you expect, or that of a proxy that intercepts TLS, put the certificate in a PEM file, and set NODE_EXTRA_CA_CERTS to its path in the env of the job or step.`;

test.each([
  [
    'HOSTNAME_MISMATCH',
    `The certificate is for a different host than ${peer}. Check \`capture_domain\`, and check whether something on this network intercepts TLS.`,
  ],
  ['CERT_HAS_EXPIRED', expired],
  ['CERT_NOT_YET_VALID', expired],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', unknownCa],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', unknownCa],
  [
    'ERR_SSL_WRONG_VERSION_NUMBER',
    `${peer} doesn't use TLS on this port. Check the port in \`capture_domain\`. Only a proxy or an emulator on this machine can use plain HTTP: put http:// before its name.`,
  ],
  [
    'EPROTO',
    `A secure connection to ${peer} wasn't possible. Check \`capture_domain\`, and the TLS setup of ${peer}.`,
  ],
])('a failure of TLS has a hint: %s', (code, hint) => {
  expect(tlsHint(code, capture)).toBe(hint);
  expect(networkCodeOf(withCode(code))).toBe(code);
});

describe('a CA that Node.js does not know', () => {
  const hintFor = (extraCaCerts: string) =>
    tlsHint('SELF_SIGNED_CERT_IN_CHAIN', { ...capture, extraCaCerts });

  test('although NODE_EXTRA_CA_CERTS is set: the hint says what is wrong with the file', () =>
    withFolder((path) => {
      writeFileSync(path('empty.pem'), '');
      writeFileSync(path('other.pem'), '-----BEGIN CERTIFICATE-----\n');
      for (const [name, problem] of [
        ['missing.pem', "doesn't exist or can't be read"],
        ['.', "doesn't exist or can't be read"],
        ['empty.pem', 'has no certificate in PEM format'],
        ['other.pem', "doesn't have this certificate or its CA"],
      ] as const) {
        expect(hintFor(path(name))).toMatch(
          `correct NODE_EXTRA_CA_CERTS: the file "${path(name)}" ${problem}.`,
        );
      }
    }));
});

describe('no complete response', () => {
  const call = 'clients/add';
  const proxy = { variable: 'HTTPS_PROXY', url: 'http://user:hush@proxy:3128', name: 'proxy:3128' } as const;
  const failure = (reason: NoResponse['reason'], sent: boolean, code = 'ECONNRESET', cause?: ProxyError) => {
    const error = new NoResponseError({ reason, sent, code, limitMs: 20_000 }, cause);
    const destination = { host: peer, extraCaCerts: '', proxy: undefined };
    return noResponse(call, cause === undefined ? destination : { ...destination, proxy }, error);
  };

  test.each<[NoResponse['reason'], boolean, string, boolean, string]>([
    ['time', true, 'ETIMEDOUT', true, `No response from ${peer} to clients/add within 20s. Run this again.`],
    ['time', false, 'ETIMEDOUT', true, `No connection to ${peer} for clients/add within 20s.`],
    [
      'canceled',
      true,
      'ABORT_ERR',
      true,
      `was canceled while ${peer} processed clients/add. Run this again.`,
    ],
    ['canceled', false, 'ABORT_ERR', true, `was canceled before clients/add was sent to ${peer}. Run this`],
    [
      'connection',
      true,
      'ECONNRESET',
      true,
      `to ${peer} broke during clients/add (ECONNRESET). Run this again.`,
    ],
    [
      'connection',
      false,
      'EAI_AGAIN',
      true,
      `to ${peer} for clients/add (EAI_AGAIN). Check that this runner`,
    ],
    ['connection', false, 'CERT_HAS_EXPIRED', false, `(CERT_HAS_EXPIRED). The certificate of ${peer} has`],
    ['size', true, 'RESPONSE_TOO_LARGE', false, `The rest was discarded. Check \`capture_domain\`: ${peer}`],
    ['connection', true, 'INVALID_HTTP', true, "with something that isn't HTTP. Check `capture_domain`"],
  ])('(%s, sent %s, %s): retryable %s', (reason, sent, code, retryable, said) => {
    const { details, message, cause } = failure(reason, sent, code);
    expect(details).toMatchObject({ call, applied: sent ? 'unknown' : 'no', retryable });
    expect(message).toContain(said);
    expect(cause).toBeInstanceOf(NoResponseError);
  });

  test('for a host that does not exist is worth a few seconds, as the resolver may be starting', () => {
    const { details, hint } = failure('connection', false, 'ENOTFOUND');
    expect(details).toMatchObject({ applied: 'no', retryable: true, retryForMs: 5000 });
    expect(hint).toBe(
      `The host name ${peer} doesn't exist. Check the spelling of \`capture_domain\`. If only a proxy resolves names on this network, set HTTPS_PROXY.`,
    );
  });

  test('names the proxy that was used', () => {
    const error = new NoResponseError({ reason: 'time', sent: true, code: 'ETIMEDOUT', limitMs: 1000 });
    expect(noResponse(call, { host: peer, extraCaCerts: '', proxy }, error).problem).toBe(
      `No response from ${peer} through the proxy proxy:3128 to clients/add within 1s.`,
    );
  });

  const reached = (status: number) => new ProxyError('proxy:3128', { reached: true, status });
  const notReached = (fault: string) => new ProxyError('proxy:3128', { reached: false, fault });

  test.each<[ProxyError, boolean, string, string]>([
    [reached(407), false, `did not open a tunnel to ${peer} for clients/add`, 'Put them in HTTPS_PROXY'],
    [reached(403), false, '(HTTP 403)', 'NO_PROXY'],
    [reached(302), false, '(HTTP 302)', 'NO_PROXY'],
    [reached(408), true, '(HTTP 408)', 'can reach'],
    [reached(429), true, '(HTTP 429)', 'can reach'],
    [reached(502), true, '(HTTP 502)', `can reach ${peer}`],
    [
      new ProxyError('proxy:3128', { reached: true, fault: 'UND_ERR_SOCKET' }),
      true,
      'closed the connection before it opened a tunnel',
      'can reach',
    ],
    [notReached('ECONNREFUSED'), true, '(ECONNREFUSED)', 'HTTPS_PROXY has the right host and port'],
    [
      notReached('ENOTFOUND'),
      true,
      '(ENOTFOUND)',
      "proxy:3128 doesn't exist. Check the spelling of HTTPS_PROXY.",
    ],
    [
      notReached('CERT_HAS_EXPIRED'),
      false,
      '(CERT_HAS_EXPIRED)',
      'The certificate of proxy:3128 has expired or',
    ],
  ])('because a proxy opened no tunnel (%s): retryable %s', (cause, retryable, said, hint) => {
    const failed = failure('connection', false, cause.fault, cause);
    expect(failed.details).toMatchObject({ call, applied: 'no', retryable });
    expect(failed.problem).toContain('he proxy proxy:3128 ');
    expect(failed.problem).toContain(said);
    expect(failed.hint).toContain(hint);
    expect(failed.message).not.toContain('hush');
  });
});
