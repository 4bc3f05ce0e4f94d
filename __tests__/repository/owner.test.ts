import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { filesWithOwner, pin, replaceOwner, setOwner } from '../../scripts/set-owner.ts';

const root = resolve(import.meta.dirname, '../..');

/** Where `org` is a made-up repository. */
const others = ['__tests__/repository/workflows.test.ts'];
const isFork = !readFileSync(join(root, 'README.md'), 'utf8').includes('/org/capture-client-action');

(isFork ? test.skip : test)('a fork has its own name in every file that names this repository', () => {
  const files = filesWithOwner(root).filter((file) => !others.includes(file));
  const texts = files.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
  const changed = texts.filter(({ text }) => replaceOwner(text, 'acme') !== text).map(({ file }) => file);
  for (const file of ['README.md', 'docs/setup.md', 'examples/job/test.yml', '.github/CODEOWNERS']) {
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

const commit = '0123456789abcdef0123456789abcdef01234567';

test('the actions of this repository are pinned, and nothing else', () => {
  const text = [
    '- uses: acme/capture-client-action/delete@v1',
    'acme/capture-client-action@v1, `@v1.0.0`, actions/checkout@v1, acme/capture-client-action@v1.2.0',
    '  repository: acme/capture-client-action',
    '  ref: v1',
  ].join('\n');
  const pinned = [
    `- uses: acme/capture-client-action/delete@${commit} # v1.0.0`,
    `acme/capture-client-action@${commit} # v1.0.0, \`@v1.0.0\`, actions/checkout@v1, acme/capture-client-action@v1.2.0`,
    '  repository: acme/capture-client-action',
    `  ref: ${commit} # v1.0.0`,
  ].join('\n');
  expect(pin(text, commit, '1.0.0')).toBe(pinned);
});

test('only files of the repository are changed, neither sources nor what is built from them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'owner-'));
  const text = 'https://github.com/org/capture-client-action@v1';
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const write = (file: string, content: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  };
  try {
    execFileSync('git', ['init'], { cwd: folder, stdio: 'ignore' });
    write('package.json', '{"version": "1.0.0"}');
    write('.gitignore', 'ignored.txt\n');
    const left = ['dist/index.js', 'src/main.ts', 'ignored.txt'];
    for (const file of ['README.md', 'action.yml', ...left]) write(file, text);
    expect(setOwner(folder, 'acme').sort()).toEqual(['README.md', 'action.yml']);
    expect(read('README.md')).toBe('https://github.com/acme/capture-client-action@v1');
    for (const file of left) expect(read(file)).toBe(text);
    expect(setOwner(folder, 'acme')).toEqual([]);
    expect(setOwner(folder, 'acme', commit)).toEqual(['README.md']);
    expect(read('README.md')).toBe(`https://github.com/acme/capture-client-action@${commit} # v1.0.0`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("neither the sources nor dist/ name the owner, so that a fork's dist/ has the same bytes", () => {
  const files = globSync(['src/**/*.ts', 'dist/**/*.js'], { cwd: root });
  expect(files.length).toBeGreaterThan(50);
  expect(
    files.filter((file) => /\borg\/capture-client-action\b/.test(readFileSync(join(root, file), 'utf8'))),
  ).toEqual([]);
});

test.each([[['acme/other']], [['acme', '--pin', 'v1.0.0']], [['acme', '--pin', commit.slice(0, 12)]]])(
  '%j is rejected: a name that no owner can have, or not a whole commit',
  (args) => {
    const run = (): unknown =>
      execFileSync(process.execPath, [join(root, 'scripts/set-owner.ts'), ...args], { stdio: 'pipe' });
    expect(run).toThrow(/Pass the name of the organization/);
  },
);
