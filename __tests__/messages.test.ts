import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '..');

/** The texts of three words and more in the sources, with `…` for what is filled in. */
function messagesOf(folder: string): Set<string> {
  const files = globSync('**/*.ts', { cwd: join(root, folder) });
  const messages = new Set<string>();
  for (const file of files) {
    const source = readFileSync(join(root, folder, file), 'utf8').replace(/^\s*(?:\/\*\*?|\*|\/\/).*$/gm, '');
    for (const [, single, double, template] of source.matchAll(
      /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g,
    )) {
      const text = (single ?? double ?? template ?? '').replace(/\\(['"])/g, '$1');
      const message = text.replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…');
      if (/[a-z]+ [a-z]+ [a-z]+/i.test(message)) messages.add(message);
    }
  }
  return messages;
}

/** The first cells of the tables in docs/troubleshooting.md. */
function documented(): string[] {
  const lines = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8').split('\n');
  const rows = lines.filter((line) => /^\| (?!message|what to do|---)/.test(line));
  return rows.map((row) => /^\| (.*?) \|/.exec(row)?.[1] ?? '');
}

test('docs/troubleshooting.md has every message of the action', () => {
  const known = new Set(documented());
  expect([...messagesOf('src')].filter((message) => !known.has(message))).toEqual([]);
});

test('it has no message that the action does not give', () => {
  const sources = globSync('src/**/*.ts', { cwd: root }).map((file) =>
    readFileSync(join(root, file), 'utf8'),
  );
  const texts = sources
    .join('\n')
    .replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…')
    .replace(/\\(['"])/g, '$1');
  expect(documented().filter((message) => !texts.includes(message))).toEqual([]);
});
