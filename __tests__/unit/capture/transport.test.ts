import dns from 'node:dns';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { ProxySettings } from '../../../src/capture/proxy.ts';
import { NoResponseError, openTransport, type Transport } from '../../../src/capture/transport.ts';
import { thrownBy } from '../../support/fixtures.ts';
import {
  httpAnswer,
  type OnRequest,
  type Server,
  soon,
  until,
  withServer,
} from '../../support/http-server.ts';

const noProxies: ProxySettings = { httpProxy: '', httpsProxy: '', noProxy: '' };
const aWhile = 10_000;
const soonOver = 300;

interface Opened extends Server {
  readonly transport: Transport;
  /** Posts with what does not matter to the test. */
  post(limitMs?: number): ReturnType<Transport['post']>;
}

interface Options {
  readonly origin?: (port: number) => string;
  readonly proxies?: (port: number) => Partial<ProxySettings>;
  readonly maxResponseBytes?: number;
}

const loopback = (port: number) => `http://127.0.0.1:${port}`;

/** Runs a test with a server and a transport to it (or through it, if it plays the proxy). */
function withTransport(
  onRequest: OnRequest,
  use: (opened: Opened) => Promise<void>,
  { origin = loopback, proxies = () => ({}), maxResponseBytes = 1000 }: Options = {},
): Promise<void> {
  return withServer(onRequest, async (server) => {
    const settings = { ...noProxies, ...proxies(server.port) };
    const transport = openTransport(new URL(origin(server.port)), settings, maxResponseBytes);
    const post = (limitMs = aWhile) => transport.post('/clients/add', {}, 'a=b', limitMs);
    try {
      await use({ ...server, transport, post });
    } finally {
      await soon(transport.close());
    }
  });
}

/** Answers every request with this. */
const say =
  (text: string): OnRequest =>
  (socket) => {
    socket.write(text, 'latin1');
  };

/** Answers every request with this, and hangs up. */
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

async function failureOf(exchange: Promise<unknown>): Promise<NoResponseError> {
  const error = await soon(
    exchange.then(
      () => new Error('there was an answer'),
      (thrown: unknown) => thrown,
    ),
  );
  expect(error).toBeInstanceOf(NoResponseError);
  return error as NoResponseError;
}

type Resolved = (error: Error | null, addresses?: readonly dns.LookupAddress[]) => void;

