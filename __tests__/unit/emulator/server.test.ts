import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { generate } from 'selfsigned';
import { type Emulator, startEmulator } from '../../../emulator/emulator.ts';
import {
  basic,
  call,
  decompress,
  emulated,
  open,
  pause,
  post,
  send,
  sendForBytes,
  signed,
  statusesOf,
} from './request.ts';

describe('every response', () => {
  test('is HTTP 200 and JSON with no-store, for errors too', () =>
    emulated({}, async (emulator) => {
      for (const headers of [basic(emulator.owner), {}]) {
        expect(await send(emulator, post('clients/list', {}, headers))).toMatchObject({
          status: 200,
          headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
        });
      }
    }));

  test.each([
    ['POST', '/'],
    ['POST', '/clients/get'],
    ['POST', '/clients/add/'],
    ['POST', '/constructor'],
    ['POST', '//'],
    ['POST', '/settings/widget/publish'],
    ['GET', '/clients/add?description=one'],
    ['PUT', '/clients/list'],
    ['DELETE', '/clients/delete'],
  ])("to %s %s is code 404 in the API's words", (method, path) =>
    emulated({}, async (emulator) => {
      const response = await send(emulator, { method, path, headers: basic(emulator.owner) });
      expect(response.status).toBe(200);
      expect(JSON.parse(response.body)).toEqual({
        code: 404,
        error: 'invalid_api_method',
        error_description: 'This API endpoint does not exist',
        stat: 'error',
      });
      expect(emulator.clients()).toHaveLength(1);
    }),
  );

  test('takes the latency or longer', () =>
    emulated({ latencyMs: 100 }, async (emulator) => {
      const start = performance.now();
      await call(emulator, 'clients/list');
      expect(performance.now() - start).toBeGreaterThanOrEqual(95);
    }));
});

describe('compression', () => {
  const sendAccepting = (emulator: Emulator, accepted?: string) => {
    const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
    return sendForBytes(emulator, post('clients/list', {}, { ...basic(emulator.owner), ...headers }));
  };

  test.each(['gzip', 'deflate', 'raw-deflate', 'br'] as const)(
    '%s: every response, errors too, accepted or not',
    (compression) =>
      emulated({ compression }, async (emulator) => {
        const list = await sendAccepting(emulator, 'identity');
        expect(list.headers['content-encoding']).toBe(compression.replace('raw-', ''));
        const unpacked = (body: Buffer) => JSON.parse(String(decompress[compression](body)));
        expect(unpacked(list.body)).toEqual({ results: emulator.clients(), stat: 'ok' });
        const error = await sendForBytes(emulator, post('clients/list', {}, {}));
        expect(unpacked(error.body)).toMatchObject({ code: 205 });
      }),
  );

  test.each([
    [undefined, undefined],
    ['identity', undefined],
    ['gzip;q=0, deflate;q=0.0', undefined],
    ['gzip, deflate', 'gzip'],
    ['br;q=0.5, GZIP', 'br'],
    ['deflate;q=1.0', 'deflate'],
  ])('negotiated: for Accept-Encoding %s it is %s', (accepted, expected) =>
    emulated({ compression: 'negotiated' }, async (emulator) => {
      expect((await sendAccepting(emulator, accepted)).headers['content-encoding']).toBe(expected);
    }),
  );

  test('none by default, accepted or not', () =>
    emulated({}, async (emulator) => {
      expect((await sendAccepting(emulator, 'gzip, br')).headers['content-encoding']).toBeUndefined();
    }));

  test('a response that is cut off is half of the compressed bytes', () =>
    emulated({ compression: 'gzip' }, async (emulator) => {
      emulator.inject({ kind: 'cut-off' });
      const incoming = await open(emulator, post('clients/list', {}, basic(emulator.owner)));
      expect(incoming.headers['content-encoding']).toBe('gzip');
      await expect(buffer(incoming)).rejects.toMatchObject({ code: 'ECONNRESET' });
    }));
});

test.each([100, 102, 103] as const)('an unexpected %i can come before every response', (interimStatus) =>
  emulated({ interimStatus }, async (emulator) => {
    for (const headers of [basic(emulator.owner), {}]) {
      expect(await statusesOf(emulator, post('clients/list', {}, headers))).toEqual([interimStatus, 200]);
    }
  }),
);

