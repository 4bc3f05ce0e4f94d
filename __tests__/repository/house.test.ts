import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const source = resolve(import.meta.dirname, '../../src');
const rooms: Record<string, string[]> = {
  capture: ['capture'],
  lifecycle: ['lifecycle', 'capture'],
  workflow: ['workflow', 'lifecycle', 'capture', '.'],
  entrypoints: ['workflow', 'lifecycle', 'capture', '.'],
};

describe.each(Object.entries(rooms))('src/%s', (room, allowed) => {
  test.each(filesOf(room))(`%s imports nothing but from ${allowed.join(', ')}`, (file) => {
    for (const imported of importsOf(join(source, room, file))) {
      if (!imported.startsWith('.')) continue;
      expect(allowed).toContain(posix.dirname(posix.join(room, imported)));
    }
  });
});

test('neither capture nor lifecycle knows of GitHub Actions, and lifecycle of no clock, network or environment', () => {
  for (const room of ['capture', 'lifecycle']) {
    for (const file of filesOf(room)) {
      const text = readFileSync(join(source, room, file), 'utf8');
      expect(text).not.toMatch(/@actions\/|GITHUB_|process\.env/);
      if (room === 'lifecycle')
        expect(text).not.toMatch(/Date\.now|Math\.random|node:|from 'undici'|setTimeout/);
    }
  }
});

const { scripts } = JSON.parse(readFileSync(resolve(source, '../package.json'), 'utf8'));
const commands = Object.values<string>(scripts).flatMap(
  (command) => /^node (\S+\.ts)$/.exec(command)?.[1] ?? [],
);

test.each(commands)('%s loads nothing that runs in jest alone', (command) => {
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const imported of importsOf(file)) {
      expect([file, imported]).not.toContain('@jest/globals');
      if (imported.startsWith('.')) load(resolve(dirname(file), imported));
    }
  };
  load(resolve(source, '..', command));
  expect(loaded.size).toBeGreaterThan(1);
});

function filesOf(room: string): string[] {
  return readdirSync(join(source, room));
}

function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)].map(([, path = '']) => path);
}
