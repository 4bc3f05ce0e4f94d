import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startEmulator } from '../../../emulator/emulator.ts';

const MAIN = fileURLToPath(new URL('../../../emulator/main.ts', import.meta.url));
const LIBRARY = new URL('../../../emulator/emulator.ts', import.meta.url).href;

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function node(...args: string[]) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

/** Runs the command to its end. */
async function finish(...args: string[]) {
  const child = node(...args);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { stdout, stderr, code };
}

/** Starts the command and returns what it prints when it is ready. */
async function start(...args: string[]) {
  const child = node(MAIN, ...args);
  const [output] = await once(child.stdout.setEncoding('utf8'), 'data');
  const value = (name: string) => new RegExp(`${name}: +(\\S+)`).exec(output)?.[1] ?? '';
  return { child, output, value };
}

async function add(value: (name: string) => string) {
  const owner = `${value('owner_client_id')}:${value('owner_client_secret')}`;
  const response = await fetch(`${value('capture_domain')}/clients/add`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(owner).toString('base64')}` },
    body: new URLSearchParams({ description: 'one' }),
  });
  return (await response.json()) as { stat: string };
}

describe('npm run emulator', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('prints how to use it, works, and ends on %s', async (signal) => {
    const { child, output, value } = await start();
    expect(output).toContain('work only here');
    expect(output).toContain('Ctrl+C');
    expect(await add(value)).toMatchObject({ stat: 'ok' });
    expect(await add(value)).toMatchObject({ stat: 'error' });
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  test('has options for the owner and for duplicate descriptions', async () => {
    const { value } = await start(
      '--allow-duplicate-descriptions',
      '--owner-client-id=foo',
      '--owner-client-secret=bar',
    );
    expect([value('owner_client_id'), value('owner_client_secret')]).toEqual(['foo', 'bar']);
    expect(await add(value)).toMatchObject({ stat: 'ok' });
    expect(await add(value)).toMatchObject({ stat: 'ok' });
  });

  test('listens on the port of its option, and fails if that is taken', async () => {
    const reserved = await startEmulator();
    const { port } = new URL(reserved.domain);
    expect(await finish(MAIN, '--port', port)).toEqual({
      stdout: '',
      stderr: expect.stringMatching(/^.*EADDRINUSE.*\n$/),
      code: 1,
    });
    await reserved.close();
    const { value } = await start('--port', port);
    expect(value('capture_domain')).toBe(reserved.domain);
  });

  test.each([
    ['--port=x', '--port must be a whole number from 0 to 65535, not "x".'],
    ['--fault={"kind":"x"}', '--fault: impossible fault: kind "x"'],
  ])('rejects %s with one sentence and exit code 2', async (arg, sentence) => {
    expect(await finish(MAIN, arg)).toEqual({ stdout: '', stderr: `${sentence}\n`, code: 2 });
  });

  test('has options for the rules, the clock, compression, and faults', async () => {
    const { value } = await start(
      '--clock-offset=-3600',
      '--compression=gzip',
      '--deletion=403',
      '--owner-deletion=accept',
      '--whitelist-in-add',
      '--fault={"kind":"api-before-commit","code":510,"call":"clients/add"}',
    );
    const owner = `${value('owner_client_id')}:${value('owner_client_secret')}`;
    const post = (call: string, form: Record<string, string>) =>
      fetch(`${value('capture_domain')}/clients/${call}`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(owner).toString('base64')}` },
        body: new URLSearchParams(form),
      });
    const first = await post('add', { description: 'one' });
    expect(await first.json()).toMatchObject({ code: 510 });
    const behind = Date.now() - Date.parse(first.headers.get('date') ?? '');
    expect(Math.round(behind / 60_000)).toBe(60);
    const second = await post('add', { description: 'one' });
    expect(second.headers.get('content-encoding')).toBe('gzip');
    const { client_id, whitelist } = (await second.json()) as { client_id: string; whitelist: string[] };
    expect(whitelist).toEqual(['0.0.0.0/0']);
    const deletion = await post('delete', { client_id_for_deletion: client_id });
    expect(await deletion.json()).toMatchObject({ code: 403 });
  });

  test('prints its options with --help', async () => {
    expect(await finish(MAIN, '--help')).toMatchObject({
      stdout: expect.stringContaining('--port N'),
      code: 0,
    });
  });
});

describe('nothing keeps a process alive after close', () => {
  const pending = `
    const emulator = await startEmulator({ latencyMs: 60_000 });
    for (const kind of ['late-commit', 'slow']) emulator.inject({ kind, ms: 60_000 });
    emulator.inject({ kind: 'hang-before-commit' });
    const calls = Array.from({ length: 4 }, () => fetch(emulator.domain + '/clients/list').catch(() => {}));
    while (emulator.requests.length < 4) await new Promise(setImmediate);
    await emulator.close();
    await Promise.all(calls);
  `;
  const inTheMiddle = `
    const emulator = await startEmulator({ latencyMs: 60_000, onRequest: () => emulator.close() });
    await fetch(emulator.domain + '/clients/list').catch(() => {});
  `;

  test.each([
    ['with everything pending', pending],
    ['with a request that was just read', inTheMiddle],
  ])('%s', async (_, script) => {
    const module = `import { startEmulator } from ${JSON.stringify(LIBRARY)}; ${script} console.log('closed');`;
    const start = performance.now();
    const end = await finish('--input-type=module', '--eval', module);
    expect(end).toEqual({ stdout: 'closed\n', stderr: '', code: 0 });
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});
