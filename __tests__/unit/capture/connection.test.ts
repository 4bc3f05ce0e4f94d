import { describe, expect, test } from '@jest/globals';
import { type ConnectionOptions, readProxies, withCapture } from '../../../src/capture/connection.ts';
import { EnvironmentError } from '../../../src/github/context.ts';
import { version } from '../../../src/version.ts';
import { notebook, pushContext } from '../../support/fixtures.ts';
import { httpAnswer, type OnRequest, type Server, soon, withServer } from '../../support/http-server.ts';

const done: OnRequest = (socket) => socket.write(httpAnswer('{"stat":"ok"}'));
const limit: OnRequest = (socket) => socket.write(httpAnswer('{"stat":"error","code":510}'));

/** Connects a step to a server; `said` is its log. */
function connect(
  onRequest: OnRequest,
  use: (options: ConnectionOptions, server: Server, said: readonly string[]) => Promise<void>,
): Promise<void> {
  return withServer(onRequest, async (server) => {
    const { log, said } = notebook();
    const domain = new URL(`http://127.0.0.1:${server.port}`);
    const owner = { clientId: 'owner', clientSecret: 'hush' };
    const access = { domain, owner, authScheme: 'basic-auth' } as const;
    await use({ access, timeoutMs: 10_000, context: pushContext, env: {}, log }, server, said);
  });
}

describe('a connection', () => {
  test('names the run to Capture, in ASCII', () =>
    connect(done, async (options, { received }) => {
      const origin = { ...pushContext.origin, name: 'acmé/shop' };
      const context = { ...pushContext, origin };
      await withCapture({ ...options, context }, ({ capture }) => capture.setDescription('x', 'd'));
      expect(received().toLowerCase()).toContain(
        `user-agent: capture-client-action/${version} (github.com/acm?/shop; run 5678)\r\n`,
      );
    }));

  test('tries again what may be, and says so', () =>
    connect(
      (socket, n) => (n === 1 ? limit : done)(socket, n),
      async (options, _, said) => {
        await withCapture(options, ({ capture }) => capture.setDescription('x', 'd'));
        expect(said).toEqual([
          expect.stringMatching(/^info: Capture refused .*\. Trying again in 0\.[3-5]s \(attempt 2\)\.$/),
        ]);
      },
    ));

  test('sends once where that is asked for, and lets others repeat', () =>
    connect(limit, async (options, { received }, said) => {
      await withCapture(options, async ({ captureOnce, repeat }) => {
        await expect(captureOnce.setDescription('x', 'd')).rejects.toThrow('Capture refused');
        let attempts = 0;
        const attempt = async (): Promise<string> => {
          attempts += 1;
          if (attempts === 1) await captureOnce.setDescription('x', 'd');
          return 'done';
        };
        expect(await repeat(attempt, ({ details }) => details.code === 510)).toBe('done');
      });
      expect(received().match(/POST /g)).toHaveLength(2);
      expect(said).toHaveLength(1);
    }));

  test('is closed at the end, whatever problem', () =>
    connect(done, async (options, { connections }) => {
      const fault = new TypeError('a fault of ours');
      const failing = withCapture(options, async ({ capture }) => {
        await capture.setDescription('x', 'd');
        throw fault;
      });
      await expect(failing).rejects.toBe(fault);
      await soon(Promise.all(connections.map(({ closed }) => closed)));
      expect(connections).toHaveLength(1);
    }));

  test('ends its waits and shortens its time when the step is interrupted', () =>
    connect(done, async (options) => {
      const interruption = new AbortController();
      const used = withCapture(
        { ...options, timeoutMs: 60_000, interrupted: interruption.signal },
        async ({ sleep, timeLimit }) => {
          expect(timeLimit.totalMs).toBe(60_000);
          const sleeping = sleep(3_600_000);
          interruption.abort();
          await sleeping;
          return timeLimit.remainingMs();
        },
      );
      expect(await soon(used)).toBeLessThan(10_000);
    }));

  test('is not opened through a proxy whose URL nobody can read, and repeats none of it', () =>
    connect(done, async (options) => {
      const access = { ...options.access, domain: new URL('https://capture.example.com') };
      const opened = withCapture(
        { ...options, access, env: { HTTPS_PROXY: 'http://user:hush@' } },
        async () => {},
      );
      await expect(opened).rejects.toThrow(EnvironmentError);
      await expect(opened).rejects.toThrow(/^HTTPS_PROXY or HTTP_PROXY is not (?!.*hush)/);
    }));
});

test('the proxies are those of the environment, in lower case first', () => {
  expect(readProxies({})).toEqual({ httpProxy: '', httpsProxy: '', noProxy: '' });
  const upper = { HTTP_PROXY: 'A', HTTPS_PROXY: 'B', NO_PROXY: 'C', http_proxy: '' };
  expect(readProxies(upper)).toEqual({ httpProxy: 'A', httpsProxy: 'B', noProxy: 'C' });
  const both = { ...upper, http_proxy: 'a', https_proxy: 'b', no_proxy: 'c' };
  expect(readProxies(both)).toEqual({ httpProxy: 'a', httpsProxy: 'b', noProxy: 'c' });
});
