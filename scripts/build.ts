/**
 * Builds the bundles that the runner loads: `node scripts/build.ts [folder]`, dist/ unless another folder is named.
 * ncc cannot compile TypeScript 7 itself, so it bundles what the compiler emits into build/.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { minify } from 'terser';
import { licensesOf } from './licenses.ts';

interface Bundle {
  code: string;
  assets: Record<string, { source: string | Buffer }>;
}

const root = resolve(import.meta.dirname, '..');
const ncc: (input: string, options: object) => Promise<Bundle> = createRequire(import.meta.url)(
  '@vercel/ncc',
);

const target = resolve(process.argv[2] ?? join(root, 'dist'));
/** By package: what it loads, and what stands in for that. The reasons are in the stand-ins. */
const leftOut: Record<string, Record<string, string>> = {
  '@actions/core': { '@actions/exec': 'core-exec.js', '@actions/http-client': 'core-http-client.js' },
  '@actions/github': { '@actions/http-client': 'github-http-client.js', undici: 'github-undici.js' },
  undici: {
    'lib/core/diagnostics.js': 'undici-diagnostics.cjs',
    'lib/core/tree.js': 'undici-tree.cjs',
    'lib/dispatcher/client-h2.js': 'undici-client-h2.cjs',
    'lib/dispatcher/parser-h1.js': 'undici-parser-h1.cjs',
    'lib/dispatcher/socks5-proxy-agent.js': 'undici-socks5.cjs',
    'lib/web/fetch/body.js': 'undici-fetch.cjs',
    'lib/web/fetch/formdata.js': 'undici-fetch.cjs',
    'lib/web/webidl/index.js': 'undici-fetch.cjs',
  },
};
/** Modules of Node, as the packages name them. */
const idleModules = ['node:assert', 'node:http', 'fs'];
const mains = ['create', 'delete', 'sweep', 'unseal'];

/** Most post steps have nothing to do; those load nothing. */
const cleanup = `// What main left for its post step; empty where there is nothing to do.
if (process.env.STATE_creation) require('../index.js').cleanup();
`;

// ncc's module ids, and so its bytes, depend on the folder it runs in.
process.chdir(root);
compile();
leaveOut();
rmSync(target, { recursive: true, force: true });
await bundle();
for (const name of mains) write(`${name}/index.js`, entry(name));
write('cleanup/index.js', cleanup);
write('package.json', '{"type":"commonjs"}\n');

function compile(): void {
  rmSync('build', { recursive: true, force: true });
  const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
}

/**
 * Gives three packages stand-ins for what they load and this action never uses. Node's own rules do it: the packages are
 * copied below build/, where each finds the stand-ins in the place of a file or of a package.
 */
function leaveOut(): void {
  for (const [name, standIns] of Object.entries(leftOut)) {
    const copy = join('build', 'node_modules', name);
    const isOwn = (path: string): boolean =>
      !path.slice(join('node_modules', name).length).includes('node_modules');
    cpSync(join('node_modules', name), copy, { recursive: true, filter: isOwn });
    for (const [place, file] of Object.entries(standIns)) {
      const standIn = join('scripts', 'stand-ins', file);
      if (place.endsWith('.js')) {
        // A file that is not there any more must be found out.
        if (!existsSync(join(copy, place))) throw new Error(`${name} has no ${place} to leave out`);
        cpSync(standIn, join(copy, place));
      } else {
        const folder = join(copy, 'node_modules', place);
        cpSync(standIn, join(folder, 'index.js'));
        const manifest = {
          name: place,
          type: 'module',
          exports: { '.': './index.js', './lib/auth': './index.js' },
        };
        writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
      }
    }
  }
}

/** All actions in one bundle, and what few of them need in chunks that are loaded then. */
async function bundle(): Promise<void> {
  const { code, assets } = await ncc(resolve('build', 'main.js'), {
    cache: false,
    // Importing node:http from a module loads all that it has, and costs 30 ms more than requiring it.
    esm: false,
    // Only a processor without SIMD needs this parser; it is a seventh of the bundle.
    externals: { '../llhttp/llhttp-wasm.js': './llhttp-wasm.js' },
    quiet: true,
    // Not shipped: it tells what went in.
    sourceMap: true,
    sourceMapRegister: false,
  });
  write('index.js', compiledAtOnce(await slim(withoutIdleModules(code))));
  const sources: string[] = [];
  for (const [file, { source }] of Object.entries(assets)) {
    if (file.endsWith('.map')) sources.push(...JSON.parse(String(source)).sources);
    else if (file.endsWith('.js')) write(file, await slim(String(source)));
  }
  cpSync(join('node_modules', 'undici', 'lib', 'llhttp', 'llhttp-wasm.js'), join(target, 'llhttp-wasm.js'));
  write('licenses.txt', licensesOf(sources, root));
}

/** Puts stand-ins in the place of modules of Node that take time to load, and of which little or nothing is used. */
function withoutIdleModules(code: string): string {
  return idleModules.reduce((rest, name) => {
    const parts = rest.split(`require("${name}")`);
    if (parts.length !== 2)
      throw new Error(`the bundle loads ${name} in ${parts.length - 1} places, not in one`);
    const standIn = readFileSync(join('scripts', 'stand-ins', `${name.replace(':', '-')}.cjs`), 'utf8');
    return parts.join(standIn.replace(/^module\.exports = |;\n$|^\/\/.*\n/gm, ''));
  }, code);
}

/** What nothing uses goes, and comments. Names and lines stay, so that what is shipped can be reviewed. */
async function slim(code: string): Promise<string> {
  const { code: rest = '' } = await minify(code, {
    compress: { passes: 2, toplevel: true },
    mangle: false,
    format: { beautify: true, ascii_only: true, comments: false, indent_level: 1 },
  });
  return `${rest}\n`;
}

/**
 * V8 reads a function twice, once to skip it and once to compile it when it is called, unless it stands in parentheses.
 * Here that goes for the module wrappers, which are all called at once, and saves 3 ms.
 */
function compiledAtOnce(code: string): string {
  const wrappers = /^( {2}\d+: )(?:\((.*)\)|(\w+)) => (\{\n[\s\S]*?\n {2}\})/gm;
  return code
    .replace(wrappers, (_, key, several, one, body) => `${key}(function(${several ?? one}) ${body})`)
    .replace(/^( ?)\(\(\) => \{$/gm, '$1(function() {');
}

function entry(name: string): string {
  return `require('../index.js').${name}();\n`;
}

function write(file: string, content: string | Buffer): void {
  mkdirSync(dirname(join(target, file)), { recursive: true });
  writeFileSync(join(target, file), content);
}
