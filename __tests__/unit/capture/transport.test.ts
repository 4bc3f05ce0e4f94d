import dns from 'node:dns';
import { getEventListeners, once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { type NoResponse, NoResponseError } from '../../../src/capture/network-failure.ts';
import { type NetworkSettings, readNetworkSettings } from '../../../src/capture/network-settings.ts';
import { type HttpResponse, openTransport, type Transport } from '../../../src/capture/transport.ts';
import {
  httpResponse,
  type OnRequest,
  type Server,
  soon,
  until,
  withServer,
  withSlowListener,
} from '../../support/http-server.ts';

const network = readNetworkSettings({});
const aWhile = 10_000;
const soonOver = 300;

interface Sent {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly limitMs?: number;
  readonly canceled?: AbortSignal;
}

interface Opened extends Server {
  readonly transport: Transport;
  /** Posts, with whatever doesn't matter to the test. */
  post(sent?: Sent): Promise<HttpResponse>;
}

/** Posts, with whatever doesn't matter to the test. */
async function postTo(transport: Transport, sent: Sent = {}): Promise<HttpResponse> {
  const { path = '/clients/add', headers = {}, body = 'a=b', limitMs = aWhile, canceled } = sent;
  return await transport.send({ method: 'POST', path, headers, body, limitMs, canceled });
}

interface Options {
  readonly origin?: (port: number) => string;
  readonly proxies?: (port: number) => Partial<NetworkSettings['proxies']>;
}

const loopback = (port: number) => `http://127.0.0.1:${port}`;

/** Runs a test with a server and a transport to it (or through it, if it plays the proxy). */
function withTransport(
  onRequest: OnRequest,
  use: (opened: Opened) => Promise<void>,
  { origin = loopback, proxies = () => ({}) }: Options = {},
): Promise<void> {
  return withServer(onRequest, async (server) => {
    const url = new URL(origin(server.port));
    const settings = { ...network, proxies: { ...network.proxies, ...proxies(server.port) } };
    const transport = openTransport(url, settings);
    try {
      await use({ ...server, transport, post: (sent) => postTo(transport, sent) });
    } finally {
      await soon(transport.close());
    }
  });
}

/** Responds to every request with this. */
const say =
  (text: string): OnRequest =>
  (socket) => {
    socket.write(text, 'latin1');
  };

/** Responds to every request with this, and closes the connection. */
const sayAndEnd =
  (text: string): OnRequest =>
  (socket) => {
    socket.end(text, 'latin1');
  };

const ignore: OnRequest = () => {};
const reset: OnRequest = (socket) => {
  socket.resetAndDestroy();
};

function requestsIn(text: string): number {
  return text.split('POST /clients/add HTTP/1.1\r\n').length - 1;
}

async function errorOf(exchange: Promise<unknown>): Promise<unknown> {
  return await soon(
    exchange.then(
      () => new Error('there was a response'),
      (thrown: unknown) => thrown,
    ),
  );
}

async function failureOf(exchange: Promise<unknown>): Promise<NoResponse> {
  const error = await errorOf(exchange);
  expect(error).toBeInstanceOf(NoResponseError);
  return (error as NoResponseError).failure;
}

type Resolved = (error: Error | null, addresses?: readonly dns.LookupAddress[]) => void;

/** Stands in for the system's resolver until the test ends. */
function replaceLookups(lookUp: (done: Resolved) => void) {
  const lookup = (_name: string, _options: object, done: Resolved) => lookUp(done);
  return jest.spyOn(dns, 'lookup').mockImplementation(lookup as unknown as typeof dns.lookup);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a request', () => {
  test('is sent unchanged, to its host', () =>
    withTransport(say(httpResponse('ok')), async ({ transport, port, received }) => {
      const headers = { Authorization: 'Basic x', Date: '2000-01-01 01:01:01', 'User-Agent': 'agent' };
      await postTo(transport, { headers, body: 'description=na%C3%AFve+%26' });
      const [head = '', body] = received().split('\r\n\r\n');
      const [start, ...lines] = head.split('\r\n');
      expect(start).toBe('POST /clients/add HTTP/1.1');
      expect(lines.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase())).sort()).toEqual([
        'authorization: Basic x',
        'connection: keep-alive',
        'content-length: 26',
        'date: 2000-01-01 01:01:01',
        `host: 127.0.0.1:${port}`,
        'user-agent: agent',
      ]);
      expect(body).toBe('description=na%C3%AFve+%26');
    }));
});

