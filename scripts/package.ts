/**
 * Builds the npm package of the command, and packs it: `node scripts/package.ts [folder]`, build/ unless another folder
 * is named. The package has no dependencies and no install scripts.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { minify } from 'terser';
import { licensesOf } from './licenses.ts';

interface Bundle {
  code: string;
  assets: Record<string, { source: string | Buffer }>;
}

type Manifest = Readonly<Record<'version' | 'license' | 'repository', unknown>>;

const root = resolve(import.meta.dirname, '..');
const ncc: (input: string, options: object) => Promise<Bundle> = createRequire(import.meta.url)(
  '@vercel/ncc',
);
/** What the documents promise. The code itself needs 22.15, for tls.getCACertificates. */
const minimumNode = '22.19.0';

/** Runs on every version of Node, so that an old one says what's wrong instead of a syntax error. */
const bin = `#!/usr/bin/env node
'use strict';
var minimum = '${minimumNode}';
var wanted = minimum.split('.').map(Number);
var found = process.versions.node.split('.').map(Number);
if (found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1])) {
  console.error('capture-client needs Node.js ' + minimum + ' or later; this is ' + process.versions.node + '.');
  process.exitCode = 2;
} else {
  require('./lib/index.js');
}
`;

const readme = `# capture-client

Gives a single command its own API client in Akamai Identity Cloud (Capture), and deletes the client afterward.

    npx capture-client-action exec -- npm test

For all commands, run capture-client --help. The documentation is in the repository:
https://github.com/org/capture-client-action
`;

/**
 * Builds the package's folder in `target`, and packs it.
 * @returns the path of the archive
 */
export async function buildPackage(target: string): Promise<string> {
  const folder = join(target, 'package');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'lib'), { recursive: true });
  const sources = await bundleInto(join(folder, 'lib'));
  writeFileSync(join(folder, 'bin.js'), bin, { mode: 0o755 });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), undefined, 2)}\n`);
  writeFileSync(join(folder, 'README.md'), readme);
  writeFileSync(join(folder, 'licenses.txt'), licensesOf(sources, root));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', target, folder], {
    encoding: 'utf8',
  });
  return join(target, JSON.parse(packed)[0].filename);
}

function manifest(): object {
  const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  return {
    name: 'capture-client-action',
    version,
    description:
      'Short-lived API clients for Akamai Identity Cloud (Capture), for a command, a CI job, or a pull request',
    license,
    repository: { type: 'git', url: 'git+https://github.com/org/capture-client-action.git' },
    type: 'commonjs',
    bin: { 'capture-client-action': 'bin.js', 'capture-client': 'bin.js' },
    engines: { node: `>=${minimumNode}` },
    files: ['bin.js', 'lib', 'licenses.txt'],
  };
}

/** @returns the files that went into the bundle, as its source maps name them */
async function bundleInto(folder: string): Promise<string[]> {
  // Below the root, where ncc finds the packages. Tests build this side by side.
  mkdirSync(join(root, 'build'), { recursive: true });
  const compiled = mkdtempSync(join(root, 'build', 'package-'));
  try {
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', compiled], {
      cwd: root,
      stdio: 'inherit',
    });
    const { code, assets } = await ncc(join(compiled, 'src', 'cli', 'main.js'), {
      cache: false,
      esm: false,
      quiet: true,
      sourceMap: true,
      sourceMapRegister: false,
    });
    const files = Object.entries(assets);
    const scripts = files.filter(([file]) => file.endsWith('.js'));
    for (const [file, source] of [
      ['index.js', code],
      ...scripts.map(([file, { source }]) => [file, String(source)]),
    ]) {
      writeFileSync(join(folder, file as string), await withoutComments(source as string));
    }
    return files.flatMap(([file, { source }]) =>
      file.endsWith('.map') ? JSON.parse(String(source)).sources : [],
    );
  } finally {
    rmSync(compiled, { recursive: true });
  }
}

/** Names and lines stay, so that what is shipped can be reviewed. */
async function withoutComments(code: string): Promise<string> {
  const { code: rest = '' } = await minify(code, {
    compress: { passes: 2, toplevel: true },
    mangle: false,
    format: { beautify: true, ascii_only: true, comments: false, indent_level: 1 },
  });
  return `${rest}\n`;
}

if (import.meta.main) console.log(await buildPackage(resolve(process.argv[2] ?? join(root, 'build'))));
