import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { type Emulator, startEmulator } from '../../../emulator/emulator.ts';
import { basic, call, emulated, open, pause, post, send } from './request.ts';

/** A request that has no credentials, so that the response is an error. */
const stranger = post('clients/list', {}, {});

const connectTo = ({ domain }: Emulator) => connect(Number(new URL(domain).port), '127.0.0.1');

describe('every response', () => {
  test.each([
    ['POST', '/'],
    ['POST', '/constructor'],
    ['GET', '/clients/add?description=one'],
    ['PUT', '/clients/list'],
  ])("to %s %s is code 404 in the API's words", (method, path) =>
    emulated({}, async (emulator) => {
      const response = await send(emulator, { method, path, headers: basic(emulator.owner) });
      const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
      expect(response).toMatchObject({ status: 200, headers });
      expect(JSON.parse(response.body)).toEqual({
        code: 404,
        error: 'invalid_api_method',
        error_description: 'This API endpoint does not exist',
        stat: 'error',
      });
      expect(emulator.clients()).toHaveLength(1);
    }),
  );
});

describe('a request', () => {
  test('is recorded as it was sent, before its response', () => {
    const seen: string[] = [];
    return emulated({ now: () => 42, onRequest: (request) => seen.push(request.call) }, async (emulator) => {
      emulator.inject({ kind: 'hang-before-commit', after: 1 });
      await call(emulator, 'clients/add', { description: 'a b' });
      open(emulator, { method: 'GET', path: '/clients/list?has_features=%5B%5D' }).catch(() => {});
      while (seen.length < 2) await pause(1);
      const headers = expect.objectContaining(basic(emulator.owner));
      const added = { path: '/clients/add', call: 'clients/add', form: { description: 'a b' } };
      expect(emulator.requests).toEqual([
        { method: 'POST', ...added, headers, at: 42 },
        expect.objectContaining({ method: 'GET', path: '/clients/list', form: { has_features: '[]' } }),
      ]);
      expect(seen).toEqual(['clients/add', 'clients/list']);
    });
  });
});

test('close ends silent and waiting connections, drops what was still to happen, and can be called again', async () => {
  const emulator = await startEmulator();
  const silent = connectTo(emulator);
  const silentEnd = new Promise((resolve) => silent.on('close', resolve).on('error', () => {}));
  emulator.inject({ kind: 'late-commit', ms: 100 });
  await expect(call(emulator, 'clients/add', { description: 'one' })).rejects.toThrow();
  emulator.inject({ kind: 'hang-before-commit' });
  const ended = expect(open(emulator, stranger)).rejects.toMatchObject({ code: 'ECONNRESET' });
  await pause(30);
  await Promise.all([emulator.close(), emulator.close()]);
  await Promise.all([ended, silentEnd]);
  await expect(emulator.goOnline()).rejects.toThrow('closed');
  await pause(120);
  expect(emulator.clients()).toHaveLength(1);
});
