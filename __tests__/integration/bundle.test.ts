import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root, Scenario } from '../support/scenario.ts';

const modules = join(root, 'node_modules');

/** The files of a package that load another file or package. */
function whoLoads(folder: string, what: string): string[] {
  return globSync('**/*.js', { cwd: join(modules, folder) })
    .filter((file) => readFileSync(join(modules, folder, file), 'utf8').includes(what))
    .map((file) => file.replaceAll('\\', '/'))
    .sort();
}

// scripts/stand-ins say why these parts are left out; a new version that needs one elsewhere is noticed here.
test.each([
  ['@actions/core/lib', "from '@actions/http-client", ['oidc-utils.js']],
  ['@actions/core/lib', "from '@actions/exec", ['platform.js']],
  ['@actions/github/lib', "from '@actions/http-client", ['internal/utils.js']],
  ['@actions/github/lib', "from 'undici", ['internal/utils.js']],
  ['undici/lib/core', "require('./tree", ['util.js']],
  ['undici/lib/dispatcher', "require('./client-h2.js')", ['client.js']],
  ['undici/lib/dispatcher', "require('./parser-h1.js')", ['client-h1.js']],
  ['undici/lib', 'socks5-proxy-agent', ['dispatcher/proxy-agent.js']],
  ['undici/lib/core', "require('../web/", ['request.js']],
  ['undici/lib/dispatcher', "require('../web/", ['client-h1.js', 'client-h2.js']],
])('what is left out of %s, %s, is loaded from nowhere else', (folder, what, expected) => {
  expect(whoLoads(folder, what)).toEqual(expected);
});

/** The sources of undici that may be in the bundle. */
function undiciSources(): string {
  const files = globSync('lib/{api,core,dispatcher,llhttp,util}/**/*.js', { cwd: join(modules, 'undici') });
  return files.map((file) => readFileSync(join(modules, 'undici', file), 'utf8')).join('\n');
}

test('of node:assert, undici uses the function alone', () => {
  const text = undiciSources();
  expect(text.match(/require\('(?:node:)?assert[^']*'\)/g)).not.toBeNull();
  expect(text).not.toMatch(/\bassert\.\w+\(|\} = require\('node:assert'\)/);
});

test('of node:http, undici uses the limit for headers and the class of an answer alone', () => {
  const used = undiciSources().match(/(?<!\/)\bhttp\.\w+|[^\n]*= require\('node:http'\)/g);
  expect([...new Set(used)].sort()).toEqual([
    "const http = require('node:http')",
    "const { IncomingMessage } = require('node:http')",
    'http.maxHeaderSize',
  ]);
});

test('of its diagnostics channels, undici asks first who subscribes', () => {
  const used = undiciSources().match(/\bchannels\.\w+(?:\.\w+)?/g) ?? [];
  expect(used.length).toBeGreaterThan(20);
  expect(used.filter((use) => !/\.(?:hasSubscribers|publish)$/.test(use))).toEqual([]);
});

test('of fs.promises, @actions/core has nothing but what its summary writes and checks with', () => {
  expect(whoLoads('@actions/core/lib', 'promises')).toEqual(['summary.js']);
  const summary = readFileSync(join(modules, '@actions/core/lib/summary.js'), 'utf8');
  expect(summary.match(/.*\bpromises\b.*/g)).toEqual([
    "import { constants, promises } from 'fs';",
    'const { access, appendFile, writeFile } = promises;',
  ]);
});

test('the licenses are those of what went in', () => {
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

test('dist/ stays small, and what it has is loaded when it is needed', () => {
  const files = globSync('dist/**/*', { cwd: root }).map((file) => join(root, file));
  const sizes = files.filter((file) => statSync(file).isFile()).map((file) => statSync(file).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_600_000);
  const main = readFileSync(join(root, 'dist/index.js'), 'utf8');
  // A word of each that is in a chunk of its own.
  for (const word of ['octokit-core.js', 'ERR_JWE_DECRYPTION_FAILED']) expect(main).not.toContain(word);
});

test('what Node reads first is compiled at once: the whole, and each module of it', () => {
  const lines = readFileSync(join(root, 'dist/index.js'), 'utf8').split('\n');
  const wrappers = lines.filter((line) => /^(?: {2}\d+: | ?\(\()/.test(line) && line.endsWith('{'));
  expect(wrappers.length).toBeGreaterThan(30);
  expect(wrappers.filter((line) => !/^(?: {2}\d+: | ?)\(function/.test(line))).toEqual([]);
});

test('a processor without SIMD has a parser, too', async () => {
  await using scenario = await Scenario.start();
  const main = await scenario.create({}, { env: { UNDICI_NO_WASM_SIMD: '1' } });
  expect(main.conclusion).toBe('success');
});
