import { describe, expect, test } from '@jest/globals';
import type { Capture } from '../../../src/capture/client.ts';
import { readNetworkSettings } from '../../../src/capture/network-settings.ts';
import { type SessionOptions, withCapture } from '../../../src/capture/session.ts';
import { notebook } from '../../support/basics.ts';
import { httpResponse, type OnRequest, type Server, soon, withServer } from '../../support/http-server.ts';

const done: OnRequest = (socket) => socket.write(httpResponse('{"stat":"ok"}'));

/** Connects a step to a server. `said` is its log. */
function connect(
  onRequest: OnRequest,
  use: (options: SessionOptions, server: Server, said: readonly string[]) => Promise<void>,
): Promise<void> {
  return withServer(onRequest, async (server) => {
    const { log, said } = notebook();
    const domain = new URL(`http://127.0.0.1:${server.port}`);
    const owner = { clientId: 'owner', clientSecret: 'hush' };
    const access = { domain, owner, authScheme: 'basic-auth' } as const;
    const options = { access, timeoutMs: 10_000, network: readNetworkSettings({}), userAgent: 'agent', log };
    await use(options, server, said);
  });
}

describe('a session', () => {
  test('sends the user agent, in ASCII', () =>
    connect(done, async (options, { received }) => {
      await withCapture({ ...options, userAgent: 'agent (acmé/shop)' }, ({ capture }) =>
        capture.setDescription({ clientId: 'x' }, 'd'),
      );
      expect(received().toLowerCase()).toContain('user-agent: agent (acm?/shop)\r\n');
    }));

  test('is closed at the end, whatever happens', () =>
    connect(done, async (options, { received }) => {
      const bug = new TypeError('a bug of ours');
      const left: Capture[] = [];
      const failing = withCapture({ ...options, timeoutMs: 500 }, async ({ capture }) => {
        left.push(capture);
        throw bug;
      });
      await expect(failing).rejects.toBe(bug);
      await expect(left[0]?.setDescription({ clientId: 'x' }, 'd')).rejects.toThrow('(UND_ERR_DESTROYED)');
      expect(received()).toBe('');
    }));

  test('shortens its time, and the clock ends a wait, when the step is canceled', () =>
    connect(done, async (options) => {
      const step = new AbortController();
      const { signal } = step;
      const used = withCapture({ ...options, timeoutMs: 60_000, signal }, async ({ clock, timeLimit }) => {
        expect(timeLimit.totalMs).toBe(60_000);
        const sleeping = clock.sleep(3_600_000, signal);
        step.abort();
        await sleeping;
        return timeLimit.remainingMs();
      });
      expect(await soon(used)).toBeLessThan(10_000);
    }));

  test('fails if the CAs of its route cannot be read', () =>
    connect(done, async (options) => {
      const network = readNetworkSettings({ NODE_EXTRA_CA_CERTS: '/no/such/file' });
      const call = withCapture({ ...options, network }, ({ capture }) =>
        capture.setDescription({ clientId: 'x' }, 'd'),
      );
      await expect(call).rejects.toThrow('Can\'t read the certificates in "/no/such/file".');
    }));

  test('warns once for a process if certificates are not verified', () =>
    connect(done, async (options, _, said) => {
      const network = readNetworkSettings({ NODE_TLS_REJECT_UNAUTHORIZED: '0' });
      for (const _ of [1, 2]) await withCapture({ ...options, network }, async () => {});
      expect(said).toEqual([
        'warning: NODE_TLS_REJECT_UNAUTHORIZED is 0, so certificates are not verified: anyone between this runner and Capture can read the owner credentials. Remove the variable. For a private CA, set NODE_EXTRA_CA_CERTS.',
      ]);
    }));
});
