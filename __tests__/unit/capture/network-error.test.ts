import { describe, expect, test } from '@jest/globals';
import { noResponse, timeIsUp } from '../../../src/capture/network-error.ts';
import { ProxyError } from '../../../src/capture/proxy.ts';
import { startTimeLimit } from '../../../src/capture/time-limit.ts';
import { type NoResponse, NoResponseError } from '../../../src/capture/transport.ts';
import { fakeClock } from '../../support/fixtures.ts';

const host = 'capture.example.com';
const call = { name: 'clients/add', host };

describe('no complete response', () => {
  const failure = (reason: NoResponse['reason'], sent: boolean, code = 'ECONNRESET', proxy?: string) =>
    noResponse(call, new NoResponseError({ reason, sent, code, elapsedMs: 6_612, proxy }), 20_000);

  test.each<[NoResponse['reason'], boolean, string, string, boolean, string]>([
    ['time', true, 'ETIMEDOUT', 'unknown', true, `No response from ${host} to clients/add within 20s.`],
    ['time', false, 'ETIMEDOUT', 'no', true, `No connection to ${host} for clients/add within 20s.`],
    [
      'canceled',
      true,
      'ABORT_ERR',
      'unknown',
      true,
      `was canceled while ${host} processed clients/add (after 6.6s).`,
    ],
    [
      'canceled',
      false,
      'ABORT_ERR',
      'no',
      true,
      `was canceled before clients/add was sent to ${host} (after 6.6s).`,
    ],
    ['connection', true, 'ECONNRESET', 'unknown', true, `to ${host} broke during clients/add (ECONNRESET).`],
    ['connection', false, 'ECONNREFUSED', 'no', true, `to ${host} for clients/add (ECONNREFUSED).`],
    ['connection', false, 'EAI_AGAIN', 'no', true, `to ${host} for clients/add (EAI_AGAIN).`],
    ['size', true, 'RESPONSE_TOO_LARGE', 'unknown', false, `${host} responded to clients/add with more data`],
  ])('(%s, sent %s, %s): applied %s, retryable %s', (reason, sent, code, applied, retryable, said) => {
    const { details, problem } = failure(reason, sent, code);
    expect(details).toEqual({ call: call.name, host, applied, retryable });
    expect(problem).toContain(said);
  });

  test.each<[NoResponse['reason'], boolean, string]>([
    ['size', true, `Check capture_domain: ${host} probably isn't a Capture domain.`],
    ['time', true, `Run this again. If it persists, check the status of ${host}.`],
    ['connection', true, `Run this again. If it persists, check the status of ${host}.`],
    ['canceled', true, 'Run this again.'],
    ['encoding', true, `Check that no proxy between this runner and ${host} changes responses.`],
  ])('says what to do (%s, sent %s)', (reason, sent, hint) => {
    expect(failure(reason, sent).hint).toBe(hint);
  });

  test('without a connection names the proxy, or that one may be needed', () => {
    expect(failure('connection', false, 'ECONNREFUSED').hint).toContain('set HTTPS_PROXY');
    const hint = failure('connection', false, 'ECONNREFUSED', 'proxy.example.com:3128').hint;
    expect(hint).toContain(`Check that the proxy is up and can reach ${host}.`);
    expect(hint).toContain(`reaches ${host} without a proxy, add it to NO_PROXY`);
  });

  test('for a compressed body that cannot be decoded is worth one more attempt', () => {
    const { details, problem } = failure('encoding', true);
    expect(problem).toBe(`${host} responded to clients/add with a compressed body that can't be decoded.`);
    expect(details).toMatchObject({
      applied: 'unknown',
      retryable: true,
      maxAttempts: 2,
    });
  });

  test('keeps the cause', () => {
    expect(failure('time', true).cause).toBeInstanceOf(NoResponseError);
  });

  test('for a host that does not exist is worth a few seconds, as the resolver may be starting', () => {
    const { details, hint } = failure('connection', false, 'ENOTFOUND');
    expect(details).toMatchObject({ applied: 'no', retryable: true, retryForMs: 5000 });
    expect(hint).toBe(
      `The host name ${host} doesn't exist. Check the spelling of capture_domain. If only a proxy resolves names on this network, set HTTPS_PROXY.`,
    );
  });

  test.each([
    ['CERT_HAS_EXPIRED', 'has expired'],
    ['CERT_NOT_YET_VALID', "isn't valid yet"],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'is for a different host than capture.example.com. Check capture_domain',
    ],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'is self-signed'],
    ['SELF_SIGNED_CERT_IN_CHAIN', "a CA that Node.js doesn't know"],
    ['CERT_SIGNATURE_FAILURE', "a CA that Node.js doesn't know"],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', "a CA that Node.js doesn't know"],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', "a CA that Node.js doesn't know"],
    ['ERR_SSL_WRONG_VERSION_NUMBER', "doesn't use TLS on this port"],
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', "doesn't use TLS on this port"],
    ['CERT_REVOKED', 'A secure connection'],
    ['INVALID_PURPOSE', 'A secure connection'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'A secure connection'],
    ['EPROTO', 'A secure connection'],
  ])('for TLS (%s) has its own hint, and another attempt is pointless', (code, said) => {
    const { details, hint } = failure('connection', false, code);
    expect(details).toMatchObject({ applied: 'no', retryable: false });
    expect(hint).toContain(said);
  });

  test.each<[NoResponse['reason'], boolean, string]>([
    ['time', true, `No response from ${host} through the proxy proxy:3128 to clients/add within 20s.`],
    ['time', false, `No connection to ${host} through the proxy proxy:3128 for clients/add within 20s.`],
    [
      'connection',
      true,
      `The connection to ${host} through the proxy proxy:3128 broke during clients/add (ECONNRESET).`,
    ],
    [
      'connection',
      false,
      `Could not connect to ${host} through the proxy proxy:3128 for clients/add (ECONNRESET).`,
    ],
  ])('names the proxy (%s, sent %s)', (reason, sent, said) => {
    const { problem, details } = failure(reason, sent, 'ECONNRESET', 'proxy:3128');
    expect(problem).toBe(said);
    expect(details).toMatchObject({ applied: sent ? 'unknown' : 'no', retryable: true });
  });

  test.each<[ProxyError, boolean, string, string]>([
    [
      new ProxyError('proxy:3128', { reached: true, status: 407 }),
      false,
      'did not open a tunnel to capture.example.com for clients/add',
      'Put them in HTTPS_PROXY',
    ],
    [
      new ProxyError('proxy:3128', { reached: true, status: 403 }),
      false,
      'did not open a tunnel to capture.example.com for clients/add',
      'NO_PROXY',
    ],
    [new ProxyError('proxy:3128', { reached: true, status: 404 }), false, '(HTTP 404)', 'NO_PROXY'],
    [new ProxyError('proxy:3128', { reached: true, status: 302 }), false, '(HTTP 302)', 'NO_PROXY'],
    [new ProxyError('proxy:3128', { reached: true, status: 408 }), true, '(HTTP 408)', 'can reach'],
    [new ProxyError('proxy:3128', { reached: true, status: 429 }), true, '(HTTP 429)', 'can reach'],
    [new ProxyError('proxy:3128', { reached: true, status: 500 }), true, '(HTTP 500)', 'can reach'],
    [new ProxyError('proxy:3128', { reached: true, status: 502 }), true, '(HTTP 502)', `can reach ${host}`],
    [
      new ProxyError('proxy:3128', { reached: true, fault: 'UND_ERR_SOCKET' }),
      true,
      'closed the connection before it opened a tunnel',
      'can reach',
    ],
    [
      new ProxyError('proxy:3128', { reached: false, fault: 'ECONNREFUSED' }),
      true,
      '(ECONNREFUSED)',
      'Check that the proxy is up',
    ],
    [
      new ProxyError('proxy:3128', { reached: false, fault: 'ENOTFOUND' }),
      true,
      '(ENOTFOUND)',
      'The host name proxy:3128',
    ],
    [
      new ProxyError('proxy:3128', { reached: false, fault: 'CERT_HAS_EXPIRED' }),
      false,
      '(CERT_HAS_EXPIRED)',
      'The certificate of proxy:3128 has expired',
    ],
    [
      new ProxyError('proxy:3128', { reached: false, fault: 'ERR_SSL_WRONG_VERSION_NUMBER' }),
      false,
      '(ERR_SSL_WRONG_VERSION_NUMBER)',
      'For a proxy that uses plain HTTP',
    ],
  ])('because a proxy opened no tunnel (%s): retryable %s', (noTunnel, retryable, said, hint) => {
    const { fault: code, proxy } = noTunnel;
    const failed = noResponse(
      call,
      new NoResponseError({ reason: 'connection', sent: false, code, elapsedMs: 1, proxy, cause: noTunnel }),
      20_000,
    );
    expect(failed.details).toMatchObject({ call: call.name, host, applied: 'no', retryable });
    expect(failed.details.retryForMs).toBe(code === 'ENOTFOUND' ? 5000 : undefined);
    expect(failed.problem).toContain('he proxy proxy:3128 ');
    expect(failed.problem).toContain(said);
    expect(failed.hint).toContain(hint);
  });

  test('because of a proxy names the variable that was used', () => {
    const cause = new ProxyError('proxy:3128', { reached: false, fault: 'ENOTFOUND' });
    const error = new NoResponseError({
      reason: 'connection',
      sent: false,
      code: 'ENOTFOUND',
      elapsedMs: 1,
      cause,
    });
    expect(noResponse({ ...call, proxyVariable: 'HTTP_PROXY' }, error, 1).hint).toBe(
      "The host name proxy:3128 doesn't exist. Check the spelling of HTTP_PROXY.",
    );
  });
});

test('no time left for a call differs from a call that was sent', () => {
  const { problem, details } = timeIsUp(call, startTimeLimit(60_000, fakeClock()));
  expect(problem).toBe(`No time was left for clients/add at ${host} (timeout 60s).`);
  expect(details).toEqual({ call: call.name, host, applied: 'no', retryable: false });
});
