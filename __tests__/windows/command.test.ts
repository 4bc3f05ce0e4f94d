import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sealedEnvironment, sealedOptions, secret } from '../support/comparison.ts';
import { Windows } from '../support/wine.ts';

let windows: Windows;
beforeAll(() => {
  windows = new Windows();
});
afterAll(() => windows[Symbol.dispose]());

/** Runs a program below exec, with sealed credentials. */
async function exec(
  program: readonly string[],
  options: { input?: string; flags?: readonly string[]; env?: Record<string, string> } = {},
) {
  const args = ['exec', ...sealedOptions, ...(options.flags ?? []), '--', ...program];
  return await windows.run(args, { ...options, env: { ...sealedEnvironment, ...options.env } });
}

describe('exec on Windows', () => {
  test.each([['npm'], ['npm.cmd'], ['npx']])('starts %s, and hides the secret', async (program) => {
    const { code, stdout } = await exec([program, 'run', 'two words']);
    expect({ code, stdout }).toEqual({
      code: 5,
      stdout: `${program.replace('.cmd', '')} got "run" "two words"\r\nsecret ***\r\n`,
    });
  });

  test('starts a program with a space in its path', async () => {
    const path = join(windows.folder, 'Program Files', 'a program.exe');
    copyFileSync(windows.node, path);
    const args = ['two words', 'q"uote', '%PATH%', '&|<>^', 'back\\'];
    const code = 'console.log(JSON.stringify(process.argv.slice(1))); process.exitCode = 3';
    const ended = await exec([windows.path('Program Files/a program.exe'), '-e', code, '--', ...args]);
    expect(ended.code).toBe(3);
    expect(JSON.parse(ended.stdout)).toEqual(args);
  });

  test('passes standard input, and keeps what is binary', async () => {
    const code = `
      const buffer = Buffer.alloc(100);
      process.stdout.write(buffer.subarray(0, require('fs').readSync(0, buffer)).reverse());`;
    const input = '\r\n\u001a\u0000hello\r\n';
    const { stdout } = await exec([windows.node, '-e', code], { input });
    expect(stdout).toBe([...input].reverse().join(''));
  });

  test('--no-redact passes output unchanged', async () => {
    const { stdout } = await exec(['npm'], { flags: ['--no-redact'] });
    expect(stdout).toContain(`secret ${secret}\r\n`);
  });

  test('doesn’t start what doesn’t exist', async () => {
    const { code, stderr } = await exec([windows.path('none.exe')]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('none.exe');
  });

  test('gives the program the credentials, and nothing of its own', async () => {
    const code =
      'console.log(Object.keys(process.env).filter((name) => name.toUpperCase().startsWith("CAPTURE_")).sort().join())';
    const { stdout } = await exec([windows.node, '-e', code], {
      env: { Capture_Owner_Client_Secret: 'x'.repeat(32) },
    });
    expect(stdout).toBe('CAPTURE_CLIENT_ID,CAPTURE_CLIENT_SECRET,CAPTURE_DOMAIN\n');
  });

  test('reads a secret from standard input', async () => {
    const { CAPTURE_SEAL_KEY: input = '', ...env } = sealedEnvironment;
    const args = ['exec', ...sealedOptions, '--seal-key-file', '-', '--', 'npm'];
    expect(await windows.run(args, { env, input: `${input}\n` })).toMatchObject({ code: 5 });
  });
});

test('unseal writes a file', async () => {
  const args = ['unseal', ...sealedOptions, '--output', windows.path('client.json')];
  expect(await windows.run(args, { env: sealedEnvironment })).toMatchObject({ code: 0, stdout: '' });
  expect(JSON.parse(readFileSync(join(windows.folder, 'client.json'), 'utf8'))).toMatchObject({
    client_secret: secret,
  });
});

test.each(['--version', '--help', 'exec --help'])('%s', async (args) => {
  const { code, stdout, stderr } = await windows.run(args.split(' '));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toBe('');
});
