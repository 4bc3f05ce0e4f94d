import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { commands, fillTables } from '../../scripts/reference.ts';
import { openPoints, waitingPoint } from '../../src/lifecycle/check-points.ts';
import { version } from '../../src/version.ts';

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

describe('README', () => {
  const text = read('README.md');
  const lines = text.split('\n');

  test('has at most 300 lines and 2,000 words', () => {
    expect(lines.length).toBeLessThanOrEqual(300);
    expect(text.split(/\s+/).length).toBeLessThanOrEqual(2000);
  });

  test('shows the first workflow within 100 lines', () => {
    expect(lines.indexOf('```yaml')).toBeGreaterThan(0);
    expect(lines.indexOf('```yaml')).toBeLessThan(100);
  });

  test('has sentences of at most 14 words on average', () => {
    const lengths = sentencesIn(text).map((sentence) => sentence.split(/\s+/).length);
    expect(lengths.length).toBeGreaterThan(40);
    expect(lengths.reduce((sum, length) => sum + length) / lengths.length).toBeLessThanOrEqual(14);
  });

  test.each([
    ['the demo', /npm ci && npm run demo\b/],
    ['the tests', /npm ci && npm test\b/],
    ['that the application must not be production', /nonproduction/],
    ['what is verified', /live tenant[^.]*\(docs\/verification\.md\)/],
    ['the end of Identity Cloud', /2027.*\(docs\/end-of-life\.md\)/s],
    ['the oldest runner', /2\.327\.0/],
  ])('says %s', (_, words) => {
    expect(text.replaceAll('\n', ' ')).toMatch(words);
  });

  test.each([
    ['action.yml', 'inputs', 'Inputs'],
    ['action.yml', 'outputs', 'Outputs'],
  ] as const)('lists every one of the %s %s once', (manifest, kind, heading) => {
    const named = tablesUnder(heading, text).map(([name]) => name);
    expect(named.sort()).toEqual(
      Object.keys(parse(read(manifest))[kind])
        .map((name) => `\`${name}\``)
        .sort(),
    );
  });

  test('names only commands that the project has', () => {
    const { scripts } = JSON.parse(read('package.json'));
    for (const [, script = 'test'] of text.matchAll(/npm (?:run ([\w:]+)|test)/g)) {
      expect(scripts).toHaveProperty([script]);
    }
  });
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

test('the verification page explains every line of the report of check', () => {
  const lines = read('src/lifecycle/check.ts').matchAll(/\breport\(\s*'([\w-]+)'/g);
  const points = [...openPoints, waitingPoint].map(({ id }) => id);
  const page = read('docs/verification.md');
  const ids = [...points, ...[...lines].map(([, id]) => id)];
  expect(ids.length).toBeGreaterThan(20);
  expect(ids.filter((id) => !page.includes(`\`${id}\``))).toEqual([]);
  const named = tablesUnder('Open points', page).map(([id = '']) => id.replaceAll('`', ''));
  expect(named.filter((id) => !ids.includes(id))).toEqual([]);
  expect(named.slice(0, points.length)).toEqual(points);
});

test.each(globSync('docs/recipes/*.md', { cwd: root }))('%s has at most 90 lines', (recipe) => {
  expect(read(recipe).trimEnd().split('\n').length).toBeLessThanOrEqual(90);
});

test('the troubleshooting page has at most 100 lines', () => {
  expect(read('docs/troubleshooting.md').trimEnd().split('\n').length).toBeLessThanOrEqual(100);
});

describe.each(documents)('%s', (file) => {
  const text = read(file);

  test('links only to files and sections that exist', () => {
    const targets = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)].map(
      ([, inline, defined]) => inline ?? defined ?? '',
    );
    expect(targets.filter((target) => !/^https:/.test(target) && !resolves(target, file))).toEqual([]);
  });

  test('defines every reference that it links to, and no other', () => {
    const prose = withoutCode(text);
    const defined = [...prose.matchAll(/^\[([^\]]+)\]: /gm)].map(([, name]) => name);
    const body = prose.replace(/^\[[^\]]+\]: .*$/gm, '');
    for (const name of defined) expect(body).toContain(`[${name}]`);
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

test('no file refers to a document or a section that the repository does not have', () => {
  const dangling = files
    .filter((file) => /\.(ts|js|cjs|md|ya?ml|json|sh|py)$/.test(file) || file === '.ci/run')
    .filter((file) => !/^(dist|node_modules)\/|package-lock\.json$|documents\.test\.ts$/.test(file))
    .flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line, index) => danglingIn(line, file).map((what) => `${file}:${index + 1} ${what}`)),
    );
  expect(dangling).toEqual([]);
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

/** The sentences of the running text, without tables, headings, code, and links' targets. */
function sentencesIn(text: string): string[] {
  const prose = withoutCode(text)
    .replace(/<!--.*?-->/gs, '')
    .replace(/^(?:#|\||\[!).*$/gm, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^ *(?:[-*]|\d\.|>) ?(?:\[!\w+\])?/gm, '\n\n');
  const blocks = prose.replace(/\n\n(?=\S)/g, '\0').split('\0');
  return blocks
    .flatMap((block) => block.replace(/\s+/g, ' ').split(/(?<=[.:?!][*")]*) /))
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence.split(' ').length > 2);
}

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

/** What the release workflow, the package's build, and a test write themselves. */
const written = ['notes.md', 'package/README.md', 'report.md'];

/** Names of documents in a line that aren't files of the repository, and sections without a document. */
function danglingIn(line: string, file: string): string[] {
  const prose = line.replace(/https?:\/\/\S+/g, '');
  const names = [...prose.matchAll(/(?<![\w./*$-])[\w./-]*\w\.md\b|\bclients-add\.txt\b/g)].map(
    ([name]) => name,
  );
  const missing = names.filter((name) => {
    if (written.includes(name)) return false;
    const isThere = [join(root, name), join(root, dirname(file), name)].some((path) => existsSync(path));
    return !isThere && !documents.some((document) => basename(document) === name);
  });
  const sections = prose.replace(/RFC \d+,? §[\d.]+(, §[\d.]+)*/g, '').match(/§\s?\d\w*/g) ?? [];
  return [...missing, ...sections];
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
