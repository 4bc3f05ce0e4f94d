import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { type Emulator, type RecordedRequest, startEmulator } from '../../../emulator/emulator.ts';
import { points, unasked } from './points.ts';

const root = resolve(import.meta.dirname, '../../..');
const patienceMs = 120_000;

/** What `npm test` and `npm run test:live` do with a tenant that the environment names: here an emulator. */
async function named(
  use: (tenant: Emulator) => Promise<void>,
  onRequest: (request: RecordedRequest, tenant: Emulator) => void = () => {},
): Promise<void> {
  const tenant: Emulator = await startEmulator({ onRequest: (request) => onRequest(request, tenant) });
  try {
    await use(tenant);
  } finally {
    await tenant.close();
  }
}

function start(args: readonly string[], tenant?: Emulator) {
  const names = {
    CAPTURE_DOMAIN: tenant?.domain ?? '',
    OWNER_CLIENT_ID: tenant?.owner.client_id ?? '',
    OWNER_CLIENT_SECRET: tenant?.owner.client_secret ?? '',
  };
  const env = { ...process.env, ...names, CONTRACT_LIVE: '', CONTRACT_WAIT: '' };
  // A group of its own, as a terminal gives it, for Ctrl+C.
  const child = spawn(process.execPath, args, { cwd: root, env, detached: true });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const end = once(child, 'close').then(async ([code]) => ({ code, output: (await output).join('\n') }));
  return { pid: child.pid as number, end };
}

const testLive = ['scripts/test-live.ts'];

test('npm test leaves the tenant alone', () =>
  named(async (tenant) => {
    const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--runInBand'];
    const { end } = start([...jest, '__tests__/contract/capture', '__tests__/contract/points'], tenant);
    expect(await end).toMatchObject({ code: 0, output: expect.stringContaining('2 passed') });
    expect(tenant.requests).toEqual([]);
  }));

describe('npm run test:live', () => {
  test('without the variables says what it needs and what it does, and does nothing', async () => {
    const { code, output } = await start(testLive).end;
    expect(code).toBe(2);
    const words = ['CAPTURE_DOMAIN', 'OWNER_CLIENT_ID', 'OWNER_CLIENT_SECRET', 'feature owner', '20 calls'];
    for (const word of words) expect(output).toContain(word);
  });

  test(
    'tells of every open point what the tenant did, and deletes what it and a run before made',
    () =>
      named(async (tenant) => {
        tenant.addClient({ description: 'somebody else made it for the capture-client-action contract' });
        const others = tenant.clients();
        tenant.addClient({ description: 'capture-client-action contract of yesterday', features: ['owner'] });
        const { code, output } = await start(testLive, tenant).end;
        expect(output).toContain('A run before had left 1 clients; they are deleted.');
        for (const { question } of [...points, ...unasked]) expect(output).toContain(question);
        expect(output).toMatch(/OTHER .*20 at once.* HTTP 510, code 510 and the headers .*retry-after: 7/);
        expect(output).toMatch(/NOT ASKED {2}The old secret when .* \(takes 61 minutes: --wait\)/);
        expect(output.match(/^ *same {7}/gm)).toHaveLength(points.length - 2);
        expect(code).toBe(0);
        expect(tenant.clients()).toEqual(others);
      }, refuseTooMany),
    patienceMs,
  );

  // Windows has no SIGINT to send.
  (process.platform === 'win32' ? test.skip : test)(
    'stays for the end of a reset secret if it is told to wait, and after Ctrl+C deletes what it made',
    () =>
      named(async (tenant) => {
        const { pid, end } = start([...testLive, '--wait', '-t', 'when the hours_to_live'], tenant);
        const asked = (): boolean => tenant.requests.some(({ call }) => call === 'clients/reset_secret');
        while (!asked()) await Promise.race([sleep(20), end.then(({ output }) => Promise.reject(output))]);
        process.kill(-pid, 'SIGINT');
        const { code, output } = await end;
        expect(code).not.toBe(0);
        expect(output).toContain('The suite left 1 clients; they are deleted.');
        expect(tenant.clients()).toHaveLength(1);
      }),
    patienceMs,
  );

  test('tells of a deleted client that still works', () =>
    named(async (tenant) => {
      const { code, output } = await start([...testLive, '-t', 'How long a deleted client'], tenant).end;
      expect(output).toContain(
        'OTHER      How long a deleted client still works: still works (the emulator:',
      );
      expect(code).toBe(0);
    }, answerTheDeleted));

  test('that is not let in says why, and begins nothing', () =>
    named(async (tenant) => {
      const stranger = { ...tenant, owner: { ...tenant.owner, client_secret: 'wrong-secret-of-no-value' } };
      const { code, output } = await start(testLive, stranger).end;
      expect(code).toBe(1);
      expect(output).toMatch(/could not be deleted:\n .*402/);
      expect(output).not.toContain('wrong-secret');
      expect(tenant.requests).toHaveLength(1);
    }));
});

/** Of all requests, only those of the point that sends 20 at once ask for the owner's settings. */
function refuseTooMany({ call, form }: RecordedRequest, tenant: Emulator): void {
  if (call !== 'settings/items' || form.for_client_id !== tenant.owner.client_id) return;
  const headers = { 'retry-after': '7', 'content-type': 'application/json' };
  const body = JSON.stringify({ stat: 'error', code: 510, error: 'api_limit_error' });
  tenant.inject({ kind: 'answer', call, status: 510, headers, body });
}

function answerTheDeleted({ call, form }: RecordedRequest, tenant: Emulator): void {
  if (call !== 'settings/items') return;
  if (tenant.clients().some(({ client_id }) => client_id === form.for_client_id)) return;
  tenant.inject({ kind: 'answer', call, body: JSON.stringify({ stat: 'ok', result: {} }) });
}
