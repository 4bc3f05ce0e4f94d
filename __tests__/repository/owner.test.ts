import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { filesWithOwner, replaceOwner, setOwner } from '../../scripts/set-owner.ts';

const root = resolve(import.meta.dirname, '../..');

/** Where `org` is a made-up repository. */
const others = ['__tests__/repository/workflows.test.ts'];
const isFork = !readFileSync(join(root, 'README.md'), 'utf8').includes('/org/capture-client-action');

(isFork ? test.skip : test)('a fork has its own name in every file that names this repository', () => {
  const files = filesWithOwner(root).filter((file) => !others.includes(file));
  const texts = files.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
  const changed = texts.filter(({ text }) => replaceOwner(text, 'acme') !== text).map(({ file }) => file);
  for (const file of ['README.md', 'docs/setup.md', 'examples/job/test.yml', 'src/github/step.ts']) {
    expect(changed).toContain(file);
  }
  expect(changed).toContain('.github/ISSUE_TEMPLATE/config.yml');
  const left = texts.flatMap(({ file, text }) =>
    replaceOwner(text, 'acme')
      .split('\n')
      .filter((line) => /(?<![\w.-])org\\?\/|`org`/.test(line))
      .map((line) => `${file}: ${line}`),
  );
  expect(left).toEqual([]);
});

test('names that only contain the placeholder stay, and its explanation goes', () => {
  expect(replaceOwner('https://example.org/capture-client-action borg/capture-client-action', 'acme')).toBe(
    'https://example.org/capture-client-action borg/capture-client-action',
  );
  const text =
    '> One.\n> <!-- placeholder -->Replace\n> `org/`.<!-- /placeholder -->\n> org/capture-client-action@v1';
  expect(replaceOwner(text, 'acme')).toBe('> One.\n> acme/capture-client-action@v1');
});

test('only files of the repository are changed, and not what is built', () => {
  const folder = mkdtempSync(join(tmpdir(), 'owner-'));
  try {
    const git = (...args: string[]): unknown => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
    git('init');
    mkdirSync(join(folder, 'dist'));
    const text = 'https://github.com/org/capture-client-action';
    for (const file of ['README.md', 'dist/index.js', 'ignored.txt']) writeFileSync(join(folder, file), text);
    writeFileSync(join(folder, '.gitignore'), 'ignored.txt\n');
    expect(setOwner(folder, 'acme')).toEqual(['README.md']);
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe(
      'https://github.com/acme/capture-client-action',
    );
    expect(readFileSync(join(folder, 'dist/index.js'), 'utf8')).toBe(text);
    expect(setOwner(folder, 'acme')).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a name that no owner can have is rejected', () => {
  const run = (): unknown =>
    execFileSync(process.execPath, [join(root, 'scripts/set-owner.ts'), 'acme/other'], { stdio: 'pipe' });
  expect(run).toThrow(/Pass the name of the organization/);
});