describe('a response', () => {
  test('is returned with its status, headers and every byte of its body', () => {
    const text =
      'HTTP/1.1 418 Teapot\r\nX-Twice: a\r\nX-Twice: b\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\n\xff\x00é\n';
    return withTransport(say(text), async ({ post }) => {
      const response = await post();
      expect(response.status).toBe(418);
      expect(response.headers).toMatchObject({ 'retry-after': '7', 'x-twice': ['a', 'b'] });
      expect([...response.body]).toEqual([0xff, 0x00, 0xe9, 0x0a]);
    });
  });

  test.each([
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'],
    ['after an interim one', `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${httpResponse('abcde')}`],
    ['of HTTP/1.0, ended by the end of the connection', 'HTTP/1.0 200 OK\r\n\r\nabcde'],
  ])('may come %s', (_, text) =>
    withTransport(sayAndEnd(text), async ({ post }) => {
      const { status, body } = await post();
      expect([status, body.toString()]).toEqual([200, 'abcde']);
    }),
  );

  test.each([301, 302, 303, 307, 308])(
    'of HTTP %i is returned unchanged: no redirect is followed',
    (status) =>
      withServer(say(httpResponse('')), (elsewhere) => {
        const head = `HTTP/1.1 ${status} Moved\r\nLocation: ${loopback(elsewhere.port)}/clients/add`;
        return withTransport(say(httpResponse('', head)), async ({ post, received }) => {
          expect((await post()).status).toBe(status);
          expect(requestsIn(received())).toBe(1);
          expect(elsewhere.connections).toHaveLength(0);
        });
      }),
  );
});

test('a response of more than 64 MiB is not read to its end, which may never come', () => {
  const mebibyte = `100000\r\n${'x'.repeat(2 ** 20)}\r\n`;
  let begun = 0;
  const flood = async (socket: Socket) => {
    const closed = once(socket, 'close');
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    while (!socket.destroyed) {
      begun += 1;
      if (!socket.write(mebibyte)) await Promise.race([once(socket, 'drain'), closed]);
    }
  };
  return withTransport(
    (socket) => {
      flood(socket).catch(() => {});
    },
    async ({ post, connections }) => {
      const code = 'UND_ERR_RES_EXCEEDED_MAX_SIZE';
      expect(await failureOf(post())).toMatchObject({ reason: 'connection', sent: true, code });
      await soon(connections[0]?.closed as Promise<void>);
      expect(begun).toBeGreaterThan(64);
      expect(begun).toBeLessThan(80);
    },
  );
});

describe('an error that is no network failure', () => {
  const bug = new TypeError('a bug of ours');

  test("is passed on unchanged: a header that can't be sent", () =>
    withTransport(ignore, async ({ post, connections }) => {
      const error = await errorOf(post({ headers: { 'X-Bad': 'a\nb' } }));
      expect(error).not.toBeInstanceOf(NoResponseError);
      expect(String(error)).toContain('header');
      expect(connections).toHaveLength(0);
    }));

  test('is passed on unchanged: from the resolver', () =>
    withTransport(
      ignore,
      async ({ post }) => {
        replaceLookups((done) => process.nextTick(done, bug));
        expect(await errorOf(post())).toBe(bug);
      },
      { origin: (port) => `http://localhost:${port}` },
    ));
});

describe('a host with several addresses', () => {
  /** Nothing is there: the network rejects it at once, or drops everything. */
  const unroutable = { address: '100::1', family: 6 };

  const slowly = process.platform === 'linux' ? test : test.skip;

  slowly('is reached although the way is long', () =>
    withSlowListener(async (port) => {
      replaceLookups((done) => done(null, [{ address: '127.0.0.1', family: 4 }, unroutable]));
      const transport = openTransport(new URL(`http://localhost:${port}`), network);
      try {
        expect((await postTo(transport)).body.toString()).toBe('ok');
      } finally {
        await transport.close();
      }
    }),
  );
});

