import { expect, test } from '@jest/globals';
import { sealFor } from '../../../src/github/seal.ts';
import { unseal } from '../../../src/sealing.ts';
import { createInputs, now, pushContext, runLabel } from '../../support/fixtures.ts';

const client = { clientId: 'id', clientSecret: 'hush', description: 'd', features: [] };
const provided = { client, label: runLabel, created: true };

test('nothing is sealed without a key', async () => {
  expect(await sealFor(createInputs(), provided, pushContext)).toBeUndefined();
});

test('what is sealed is the client, its domain, and where it is from', async () => {
  const seal_key = 'k'.repeat(32);
  const sealed = await sealFor(createInputs({ seal_key }), provided, pushContext);
  expect(sealed).not.toContain('hush');
  expect(await unseal(sealed as string, seal_key, { repositoryId: '1234', now })).toEqual({
    clientId: 'id',
    clientSecret: 'hush',
    captureDomain: 'https://example.us-dev.janraincapture.com',
    repositoryId: '1234',
    runAttempt: '2',
    expiresAt: runLabel.expiresAt,
  });
});
