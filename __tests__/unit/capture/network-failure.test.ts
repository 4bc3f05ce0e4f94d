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
    'UND_ERR_SOCKET',
    'E2BIG',
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
const otherHost = `The certificate is for a different host than ${peer}. Check \`capture_domain\`, and check whether something on this network intercepts TLS.`;
const insecure = `A secure connection to ${peer} wasn't possible. Check \`capture_domain\`, and the TLS setup of ${peer}.`;

test.each([
  ['HOSTNAME_MISMATCH', otherHost],
  ['ERR_TLS_CERT_ALTNAME_INVALID', otherHost],
  ['CERT_HAS_EXPIRED', expired],
  ['CERT_NOT_YET_VALID', expired],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', unknownCa],
  ['SELF_SIGNED_CERT_IN_CHAIN', unknownCa],
  ['CERT_SIGNATURE_FAILURE', unknownCa],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', unknownCa],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', unknownCa],
  [
    'ERR_SSL_WRONG_VERSION_NUMBER',
    `${peer} doesn't use TLS on this port. Check the port in \`capture_domain\`. If it's a proxy, or an emulator on this machine, that uses plain HTTP, put http:// before its name.`,
  ],
  ...[
    'CRL_HAS_EXPIRED',
    'UNABLE_TO_GET_CRL',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'PATH_LENGTH_EXCEEDED',
    'ERR_TLS_HANDSHAKE_TIMEOUT',
    'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    'EPROTO',
  ].map((code) => [code, insecure] as const),
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
        const hint = `correct NODE_EXTRA_CA_CERTS: the file "${path(name)}" ${problem}.`;
        expect(hintFor(path(name))).toMatch(new RegExp(`intercepts TLS, ${hint}$`));
      }
    }));
});

describe('no complete response', () => {
  const call = 'clients/add';
  const proxy = { variable: 'HTTPS_PROXY', url: 'http://user:hush@proxy:3128', name: 'proxy:3128' } as const;
  const failure = (
    failed: Pick<NoResponse, 'reason' | 'sent' | 'code'>,
    { cause, used = cause && proxy }: { cause?: ProxyError; used?: typeof proxy | undefined } = {},
  ) => {
    const error = new NoResponseError({ ...failed, limitMs: 20_000 }, cause);
    return noResponse(call, { host: peer, extraCaCerts: '', proxy: used }, error);
  };
  const again = 'Run this again.';
  const later = `${again} If it persists, check the status of ${peer}. See https://aic.status.akamai.com.`;
  const notCapture = `Check \`capture_domain\`: ${peer} probably isn't a Capture domain.`;
  const noWay = `Check that this runner can reach ${peer}. If it needs a proxy, set HTTPS_PROXY.`;
  const noHost = `The host name ${peer} doesn't exist. Check the spelling of \`capture_domain\`. If only a proxy resolves names on this network, set HTTPS_PROXY.`;
  const odd = `${peer} responded to clients/add with`;
  const tooMuch = `${odd} more data than Capture ever sends.`;
  const direct = `If this runner reaches ${peer} without a proxy, add it to NO_PROXY.`;

  const to = `to ${peer} for clients/add`;

  test.each<[string, object, string]>([
    ['time sent ETIMEDOUT', {}, `No response from ${peer} to clients/add within 20s. ${later}`],
    ['time unsent ETIMEDOUT', {}, `No connection ${to} within 20s. ${noWay}`],
    ['canceled sent ABORT_ERR', {}, `The step was canceled while ${peer} processed clients/add. ${again}`],
    [
      'canceled unsent ABORT_ERR',
      {},
      `The step was canceled before clients/add was sent to ${peer}. ${again}`,
    ],
    ['connection sent EPIPE', {}, `The connection to ${peer} broke during clients/add (EPIPE). ${later}`],
    ['connection unsent EAI_AGAIN', {}, `Could not connect ${to} (EAI_AGAIN). ${noWay}`],
    ['connection unsent ENOTFOUND', { retryable: false }, `Could not connect ${to} (ENOTFOUND). ${noHost}`],
    ['connection unsent EPROTO', { retryable: false }, `Could not connect ${to} (EPROTO). ${insecure}`],
    [
      'connection sent UND_ERR_RES_EXCEEDED_MAX_SIZE',
      { retryable: false },
      `${tooMuch} The rest was discarded. ${notCapture}`,
    ],
    ['connection sent INVALID_HTTP', { retryable: false }, `${odd} something that isn't HTTP. ${notCapture}`],
  ])('is described: %s, %j', (failed, details, message) => {
    const [reason, sent, code] = failed.split(' ') as [NoResponse['reason'], string, string];
    const error = failure({ reason, sent: sent === 'sent', code });
    const applied = sent === 'sent' ? 'unknown' : 'no';
    expect({ ...error.details }).toEqual({ call, applied, retryable: true, ...details });
    expect(error.message).toBe(message);
    expect(error.cause).toMatchObject({ name: 'NoResponseError', message: `${reason}: ${code}` });
  });

  test('names the proxy that was used', () => {
    const failed = failure({ reason: 'connection', sent: false, code: 'ECONNRESET' }, { used: proxy });
    expect(failed.message).toBe(
      `Could not connect to ${peer} through the proxy proxy:3128 for clients/add (ECONNRESET). ${badProxy}`,
    );
  });

  const badProxy = `Check that HTTPS_PROXY has the right host and port, and that the proxy is up and can reach ${peer}. ${direct}`;
  const credentials =
    'The proxy requires a user name and password. Put them in HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT), with special characters percent-encoded.';
  const denied = `Check that the proxy allows and can reach ${peer}, and check the spelling of \`capture_domain\`. ${direct}`;
  const noProxy = "(ENOTFOUND). The host name proxy:3128 doesn't exist. Check the spelling of HTTPS_PROXY.";
  const tunnel = `a tunnel to ${peer} for clients/add`;

  test.each<[string, Partial<ProxyError>, object]>([
    [`did not open ${tunnel} (HTTP 407). ${credentials}`, { status: 407 }, { retryable: false }],
    [`(HTTP 302). ${denied}`, { status: 302 }, { retryable: false }],
    [`(HTTP 499). ${denied}`, { status: 499 }, { retryable: false }],
    [`(HTTP 408). ${denied}`, { status: 408 }, {}],
    [`(HTTP 429). ${denied}`, { status: 429 }, {}],
    [`(HTTP 500). ${denied}`, { status: 500 }, {}],
    [`closed the connection before it opened ${tunnel} (EPIPE). ${denied}`, { fault: 'EPIPE' }, {}],
    [`to the proxy proxy:3128 for clients/add (EPIPE). ${badProxy}`, { reached: false, fault: 'EPIPE' }, {}],
    [noProxy, { reached: false, fault: 'ENOTFOUND' }, { retryable: false }],
    [
      `Check HTTPS_PROXY, and the TLS setup of proxy:3128.`,
      { reached: false, fault: 'EPROTO' },
      { retryable: false },
    ],
  ])('because a proxy opened no tunnel: …%s', (said, known, details) => {
    const cause = new ProxyError('proxy:3128', { reached: true, ...known });
    const failed = failure({ reason: 'connection', sent: false, code: cause.fault }, { cause });
    expect({ ...failed.details }).toEqual({ call, applied: 'no', retryable: true, ...details });
    expect(failed.problem).toContain('he proxy proxy:3128 ');
    expect(failed.message.endsWith(said)).toBe(true);
    expect(failed.message).not.toContain('hush');
  });
});