describe('the time limit', () => {
  test.each<[string, OnRequest]>([
    ['never responds', ignore],
    ['stops in the head', say('HTTP/1.1 200 OK\r\nContent-Le')],
    ['stops in the body', say('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc')],
    ['sends only interim responses', say('HTTP/1.1 102 Processing\r\n\r\n')],
    [
      'sends a byte now and then',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n');
        const drip = setInterval(() => socket.write('x'), 20);
        socket.once('close', () => clearInterval(drip));
      },
    ],
  ])('ends an exchange with a server that %s', (_, onRequest) =>
    withTransport(onRequest, async ({ post, received, connections }) => {
      const failure = await failureOf(post({ limitMs: soonOver }));
      expect(failure).toMatchObject({ reason: 'time', sent: true, code: 'ETIMEDOUT', limitMs: soonOver });
      await soon(connections[0]?.closed as Promise<void>);
      expect(requestsIn(received())).toBe(1);
    }),
  );

  test('ends at once when the step is canceled', () =>
    withTransport(ignore, async ({ transport, received, connections }) => {
      const over = new AbortController();
      const failing = failureOf(postTo(transport, { canceled: over.signal }));
      await until(() => requestsIn(received()) === 1);
      over.abort();
      expect(await failing).toMatchObject({ reason: 'canceled', sent: true, code: 'ABORT_ERR' });
      await soon(connections[0]?.closed as Promise<void>);
    }));

  test('ignores a signal that fires after the response', () =>
    withTransport(say(httpResponse('ok')), async ({ transport, post, connections }) => {
      const over = new AbortController();
      await postTo(transport, { canceled: over.signal });
      expect(getEventListeners(over.signal, 'abort')).toEqual([]);
      over.abort();
      await sleep(20);
      expect((await post()).status).toBe(200);
      expect(connections).toHaveLength(1);
    }));

  test('applies to a connection that is established later: it never carries the request', () =>
    withTransport(
      say(httpResponse('ok')),
      async ({ post, connections, received }) => {
        const lookup = replaceLookups((done) => {
          setTimeout(() => done(null, [{ address: '127.0.0.1', family: 4 }]), 2 * soonOver);
        });
        expect(await failureOf(post({ limitMs: soonOver }))).toMatchObject({ reason: 'time', sent: false });
        expect(lookup).toHaveBeenCalledTimes(1);
        expect(connections).toHaveLength(0);
        await until(() => connections.length > 0);
        await sleep(soonOver);
        expect(received()).toBe('');
      },
      { origin: (port) => `http://localhost:${port}` },
    ));
});

