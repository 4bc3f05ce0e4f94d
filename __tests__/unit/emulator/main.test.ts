import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';

const MAIN = fileURLToPath(new URL('../../../emulator/main.ts', import.meta.url));

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function node(...args: string[]) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

/** Starts the command and returns what it prints when it is ready, and a way to create a client. */
async function start(...args: string[]) {
  const child = node(MAIN, ...args);
  const [output] = await once(child.stdout.setEncoding('utf8'), 'data');
  const value = (name: string) => new RegExp(`${name}: +(\\S+)`).exec(output)?.[1] ?? '';
  const credentials = Buffer.from(`${value('owner_client_id')}:${value('owner_client_secret')}`);
  const add = () =>
    fetch(`${value('capture_domain')}/clients/add`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials.toString('base64')}` },
      body: new URLSearchParams({ description: 'one' }),
    });
  return { child, output, add };
}

describe('node emulator/main.ts', () => {
  test('passes its options and faults to the emulator', async () => {
    const fault = '--fault={"kind":"api-before-commit","code":510,"call":"clients/add"}';
    const { add } = await start('--clock-offset=-3600', '--max-description-length=2', fault);
    const first = await add();
    expect(await first.json()).toMatchObject({ code: 510 });
    const behind = Date.now() - Date.parse(first.headers.get('date') ?? '');
    expect(Math.round(behind / 60_000)).toBe(60);
    const second = await add();
    expect(await second.json()).toMatchObject({ code: 200, argument_name: 'description' });
  });
});
