import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { startEmulator } from '../../../emulator/emulator.ts';
import { basic, call, emulated, open, pause, post, send } from './request.ts';

describe('every answer', () => {
  test('is HTTP 200, JSON and not to be stored, an error too', () =>
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
  ])('to %s %s is that there is no such endpoint, in the words of the documents', (method, path) =>
    emulated({}, async (emulator) => {
      const answer = await send(emulator, { method, path, headers: basic(emulator.owner) });
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.body)).toEqual({
        code: 404,
        error: 'invalid_api_method',
        error_description: 'This API endpoint does not exist',
        stat: 'error',
      });
      expect(emulator.clients()).toHaveLength(1);
    }),
  );

  test('takes at least the latency', () =>
    emulated({ latencyMs: 100 }, async (emulator) => {
      const start = performance.now();
      await call(emulator, 'clients/list');
      expect(performance.now() - start).toBeGreaterThanOrEqual(95);
    }));
});

describe('a request', () => {
  test('is recorded as it was sent, and seen before it is answered', () => {
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

  test('is answered with an error if onRequest throws', () => {
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

  test('of more than 1 MiB is refused, and not one of 1 MiB', () =>
    emulated({}, async (emulator) => {
      const message = post('clients/add', {}, basic(emulator.owner));
      const body = `description=${'a'.repeat(1024 * 1024 - 12)}`;
      expect(await send(emulator, { ...message, body: `${body}a` })).toMatchObject({ status: 413 });
      expect(emulator.requests).toHaveLength(0);
      expect(await send(emulator, { ...message, body })).toMatchObject({ status: 200 });
      expect(emulator.clients()).toHaveLength(2);
    }));

  test('whose body is no form has no parameters, and a form may say its character set', () =>
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
  test('above the limit are refused and have no effect; those within it and after it succeed', () =>
    emulated({ latencyMs: 100, maxSimultaneousCalls: 2 }, async (emulator) => {
      const add = (description: string) => call(emulator, 'clients/add', { description });
      const answers = await Promise.all(['a', 'b', 'c', 'd'].map(add));
      const refused = answers.filter(({ stat }) => stat === 'error');
      expect(refused).toHaveLength(2);
      expect(refused[0]).toMatchObject({ code: 510, error: 'api_limit_error' });
      expect(emulator.clients()).toHaveLength(3);
      expect(await add('e')).toMatchObject({ stat: 'ok' });
    }));

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
  test('connections end and are refused, then the same port answers with the same clients', () =>
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
  test('ends idle, silent and waiting connections, and may be called again', async () => {
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

test('a client can be put there without a request, as it is to be', () =>
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
    expect(() => emulator.addClient(client)).toThrow('already');
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

test('an owner of its own is made up for every emulator', () =>
  emulated({}, (first) =>
    emulated({}, async (second) => {
      expect(first.owner).not.toEqual(second.owner);
      expect(Object.values(first.owner)).toEqual(
        Array(2).fill(expect.stringMatching(/^[2-9a-hjkmnp-z]{32}$/)),
      );
    }),
  ));