describe('a connection that fails', () => {
  test('before it is established sent nothing', async () => {
    let free = 0;
    await withServer(ignore, async ({ port }) => {
      free = port;
    });
    const transport = openTransport(new URL(loopback(free)), network);
    try {
      const failure = await failureOf(postTo(transport));
      expect(failure).toMatchObject({ reason: 'connection', sent: false, code: 'ECONNREFUSED' });
    } finally {
      await soon(transport.close());
    }
  });

  test('in its TLS handshake sent nothing', () =>
    withServer(ignore, async (server) => {
      const transport = openTransport(new URL(`https://127.0.0.1:${server.port}`), network);
      const failing = failureOf(postTo(transport, { headers: { 'X-Secret': 'hush' }, body: 'hush' }));
      try {
        await until(() => server.received() !== '');
        server.connections[0]?.socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
        expect(await failing).toMatchObject({
          reason: 'connection',
          sent: false,
          code: expect.stringMatching(/SSL|EPROTO/),
        });
        expect(server.received()).not.toContain('hush');
      } finally {
        await soon(transport.close());
      }
    }));

  test.each<[string, OnRequest]>([
    ['is reset', reset],
    ['is closed without a response', sayAndEnd('')],
    ['is closed in the head', sayAndEnd('HTTP/1.1 200 OK\r\nContent-')],
    ['is closed in the body', sayAndEnd('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"stat":"ok"}')],
    [
      'is closed between chunks',
      sayAndEnd('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'),
    ],
    ["isn't HTTP", sayAndEnd('SSH-2.0-OpenSSH\r\n')],
  ])('after the request (it %s) may have carried it, and it is not sent again', (_, onRequest) =>
    withTransport(onRequest, async ({ post, received }) => {
      const failure = await failureOf(post());
      expect(failure).toMatchObject({
        reason: 'connection',
        sent: true,
        code: expect.stringMatching(/^[A-Z]/),
      });
      await sleep(100);
      expect(requestsIn(received())).toBe(1);
    }),
  );

  test.each([
    'SSH-2.0-OpenSSH\r\n',
    'HTTP/1.1 200 OK\r\n: x\r\n\r\n',
    '{}',
    // An assertion of undici fails.
    'HTTP/1.1 101 X\r\nContent-Length: 3\r\n\r\nabc',
  ])('that carries something else than HTTP back, %j, is reported as that', (text) =>
    withTransport(sayAndEnd(text), async ({ post }) => {
      expect(await failureOf(post())).toMatchObject({ reason: 'connection', code: 'INVALID_HTTP' });
    }),
  );

  test('because of what it carries does not quote that, as it may be a secret', () =>
    withTransport(sayAndEnd('{"client_secret":"hush"}'), async ({ post }) => {
      expect(inspect(await errorOf(post()), { depth: 9, showHidden: true })).not.toContain('hush');
    }));

  test('although it was used before is not replaced silently', () => {
    const onRequest: OnRequest = (socket, n) =>
      n === 1 ? say(httpResponse('ok'))(socket, n) : reset(socket, n);
    return withTransport(onRequest, async ({ post, received, connections }) => {
      await post();
      // A connection can be used again from the next turn of the event loop on.
      await sleep(20);
      expect(await failureOf(post())).toMatchObject({ reason: 'connection', sent: true });
      await sleep(100);
      expect(connections).toHaveLength(1);
      expect(requestsIn(received())).toBe(2);
    });
  });

  test('is replaced for the next request', () => {
    const onRequest: OnRequest = (socket, n) =>
      n === 1 ? reset(socket, n) : say(httpResponse('ok'))(socket, n);
    return withTransport(onRequest, async ({ post, connections }) => {
      await failureOf(post());
      expect((await post()).status).toBe(200);
      expect(connections).toHaveLength(2);
    });
  });
});

describe('closing', () => {
  const keptAlive = 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=60';
  const answerSecond: OnRequest = (socket, n) => void (n === 2 && socket.write(httpResponse('ok')));

  test('ends an exchange that is in progress', () =>
    withTransport(answerSecond, async ({ post, transport, received, connections }) => {
      const failing = failureOf(post());
      await until(() => requestsIn(received()) === 1);
      await post();
      await soon(transport.close());
      expect(await failing).toMatchObject({ reason: 'connection', sent: true });
      await soon(connections[0]?.closed as Promise<void>);
    }));

  test.each<[string, OnRequest, Options]>([
    ['with the server', ignore, { origin: (port) => `https://127.0.0.1:${port}` }],
    [
      'with the server, through a proxy',
      say('HTTP/1.1 200 Connection established\r\n\r\n'),
      { origin: () => 'https://capture.invalid', proxies: (port) => ({ httpsProxy: loopback(port) }) },
    ],
  ])('drops an unfinished TLS handshake %s', (_, onRequest, options) =>
    withTransport(
      onRequest,
      async ({ post, transport, connections }) => {
        expect(await failureOf(post({ limitMs: soonOver }))).toMatchObject({ reason: 'time', sent: false });
        await soon(transport.close());
        await soon(connections[0]?.closed as Promise<void>);
      },
      options,
    ),
  );

  test('leaves an idle connection to undici, which lets the process end', () =>
    withTransport(say(httpResponse('ok', keptAlive)), async ({ post, transport, connections }) => {
      const sockets = () => String(process.getActiveResourcesInfo()).split('TCPSocketWrap').length;
      const others = sockets();
      await post();
      connections[0]?.socket.unref();
      await soon(transport.close());
      await until(() => sockets() <= others);
      await sleep(50);
      expect(connections[0]?.socket.closed).toBe(false);
    }));

  test('leaves nothing that could send', () =>
    withTransport(say(httpResponse('ok')), async ({ post, transport, connections }) => {
      const before = failureOf(post());
      await soon(transport.close());
      const failures = await Promise.all([before, failureOf(post())]);
      expect(failures).toMatchObject(Array(2).fill({ reason: 'connection', sent: false }));
      expect(connections).toHaveLength(0);
    }));
});
