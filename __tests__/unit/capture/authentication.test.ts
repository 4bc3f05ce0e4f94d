import { describe, expect, test } from '@jest/globals';
import { type AuthScheme, authenticate, type Signed } from '../../../src/capture/authentication.ts';

const credentials = { clientId: 'foo', clientSecret: 'bar' };
const now = Date.UTC(2000, 0, 1, 1, 1, 1);

/** Authenticates a call with one parameter, unless said otherwise. */
function headersOf(scheme: AuthScheme, signed: Partial<Signed> = {}, owner = credentials, at = now) {
  const call: Signed = { path: '/clients/add', parameters: { description: 'd' }, emptySignature: 'code' };
  return authenticate(scheme, owner, { ...call, ...signed }, at);
}

describe('basic-auth', () => {
  test('is the id, a colon and the secret in base64', () => {
    expect(headersOf('basic-auth')).toEqual({ Authorization: 'Basic Zm9vOmJhcg==' });
  });

  test('encodes a secret beyond ASCII as UTF-8', () => {
    const headers = headersOf('basic-auth', {}, { clientId: 'i', clientSecret: 'ü☕' });
    expect(headers).toEqual({ Authorization: 'Basic aTrDvOKYlQ==' });
  });
});

describe('janrain-signed', () => {
  test.each<[string, Signed, string]>([
    [
      "the vendor's own example, out of order and with a line break in a value",
      {
        path: '/entity',
        parameters: { param3: 'one=1\ntwo=2,three=3', param2: '10', param1: 'this is a string' },
        emptySignature: 'code',
      },
      'G3N5RxCVc0d6rDLmBRGvcg2hCVY=',
    ],
    [
      'clients/add',
      {
        path: '/clients/add',
        parameters: { description: 'ci pr-42', features: '["login_client"]' },
        emptySignature: 'code',
      },
      'MMOyerM+puDIwRwWChJQOug9n0k=',
    ],
    [
      'clients/delete, where it does not matter how calls without parameters are signed',
      {
        path: '/clients/delete',
        parameters: { client_id_for_deletion: 'abcdefghijklmnopqrstuvwxyz987654' },
        emptySignature: 'documents',
      },
      '2KrODIZfns22nWt19GZHwPsFbjA=',
    ],
    [
      "clients/list without parameters as the vendor's code does",
      { path: '/clients/list', parameters: {}, emptySignature: 'code' },
      'C98NEvpNCF1EYqdUi6bj1+kpeaI=',
    ],
    [
      'clients/list without parameters as the documents print it',
      { path: '/clients/list', parameters: {}, emptySignature: 'documents' },
      'tisplrRkJKUmuIX9bSq2wQRKCdg=',
    ],
  ])('signs %s', (_, signed, signature) => {
    expect(headersOf('janrain-signed', signed)).toEqual({
      Date: '2000-01-01 01:01:01',
      Authorization: `Signature foo:${signature}`,
    });
  });

  test('dates with whole seconds, cut off and not rounded', () => {
    expect(headersOf('janrain-signed', {}, credentials, now + 999)).toMatchObject({
      Date: '2000-01-01 01:01:01',
    });
  });
});
