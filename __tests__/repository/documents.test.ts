import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { commands, fillTables } from '../../scripts/reference.ts';
import { openPoints } from '../../src/lifecycle/open-points.ts';
import { version } from '../../src/version.ts';
import { differences } from '../support/differences.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
/** All files of the repository, new ones included. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(root, file)));
const documents = files.filter((file) => file.endsWith('.md') && !file.startsWith('.github/'));

test('documents name only npm scripts that the project has', () => {
  const { scripts } = JSON.parse(read('package.json'));
  const own = documents.filter((file) => !file.startsWith('docs/recipes/'));
  const named = own.flatMap((file) =>
    [...read(file).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name),
  );
  expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
});

test('the reference has all inputs, outputs, and flags; to write them, run `npm run reference`', () => {
  const reference = read('docs/reference.md');
  expect(fillTables(reference, root)).toBe(reference);
  const marked = [...reference.matchAll(/<!-- (?:inputs|outputs): (\S+) -->/g)].map(([, file]) => file);
  const manifests = globSync('{action.yml,*/action.yml}', {
    cwd: root,
    exclude: (name) => name === 'node_modules',
  });
  expect(new Set(marked)).toEqual(new Set(manifests));
  const flags = [...reference.matchAll(/<!-- flags: (\S+) -->/g)].map(([, name]) => name);
  expect(flags).toEqual(commands.map((command) => command.name()));
  expect(reference).toContain('<!-- variables -->');
});

test('the reference has the differences below exec', () => {
  const rows = tablesUnder('capture-client exec', read('docs/reference.md'));
  expect(rows.slice(0, differences.length)).toEqual(differences);
});

test('the verification page explains every line of the report of check', () => {
  const lines = read('src/lifecycle/tenant-check.ts').matchAll(/\bline\(\s*'([\w-]+)'/g);
  const points = openPoints.map(({ id }) => id);
  const page = read('docs/verification.md');
  const ids = [...points, ...[...lines].map(([, id]) => id)];
  expect(ids.length).toBeGreaterThan(20);
  expect(ids.filter((id) => !page.includes(`\`${id}\``))).toEqual([]);
  const named = tablesUnder('Open points', page).map(([id = '']) => id.replaceAll('`', ''));
  expect(named.filter((id) => !ids.includes(id))).toEqual([]);
  expect(named.slice(0, points.length)).toEqual(points);
});

describe('the words of', () => {
  const count = (matching: (file: string) => boolean): number =>
    documents.filter(matching).reduce((sum, file) => sum + read(file).trim().split(/\s+/).length, 0);

  test("the users' documents are at most 14,000, without the generated reference", () => {
    const isForUsers = (file: string): boolean =>
      file === 'README.md' || (/^docs\/(?!development\/)/.test(file) && file !== 'docs/reference.md');
    expect(count(isForUsers)).toBeLessThanOrEqual(14_000);
  });

  test("the maintainers' documents are at most 6,000", () => {
    expect(count((file) => file.startsWith('docs/development/'))).toBeLessThanOrEqual(6000);
  });
});

test("no document or example runs the package's name, which anyone could register", () => {
  const runs =
    /\b(?:npx|npm (?:i|install|exec|create)|pnpm|yarn)\b[^\n]*(?<![\w./-])capture-client(?:-action)?(?:@[\w.^~]+)?(?![\w.-])/;
  const shown = files.filter((file) => documents.includes(file) || /^(?:examples|templates)\//.test(file));
  expect(shown.filter((file) => runs.test(read(file)))).toEqual([]);
  expect('npx --yes capture-client-action@1 exec').toMatch(runs);
  expect('npm install --global ./build/capture-client-action-1.0.0.tgz').not.toMatch(runs);
});

describe.each(documents)('%s', (file) => {
  const text = read(file);

  test('links only to files and sections that exist', () => {
    const targets = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)].map(
      ([, inline, defined]) => inline ?? defined ?? '',
    );
    expect(targets.filter((target) => !/^https:/.test(target) && !resolves(target, file))).toEqual([]);
  });

  test('names only paths of the repository that exist', () => {
    const paths = text.matchAll(/(?<![\w./-])(?:src|emulator|scripts|__tests__|examples|docs)\/[\w./-]*\w/g);
    expect([...paths].map(([path]) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('quotes only workflows that are examples, unchanged', () => {
    const quotes = [...text.matchAll(/^(<!-- from (examples\/\S+) -->\n)?```ya?ml\n(.*?)^```$/gms)];
    for (const [, , example, quote = ''] of quotes) {
      expect([quote, example]).toEqual([quote, expect.any(String)]);
      expect(partsOf(read(example ?? ''), quote.trimEnd().split('\n').length)).toContain(dedent(quote));
    }
  });
});

test('comments cite only sections that exist', () => {
  const cited = files
    .filter((file) => /\.(ts|js|cjs)$/.test(file) && !/^dist\/|documents\.test\.ts$/.test(file))
    .flatMap((file) => {
      const text = read(file).replace(/\n\s*(?:\*|\/\/) /g, ' ');
      return [...text.matchAll(/(docs\/[\w/-]+\.md), "([^"]+)"/g)].map(([, document = '', section]) => {
        return {
          file,
          section,
          exists: existsSync(join(root, document)) && read(document).includes(`# ${section}\n`),
        };
      });
    });
  expect(cited.length).toBeGreaterThan(0);
  expect(cited.filter(({ exists }) => !exists)).toEqual([]);
});

test('every dependency is named with its reason', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'));
  const page = read('docs/development/dependencies.md');
  const named = (heading: string): (string | undefined)[] =>
    tablesUnder(heading, page).map(([name, reason]) => (reason ? name : undefined));
  const listed = (...groups: object[]): string[] =>
    Object.keys(Object.assign({}, ...groups)).map((name) => `\`${name}\``);
  expect(named('In the bundle').sort()).toEqual(listed(dependencies).sort());
  expect(named('For development').sort()).toEqual(listed(devDependencies, optionalDependencies).sort());
});

test('the version in the user agent is that of package.json', () => {
  expect(version).toBe(JSON.parse(read('package.json')).version);
});

function withoutCode(text: string): string {
  return text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, 'code');
}

function resolves(target: string, from: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? from : join(dirname(from), path);
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || anchorsOf(read(file)).includes(anchor);
}

/** The anchors that GitHub makes of a document's headings. */
function anchorsOf(text: string): string[] {
  const headings = [...text.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)];
  return headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** All runs of so many lines, without the indentation that they share. */
function partsOf(text: string, count: number): string[] {
  const lines = text.split('\n');
  return lines.map((_, start) => dedent(lines.slice(start, start + count).join('\n')));
}

/** The text without the indentation that all its lines share. */
function dedent(text: string): string {
  const lines = text.trimEnd().split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)?.[0].length ?? 0);
  return lines.map((line) => line.slice(Math.min(...indents))).join('\n');
}

/** The cells of all tables in the section with that heading, its subsections included, without the tables' heads. */
function tablesUnder(heading: string, text: string): string[][] {
  const [, level = '', section = ''] = new RegExp(`^(#+) ${heading}$(.*)`, 'ms').exec(text) ?? [];
  const own = section.split(new RegExp(`^#{1,${level.length}} `, 'm'))[0] ?? '';
  const rows = own.split('\n').filter((line) => line.startsWith('|'));
  const body = rows.filter(
    (row, index) => !/^[|\s:-]+$/.test(row) && !/^[|\s:-]+$/.test(rows[index + 1] ?? ''),
  );
  return body.map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}
