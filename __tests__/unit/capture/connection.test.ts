import dns from 'node:dns';
import { describe, expect, jest, test } from '@jest/globals';
import { type ConnectionOptions, withCapture } from '../../../src/capture/connection.ts';
import { idempotent, ifNotApplied } from '../../../src/capture/retry.ts';
import { readRoute } from '../../../src/capture/route.ts';
import { ExpectedError } from '../../../src/expected-error.ts';
import { notebook } from '../../support/fixtures.ts';
import { httpResponse, type OnRequest, type Server, soon, withServer } from '../../support/http-server.ts';

const done: OnRequest = (socket) => socket.write(httpResponse('{"stat":"ok"}'));
/** Keeps the connection for longer than a test takes. */
const doneAndKeep: OnRequest = (socket) =>
  socket.write(httpResponse('{"stat":"ok"}', 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=60'));
const limit: OnRequest = (socket) => socket.write(httpResponse('{"stat":"error","code":510}'));

/** Connects a step to a server. `said` is its log. */
function connect(
  onRequest: OnRequest,
  use: (options: ConnectionOptions, server: Server, said: readonly string[]) => Promise<void>,
): Promise<void> {
  return withServer(onRequest, async (server) => {
    const { log, said } = notebook();
    const domain = new URL(`http://127.0.0.1:${server.port}`);
    const owner = { clientId: 'owner', clientSecret: 'hush' };
    const access = { domain, owner, authScheme: 'basic-auth' } as const;
    const options = { access, timeoutMs: 10_000, route: readRoute({}), userAgent: 'agent', log };
    await use(options, server, said);
  });
}

describe('a connection', () => {
  test('sends the user agent, in ASCII', () =>
    connect(done, async (options, { received }) => {
      await withCapture({ ...options, userAgent: 'agent (acmé/shop)' }, ({ capture }) =>
        capture.setDescription('x', 'd'),
      );
      expect(received().toLowerCase()).toContain('user-agent: agent (acm?/shop)\r\n');
    }));

  test('sends once, and asks for no compression', () =>
    connect(limit, async (options, { received }, said) => {
      const call = withCapture(options, ({ capture }) => capture.setDescription('x', 'd'));
      await expect(call).rejects.toThrow('Capture rejected');
      expect(received().match(/POST /g)).toHaveLength(1);
      expect(received().toLowerCase()).toContain('accept-encoding: identity\r\n');
      expect(said).toEqual([]);
    }));

  test('retries what may be sent again, and says so', () =>
    connect(
      (socket, n) => (n === 1 ? limit : done)(socket, n),
      async (options, _, said) => {
        await withCapture(options, ({ capture, retry }) =>
          retry(() => capture.setDescription('x', 'd'), ifNotApplied),
        );
        expect(said).toEqual([
          expect.stringMatching(/^info: Capture rejected .*\. Trying again in 0\.[3-5]s \(attempt 2\)\.$/),
        ]);
      },
    ));

  test('retries a name that does not exist for a few seconds, as the resolver may be starting', () =>
    connect(done, async (options, { port }, said) => {
      const noSuchHost = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });
      let lookups = 0;
      const lookup = (
        _name: string,
        _options: object,
        found: (error: Error | null, all?: object) => void,
      ) => {
        lookups += 1;
        if (lookups === 1) process.nextTick(found, noSuchHost);
        else found(null, [{ address: '127.0.0.1', family: 4 }]);
      };
      const spy = jest.spyOn(dns, 'lookup').mockImplementation(lookup as unknown as typeof dns.lookup);
      try {
        const access = { ...options.access, domain: new URL(`http://localhost:${port}`) };
        await withCapture({ ...options, access }, ({ capture, retry }) =>
          retry(() => capture.setDescription('x', 'd'), ifNotApplied),
        );
        expect(said).toEqual([expect.stringContaining('(ENOTFOUND). Trying again in')]);
      } finally {
        spy.mockRestore();
      }
    }));

  test('gives up on another server after two requests', () =>
    connect(
      (socket) => socket.write(httpResponse('<html>', 'HTTP/1.1 200 OK\r\nContent-Type: text/html')),
      async (options, { received }) => {
        const call = withCapture(options, ({ capture, retry }) =>
          retry(() => capture.listClients(() => undefined), idempotent),
        );
        await expect(call).rejects.toThrow(/Gave up after 2 attempts\. Check .* isn't a Capture domain\.$/);
        expect(received().match(/POST /g)).toHaveLength(2);
      },
    ));

  test('is closed at the end, whatever happens', () =>
    connect(doneAndKeep, async (options, { connections }) => {
      const bug = new TypeError('a bug of ours');
      const failing = withCapture(options, async ({ capture }) => {
        await capture.setDescription('x', 'd');
        throw bug;
      });
      await expect(failing).rejects.toBe(bug);
      await soon(Promise.all(connections.map(({ closed }) => closed)));
      expect(connections).toHaveLength(1);
    }));

  test('shortens its time, and the clock ends a wait, when the step is canceled', () =>
    connect(done, async (options) => {
      const { signal, abort } = cancellation();
      const used = withCapture({ ...options, timeoutMs: 60_000, signal }, async ({ clock, timeLimit }) => {
        expect(timeLimit.totalMs).toBe(60_000);
        const sleeping = clock.sleep(3_600_000, signal);
        abort();
        await sleeping;
        return timeLimit.remainingMs();
      });
      expect(await soon(used)).toBeLessThan(10_000);
    }));

  test('names the variable of a proxy that cannot be used, and quotes nothing of it', () =>
    connect(done, async (options) => {
      const access = { ...options.access, domain: new URL('https://capture.example.com') };
      const route = readRoute({ HTTPS_PROXY: 'http://user:hush@' });
      const opened = withCapture({ ...options, access, route }, async () => {});
      await expect(opened).rejects.toThrow(ExpectedError);
      await expect(opened).rejects.toThrow(/^HTTPS_PROXY isn't (?!.*hush)/);
    }));

  test('fails if the CAs of its route cannot be read', () =>
    connect(done, async (options) => {
      const route = readRoute({ NODE_EXTRA_CA_CERTS: '/no/such/file' });
      const call = withCapture({ ...options, route }, ({ capture }) => capture.setDescription('x', 'd'));
      await expect(call).rejects.toThrow('Can\'t read the certificates in "/no/such/file".');
    }));

  test('can call as another client', () =>
    connect(done, async (options, { received }) => {
      await withCapture(options, ({ captureAs }) =>
        captureAs({ clientId: 'other', clientSecret: 'hush' }).setDescription('x', 'd'),
      );
      expect(received()).toContain(`Basic ${Buffer.from('other:hush').toString('base64')}\r\n`);
    }));

  test('signs its probes with the time of the server', () => {
    const head = 'HTTP/1.1 200 OK\r\nDate: Mon, 02 Jan 2040 03:04:05 GMT';
    return connect(
      (socket) => socket.write(httpResponse('{"stat":"ok"}', head)),
      async (options, { received }) => {
        const credentials = { clientId: 'own', clientSecret: 'hush' };
        const call = {
          name: 'settings/items',
          parameters: {},
          credentials,
          authScheme: 'janrain-signed',
        } as const;
        const result = await withCapture(options, async ({ capture, probe }) => {
          await capture.setDescription('x', 'd');
          return await probe(call);
        });
        expect(result).toMatchObject({ status: 200, isOk: true });
        expect(received()).toMatch(/^date: 2040-01-02 03:04:\d\d\r$/im);
      },
    );
  });

  test('warns if certificates are not verified', () =>
    connect(done, async (options, _, said) => {
      const route = readRoute({ NODE_TLS_REJECT_UNAUTHORIZED: '0' });
      await withCapture({ ...options, route }, async () => {});
      expect(said).toEqual([expect.stringMatching(/^warning: NODE_TLS_REJECT_UNAUTHORIZED is 0/)]);
    }));

  test('reports entries of NO_PROXY that have no effect, if there is a proxy', () =>
    connect(done, async (options, _, said) => {
      const NO_PROXY = 'a.test,*b.test';
      await withCapture({ ...options, route: readRoute({ NO_PROXY }) }, async () => {});
      expect(said).toEqual([]);
      const notice = expect.stringMatching(/^notice: NO_PROXY: "\*b\.test" has no effect\. Use/);
      for (const variable of ['HTTPS_PROXY', 'HTTP_PROXY']) {
        const route = readRoute({ NO_PROXY, [variable]: 'proxy' });
        await withCapture({ ...options, route }, async () => {});
      }
      expect(said).toEqual([notice, notice]);
    }));
});

function cancellation(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
