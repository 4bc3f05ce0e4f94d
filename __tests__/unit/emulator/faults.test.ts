import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import type { Emulator, Fault } from '../../../emulator/emulator.ts';
import {
  basic,
  call,
  decompress,
  emulated,
  errorOf,
  open,
  pause,
  post,
  type Received,
  send,
  sendForBytes,
  statusesOf,
} from './request.ts';

/** Sends clients/add and returns the response, or the code of the error that came instead. */
async function add(emulator: Emulator): Promise<Received | string> {
  const message = post('clients/add', { description: 'one' }, basic(emulator.owner));
  return send(emulator, message).catch((error: NodeJS.ErrnoException) => String(error.code));
}

const hasClient = (emulator: Emulator) => emulator.clients().length === 2;

/** What the client sees if the connection is still open after a moment. */
const patience = async () => {
  await pause(150);
  return 'still waiting';
};

const page = expect.stringContaining('<html>');

interface Case {
  fault: Fault;
  sees: unknown;
  commits: boolean;
}

const cases: Case[] = [
  { fault: { kind: 'reset-before-commit' }, sees: 'ECONNRESET', commits: false },
  { fault: { kind: 'reset-after-commit' }, sees: 'ECONNRESET', commits: true },
  { fault: { kind: 'hang-before-commit' }, sees: 'still waiting', commits: false },
  { fault: { kind: 'hang-after-commit' }, sees: 'still waiting', commits: true },
  { fault: { kind: 'cut-off' }, sees: 'ECONNRESET', commits: true },
  {
    fault: { kind: 'http-before-commit', status: 503, headers: { 'retry-after': '1' } },
    sees: { status: 503, headers: { 'content-type': 'text/html', 'retry-after': '1' }, body: page },
    commits: false,
  },
  {
    fault: { kind: 'http-after-commit', status: 504 },
    sees: { status: 504, headers: { 'content-type': 'text/html' }, body: page },
    commits: true,
  },
  {
    fault: {
      kind: 'http-after-commit',
      status: 429,
      body: 'slowly',
      headers: { 'Content-Type': 'text/plain' },
    },
    sees: { status: 429, headers: { 'content-type': 'text/plain' }, body: 'slowly' },
    commits: true,
  },
  {
    fault: { kind: 'http-before-commit', status: 200 },
    sees: { status: 200, headers: { 'content-type': 'text/html' }, body: page },
    commits: false,
  },
  {
    fault: { kind: 'api-before-commit', code: 510, headers: { 'Retry-After': '7' } },
    sees: { status: 200, headers: { 'retry-after': '7' }, body: expect.stringContaining('"code":510') },
    commits: false,
  },
  {
    fault: { kind: 'response', status: 302, headers: { location: 'http://127.0.0.1:1/' } },
    sees: { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
    commits: false,
  },
  {
    fault: { kind: 'response', body: Buffer.from('{}') },
    sees: { status: 200, headers: {}, body: '{}' },
    commits: false,
  },
];

describe('what a fault does', () => {
  test.each(cases)('$fault', ({ fault, sees, commits }) =>
    emulated({}, async (emulator) => {
      emulator.inject(fault);
      const seen = await Promise.race([add(emulator), patience()]);
      if (typeof sees === 'string') expect(seen).toBe(sees);
      else expect(seen).toMatchObject(sees as object);
      expect(hasClient(emulator)).toBe(commits);
    }),
  );

  test('garbled: takes effect, and the response is HTTP 200 and JSON only by its type', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ kind: 'garbled' });
      const seen = (await add(emulator)) as Received;
      expect(seen).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
      expect(() => JSON.parse(seen.body)).toThrow(SyntaxError);
      expect(hasClient(emulator)).toBe(true);
    }));

  test('reset: the connection ends with a TCP reset', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ kind: 'reset-before-commit' });
      const socket = connect(Number(new URL(emulator.domain).port), '127.0.0.1');
      socket.write('GET /clients/list HTTP/1.1\r\nhost: a\r\n\r\n');
      const end = await new Promise((resolve) => socket.on('error', resolve).on('end', () => resolve('end')));
      expect(end).toMatchObject({ code: 'ECONNRESET' });
    }));

  test('cut-off: half of the response arrives, short of its Content-Length', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ kind: 'cut-off' });
      const incoming = await open(
        emulator,
        post('clients/add', { description: 'one' }, basic(emulator.owner)),
      );
      let received = '';
      const end = await new Promise((resolve) => {
        incoming.on('data', (chunk) => {
          received += chunk;
        });
        incoming.on('end', () => resolve('end')).on('error', resolve);
      });
      expect(end).toMatchObject({ code: 'ECONNRESET' });
      expect(received).toMatch(/^\{"features":\[\],"description":"one"/);
      expect(received).toHaveLength(Math.floor(Number(incoming.headers['content-length']) / 2));
    }));

  test.each([
    [480, 'api_feature_disabled'],
    [500, 'unexpected_error'],
    [504, 'timeout_error'],
    [510, 'api_limit_error'],
  ])('api-before-commit and api-after-commit with %i: HTTP 200 and %s', (code, error) =>
    emulated({}, async (emulator) => {
      const expected = { code, error, stat: 'error', error_description: expect.stringMatching(/./) };
      emulator.inject({ kind: 'api-before-commit', code });
      expect(errorOf(await call(emulator, 'clients/add', { description: 'one' }))).toEqual(expected);
      expect(hasClient(emulator)).toBe(false);
      emulator.inject({ kind: 'api-after-commit', code });
      expect(errorOf(await call(emulator, 'clients/add', { description: 'one' }))).toEqual(expected);
      expect(hasClient(emulator)).toBe(true);
    }),
  );

  test.each(['gzip', 'deflate', 'raw-deflate', 'br'] as const)(
    'compressed: takes effect, and the response is compressed although the request accepts no %s',
    (encoding) =>
      emulated({}, async (emulator) => {
        emulator.inject({ kind: 'compressed', encoding });
        const message = post('clients/add', { description: 'one' }, basic(emulator.owner));
        const { headers, body } = await sendForBytes(emulator, message);
        expect(headers['content-encoding']).toBe(encoding.replace('raw-', ''));
        expect(JSON.parse(String(decompress[encoding](body)))).toMatchObject({ description: 'one' });
        expect(hasClient(emulator)).toBe(true);
      }),
  );

  test.each([100, 102, 103] as const)(
    'interim: takes effect, and an unexpected %i comes before the response',
    (status) =>
      emulated({}, async (emulator) => {
        emulator.inject({ kind: 'interim', status });
        const message = post('clients/add', { description: 'one' }, basic(emulator.owner));
        expect(await statusesOf(emulator, message)).toEqual([status, 200]);
        expect(hasClient(emulator)).toBe(true);
      }),
  );

  test('late-commit: reset at once, takes effect later', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ kind: 'late-commit', ms: 100 });
      expect(await add(emulator)).toBe('ECONNRESET');
      expect(hasClient(emulator)).toBe(false);
      await pause(150);
      expect(hasClient(emulator)).toBe(true);
    }));

  test('late-commit: has no effect if another request made it invalid', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ kind: 'late-commit', ms: 100 });
      await add(emulator);
      const { client_id } = await call(emulator, 'clients/add', { description: 'one' });
      await pause(150);
      expect(emulator.clients().map((client) => client.client_id)).toEqual([
        emulator.owner.client_id,
        client_id,
      ]);
    }));

  test('slow: the response comes after its time', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ kind: 'slow', ms: 100 });
      const start = performance.now();
      expect(await add(emulator)).toMatchObject({ body: expect.stringContaining('"stat":"ok"') });
      expect(performance.now() - start).toBeGreaterThanOrEqual(95);
      expect(hasClient(emulator)).toBe(true);
    }));

  test.each([10, 1_000_000])('huge: %i bytes that begin like JSON', (bytes) =>
    emulated({}, async (emulator) => {
      emulator.inject({ kind: 'huge', bytes });
      const { body } = (await add(emulator)) as Received;
      expect(body).toHaveLength(bytes);
      expect(body.slice(0, 10)).toBe('{"stat":"o');
      expect(hasClient(emulator)).toBe(false);
    }),
  );

  test('huge: the emulator survives a client that hangs up', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ kind: 'huge', bytes: 1e12 });
      const incoming = await open(emulator, post('clients/add', {}, {}));
      incoming.on('error', () => {}).destroy();
      expect(await call(emulator, 'clients/list')).toMatchObject({ stat: 'ok' });
    }));

  test('a call with wrong credentials has no effect', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ kind: 'reset-after-commit' });
      const stranger = { ...emulator.owner, client_secret: 'x' };
      await expect(call(emulator, 'clients/add', { description: 'one' }, stranger)).rejects.toThrow();
      expect(hasClient(emulator)).toBe(false);
    }));
});

