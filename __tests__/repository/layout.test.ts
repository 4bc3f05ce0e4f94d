import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

/** The folders in src, and the other folders that each one may import. */
const layers: Record<string, readonly string[]> = {
  capture: [],
  lifecycle: ['capture'],
  inputs: ['lifecycle', 'capture'],
  github: ['inputs', 'lifecycle', 'capture'],
  gitlab: ['inputs', 'lifecycle', 'capture'],
  reports: ['github', 'inputs', 'lifecycle', 'capture'],
  actions: ['reports', 'github', 'inputs', 'lifecycle', 'capture'],
  cli: ['reports', 'github', 'gitlab', 'inputs', 'lifecycle', 'capture'],
};
/** The files in src that every folder may import. */
const leaves = [
  'expected-error.ts',
  'log.ts',
  'masking.ts',
  'sanitize.ts',
  'random.ts',
  'sealing.ts',
  'version.ts',
];
/** The file that the bundle starts from. Only the guard of the post step imports it. */
const entry = 'main.ts';

/** What each folder of the repository may import besides itself. */
const folders: Record<string, readonly string[]> = {
  src: [],
  emulator: [],
  scripts: ['src', 'emulator', '__tests__'],
  __tests__: ['src', 'emulator', 'scripts'],
};

const sources = globSync('{src,emulator,scripts,__tests__}/**/*.{ts,js,cjs}', { cwd: root }).map((file) =>
  file.replaceAll('\\', '/'),
);

/** By file: the files and packages that it imports, types included. Paths are relative to the repository. */
const imports = new Map(sources.map((file) => [file, importsOf(file)]));

test('src has only known folders and files', () => {
  const names = new Set(
    globSync('src/*', { cwd: root }).map((path) => posix.basename(path.replaceAll('\\', '/'))),
  );
  expect([...names].filter((name) => ![...Object.keys(layers), ...leaves, entry].includes(name))).toEqual([]);
});

describe.each(Object.entries(layers))('src/%s', (folder, below) => {
  test(`imports only from itself, ${[...below, 'and the files that any folder may import'].join(', ')}`, () => {
    const allowed = [folder, ...below, ...leaves, ...(folder === 'actions' ? [entry] : [])];
    expect(importsOutside(`src/${folder}`, (path) => allowed.includes(path.split('/')[1] ?? ''))).toEqual([]);
  });
});

test.each(leaves)('src/%s imports no folder', (leaf) => {
  const files = leaves.map((name) => `src/${name}`);
  expect((imports.get(`src/${leaf}`) ?? []).filter((path) => isFile(path) && !files.includes(path))).toEqual(
    [],
  );
});

test.each(Object.entries(folders))('%s imports only from itself and from [%s]', (folder, others) => {
  const allowed = [folder, ...others, 'jest.config.js'];
  expect(importsOutside(folder, (path) => allowed.includes(path.split('/')[0] ?? ''))).toEqual([]);
});

test('no file imports itself through others, types included', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (done.has(file)) return;
    done.add(file);
    for (const imported of imports.get(file) ?? []) visit(imported, [...path, file]);
  };
  for (const file of sources) visit(file, []);
  expect(circles).toEqual([]);
});

test.each([
  ['capture', 'a CI system', /@actions\/|GITHUB_|GITLAB_/],
  ['lifecycle', 'a CI system', /@actions\/|GITHUB_|GITLAB_/],
  [
    'lifecycle',
    'a clock, network, or environment',
    /Date\.now|Math\.random|'node:|'undici|setTimeout|process\./,
  ],
])('src/%s has no access to %s', (folder, _, pattern) => {
  const files = filesIn(`src/${folder}`);
  expect(files.filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
});

test('a folder of unit tests is named like what it tests', () => {
  const names = new Set(filesIn('__tests__/unit').map((file) => file.split('/')[2] ?? ''));
  const known = [...Object.keys(layers), 'emulator', 'support'];
  const files = leaves.map((leaf) => leaf.replace('.ts', '.test.ts'));
  expect([...names].filter((name) => ![...known, ...files].includes(name))).toEqual([]);
});

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const commands = Object.values<string>(scripts).flatMap((line) => /^node (\S+\.ts)$/.exec(line)?.[1] ?? []);

test.each(commands)('%s runs outside jest', (command) => {
  const loaded = new Set([command]);
  for (const file of loaded) for (const imported of imports.get(file) ?? []) loaded.add(imported);
  expect(loaded).not.toContain('@jest/globals');
});

function filesIn(folder: string): string[] {
  return sources.filter((file) => file.startsWith(`${folder}/`));
}

/** Every import in a folder whose file isn't allowed, as "importer → imported". */
function importsOutside(folder: string, isAllowed: (path: string) => boolean): string[] {
  return filesIn(folder).flatMap((file) =>
    (imports.get(file) ?? [])
      .filter((path) => isFile(path) && !isAllowed(path))
      .map((path) => `${file} → ${path}`),
  );
}

function isFile(path: string): boolean {
  return imports.has(path) || path === 'jest.config.js';
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const statements = /^(?:import|export)\b[^;]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;
  return [...text.matchAll(statements)].map(([, from, bare, dynamic]) => {
    const path = from ?? bare ?? dynamic ?? '';
    return path.startsWith('.') ? posix.join(dirname(file), path) : path;
  });
}
