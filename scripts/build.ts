/**
 * Builds what runners execute: `node scripts/build.ts [folder]`, by default dist/. ncc can't compile TypeScript 7, so it
 * bundles what the compiler writes to build/.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { minify } from 'terser';
import { actions } from '../src/inputs/input-table.ts';
import { licensesOf } from './licenses.ts';
import { ifNewEnough } from './node-version.ts';

interface Bundle {
  code: string;
  assets: Record<string, { source: string | Buffer }>;
}

/** A part of a package that the bundle never runs, and the file in scripts/stand-ins/ that says why. */
interface LeftOut {
  readonly from: string;
  /** A file of the package, or a package that it imports. */
  readonly part: string;
  readonly standIn: string;
}

const root = resolve(import.meta.dirname, '..');
const target = resolve(process.argv[2] ?? join(root, 'dist'));
const ncc: (input: string, options: object) => Promise<Bundle> = createRequire(import.meta.url)(
  '@vercel/ncc',
);

/** Each saves at least 3 ms of every step or 50 kB of the download. */
const leftOut: readonly LeftOut[] = [
  { from: '@actions/github', part: '@actions/http-client', standIn: 'github-http-client.js' },
  { from: '@actions/github', part: 'undici', standIn: 'github-undici.js' },
  {
    from: '@actions/github',
    part: '@octokit/plugin-rest-endpoint-methods',
    standIn: 'github-endpoint-methods.js',
  },
  { from: 'undici', part: 'lib/dispatcher/client-h2.js', standIn: 'undici-client-h2.cjs' },
  { from: 'undici', part: 'lib/web/fetch/body.js', standIn: 'undici-fetch-body.cjs' },
];
/** Only old processors need it. In a file of its own, it costs the others nothing. */
const parserWithoutSimd = '../llhttp/llhttp-wasm.js';

// ncc derives module ids from the paths relative to this folder.
process.chdir(root);
compile();
for (const name of ['@actions/core', '@actions/github', 'undici']) copyPackage(name);
declareFreeOfSideEffects('@actions/core');
for (const part of leftOut) leaveOut(part);

rmSync(target, { recursive: true, force: true });
write('package.json', '{"type":"commonjs"}\n');
const sources = await bundle('main.js', 'index.js', { [parserWithoutSimd]: './llhttp-wasm.js' });
write('llhttp-wasm.js', readFileSync(join(copyOf('undici'), 'lib', 'llhttp', 'llhttp-wasm.js'), 'utf8'));
write('licenses.txt', licensesOf(sources, root));
await bundle('post.js', 'post/index.js', { './main.js': '../index.js' });
for (const action of actions) write(`${action}/index.js`, starterOf(action));
rmSync('build', { recursive: true });

/**
 * Runners start the right version of Node themselves. Containers of act, Gitea, and Forgejo may have an old one. Not in a
 * file that all actions share: loading one more takes a millisecond.
 */
function starterOf(action: string): string {
  return ifNewEnough(
    `require('../index.js')['${action}']();`,
    `console.log('::error::capture-client-action needs Node.js ' + minimum + ' or later; this is ' + process.versions.node + '. Use runner 2.327.1 or later, or an image with Node.js 24.');
process.exitCode = 1;`,
  );
}

function compile(): void {
  rmSync('build', { recursive: true, force: true });
  const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
}

/** Copies a package to where the compiled files find it first, so that it can be changed there. */
function copyPackage(name: string): void {
  const original = join('node_modules', name);
  cpSync(original, copyOf(name), {
    recursive: true,
    filter: (path) => !path.slice(original.length).includes('node_modules'),
  });
}

function copyOf(name: string): string {
  return join('build', 'node_modules', name);
}

/** Lets ncc drop modules that nothing uses. In @actions/core, the HTTP client of its OIDC tokens costs 28 ms and 600 kB. */
function declareFreeOfSideEffects(name: string): void {
  const file = join(copyOf(name), 'package.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), sideEffects: false }));
}

function leaveOut({ from, part, standIn }: LeftOut): void {
  const source = join('scripts', 'stand-ins', standIn);
  if (part.endsWith('.js')) {
    const file = join(copyOf(from), part);
    if (!existsSync(file)) throw new Error(`${from} no longer has ${part}, so it can't be left out`);
    cpSync(source, file);
  } else {
    const folder = join(copyOf(from), 'node_modules', part);
    cpSync(source, join(folder, 'index.js'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module", "main": "index.js" }');
  }
}

/**
 * Bundles a compiled file with everything that it imports. What it imports on demand goes to files of its own.
 * @param externals by module: the file that has it at run time
 * @returns the sources of the bundle
 */
async function bundle(
  input: string,
  output: string,
  externals: Record<string, string> = {},
): Promise<string[]> {
  const { code, assets } = await ncc(resolve('build', 'src', input), {
    cache: false,
    // A CommonJS bundle starts faster: an ES module that imports from node:http loads all that node:http exports.
    esm: false,
    externals,
    quiet: true,
    // Makes ncc wrap the bundle in a `function`. V8 reads an arrow function twice, which costs 6 ms.
    target: 'es5',
    // Not shipped: it lists the sources.
    sourceMap: true,
    sourceMapRegister: false,
  });
  write(output, await minified(code));
  const files = Object.entries(assets).map(([file, { source }]) => ({ file, text: String(source) }));
  for (const { file, text } of files.filter(({ file }) => file.endsWith('.js'))) {
    write(join(dirname(output), file), await minified(text));
  }
  return files.filter(({ file }) => file.endsWith('.map')).flatMap(({ text }) => JSON.parse(text).sources);
}

/** Names of functions and classes stay, so that the stack of an unexpected error says where it happened. */
async function minified(code: string): Promise<string> {
  const { code: rest = '' } = await minify(code, {
    // A function that moves to where it's used is read once more for each function around it, which costs a millisecond.
    compress: { passes: 2, toplevel: true, reduce_funcs: false },
    keep_classnames: true,
    keep_fnames: true,
    format: { ascii_only: true, comments: false, max_line_len: 1000 },
  });
  return `${rest}\n`;
}

function write(file: string, content: string): void {
  mkdirSync(dirname(join(target, file)), { recursive: true });
  writeFileSync(join(target, file), content);
}