describe('a fault strikes', () => {
  const failing = { kind: 'api-before-commit', code: 480 } as const;
  const codes = async (emulator: Emulator, names: string[]) => {
    const codes = [];
    for (const name of names) {
      const { code } = await call(emulator, name, { description: 'd' });
      codes.push(code);
    }
    return codes;
  };
  const LIST = 'clients/list';
  const CLEAR = 'clients/clear_whitelist';

  test('one request of any call by default', () =>
    emulated({}, async (emulator) => {
      emulator.inject(failing);
      expect(await codes(emulator, [CLEAR, LIST])).toEqual([480, undefined]);
    }));

  test('requests of its call', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ ...failing, call: LIST, times: 2 });
      expect(await codes(emulator, [CLEAR, LIST, CLEAR, LIST, LIST])).toEqual([
        undefined,
        480,
        undefined,
        480,
        undefined,
      ]);
    }));

  test('all requests with Infinity', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ ...failing, times: Number.POSITIVE_INFINITY });
      expect(await codes(emulator, [LIST, CLEAR, LIST])).toEqual([480, 480, 480]);
    }));

  test('only after it let some requests of its call through', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ ...failing, call: LIST, after: 1 });
      expect(await codes(emulator, [CLEAR, LIST, CLEAR, LIST, LIST])).toEqual([
        undefined,
        undefined,
        undefined,
        480,
        undefined,
      ]);
    }));

  test('in the order of the injections', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ ...failing, after: 1 });
      emulator.inject({ kind: 'api-before-commit', code: 510 });
      emulator.inject({ kind: 'api-before-commit', code: 500, call: CLEAR });
      expect(await codes(emulator, [LIST, LIST, LIST, CLEAR])).toEqual([510, 480, undefined, 500]);
    }));

  test('and is then in `strikes`, once for each request', () =>
    emulated({}, async (emulator) => {
      const twice = { ...failing, call: CLEAR, times: 2 };
      const once = { ...failing, call: LIST };
      for (const fault of [twice, once, { ...failing, after: 9 }]) emulator.inject(fault);
      await codes(emulator, [LIST, CLEAR, LIST, CLEAR]);
      expect(emulator.strikes).toEqual([once, twice, twice]);
    }));
});

test('a response that Node.js does not write ends its connection, not the emulator', () =>
  emulated({ latencyMs: 10 }, async (emulator) => {
    emulator.inject({ kind: 'response', headers: { trailer: 'x', 'content-length': '1' }, body: 'x' });
    await expect(call(emulator, 'clients/list')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await call(emulator, 'clients/list')).toMatchObject({ stat: 'ok' });
  }));

test.each<Fault>([
  { kind: 'api-before-commit', code: 999 },
  { kind: 'http-before-commit', status: 100 },
  { kind: 'response', status: 600 },
  { kind: 'response', headers: { a: 'b\r\nc: d' } },
  { kind: 'response', headers: { 'a b': 'c' } },
  { kind: 'slow', ms: Number.POSITIVE_INFINITY },
  { kind: 'late-commit', ms: -1 },
  { kind: 'huge', bytes: Number.NaN },
  { kind: 'compressed', encoding: 'zip' as 'gzip' },
  { kind: 'no such kind' as 'garbled' },
])('inject rejects an impossible fault: %j', (fault) =>
  emulated({}, async (emulator) => {
    expect(() => emulator.inject(fault)).toThrow();
    expect(await call(emulator, 'clients/list')).toMatchObject({ stat: 'ok' });
  }),
);
