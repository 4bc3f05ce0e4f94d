import { describe, expect, test } from '@jest/globals';
import { noAnswer, timeIsUp } from '../../../src/capture/network-error.ts';
import { ProxyError } from '../../../src/capture/proxy.ts';
import { NoResponseError, type NoResponseReason } from '../../../src/capture/transport.ts';

const host = 'capture.example.com';
const call = { name: 'clients/add', host };

describe('no whole answer', () => {
  const failure = (reason: NoResponseReason, sent: boolean, code = 'ECONNRESET', proxy?: string) =>
    noAnswer(call, new NoResponseError(reason, sent, code, proxy), 20_000);

  test.each<[NoResponseReason, boolean, string, string, boolean, string]>([
    ['time', true, 'ETIMEDOUT', 'unknown', true, `No answer from ${host} to clients/add within 20s.`],
    ['time', false, 'ETIMEDOUT', 'none', true, `No connection to ${host} for clients/add within 20s.`],
    ['connection', true, 'ECONNRESET', 'unknown', true, `to ${host} broke during clients/add (ECONNRESET).`],
    ['connection', false, 'ECONNREFUSED', 'none', true, `to ${host} for clients/add (ECONNREFUSED).`],
    ['connection', false, 'EAI_AGAIN', 'none', true, `to ${host} for clients/add (EAI_AGAIN).`],
    ['size', true, 'ANSWER_TOO_LARGE', 'unknown', false, `${host} answered clients/add with more than`],
  ])('(%s, sent %s, %s): effect %s, retryable %s', (reason, sent, code, effect, retryable, said) => {
    const { details, problem } = failure(reason, sent, code);
    expect(details).toEqual({ call: call.name, host, effect, retryable });
    expect(problem).toContain(said);
  });

  test.each<[NoResponseReason, boolean, string]>([
    ['size', true, `Is ${host} a Capture domain?`],
    ['time', true, 'Run again; if it stays, look whether the host is in trouble.'],
    ['connection', true, 'Run again; if it stays, look whether the host is in trouble.'],
  ])('says what to do (%s, sent %s)', (reason, sent, hint) => {
    expect(failure(reason, sent).hint).toBe(hint);
  });

  test('for want of a connection asks for the proxy that there is, or that there may have to be', () => {
    expect(failure('connection', false, 'ECONNREFUSED').hint).toContain('set HTTPS_PROXY');
    const hint = failure('connection', false, 'ECONNREFUSED', 'proxy.example.com:3128').hint;
    expect(hint).toContain(`Is the proxy up, and can it reach the host? If`);
    expect(hint).toContain(`put ${host} into NO_PROXY`);
  });

  test('for a host that does not exist is not worth another try', () => {
    const { details, hint } = failure('connection', false, 'ENOTFOUND');
    expect(details).toMatchObject({ applied: 'no', retryable: false });
    expect(hint).toContain('capture_domain');
  });

  test.each([
    ['CERT_HAS_EXPIRED', 'has expired'],
    ['CERT_NOT_YET_VALID', 'is not valid yet'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another host than capture.example.com: is capture_domain right'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'is self-signed'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'a CA that Node does not know'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'a CA that Node does not know'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'a CA that Node does not know'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak TLS at that port'],
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'does not speak TLS at that port'],
    ['CERT_REVOKED', 'No safe connection'],
    ['INVALID_PURPOSE', 'No safe connection'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'No safe connection'],
    ['EPROTO', 'No safe connection'],
  ])('for TLS (%s) has its own sentence and is not worth another try', (code, said) => {
    const { details, hint } = failure('connection', false, code);
    expect(details).toMatchObject({ applied: 'no', retryable: false });
    expect(hint).toContain(said);
  });

  test.each<[NoResponseReason, boolean, string]>([
    ['time', true, `No answer from ${host} through the proxy proxy:3128 to clients/add within 20s.`],
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
  ])('names the proxy that the way led through (%s, sent %s)', (reason, sent, said) => {
    const { problem, details } = failure(reason, sent, 'ECONNRESET', 'proxy:3128');
    expect(problem).toBe(said);
    expect(details).toMatchObject({ applied: sent ? 'unknown' : 'no', retryable: true });
  });

  test.each<[ProxyError, boolean, string, string]>([
    [
      new ProxyError('proxy:3128', true, 407),
      false,
      'did not let clients/add through',
      'HTTPS_PROXY, special',
    ],
    [new ProxyError('proxy:3128', true, 403), false, 'did not let clients/add through', 'NO_PROXY'],
    [new ProxyError('proxy:3128', true, 404), false, '(HTTP 404)', 'NO_PROXY'],
    [new ProxyError('proxy:3128', true, 302), false, '(HTTP 302)', 'NO_PROXY'],
    [new ProxyError('proxy:3128', true, 408), true, '(HTTP 408)', 'Run again'],
    [new ProxyError('proxy:3128', true, 429), true, '(HTTP 429)', 'Run again'],
    [new ProxyError('proxy:3128', true, 500), true, '(HTTP 500)', 'Run again'],
    [new ProxyError('proxy:3128', true, 502), true, '(HTTP 502)', `Can the proxy reach ${host}`],
    [new ProxyError('proxy:3128', true, undefined, 'UND_ERR_SOCKET'), true, 'hung up', 'Can the proxy reach'],
    [
      new ProxyError('proxy:3128', false, undefined, 'ECONNREFUSED'),
      true,
      '(ECONNREFUSED)',
      'Is the proxy up',
    ],
    [new ProxyError('proxy:3128', false, undefined, 'ENOTFOUND'), false, '(ENOTFOUND)', 'no such proxy'],
    [
      new ProxyError('proxy:3128', false, undefined, 'CERT_HAS_EXPIRED'),
      false,
      '(CERT_HAS_EXPIRED)',
      'The certificate of proxy:3128 has expired',
    ],
    [
      new ProxyError('proxy:3128', false, undefined, 'ERR_SSL_WRONG_VERSION_NUMBER'),
      false,
      '(ERR_SSL_WRONG_VERSION_NUMBER)',
      'A proxy that is spoken to in plain http',
    ],
  ])('as a proxy made no tunnel (%s): retryable %s', (noTunnel, retryable, said, hint) => {
    const error = new NoResponseError('connection', false, noTunnel.fault, noTunnel.proxy, noTunnel);
    const failed = noAnswer(call, error, 20_000);
    expect(failed.details).toEqual({ call: call.name, host, applied: 'no', retryable });
    expect(failed.problem).toContain('he proxy proxy:3128 ');
    expect(failed.problem).toContain(said);
    expect(failed.hint).toContain(hint);
  });
});

test('no time left for a call is told from a call that was sent', () => {
  const { problem, details } = timeIsUp(call, 60_000);
  expect(problem).toBe(`No time was left for clients/add at ${host} (timeout 60s).`);
  expect(details).toEqual({ call: call.name, host, applied: 'no', retryable: false });
});
