import { expect, test } from '@jest/globals';
import { unsealCommand } from '../../../src/commands/unseal.ts';
import { seal } from '../../../src/secrets/sealing.ts';
import { runCommand } from '../../support/fake-host.ts';

/** It needs none. */
const noAccess = { capture_domain: '', owner_client_id: '', owner_client_secret: '' };
const key = 'k'.repeat(32);

test.each([
  ['this attempt', '2', []],
  [
    'an earlier attempt',
    '1',
    [
      'warning (credentials of an earlier attempt): These credentials are from attempt 1 of this run, and this is attempt 2. Client id may already be deleted. If Capture rejects it, re-run all jobs instead of only the failed ones.',
    ],
  ],
])(
  'unseal hands over the credentials that were sealed, and says whose they are: %s',
  async (_, runAttempt, warnings) => {
    const credentials = {
      clientId: 'id',
      clientSecret: 'hush',
      captureDomain: 'https://capture.example.com',
    };
    const envelope = { repositoryId: '1234', runAttempt, expiresAt: Date.UTC(2099, 0) };
    const given = { ...noAccess, sealed_credentials: await seal(credentials, envelope, key), seal_key: key };
    const { values, said, calls } = await runCommand(unsealCommand, { given });
    expect(values).toEqual({
      capture_domain: 'https://capture.example.com',
      client_id: 'id',
      client_secret: 'hush',
      expires_at: '2099-01-01T00:00:00Z',
    });
    expect(said).toEqual([
      'info: Decrypted the credentials of client id at https://capture.example.com. The client expires at 2099-01-01T00:00:00Z.',
      ...warnings,
    ]);
    expect(calls).toEqual([]);
  },
);
