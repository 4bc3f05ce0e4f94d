import { describe, expect, test } from '@jest/globals';
import { networkCodeOf } from '../../../src/capture/network-code.ts';
import { ProxyError } from '../../../src/capture/proxy.ts';

const withCode = (code: unknown, name = 'Error') => Object.assign(new Error('x'), { code, name });

describe('the code of an error', () => {
  test.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EPROTO',
    'E2BIG',
    'UND_ERR_SOCKET',
    'UND_ERR_CONNECT_TIMEOUT',
    'UND_ERR_DESTROYED',
    'HPE_INVALID_CONSTANT',
    'CERT_HAS_EXPIRED',
    'CRL_HAS_EXPIRED',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'INVALID_PURPOSE',
    'PATH_LENGTH_EXCEEDED',
    'HOSTNAME_MISMATCH',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
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
