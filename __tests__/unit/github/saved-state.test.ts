import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { CaptureAccess } from '../../../src/capture/client.ts';
import { readNetworkSettings } from '../../../src/capture/network-settings.ts';
import { loadState, saveState } from '../../../src/github/saved-state.ts';
import { type Creation, needsCleanup } from '../../../src/lifecycle/creation-record.ts';
import { now, runLabel, withFolder } from '../../support/fixtures.ts';
import { keyValuePairs } from '../../support/runner/file-commands.ts';

const access: CaptureAccess = {
  domain: new URL('https://capture.example.com:8443'),
  owner: { clientId: 'owner', clientSecret: 'hu::sh "x" ünï' },
  authScheme: 'janrain-signed',
};

const network = readNetworkSettings({
  HTTPS_PROXY: 'http://proxy.example:3128',
  NODE_EXTRA_CA_CERTS: '/ca.pem',
});

const creation: Creation = {
  origin: runLabel.origin,
  marker: runLabel.marker,
  lifetime: 'run',
  expiresAt: now + 86_400_000,
  openSends: [now],
  clients: [],
};

const client = { clientId: 'id', features: ['login_client'], createdAt: now };

const saved = { ...process.env };

beforeEach(() => {
  process.env = { ...saved };
});

afterEach(() => {
  process.env = saved;
});

/** Saves each creation as main does, and sets the variables that the runner sets for post. */
function throughTheRunner(creations: readonly Creation[], use: (last: string) => void): Promise<void> {
  return withFolder((path) => {
    writeFileSync(path('state'), '');
    process.env.GITHUB_STATE = path('state');
    for (const one of creations) {
      saveState({ creation: one, access, network });
      // On disk when saveState returns, so that it survives a main that is killed now.
      if (needsCleanup(one)) expect(readFileSync(path('state'), 'utf8')).toContain(JSON.stringify(one));
    }
    const pairs = Object.fromEntries(keyValuePairs(readFileSync(path('state'), 'utf8')));
    for (const [key, value] of Object.entries(pairs)) process.env[`STATE_${key}`] = value;
    use(Object.values(pairs).join('\n'));
  });
}

describe('the state', () => {
  test.each<Partial<Creation>>([
    {},
    { openSends: [now, now + 1, now + 2] },
    { openSends: [], clients: [client] },
    { openSends: [], clients: [client], lifetime: 'job', handedOverId: 'id' },
    { clients: [client], handedOverId: 'id' },
    { lifetime: 'pull_request', clients: [{ ...client, features: [] }] },
  ])('reaches post as main saved it if post has something to do: %j', (changes) =>
    throughTheRunner([{ ...creation, ...changes }], (last) => {
      expect(loadState()).toEqual({ creation: { ...creation, ...changes }, access, network });
      // The runner's masks match JSON, so a debug log doesn't show the secret.
      expect(last).toContain(JSON.stringify(access.owner.clientSecret));
    }),
  );

  test.each<Partial<Creation>>([
    { openSends: [] },
    { openSends: [], clients: [client], handedOverId: 'id' },
    { openSends: [], clients: [client], lifetime: 'pull_request', handedOverId: 'id' },
  ])('is empty if post has nothing to do, so it has no owner credentials: %j', (changes) =>
    throughTheRunner([creation, { ...creation, ...changes }], (last) => {
      expect(last).toBe('');
    }),
  );

  test.each(['', '{}', '"x"', '{'])('that is something else is rejected: %s', (text) => {
    process.env.STATE_creation = text;
    expect(() => loadState()).toThrow('The state that this step saved for its post step is invalid.');
  });

  test.each([
    [undefined, "GITHUB_STATE isn't set."],
    ['', "GITHUB_STATE isn't set."],
    ['/dev/full', 'Could not write GITHUB_STATE (/dev/full): ENOSPC: no space left on device, write.'],
  ])('that cannot be saved (GITHUB_STATE=%j) is printed nowhere', (file, problem) => {
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    process.env.GITHUB_STATE = file ?? '';
    try {
      expect(() => saveState({ creation, access, network })).toThrow(problem);
      expect(write).not.toHaveBeenCalled();
    } finally {
      write.mockRestore();
    }
  });
});
