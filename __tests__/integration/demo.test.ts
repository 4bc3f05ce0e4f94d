import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

function runDemo(env: Record<string, string>): string {
  const { NO_COLOR, FORCE_COLOR, ...rest } = process.env;
  const options = { cwd: root, env: { ...rest, ...env }, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/demo.ts')], options);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

test('the demo shows one client from its creation to its deletion, and no secret', () => {
  const output = runDemo({ NO_COLOR: '1' });
  const [, owner] = /owner_client_id: (\S+)/.exec(output) ?? [];
  const ids = new Set(output.match(/\b[2-9a-hjkmnp-z]{32}\b/g));
  expect(ids.delete(owner ?? '')).toBe(true);
  expect(ids.size).toBe(1);
  expect(output.match(/✓/g)).toHaveLength(5);
});

test.each([
  ['in color where a terminal has it', { FORCE_COLOR: '1' }, true],
  ['without color in a pipe', {}, false],
])('the demo is %s', (_, env, hasColor) => {
  expect(runDemo(env).includes('\x1b[')).toBe(hasColor);
});
