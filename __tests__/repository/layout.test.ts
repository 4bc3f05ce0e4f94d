import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

/** The folders in src, and the other folders that each one may import. Nothing but its host knows the CI system. */
const layers: Record<string, readonly string[]> = {
  secrets: [],
  capture: ['secrets'],
  lifecycle: ['capture', 'secrets'],
  inputs: ['lifecycle', 'capture', 'secrets'],
  ci: ['lifecycle', 'capture', 'secrets'],
  commands: ['inputs', 'lifecycle', 'capture', 'secrets'],
  github: ['commands', 'ci', 'inputs', 'lifecycle', 'capture', 'secrets'],
  // In a workflow, the command belongs to the run, too.
  shell: ['github', 'commands', 'ci', 'inputs', 'lifecycle', 'capture', 'secrets'],
};
/** The files in src that every folder may import. They import no folder, but the log hides secrets. */
const leaves = ['concurrency.ts', 'errors.ts', 'log.ts', 'random.ts', 'version.ts'];
/** The files that are started: of the actions, their post step, and the command. */
const entries = ['main.ts', 'post.ts', 'capture-client.ts'];
/** Folders that may import host.ts, which has only types of the folders below. */
const onHost = ['commands', 'github', 'shell'];

/** What each folder of the repository may import besides itself. */
const folders: Record<string, readonly string[]> = {
  src: [],
  emulator: [],
  scripts: ['src', 'emulator', '__tests__', 'jest.config.js'],
  __tests__: ['src', 'emulator', 'scripts', 'jest.config.js'],
};

interface Import {
  readonly path: string;
  readonly isType: boolean;
}

const sources = globSync('{src,emulator,scripts,__tests__}/**/*.{ts,js,cjs}', { cwd: root }).map((file) =>
  file.replaceAll('\\', '/'),
);
/** By file: the files that it imports, types included. Paths are relative to the repository. */
const imports = new Map(sources.map((file) => [file, importsOf(file)]));

test('src has only known folders and files', () => {
  const names = globSync('src/*', { cwd: root }).map((path) => posix.basename(path.replaceAll('\\', '/')));
  const known = [...Object.keys(layers), ...leaves, ...entries, 'host.ts'];
  expect(names.filter((name) => !known.includes(name))).toEqual([]);
});

test('no two files in src have the same name', () => {
  const names = filesIn('src').map((file) => posix.basename(file));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test.each(Object.entries(layers))(
  'src/%s imports only from itself, the leaves, and [%s]',
  (folder, below) => {
    const allowed = [folder, ...below, ...leaves, ...(onHost.includes(folder) ? ['host.ts'] : [])];
    expect(importsOutside(`src/${folder}`, (path) => allowed.includes(path.split('/')[1] ?? ''))).toEqual([]);
  },
);

test.each(leaves)('src/%s imports only leaves', (leaf) => {
  const below = [...leaves, ...(leaf === 'log.ts' ? ['secrets'] : [])];
  expect(importsOutside(`src/${leaf}`, (path) => below.includes(path.split('/')[1] ?? ''))).toEqual([]);
});

test('commands know their host, and the host what is below it, only by type', () => {
  const values = [...filesIn('src/commands'), 'src/host.ts'].flatMap((file) =>
    (imports.get(file) ?? [])
      .filter(({ path, isType }) => !isType && (file === 'src/host.ts' || path === 'src/host.ts'))
      .map(({ path }) => `${file} → ${path}`),
  );
  expect(values).toEqual([]);
});

test.each(Object.entries(folders))('%s imports only from itself and from [%s]', (folder, others) => {
  expect(importsOutside(folder, (path) => [folder, ...others].includes(path.split('/')[0] ?? ''))).toEqual(
    [],
  );
});

test('no file imports itself through others, types included', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (done.has(file)) return;
    done.add(file);
    for (const imported of imports.get(file) ?? []) visit(imported.path, [...path, file]);
  };
  for (const file of sources) visit(file, []);
  expect(circles).toEqual([]);
});

const ciSystem = /@actions\/|GITHUB_|GITLAB_/;
const outside = /Date\.now|Math\.random|'node:|'undici|setTimeout|process\./;

test.each([
  ['capture', 'a CI system', ciSystem],
  ['lifecycle', 'a CI system', ciSystem],
  ['commands', 'a CI system', ciSystem],
  ['lifecycle', 'a clock, network, or environment', outside],
])('src/%s has no access to %s', (folder, _, pattern) => {
  const files = filesIn(`src/${folder}`);
  expect(files.filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
});

/** The files in a folder, or the file of that name. */
function filesIn(path: string): string[] {
  return sources.filter((file) => file === path || file.startsWith(`${path}/`));
}

/** Every import in a folder whose file isn't allowed, as "importer → imported". */
function importsOutside(folder: string, isAllowed: (path: string) => boolean): string[] {
  return filesIn(folder).flatMap((file) =>
    (imports.get(file) ?? []).filter(({ path }) => !isAllowed(path)).map(({ path }) => `${file} → ${path}`),
  );
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const statements =
    /^(?:import|export)\b( type\b)?[^;]*?\bfrom '(\.[^']+)'|^import '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm;
  const all = [...text.matchAll(statements)].map(([, type, from, bare, dynamic]) => {
    const path = posix.join(dirname(file), from ?? bare ?? dynamic ?? '');
    return { path, isType: type !== undefined };
  });
  return all.filter(({ path }) => sources.includes(path) || path === 'jest.config.js');
}
