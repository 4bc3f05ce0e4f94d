import { describe, expect, test } from '@jest/globals';
import { childEnvironment, parseVariableNames } from '../../../src/shell/child-environment.ts';

const client = { clientId: 'id', clientSecret: 'hush', captureDomain: 'https://x.example.com' };
const { names } = parseVariableNames();

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
    expect(childEnvironment(env, client, { names, secrets: [] })).toEqual({
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
    expect(Object.keys(childEnvironment(env, client, { names, secrets: [secret] }))).toEqual([
      'E',
      'F',
      ...names.map(([variable]) => variable),
    ]);
  });

  test('keeps variables that contain a short secret by chance', () => {
    const env = { PATH: '/bin', A: 'b', B: 'x12345678' };
    const secrets = ['b', '', '12345678'];
    expect(childEnvironment(env, client, { names: [], secrets })).toEqual({ PATH: '/bin' });
  });
});

describe('--env', () => {
  test('replaces the default name of a value, and can be repeated', () => {
    expect(parseVariableNames().problems).toEqual([]);
    expect(parseVariableNames(['ID=client_id', 'KEY=client_id', 'URL=capture_domain'])).toEqual({
      names: [
        ['ID', 'client_id'],
        ['KEY', 'client_id'],
        ['URL', 'capture_domain'],
        ['CAPTURE_CLIENT_SECRET', 'client_secret'],
      ],
      problems: [],
    });
  });

  test('rejects a variable that is given twice', () => {
    expect(parseVariableNames(['ID=client_id', 'ID=client_secret']).problems).toEqual([
      '--env: a variable is given twice. Use another name for one of them.',
    ]);
  });

  test.each(['', 'ID', '=client_id', '1=client_id', 'I D=client_id', 'ID=client_id-', 'ID=hush'])(
    'rejects %j without showing it',
    (text) => {
      expect(parseVariableNames([text]).problems).toEqual([
        '--env: use NAME=VALUE, where VALUE is capture_domain, client_id, or client_secret.',
      ]);
    },
  );
});