/** Answers in place of the system's resolver until the test is over. */
function answerLookups(answer: (done: Resolved) => void) {
  const lookup = (_name: string, _options: object, done: Resolved) => answer(done);
  return jest.spyOn(dns, 'lookup').mockImplementation(lookup as unknown as typeof dns.lookup);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a request', () => {
  test('is sent as it is given, to the host it is for', () =>
    withTransport(say(httpAnswer('ok')), async ({ transport, port, received }) => {
      const headers = { Authorization: 'Basic x', Date: '2000-01-01 01:01:01', 'User-Agent': 'agent' };
      await transport.post('/clients/add', headers, 'description=na%C3%AFve+%26', aWhile);
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

  test('has the length of its bytes, not of its characters', () =>
    withTransport(say(httpAnswer('ok')), async ({ transport, received }) => {
      await transport.post('/x', {}, '☕', aWhile);
      expect(received()).toMatch(/content-length: 3\r\n/i);
      expect(Buffer.from(received().slice(-3), 'latin1').toString()).toBe('☕');
    }));
});

describe('an answer', () => {
  test('is given with its status, headers and every byte of its body', () => {
    const text =
      'HTTP/1.1 418 Teapot\r\nX-Twice: a\r\nX-Twice: b\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\n\xff\x00é\n';
    return withTransport(say(text), async ({ post }) => {
      const answer = await post();
      expect(answer.status).toBe(418);
      expect(answer.headers).toMatchObject({ 'retry-after': '7', 'x-twice': ['a', 'b'] });
      expect([...answer.body]).toEqual([0xff, 0x00, 0xe9, 0x0a]);
    });
  });

  test.each([
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'],
    ['after an interim one', `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${httpAnswer('abcde')}`],
    ['of HTTP/1.0, ended by the end of the connection', 'HTTP/1.0 200 OK\r\n\r\nabcde'],
  ])('may come %s', (_, text) =>
    withTransport(sayAndEnd(text), async ({ post }) => {
      const { status, body } = await post();
      expect([status, body.toString()]).toEqual([200, 'abcde']);
    }),
  );

  test('may have no body', () =>
    withTransport(say('HTTP/1.1 204 No Content\r\n\r\n'), async ({ post }) => {
      const { status, body } = await post();
      expect([status, body.length]).toEqual([204, 0]);
    }));

  test.each([301, 302, 303, 307, 308])('of HTTP %i is given as it is: no redirect is followed', (status) =>
    withServer(say(httpAnswer('')), (elsewhere) => {
      const head = `HTTP/1.1 ${status} Moved\r\nLocation: ${loopback(elsewhere.port)}/clients/add`;
      return withTransport(say(httpAnswer('', head)), async ({ post, received }) => {
        expect((await post()).status).toBe(status);
        expect(requestsIn(received())).toBe(1);
        expect(elsewhere.connections).toHaveLength(0);
      });
    }),
  );
});

describe('an answer that is too large', () => {
  const options = { maxResponseBytes: 5 };

  test('is one byte more than allowed', async () => {
    await withTransport(
      say(httpAnswer('12345')),
      async ({ post }) => {
        expect((await post()).body.toString()).toBe('12345');
      },
      options,
    );
    await withTransport(
      say(httpAnswer('123456')),
      async ({ post }) => {
        expect(await failureOf(post())).toMatchObject({ reason: 'size', sent: true });
      },
      options,
    );
  });

  test('is not read to its end, which may never come', () => {
    const flood = async (socket: Socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      while (!socket.destroyed) {
        socket.write('400\r\n');
        socket.write(Buffer.alloc(0x400, 'x'));
        if (!socket.write('\r\n')) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
      }
    };
    return withTransport(
      (socket) => {
        flood(socket).catch(() => {});
      },
      async ({ post, connections }) => {
        expect(await failureOf(post())).toMatchObject({ reason: 'size', sent: true });
        await soon(connections[0]?.closed as Promise<void>);
      },
      options,
    );
  });
});

describe('the time limit', () => {
  test.each<[string, OnRequest]>([
    ['never answers', ignore],
    ['stops in the head', say('HTTP/1.1 200 OK\r\nContent-Le')],
    ['stops in the body', say('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc')],
    ['sends interim answers alone', say('HTTP/1.1 102 Processing\r\n\r\n')],
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
      expect(await failureOf(post(soonOver))).toMatchObject({ reason: 'time', sent: true });
      await soon(connections[0]?.closed as Promise<void>);
      expect(requestsIn(received())).toBe(1);
    }),
  );

  test('does not end an exchange before its time', () =>
    withTransport(
      (socket) => {
        setTimeout(() => socket.write(httpAnswer('late')), soonOver);
      },
      async ({ post }) => {
        expect((await post(aWhile)).body.toString()).toBe('late');
      },
    ));

  test('is over at once when the signal fires', () =>
    withTransport(ignore, async ({ transport, received, connections }) => {
      const over = new AbortController();
      const failing = failureOf(transport.post('/clients/add', {}, '', aWhile, over.signal));
      await until(() => requestsIn(received()) === 1);
      over.abort();
      expect(await failing).toMatchObject({ reason: 'time', sent: true });
      await soon(connections[0]?.closed as Promise<void>);
    }));

  test('is not touched by a signal that fires after the answer', () =>
    withTransport(say(httpAnswer('ok')), async ({ transport, post, connections }) => {
      const over = new AbortController();
      await transport.post('/clients/add', {}, '', aWhile, over.signal);
      over.abort();
      await sleep(20);
      expect((await post()).status).toBe(200);
      expect(connections).toHaveLength(1);
    }));

  test('ends a connection that never comes about, and nothing was sent', () =>
    withTransport(
      ignore,
      async ({ post }) => {
        expect(await failureOf(post(soonOver))).toMatchObject({ reason: 'time', sent: false });
      },
      // A server of plain TCP: the TLS handshake is accepted and never answered.
      { origin: (port) => `https://127.0.0.1:${port}` },
    ));

  test('holds even for a connection that comes about later: it never carries the request', () =>
    withTransport(
      say(httpAnswer('ok')),
      async ({ post, connections, received }) => {
        const lookup = answerLookups((done) => {
          setTimeout(() => done(null, [{ address: '127.0.0.1', family: 4 }]), 2 * soonOver);
        });
        expect(await failureOf(post(soonOver))).toMatchObject({ reason: 'time', sent: false });
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
  test('to come about sent nothing', async () => {
    let free = 0;
    await withServer(ignore, async ({ port }) => {
      free = port;
    });
    const transport = openTransport(new URL(loopback(free)), noProxies, 1000);
    try {
      const failure = await failureOf(transport.post('/clients/add', {}, '', aWhile));
      expect(failure).toMatchObject({ reason: 'connection', sent: false, code: 'ECONNREFUSED' });
    } finally {
      await soon(transport.close());
    }
  });

  test('to speak TLS sent nothing', () =>
    withServer(ignore, async (server) => {
      const transport = openTransport(new URL(`https://127.0.0.1:${server.port}`), noProxies, 1000);
      const failing = failureOf(transport.post('/clients/add', { 'X-Secret': 'hush' }, 'hush', aWhile));
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
    ['is closed without an answer', sayAndEnd('')],
    ['is closed in the head', sayAndEnd('HTTP/1.1 200 OK\r\nContent-')],
    ['is closed in the body', sayAndEnd('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"stat":"ok"}')],
    [
      'is closed between chunks',
      sayAndEnd('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'),
    ],
    ['speaks no HTTP', sayAndEnd('SSH-2.0-OpenSSH\r\n')],
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

  test.each(['SSH-2.0-OpenSSH\r\n', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n', '{}'])(
    'that carries no HTTP back, %j, is told by that',
    (text) =>
      withTransport(sayAndEnd(text), async ({ post }) => {
        expect(await failureOf(post())).toMatchObject({ reason: 'connection', code: 'INVALID_HTTP' });
      }),
  );

  test('although it was used before is not replaced on the quiet', () => {
    const onRequest: OnRequest = (socket, n) =>
      n === 1 ? say(httpAnswer('ok'))(socket, n) : reset(socket, n);
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

  test('lets the next request have a new one', () => {
    const onRequest: OnRequest = (socket, n) =>
      n === 1 ? reset(socket, n) : say(httpAnswer('ok'))(socket, n);
    return withTransport(onRequest, async ({ post, connections }) => {
      await failureOf(post());
      expect((await post()).status).toBe(200);
      expect(connections).toHaveLength(2);
    });
  });
});

describe('closing', () => {
  test('drops a connection that was kept for the next request', () =>
    withTransport(say(httpAnswer('ok')), async ({ post, transport, connections }) => {
      await post();
      expect(connections[0]?.socket.destroyed).toBe(false);
      await soon(transport.close());
      await soon(connections[0]?.closed as Promise<void>);
    }));

  test('ends an exchange that is under way', () =>
    withTransport(ignore, async ({ post, transport, received, connections }) => {
      const failing = failureOf(post());
      await until(() => requestsIn(received()) === 1);
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
  ])('drops a TLS handshake %s that was never answered', (_, onRequest, options) =>
    withTransport(
      onRequest,
      async ({ post, transport, connections }) => {
        expect(await failureOf(post(soonOver))).toMatchObject({ reason: 'time', sent: false });
        await soon(transport.close());
        await soon(connections[0]?.closed as Promise<void>);
      },
      options,
    ),
  );

  test('leaves nothing that could send', () =>
    withTransport(say(httpAnswer('ok')), async ({ post, transport, connections }) => {
      await soon(transport.close());
      expect(await failureOf(post())).toMatchObject({ reason: 'connection', sent: false });
      expect(connections).toHaveLength(0);
    }));
});

describe('a proxy', () => {
  const proxies = (port: number) => ({ httpsProxy: loopback(port), httpProxy: loopback(port) });
  const origin = () => 'https://capture.invalid';

  test('is asked for a tunnel, and sees nothing of the request', () =>
    withTransport(
      sayAndEnd('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'),
      async ({ transport, received }) => {
        const failing = failureOf(transport.post('/clients/add', { Authorization: 'hush' }, 'hush', aWhile));
        expect(await failing).toMatchObject({
          reason: 'connection',
          sent: false,
          proxy: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
          noTunnel: { asked: true, status: 403 },
        });
        expect(received()).toMatch(/^CONNECT capture\.invalid:443 HTTP\/1\.1\r\n/);
        expect(received()).not.toContain('hush');
      },
      { origin, proxies },
    ));

  test('that never answers costs no more than the time limit, and nothing was sent', () =>
    withTransport(
      ignore,
      async ({ post, transport, connections }) => {
        expect(await failureOf(post(soonOver))).toMatchObject({ reason: 'time', sent: false });
        await soon(transport.close());
        await soon(connections[0]?.closed as Promise<void>);
      },
      { origin, proxies },
    ));

  test('is never asked for the machine itself', () =>
    withServer(ignore, (proxy) =>
      withTransport(
        say(httpAnswer('ok')),
        async ({ post }) => {
          expect((await post()).status).toBe(200);
          expect(proxy.connections).toHaveLength(0);
        },
        { proxies: () => proxies(proxy.port) },
      ),
    ));

  // As the toolkit judges, but for `*.` and ports, which it does not know (actions-runtime.md §1e).
  test.each([
    ['api.capture.invalid', 'api.capture.invalid'],
    ['api.capture.invalid', 'capture.invalid'],
    ['api.capture.invalid', '.capture.invalid'],
    ['api.capture.invalid', '*.capture.invalid'],
    ['api.capture.invalid', 'INVALID'],
    ['api.capture.invalid', 'other.invalid, x:1\t.invalid'],
    ['api.capture.invalid', 'capture.invalid:443'],
    ['api.capture.invalid', '*'],
    ['capture.invalid', '.capture.invalid'],
    ['capture.invalid:8443', 'capture.invalid:8443'],
  ])('is not asked for %s with NO_PROXY=%s', (host, noProxy) =>
    withTransport(
      ignore,
      async ({ post, connections }) => {
        const noSuchHost = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });
        answerLookups((done) => process.nextTick(done, noSuchHost));
        const failure = await failureOf(post());
        expect(failure).toMatchObject({ reason: 'connection', sent: false, code: 'ENOTFOUND' });
        expect(failure.proxy).toBeUndefined();
        expect(connections).toHaveLength(0);
      },
      { origin: () => `https://${host}`, proxies: (port) => ({ ...proxies(port), noProxy }) },
    ),
  );

  test.each([
    ['capture.invalid', ''],
    ['capture.invalid', 'ture.invalid'],
    ['capture.invalid', 'api.capture.invalid'],
    ['capture.invalid', 'capture.invalid.example'],
    ['capture.invalid', '*.capture.invalid'],
    ['capture.invalid', 'capture.invalid:8443'],
    ['10.1.2.3', '10.0.0.0/8'],
  ])('is asked for %s with NO_PROXY=%s', (host, noProxy) =>
    withTransport(
      sayAndEnd('HTTP/1.1 403 Forbidden\r\n\r\n'),
      async ({ post, received }) => {
        expect((await failureOf(post())).noTunnel?.status).toBe(403);
        expect(received()).toContain(`CONNECT ${host}:443 HTTP/1.1\r\n`);
      },
      { origin: () => `https://${host}`, proxies: (port) => ({ ...proxies(port), noProxy }) },
    ),
  );

  test.each([
    'http://user:hush@:x',
    'http://user:12/34@proxy.invalid',
    'http://user:12#34@proxy.invalid',
    'http://user:12?34@proxy.invalid',
    'http://user:12\\34@proxy.invalid',
    'http://proxy.invalid/proxy.pac',
    'http://user:%zz@proxy.invalid',
    'socks5://proxy.invalid',
    'ftp://proxy.invalid',
    '://',
  ])('whose URL is none (%s) is refused at once', (httpsProxy) => {
    const settings = { ...noProxies, httpsProxy };
    // The classes themselves are others in here: a test has globals of its own.
    const { name } = thrownBy(() => openTransport(new URL(origin()), settings, 1000));
    expect(['TypeError', 'URIError']).toContain(name);
  });
});
