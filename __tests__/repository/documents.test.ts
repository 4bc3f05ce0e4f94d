import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { version } from '../../src/version.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('README', () => {
  test.each([
    ['action.yml', 'Inputs', 'Outputs'],
    ['delete/action.yml', 'Delete inputs', 'Delete outputs'],
    ['sweep/action.yml', 'Sweep inputs', 'Sweep outputs'],
    ['unseal/action.yml', 'Unseal inputs', 'Unseal outputs'],
  ])('its tables are those of %s', (file, inputsHeading, outputsHeading) => {
    const manifest = parse(read(file));
    const inputs = Object.entries<{ description: string; required?: boolean; default?: string }>(
      manifest.inputs,
    );
    expect(tableUnder(inputsHeading)).toEqual(
      inputs.map(([name, input]) => [
        `\`${name}\``,
        input.required ? 'required' : input.default === undefined ? '' : `\`${input.default}\``,
        input.description,
      ]),
    );
    const outputs = Object.entries<{ description: string }>(manifest.outputs);
    expect(tableUnder(outputsHeading)).toEqual(
      outputs.map(([name, output]) => [`\`${name}\``, output.description]),
    );
  });

  describe('its first screen', () => {
    const [firstScreen = ''] = read('README.md').split(/^## (?!How long)/m);
    const text = firstScreen.replace(/\s+/g, ' ');

    test('is one screen or so', () => {
      expect(firstScreen.split('\n').length).toBeLessThanOrEqual(65);
    });

    test.each([
      ['what it does, with a diagram', /A GitHub Action that gives .*```mermaid/],
      ['the two commands', /npm ci && npm run demo .*npm ci && npm test /],
      ['where the credentials belong', /Capture application that is \*not production\*/],
      ['what protects them, and from whom', /\*protected environment\*.* Whoever can push a branch could/],
      ['that clients/list tells all', /`clients\/list` answers with the secrets of every client/],
      [
        'which steps call it',
        /Lifetime `pull_request`, delete, sweep, and a look after a lost answer or a failure call it/,
      ],
      [
        'when it last ran on a live tenant',
        /(Never run on a live tenant yet|Last run on a live tenant on 20\d\d-\d\d-\d\d)\.\*\*.*npm run test:live/,
      ],
      [
        'the end of Identity Cloud, its source, and what follows',
        /2027\*\* \(\[migration guide\]\(https:\/\/techdocs\.akamai\.com\/.*choose another platform/,
      ],
      ['the least runner version', /runner has to be 2\.327\.0 or newer/],
      ['what removes a client', /\| `lifetime` \| made \| removed by \| if the runner dies \|/],
    ])('says %s', (_, words) => {
      expect(text).toMatch(words);
    });

    test('names commands that the project has', () => {
      const { scripts } = JSON.parse(read('package.json'));
      for (const [, script = 'test'] of text.matchAll(/npm (?:run ([\w:]+)|test)/g)) {
        expect(scripts).toHaveProperty([script]);
      }
    });

    test('says of every lifetime what happens if no sweep is scheduled', () => {
      const rows = tableUnder('How long a client lives');
      expect(rows.map(([lifetime = '']) => lifetime.split(' ')[0])).toEqual([
        '`job`',
        '`run`',
        '`pull_request`',
      ]);
      for (const row of rows) expect(row.at(-1)).toContain('nothing, if no sweep is scheduled');
    });
  });

  test('a blank line is before and after every heading', () => {
    const lines = read('README.md')
      .replace(/^```.*?^```$/gms, '')
      .split('\n');
    const headings = [...lines.keys()].filter((place) => /^#+ /.test(lines[place] ?? ''));
    expect(headings.length).toBeGreaterThan(20);
    for (const place of headings) {
      expect([lines[place - 1] ?? '', lines[place], lines[place + 1]]).toEqual(['', lines[place], '']);
    }
  });
});

test('every dependency is named with its reason in CONTRIBUTING', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'));
  const named = tableUnder('Dependencies', 'CONTRIBUTING.md').map(([name]) => name);
  expect(named.sort()).toEqual(
    Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })
      .map((name) => `\`${name}\``)
      .sort(),
  );
});

test('the version in the user agent is that of package.json', () => {
  expect(version).toBe(JSON.parse(read('package.json')).version);
});

test('dist/ is what the sources give, to the byte', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dist-'));
  try {
    const script = join(root, 'scripts', 'build.ts');
    execFileSync(process.execPath, [script, folder], { stdio: 'pipe' });
    expect(filesBelow(folder)).toEqual(filesBelow(join(root, 'dist')));
    for (const file of filesBelow(folder)) {
      expect(readFileSync(join(folder, file)).equals(readFileSync(join(root, 'dist', file)))).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/** The cells of the table in the section of that name, without its head. */
function tableUnder(heading: string, file = 'README.md'): string[][] {
  const [, section = ''] = read(file).split(new RegExp(`^#+ ${heading}$`, 'm'));
  const rows = (section.split(/^#/m)[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}
