import { describe, expect, test } from '@jest/globals';
import { childEnvironment, parseVariable, type VariableNames } from '../../../src/shell/child-environment.ts';

const client = { clientId: 'id', clientSecret: 'hush', captureDomain: 'https://x.example.com' };

describe('the environment of the program', () => {
  test('has the credentials instead of ours', () => {
    const env = {
      PATH: '/bin',
      CAPTURE_CLIENT_ID: 'other',
      CAPTURE_OWNER_CLIENT_ID: 'owner',
      CAPTURE_OWNER_CLIENT_SECRET: 'secret',
      CAPTURE_SEAL_KEY: 'key',
      CAPTURE_SEALED_CREDENTIALS: 'sealed',
      CAPTURE_GITLAB_TOKEN: 'token',
      Capture_Owner_Client_Secret: 'as Windows has it',
    };
    expect(childEnvironment(env, client, { secrets: [] })).toEqual({
      PATH: '/bin',
      CAPTURE_DOMAIN: 'https://x.example.com',
      CAPTURE_CLIENT_ID: 'id',
      CAPTURE_CLIENT_SECRET: 'hush',
    });
  });

  test('has no variable that contains a secret in any form', () => {
    const secret = 'the owner secret';
    const env = {
      A: secret,
      B: `x${secret}y`,
      C: btoa(secret),
      D: encodeURIComponent(secret),
      E: 'the owner',
      F: '',
    };
    expect(Object.keys(childEnvironment(env, client, { secrets: [secret] }))).toEqual([
      'E',
      'F',
      ...['CAPTURE_DOMAIN', 'CAPTURE_CLIENT_ID', 'CAPTURE_CLIENT_SECRET'],
    ]);
  });

  test('keeps variables that contain a short secret by chance', () => {
    const env = { PATH: '/bin', A: 'b', B: 'x12345678' };
    const secrets = ['b', '', '12345678'];
    const { PATH, A, B } = childEnvironment(env, client, { secrets });
    expect([PATH, A, B]).toEqual(['/bin', undefined, undefined]);
  });
});

describe('--env', () => {
  test('replaces the default name of a value, and can be repeated', () => {
    const texts = ['ID=client_id', 'KEY=client_id', 'URL=capture_domain'];
    const names = texts.reduce<VariableNames>((previous, text) => parseVariable(text, previous), {});
    expect(childEnvironment({}, client, { names, secrets: [] })).toEqual({
      ID: 'id',
      KEY: 'id',
      URL: 'https://x.example.com',
      CAPTURE_CLIENT_SECRET: 'hush',
    });
  });

  test('rejects a variable that is given twice', () => {
    expect(() => parseVariable('ID=client_secret', { ID: 'client_id' })).toThrow('given twice');
    expect(parseVariable('constructor=client_id')).toEqual({ constructor: 'client_id' });
  });

  test.each(['', 'ID', '=client_id', '1=client_id', 'I D=client_id', 'ID=client_id-', 'ID=hush'])(
    'rejects %j',
    (text) => {
      expect(() => parseVariable(text)).toThrow(
        'Use NAME=VALUE, where VALUE is capture_domain, client_id, or client_secret.',
      );
    },
  );
});