describe('the clock', () => {
  const dateOf = async (emulator: Emulator, name = 'clients/list') =>
    (await send(emulator, post(name, {}, basic(emulator.owner)))).headers.date;

  test('is in the Date header of every response, errors and faults too', () =>
    emulated({ now: () => Date.UTC(2026, 0, 1), clockOffsetMs: -90_000 }, async (emulator) => {
      emulator.inject({ kind: 'http-before-commit', status: 503, call: 'clients/add' });
      for (const name of ['clients/list', 'clients/nothing', 'clients/add']) {
        expect(await dateOf(emulator, name)).toBe('Wed, 31 Dec 2025 23:58:30 GMT');
      }
      expect(emulator.requests[0]?.at).toBe(Date.UTC(2025, 11, 31, 23, 58, 30));
    }));

  test('decides about the Date of a signed request', async () => {
    const owner = { client_id: 'foo', client_secret: 'bar' };
    const date = '2026-01-01 00:00:00';
    const message = post('clients/list', {}, signed(owner, date, `/clients/list\n${date}\n`));
    for (const [clockOffsetMs, stat] of [
      [600_000, 'ok'],
      [600_001, 'error'],
      [-600_001, 'error'],
    ] as const) {
      await emulated({ owner, now: () => Date.UTC(2026, 0, 1), clockOffsetMs }, async (emulator) => {
        expect(JSON.parse((await send(emulator, message)).body)).toMatchObject({ stat });
      });
    }
  });

  test('can be overridden in a fault', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ kind: 'response', headers: { Date: 'yesterday' } });
      expect(await dateOf(emulator)).toBe('yesterday');
    }));
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

describe('a host', () => {
  test.each([
    [undefined, /^http:\/\/127\.0\.0\.1:\d+$/],
    ['0.0.0.0', /^http:\/\/127\.0\.0\.1:\d+$/],
    ['::1', /^http:\/\/\[::1\]:\d+$/],
    ['::', /^http:\/\/127\.0\.0\.1:\d+$/],
  ])('%s is where it listens, if this machine has the address', (host, domain) => {
    if (host?.includes(':') && !hasIpv6) return Promise.resolve();
    return emulated(host === undefined ? {} : { host }, async (emulator) => {
      expect(emulator.domain).toMatch(domain);
      // The allow list is IPv4 only, and the loopback address counts as 127.0.0.1.
      await call(emulator, 'clients/set_whitelist', { whitelist: '["127.0.0.1/32"]' });
      expect(await call(emulator, 'clients/list')).toMatchObject({ stat: 'ok' });
      await emulator.goOffline();
      await emulator.goOnline();
      expect(emulator.domain).toMatch(domain);
      expect(await call(emulator, 'clients/list')).toMatchObject({ stat: 'ok' });
    });
  });

  test('with a certificate speaks HTTPS, where a reset ends the connection too', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
    await emulated({ tls: { key, cert }, latencyMs: 5 }, async (emulator) => {
      expect(emulator.domain).toMatch(/^https:/);
      const get = () =>
        new Promise((resolve, reject) => {
          const options = { rejectUnauthorized: false, agent: false, headers: basic(emulator.owner) };
          httpsGet(`${emulator.domain}/clients/list`, options, (incoming) => resolve(text(incoming))).on(
            'error',
            reject,
          );
        });
      expect(await get()).toContain('"stat":"ok"');
      emulator.inject({ kind: 'reset-before-commit' });
      await expect(get()).rejects.toMatchObject({ code: 'ECONNRESET' });
      emulator.inject({ kind: 'response', headers: { trailer: 'x', 'content-length': '1' }, body: 'x' });
      await expect(get()).rejects.toMatchObject({ code: 'ECONNRESET' });
      expect(await get()).toContain('"stat":"ok"');
    });
  });
});

describe('a long list', () => {
  test.each([499, 500, 501, 1001])('of %i clients is whole, compressed too', (count) =>
    emulated({}, async (emulator) => {
      for (let n = 1; n < count; n += 1) emulator.addClient({ description: `client ${n}` });
      const expected = { results: emulator.clients(), stat: 'ok' };
      expect(await call(emulator, 'clients/list')).toEqual(expected);
      emulator.inject({ kind: 'compressed', encoding: 'gzip' });
      const message = post('clients/list', {}, basic(emulator.owner));
      const { body } = await sendForBytes(emulator, message);
      expect(JSON.parse(String(decompress.gzip(body)))).toEqual(expected);
    }),
  );

  test('is written in pieces, and the emulator survives a client that hangs up', () =>
    emulated({}, async (emulator) => {
      for (let n = 0; n < 30_000; n += 1) emulator.addClient({ description: `client ${n}` });
      const incoming = await open(emulator, post('clients/list', {}, basic(emulator.owner)));
      expect(incoming.headers['content-length']).toBeUndefined();
      incoming.on('error', () => {}).destroy();
      expect((await call(emulator, 'clients/list')).results).toHaveLength(30_001);
    }));

  test('can be cut off', () =>
    emulated({}, async (emulator) => {
      for (let n = 0; n < 600; n += 1) emulator.addClient({ description: `client ${n}` });
      emulator.inject({ kind: 'cut-off' });
      await expect(call(emulator, 'clients/list')).rejects.toMatchObject({ code: 'ECONNRESET' });
    }));
});

