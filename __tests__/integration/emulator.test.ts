import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildOnce } from './cli/command.ts';

const root = resolve(import.meta.dirname, '../..');

/** A folder that has the sources of the emulator, and nothing else: no packages, no package.json. */
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'emulator-'));
  cpSync(join(root, 'emulator'), join(copy, 'emulator'), { recursive: true });
});

afterAll(() => rmSync(copy, { recursive: true }));

const starts: [string, () => string][] = [
  ['node emulator/main.ts', () => join(copy, 'emulator/main.ts')],
  ['capture-emulator', () => join(buildOnce(), 'package/emulator.js')],
];

describe.each(starts)('%s, without any package,', (command, file) => {
  test('starts, and works', async () => {
    const child = spawn(process.execPath, [file(), '--owner-client-id=a', '--owner-client-secret=b'], {
      cwd: copy,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [output] = await once(child.stdout.setEncoding('utf8'), 'data');
      const domain = /capture_domain: +(\S+)/.exec(output)?.[1];
      const headers = { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` };
      const response = await fetch(`${domain}/clients/list`, { method: 'POST', headers });
      expect(await response.json()).toMatchObject({ stat: 'ok', results: [{ client_id: 'a' }] });
    } finally {
      child.kill();
    }
  });

  test('prints its options with --help', async () => {
    const child = spawn(process.execPath, [file(), '--help'], { stdio: ['ignore', 'pipe', 'inherit'] });
    expect(await text(child.stdout)).toMatch(new RegExp(`^${command} \\[options\\]\n\n  --host ADDRESS `));
  });
});
