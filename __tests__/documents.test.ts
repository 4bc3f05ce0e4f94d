import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { version } from '../src/version.ts';

const root = resolve(import.meta.dirname, '..');
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

  test('its two commands stand on the first screen and are scripts of the project', () => {
    const firstScreen = read('README.md').split('\n').slice(0, 40).join('\n');
    const { scripts } = JSON.parse(read('package.json'));
    expect(firstScreen).toContain('npm ci && npm run demo');
    expect(firstScreen).toContain('npm ci && npm test');
    expect(scripts).toMatchObject({ demo: expect.any(String), test: expect.any(String) });
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