describe('a request', () => {
  test('is recorded as it was sent, before its response', () => {
    const seen: unknown[] = [];
    return emulated(
      { now: () => 42, onRequest: (request) => seen.push([request.call, emulatorClients()]) },
      async (emulator) => {
        emulatorClients = () => emulator.clients().length;
        await call(emulator, 'clients/add', { description: 'a b' });
        await send(emulator, { method: 'GET', path: '/clients/list?has_features=%5B%5D' });
        expect(emulator.requests).toEqual([
          {
            method: 'POST',
            path: '/clients/add',
            call: 'clients/add',
            headers: expect.objectContaining(basic(emulator.owner)),
            form: { description: 'a b' },
            at: 42,
          },
          expect.objectContaining({ method: 'GET', path: '/clients/list', form: { has_features: '[]' } }),
        ]);
        expect(seen).toEqual([
          ['clients/add', 1],
          ['clients/list', 2],
        ]);
      },
    );
  });
  let emulatorClients = () => 0;

  test('gets an error if onRequest throws', () => {
    const onRequest = () => {
      throw new Error('oops');
    };
    return emulated({ onRequest }, async (emulator) => {
      expect(await call(emulator, 'clients/list')).toMatchObject({
        code: 500,
        error_description: expect.stringContaining('oops'),
      });
    });
  });

  test('of more than 1 MiB is rejected, one of 1 MiB is not', () =>
    emulated({}, async (emulator) => {
      const message = post('clients/add', {}, basic(emulator.owner));
      const body = `description=${'a'.repeat(1024 * 1024 - 12)}`;
      expect(await send(emulator, { ...message, body: `${body}a` })).toMatchObject({ status: 413 });
      expect(emulator.requests).toHaveLength(0);
      expect(await send(emulator, { ...message, body })).toMatchObject({ status: 200 });
      expect(emulator.clients()).toHaveLength(2);
    }));

  test('has parameters only if its body is a form, with or without a character set', () =>
    emulated({}, async (emulator) => {
      const add = async (type: string) => {
        const headers = { ...basic(emulator.owner), 'content-type': type };
        return (await send(emulator, { path: '/clients/add', headers, body: 'description=one' })).body;
      };
      expect(await add('application/json')).toContain('missing_argument');
      expect(await add('application/x-www-form-urlencoded; charset=UTF-8')).toContain('"stat":"ok"');
    }));

  test.each([
    'nonsense\r\n\r\n',
    'POST /clients/add HTTP/1.1\r\nhost: a\r\ncontent-length: 99\r\n\r\ndescription=',
    'GET http://elsewhere/clients/list HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
    'GET /clients/list?%ff%00=%&&=&__proto__=1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
    'GET /clients/list HTTP/1.1\r\nhost: a\r\nauthorization: Basic\r\nauthorization: Signature\r\nconnection: close\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n',
    'GET /clients/list HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    'POST /clients/list HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
  ])('does not end the emulator: %j', (bytes) =>
    emulated({}, async (emulator) => {
      const socket = connect(Number(new URL(emulator.domain).port), '127.0.0.1');
      socket.on('error', () => {}).write(bytes);
      await pause(50);
      socket.destroy();
      expect(await call(emulator, 'clients/list')).toMatchObject({ stat: 'ok' });
    }),
  );
});

