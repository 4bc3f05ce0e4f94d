import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import type { Emulator, Fault } from '../../../emulator/emulator.ts';
import { basic, call, emulated, open, pause, post, type Received, send } from './request.ts';

const addition = ({ owner }: Emulator) => post('clients/add', { description: 'one' }, basic(owner));

/** Sends clients/add and returns the response, or the code of the error that came instead. */
async function add(emulator: Emulator): Promise<Received | string> {
  return send(emulator, addition(emulator)).catch((error: NodeJS.ErrnoException) => String(error.code));
}

const hasClient = (emulator: Emulator) => emulator.clients().length === 2;

/** What the client sees if the connection is still open after a moment. */
const patience = async () => {
  await pause(1_000);
  return 'still waiting';
};

const page = expect.stringContaining('<html>');
const plain = { 'content-type': 'text/plain' };
const json = { 'content-type': 'application/json' };

describe('what a fault does', () => {
  test.each<[Fault, string | object, boolean]>([
    [{ kind: 'reset-before-commit' }, 'ECONNRESET', false],
    [{ kind: 'reset-after-commit' }, 'ECONNRESET', true],
    [{ kind: 'hang-before-commit' }, 'still waiting', false],
    [{ kind: 'hang-after-commit' }, 'still waiting', true],
    [
      { kind: 'http-before-commit', status: 503, headers: { 'retry-after': '1' } },
      { status: 503, headers: { 'content-type': 'text/html', 'retry-after': '1' }, body: page },
      false,
    ],
    [
      { kind: 'http-after-commit', status: 429, body: 'slowly', headers: { 'Content-Type': 'text/plain' } },
      { status: 429, headers: plain, body: 'slowly' },
      true,
    ],
    [{ kind: 'garbled' }, { status: 200, headers: json, body: expect.stringMatching(/^\x1f/) }, true],
    [{ kind: 'http-before-commit', status: 200 }, { status: 200, body: page }, false],
    [
      { kind: 'api-before-commit', code: 510, headers: { 'Retry-After': '7' } },
      { status: 200, headers: { 'retry-after': '7' }, body: expect.stringContaining('"code":510') },
      false,
    ],
    [
      { kind: 'api-after-commit', code: 504 },
      { status: 200, body: expect.stringContaining('timeout_error') },
      true,
    ],
    [
      { kind: 'response', status: 302, headers: { location: 'http://127.0.0.1:1/' } },
      { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
      false,
    ],
    [{ kind: 'response', body: Buffer.from('{}') }, { status: 200, headers: {}, body: '{}' }, false],
  ])('%j', (fault, sees, commits) =>
    emulated({}, async (emulator) => {
      emulator.inject(fault);
      const seen = await Promise.race([add(emulator), patience()]);
      if (typeof sees === 'string') expect(seen).toBe(sees);
      else expect(seen).toMatchObject(sees);
      expect(hasClient(emulator)).toBe(commits);
    }),
  );

  test('cut-off: takes effect, and half of the response arrives, short of its Content-Length', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ kind: 'cut-off' });
      const incoming = await open(emulator, addition(emulator));
      let received = '';
      incoming.on('data', (chunk) => {
        received += chunk;
      });
      await expect(once(incoming, 'end')).rejects.toMatchObject({ code: 'ECONNRESET' });
      expect(received).toMatch(/^\{"features":\[\],"description":"one"/);
      expect(received).toHaveLength(Math.floor(Number(incoming.headers['content-length']) / 2));
      expect(hasClient(emulator)).toBe(true);
    }));

  test('edited: takes effect, and fields of the response are replaced or removed', () =>
    emulated({}, async (emulator) => {
      const { client_id } = emulator.owner;
      emulator.inject({ kind: 'edited', fields: { client_id, features: null } });
      const { body } = await send(emulator, addition(emulator));
      const client_secret = emulator.clients()[1]?.client_secret;
      const expected = { description: 'one', client_id, client_secret, stat: 'ok' };
      expect(JSON.parse(body)).toEqual(expected);
    }));

  test('late-commit: reset at once, takes effect later', () =>
    emulated({}, async (emulator) => {
      emulator.inject({ kind: 'late-commit', ms: 100 });
      expect(await add(emulator)).toBe('ECONNRESET');
      expect(hasClient(emulator)).toBe(false);
      await pause(150);
      expect(hasClient(emulator)).toBe(true);
    }));
});

describe('a fault strikes', () => {
  const failing = { kind: 'api-before-commit', code: 480 } as const;
  const [LIST, CLEAR] = ['clients/list', 'clients/clear_whitelist'];
  const onList = { ...failing, call: LIST };
  const ordered = [
    { ...failing, after: 1 },
    { ...failing, code: 510 },
    { ...failing, code: 500, call: CLEAR },
  ];

  test.each<[string, Fault[], string]>([
    ['one request of any call by default', [failing], 'clear 480, list ok'],
    ['requests of its call', [{ ...onList, times: 2 }], 'clear ok, list 480, list 480, list ok'],
    ['all with Infinity', [{ ...failing, times: Number.POSITIVE_INFINITY }], 'list 480, clear 480, list 480'],
    ['after it let some through', [{ ...onList, after: 1 }], 'clear ok, list ok, list 480, list ok'],
    ['in the order of the injections', ordered, 'list 510, list 480, list ok, clear 500'],
  ])('%s', (_, faults, expected) =>
    emulated({}, async (emulator) => {
      for (const fault of faults) emulator.inject(fault);
      const seen: string[] = [];
      for (const name of expected.match(/list|clear/g) ?? []) {
        const { code = 'ok' } = await call(emulator, name === 'list' ? LIST : CLEAR);
        seen.push(`${name} ${code}`);
      }
      expect(seen.join(', ')).toBe(expected);
    }),
  );

  test('and is then in `strikes`, once for each request', () =>
    emulated({}, async (emulator) => {
      const twice = { ...failing, call: CLEAR, times: 2 };
      for (const fault of [twice, onList, { ...failing, after: 9 }]) emulator.inject(fault);
      for (const name of [LIST, CLEAR, LIST, CLEAR]) await call(emulator, name);
      expect(emulator.strikes).toEqual([onList, twice, twice]);
    }));
});
