import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../support/scenario.ts';

/** The files in a folder of a package that load this. */
function loadersOf(what: string, folder: string): string[] {
  const path = join(root, 'node_modules', folder);
  return globSync('**/*.js', { cwd: path })
    .filter((file) => readFileSync(join(path, file), 'utf8').includes(what))
    .map((file) => file.replaceAll('\\', '/'))
    .sort();
}

// scripts/stand-ins say why the bundle never runs these parts. A new version may run them from elsewhere.
test.each([
  ['@actions/github/lib', "from '@actions/http-client", ['internal/utils.js']],
  ['@actions/github/lib', "from 'undici", ['internal/utils.js']],
  ['undici/lib/dispatcher', "require('./client-h2.js')", ['client.js']],
  ['undici/lib/core', "require('../web/", []],
  ['undici/lib/dispatcher', "require('../web/", ['client-h1.js', 'client-h2.js']],
])('in %s, only known files load what is left out: %s', (folder, what, expected) => {
  expect(loadersOf(what, folder)).toEqual(expected);
});

test('the licenses are those of the packages in the bundle', () => {
  const names = readFileSync(join(root, 'dist/licenses.txt'), 'utf8').match(/^[@a-z][\w./-]*(?=\n=+\n)/gm);
  const needed = [
    '@actions/core',
    '@actions/github',
    '@octokit/core',
    '@octokit/request',
    'jose',
    'undici',
    'zod',
  ];
  expect(names).toEqual(expect.arrayContaining(needed));
});

test('dist/ stays small, and code that few steps need loads on demand', () => {
  const files = globSync('dist/**/*', { cwd: root }).map((file) => join(root, file));
  const sizes = files.filter((file) => statSync(file).isFile()).map((file) => statSync(file).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_200_000);
  const main = readFileSync(join(root, 'dist/index.js'), 'utf8');
  // One word of each chunk, and of the OIDC client in @actions/core, which nothing uses.
  for (const word of ['octokit-core.js', 'ERR_JWE_DECRYPTION_FAILED', 'ACTIONS_ID_TOKEN_REQUEST_URL']) {
    expect(main).not.toContain(word);
  }
});

test.each(globSync('dist/*/index.js', { cwd: root }))('%s says which Node.js it needs', async (file) => {
  const fake =
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } })";
  const preload = join(mkdtempSync(join(tmpdir(), 'old-node-')), 'preload.js');
  writeFileSync(preload, fake);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', preload, join(root, file)], {
    encoding: 'utf8',
  });
  rmSync(dirname(preload), { recursive: true });
  const isPost = file.startsWith('dist/post/');
  expect({ status, stderr }).toEqual({ status: isPost ? 0 : 1, stderr: '' });
  expect(stdout).toMatch(/^(::error::[^\n]* needs Node\.js 2\d\.[^\n]* this is 18\.20\.8\.[^\n]*\n)?$/);
  expect(stdout === '').toBe(isPost);
});
