import { expect, test } from '@jest/globals';
import { explaining, userAgent, withCaptureOf } from '../../../src/commands/use-capture.ts';
import { version } from '../../../src/version.ts';
import { noNetworkSettings, notebook } from '../../support/basics.ts';
import { bug, fail } from '../../support/client-requests.ts';
import { pushContext } from '../../support/fixtures.ts';

test('the user agent names the action, its version, the repository, and the run', () => {
  expect(userAgent(pushContext)).toBe(`capture-client-action/${version} (github.com/acme/shop; run 5678)`);
});

test.each<[string, string, string[]]>([
  ['an Akamai domain', 'https://shop.us-dev.janraincapture.com', []],
  ['loopback', 'http://localhost:8080', []],
  [
    'another domain',
    'https://capture.example.com:8443',
    [
      "notice (custom Capture domain): capture.example.com isn't an Akamai Capture domain. The owner credentials will be sent to it. Ignore this notice if capture.example.com is your own Capture host name.",
    ],
  ],
])('Capture is opened with a notice, or not: %s', async (_, url, notices) => {
  const { log, said } = notebook();
  const owner = { clientId: 'owner', clientSecret: 'hush' };
  const inputs = { domain: new URL(url), owner, authScheme: 'basic-auth', timeoutMs: 1000 } as const;
  const host = { run: pushContext, log, network: noNetworkSettings, signal: new AbortController().signal };
  await withCaptureOf(inputs, host, async () => expect(said).toEqual(notices));
  expect.assertions(1);
});

test('an unexpected error is left as it is', async () => {
  await expect(explaining('Nothing was changed.', async () => fail(bug)())).rejects.toBe(bug);
});
