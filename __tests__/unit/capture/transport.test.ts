import dns from 'node:dns';
import { getEventListeners, once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { type ProxySettings, proxyFor } from '../../../src/capture/proxy.ts';
import {
  type HttpResponse,
  type NoResponse,
  NoResponseError,
  openTransport,
  type Transport,
} from '../../../src/capture/transport.ts';
import {
  httpResponse,
  type OnRequest,
  type Server,
  soon,
  until,
  withServer,
  withSlowListener,
} from '../../support/http-server.ts';

const noProxies: ProxySettings = { httpProxy: '', httpsProxy: '', noProxy: '' };
const aWhile = 10_000;
const soonOver = 300;

interface Exchanged extends HttpResponse {
  readonly body: Buffer;
}

interface Sent {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly limitMs?: number;
  readonly canceled?: AbortSignal;
  readonly maxBytes?: number;
}

interface Opened extends Server {
  readonly transport: Transport;
  /** Posts, with whatever doesn't matter to the test. */
  post(sent?: Sent): Promise<Exchanged>;
}

/** Posts, and keeps the body of the response. */
async function postTo(transport: Transport, sent: Sent = {}): Promise<Exchanged> {
  const {
    path = '/clients/add',
    headers = {},
    body = 'a=b',
    limitMs = aWhile,
    canceled,
    maxBytes = 1000,
  } = sent;
  const chunks: Buffer[] = [];
  const write = (chunk: Buffer): boolean => {
    chunks.push(chunk);
    return Buffer.concat(chunks).length <= maxBytes;
  };
  const request = { method: 'POST', path, headers, body } as const;
  const response = await transport.send(request, { limitMs, canceled, body: { write } });
  return { ...response, body: Buffer.concat(chunks) };
}

interface Options {
  readonly origin?: (port: number) => string;
  readonly proxies?: (port: number) => Partial<ProxySettings>;
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
    const proxy = proxyFor(url, { ...noProxies, ...proxies(server.port) });
    const transport = openTransport(url, { proxy });
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

  test('has the length of its bytes, not of its characters', () =>
    withTransport(say(httpResponse('ok')), async ({ transport, received }) => {
      await postTo(transport, { path: '/x', body: '☕' });
      expect(received()).toMatch(/content-length: 3\r\n/i);
      expect(Buffer.from(received().slice(-3), 'latin1').toString()).toBe('☕');
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
    ['after an unasked 100', `HTTP/1.1 100 Continue\r\n\r\n${httpResponse('abcde')}`],
    ['after several of them', `${'HTTP/1.1 100 Continue\r\nX: y\r\n\r\n'.repeat(3)}${httpResponse('abcde')}`],
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

describe('a response that is too large', () => {
  test('is one byte more than allowed', async () => {
    await withTransport(say(httpResponse('12345')), async ({ post }) => {
      expect((await post({ maxBytes: 5 })).body.toString()).toBe('12345');
    });
    await withTransport(say(httpResponse('123456')), async ({ post }) => {
      expect(await failureOf(post({ maxBytes: 5 }))).toMatchObject({
        reason: 'size',
        sent: true,
        code: 'RESPONSE_TOO_LARGE',
      });
    });
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
    );
  });
});

describe('a compressed response, which nobody asked for', () => {
  const text = JSON.stringify({ stat: 'ok', secret: 'x'.repeat(100) });
  const bytes = gzipSync(text);

  /** Sends a body in two pieces, so that the decoder can't count on one. */
  const sayBytes =
    (encoding: string, body: Buffer): OnRequest =>
    async (socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      socket.write(body.subarray(0, 1));
      await sleep(10);
      socket.write(body.subarray(1));
    };

  test.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', Buffer.from(text)],
    ['', Buffer.from(text)],
  ])('is decoded (%s)', (encoding, body) =>
    withTransport(sayBytes(encoding, body), async ({ post }) => {
      expect((await post()).body.toString()).toBe(text);
      expect((await post()).status).toBe(200);
    }),
  );

  test.each([
    ['that is cut off', 'gzip', bytes.subarray(0, -10), 'BROKEN_ENCODING'],
    ["that isn't compressed", 'gzip', Buffer.from(text), 'BROKEN_ENCODING'],
    ["that isn't compressed", 'deflate', Buffer.from(text), 'BROKEN_ENCODING'],
    ["that isn't compressed", 'br', Buffer.from(text), 'BROKEN_ENCODING'],
    ['in an unknown encoding', 'zstd', bytes, 'UNKNOWN_ENCODING'],
    ['in two encodings', 'gzip, gzip', gzipSync(bytes), 'UNKNOWN_ENCODING'],
  ])("%s (%s) can't be decoded", (_, encoding, body, code) =>
    withTransport(sayBytes(encoding, body), async ({ post }) => {
      expect(await failureOf(post())).toMatchObject({ reason: 'encoding', sent: true, code });
    }),
  );

  test('is bounded in what it becomes, not in what it is', () =>
    withTransport(sayBytes('gzip', gzipSync('x'.repeat(5_000_000))), async ({ post }) => {
      expect(await failureOf(post({ maxBytes: 100_000 }))).toMatchObject({ reason: 'size', sent: true });
      expect((await post({ maxBytes: 5_000_000 })).body).toHaveLength(5_000_000);
    }));

  test('may have no body', () =>
    withTransport(sayBytes('gzip', Buffer.alloc(0)), async ({ post }) => {
      expect((await post()).body).toHaveLength(0);
    }));

  test('is over when the time limit is', () =>
    withTransport(
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 500\r\n\r\n`);
        socket.write(bytes);
      },
      async ({ post }) => {
        expect(await failureOf(post({ limitMs: soonOver }))).toMatchObject({ reason: 'time' });
      },
    ));
});

describe('an error that is no network failure', () => {
  const bug = new TypeError('a bug of ours');

  test('is passed on unchanged: from what receives the body', () =>
    withTransport(say(httpResponse('ok')), async ({ transport }) => {
      const body = {
        write(): boolean {
          throw bug;
        },
      };
      const request = { method: 'GET', path: '/', headers: {} } as const;
      expect(await errorOf(transport.send(request, { limitMs: aWhile, body }))).toBe(bug);
    }));

  test('is passed on unchanged: from what receives a body that was compressed', () =>
    withTransport(
      say(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n${gzipSync('ok').toString('latin1')}`),
      async ({ transport }) => {
        const body = {
          write(): boolean {
            throw bug;
          },
        };
        const request = { method: 'GET', path: '/', headers: {} } as const;
        expect(await errorOf(transport.send(request, { limitMs: aWhile, body }))).toBe(bug);
      },
    ));

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

  test('is passed on unchanged: from the options of TLS', () =>
    withServer(ignore, async ({ port }) => {
      const transport = openTransport(new URL(loopback(port)), { tls: Promise.reject(bug) });
      expect(await errorOf(postTo(transport))).toBe(bug);
    }));
});

describe('a host with several addresses', () => {
  /** Nothing is there: the network rejects it at once, or drops everything. */
  const unroutable = { address: '100::1', family: 6 };

  const slowly = process.platform === 'linux' ? test : test.skip;

  slowly('is reached although the way is long', () =>
    withSlowListener(async (port) => {
      replaceLookups((done) => done(null, [{ address: '127.0.0.1', family: 4 }, unroutable]));
      const transport = openTransport(new URL(`http://localhost:${port}`));
      try {
        expect((await postTo(transport)).body.toString()).toBe('ok');
      } finally {
        await transport.close();
      }
    }),
  );

  slowly('may be a proxy', () =>
    withSlowListener(async (port) => {
      replaceLookups((done) => done(null, [{ address: '127.0.0.1', family: 4 }, unroutable]));
      const proxy = { variable: 'HTTPS_PROXY', url: `http://proxy.invalid:${port}` } as const;
      const transport = openTransport(new URL('https://capture.invalid'), { proxy });
      try {
        // The proxy is reached and says 200. Then it doesn't speak TLS.
        const failure = await failureOf(postTo(transport));
        expect(failure).toMatchObject({ proxy: `proxy.invalid:${port}`, sent: false });
        expect(failure.cause).not.toMatchObject({ name: 'ProxyError' });
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
      const start = performance.now();
      const failure = await failureOf(post({ limitMs: soonOver }));
      expect(failure).toMatchObject({ reason: 'time', sent: true, code: 'ETIMEDOUT' });
      expect(failure.elapsedMs).toBeGreaterThan(soonOver - 10);
      expect(failure.elapsedMs).toBeLessThan(performance.now() - start + 10);
      await soon(connections[0]?.closed as Promise<void>);
      expect(requestsIn(received())).toBe(1);
    }),
  );

  test('does not end an exchange before its time', () =>
    withTransport(
      (socket) => {
        setTimeout(() => socket.write(httpResponse('late')), soonOver);
      },
      async ({ post }) => {
        expect((await post()).body.toString()).toBe('late');
      },
    ));

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

  test('ends a connection that is never established, and nothing was sent', () =>
    withTransport(
      ignore,
      async ({ post }) => {
        expect(await failureOf(post({ limitMs: soonOver }))).toMatchObject({ reason: 'time', sent: false });
      },
      // A server of plain TCP: it accepts the TLS handshake and never responds.
      { origin: (port) => `https://127.0.0.1:${port}` },
    ));

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

test('a missing response is an error that says why, and keeps its cause', () => {
  const cause = new Error('broken');
  const failure = { reason: 'connection', sent: true, code: 'ECONNRESET', elapsedMs: 1, cause } as const;
  const error = new NoResponseError(failure);
  expect(String(error)).toBe('NoResponseError: connection: ECONNRESET');
  expect([error.failure, error.cause]).toEqual([failure, cause]);
});

describe('a connection that fails', () => {
  test('before it is established sent nothing', async () => {
    let free = 0;
    await withServer(ignore, async ({ port }) => {
      free = port;
    });
    const transport = openTransport(new URL(loopback(free)));
    try {
      const failure = await failureOf(postTo(transport));
      expect(failure).toMatchObject({ reason: 'connection', sent: false, code: 'ECONNREFUSED' });
    } finally {
      await soon(transport.close());
    }
  });

  test('in its TLS handshake sent nothing', () =>
    withServer(ignore, async (server) => {
      const transport = openTransport(new URL(`https://127.0.0.1:${server.port}`));
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
  test('drops a connection that was kept for the next request', () =>
    withTransport(say(httpResponse('ok')), async ({ post, transport, connections }) => {
      await post();
      expect(connections[0]?.socket.destroyed).toBe(false);
      await soon(transport.close());
      await soon(connections[0]?.closed as Promise<void>);
    }));

  test('ends an exchange that is in progress', () =>
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

  test('leaves nothing that could send', () =>
    withTransport(say(httpResponse('ok')), async ({ post, transport, connections }) => {
      await soon(transport.close());
      expect(await failureOf(post())).toMatchObject({ reason: 'connection', sent: false });
      expect(connections).toHaveLength(0);
    }));
});

describe('a proxy', () => {
  const proxies = (port: number) => ({ httpsProxy: loopback(port), httpProxy: loopback(port) });
  const origin = () => 'https://capture.invalid';

  test('is asked for a tunnel, and never sees the request', () =>
    withTransport(
      sayAndEnd('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'),
      async ({ transport, received }) => {
        const failing = failureOf(postTo(transport, { headers: { Authorization: 'hush' }, body: 'hush' }));
        expect(await failing).toMatchObject({
          reason: 'connection',
          sent: false,
          proxy: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
          cause: { name: 'ProxyError', reached: true, status: 403 },
        });
        expect(received()).toMatch(/^CONNECT capture\.invalid:443 HTTP\/1\.1\r\n/);
        expect(received()).not.toContain('hush');
      },
      { origin, proxies },
    ));

  test('that never responds takes no longer than the time limit, and nothing was sent', () =>
    withTransport(
      ignore,
      async ({ post, transport, connections }) => {
        expect(await failureOf(post({ limitMs: soonOver }))).toMatchObject({ reason: 'time', sent: false });
        await soon(transport.close());
        await soon(connections[0]?.closed as Promise<void>);
      },
      { origin, proxies },
    ));

  test('is never used for loopback hosts', () =>
    withServer(ignore, (proxy) =>
      withTransport(
        say(httpResponse('ok')),
        async ({ post }) => {
          expect((await post()).status).toBe(200);
          expect(proxy.connections).toHaveLength(0);
        },
        { proxies: () => proxies(proxy.port) },
      ),
    ));

  // Like the Actions toolkit, which doesn't know `*.` and ports.
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
  ])('is not used for %s with NO_PROXY=%s', (host, noProxy) =>
    withTransport(
      ignore,
      async ({ post, connections }) => {
        const noSuchHost = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });
        replaceLookups((done) => process.nextTick(done, noSuchHost));
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
  ])('is used for %s with NO_PROXY=%s', (host, noProxy) =>
    withTransport(
      sayAndEnd('HTTP/1.1 403 Forbidden\r\n\r\n'),
      async ({ post, received }) => {
        expect((await failureOf(post())).cause).toMatchObject({ name: 'ProxyError', status: 403 });
        expect(received()).toContain(`CONNECT ${host}:443 HTTP/1.1\r\n`);
      },
      { origin: () => `https://${host}`, proxies: (port) => ({ ...proxies(port), noProxy }) },
    ),
  );
});