describe('simultaneous calls', () => {
  test('over the limit are rejected and have no effect; those within it and after it succeed', () =>
    emulated({ latencyMs: 100, maxSimultaneousCalls: 2 }, async (emulator) => {
      const add = (description: string) => call(emulator, 'clients/add', { description });
      const responses = await Promise.all(['a', 'b', 'c', 'd'].map(add));
      const rejected = responses.filter(({ stat }) => stat === 'error');
      expect(rejected).toHaveLength(2);
      expect(rejected[0]).toMatchObject({ code: 510, error: 'api_limit_error' });
      expect(emulator.clients()).toHaveLength(3);
      expect(await add('e')).toMatchObject({ stat: 'ok' });
    }));

  test.each([
    [{}, { status: 200, code: 510 }, undefined],
    [{ limitResponse: 'code-510', retryAfterSeconds: 3 }, { status: 200, code: 510 }, '3'],
    [{ limitResponse: 'http-510', retryAfterSeconds: 3 }, { status: 510 }, '3'],
    [{ limitResponse: 'http-429' }, { status: 429 }, undefined],
    [{ limitResponse: 'http-429', retryAfterSeconds: 0 }, { status: 429 }, '0'],
  ] as const)(
    'over the limit, with %j, are rejected with %j and Retry-After %s',
    (options, expected, after) =>
      emulated({ ...options, maxSimultaneousCalls: 1 }, async (emulator) => {
        emulator.inject({ kind: 'hang-before-commit' });
        open(emulator, post('clients/list', {}, {})).catch(() => {});
        while (emulator.requests.length === 0) await pause(1);
        const { status, headers, body } = await send(emulator, post('clients/list', {}, {}));
        const { code } = status === 200 ? JSON.parse(body) : {};
        expect({ status, code }).toEqual({ code: undefined, ...expected });
        expect(headers['retry-after']).toBe(after);
      }),
  );

  test('end when their connection does', () =>
    emulated({ maxSimultaneousCalls: 1 }, async (emulator) => {
      emulator.inject({ kind: 'hang-after-commit' });
      emulator.inject({ kind: 'reset-after-commit' });
      const socket = connect(Number(new URL(emulator.domain).port), '127.0.0.1');
      socket.write('GET /clients/list HTTP/1.1\r\nhost: a\r\n\r\n');
      await pause(50);
      expect(await call(emulator, 'clients/list')).toMatchObject({ code: 510 });
      socket.destroy();
      await pause(50);
      await expect(call(emulator, 'clients/list')).rejects.toThrow();
      expect(await call(emulator, 'clients/list')).toMatchObject({ stat: 'ok' });
    }));
});

describe('offline', () => {
  test('connections end and are refused, then the same port has the same clients', () =>
    emulated({}, async (emulator) => {
      const { domain } = emulator;
      emulator.addClient({ description: 'one' });
      emulator.inject({ kind: 'hang-before-commit' });
      const waiting = call(emulator, 'clients/list');
      const ended = expect(waiting).rejects.toMatchObject({ code: 'ECONNRESET' });
      await pause(50);
      await emulator.goOffline();
      await emulator.goOffline();
      await ended;
      await expect(call(emulator, 'clients/list')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await emulator.goOnline();
      await emulator.goOnline();
      expect(emulator.domain).toBe(domain);
      expect(await call(emulator, 'clients/list')).toMatchObject({ results: [{}, {}], stat: 'ok' });
    }));
});

describe('close', () => {
  test('ends idle, silent, and waiting connections, and can be called again', async () => {
    const emulator = await startEmulator();
    const silent = connect(Number(new URL(emulator.domain).port), '127.0.0.1');
    const silentEnd = new Promise((resolve) => silent.on('close', resolve).on('error', () => {}));
    emulator.inject({ kind: 'hang-before-commit' });
    const waiting = open(emulator, post('clients/list', {}, {}));
    const ended = expect(waiting).rejects.toMatchObject({ code: 'ECONNRESET' });
    await pause(50);
    await Promise.all([emulator.close(), emulator.close()]);
    await Promise.all([ended, silentEnd, emulator.close()]);
    await expect(emulator.goOnline()).rejects.toThrow('closed');
  });

  test('drops what was still to happen', async () => {
    const emulator = await startEmulator();
    emulator.inject({ kind: 'late-commit', ms: 50 });
    await expect(call(emulator, 'clients/add', { description: 'one' })).rejects.toThrow();
    await emulator.close();
    await pause(100);
    expect(emulator.clients()).toHaveLength(1);
  });
});

test('addClient adds a client as it is given, without a request', () =>
  emulated({}, async (emulator) => {
    const client = {
      client_id: 'a',
      client_secret: 'b',
      description: 'c',
      features: ['owner'],
      whitelist: ['127.0.0.1/32'],
    };
    expect(emulator.addClient(client)).toEqual(client);
    expect(emulator.authenticates('a', 'b')).toBe(true);
    expect(() => emulator.addClient(client)).toThrow('already exists');
    emulator.clients()[1]?.features.push('changed');
    expect(emulator.clients()[1]).toEqual(client);
    expect(emulator.requests).toHaveLength(0);
    expect(await call(emulator, 'clients/list', {}, client)).toMatchObject({ stat: 'ok' });
  }));

test('a port that is taken is an error', () =>
  emulated({}, async (emulator) => {
    const port = Number(new URL(emulator.domain).port);
    await expect(startEmulator({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  }));

test('every emulator has its own random owner', () =>
  emulated({}, (first) =>
    emulated({}, async (second) => {
      expect(first.owner).not.toEqual(second.owner);
      expect(Object.values(first.owner)).toEqual(
        Array(2).fill(expect.stringMatching(/^[2-9a-hjkmnp-z]{32}$/)),
      );
    }),
  ));
