/**
 * Builds the npm package of the command and the emulator, and packs it: `node scripts/package.ts [folder]`, build/
 * unless another folder is named. The package has no dependencies and no install scripts.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { minify } from 'terser';
import { licensesOf } from './licenses.ts';
import { ifNewEnough, minimumNode } from './node-version.ts';

interface Bundle {
  code: string;
  assets: Record<string, { source: string | Buffer }>;
}

type Manifest = Readonly<Record<'version' | 'license' | 'repository', unknown>>;

const root = resolve(import.meta.dirname, '..');
const ncc: (input: string, options: object) => Promise<Bundle> = createRequire(import.meta.url)(
  '@vercel/ncc',
);
/** What the package installs: the file that starts each command, and the source of its bundle. */
const programs = [
  { command: 'capture-client', file: 'bin.js', bundle: 'lib/index.js', source: 'src/capture-client.js' },
  { command: 'capture-emulator', file: 'emulator.js', bundle: 'lib/emulator.js', source: 'emulator/main.js' },
];

const starter = ({ command, bundle }: (typeof programs)[number]): string =>
  `#!/usr/bin/env node\n${ifNewEnough(
    `require('./${bundle}');`,
    `console.error('${command} needs Node.js ' + minimum + ' or later; this is ' + process.versions.node + '.');
process.exitCode = 2;`,
  )}`;

const readme = `# capture-client

Gives a single command its own API client in Akamai Identity Cloud (Capture), and deletes the client afterward.

    capture-client exec -- npm test

For all commands, run capture-client --help. For tests without a tenant, capture-emulator starts an in-memory Capture
server. The documentation is in the repository:
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
  const sources = await bundleInto(folder);
  for (const program of programs) {
    writeFileSync(join(folder, program.file), starter(program), { mode: 0o755 });
  }
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
    bin: {
      'capture-client-action': 'bin.js',
      ...Object.fromEntries(programs.map(({ command, file }) => [command, file])),
    },
    engines: { node: `>=${minimumNode}` },
    files: [...programs.map(({ file }) => file), 'lib', 'licenses.txt'],
  };
}

const nccOptions = { cache: false, esm: false, quiet: true, sourceMap: true, sourceMapRegister: false };

/** @returns the files that went into the bundles, as their source maps name them */
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
    const sources: string[] = [];
    for (const { bundle, source } of programs) {
      const { code, assets } = await ncc(join(compiled, source), nccOptions);
      const files = Object.entries(assets);
      await writeCode(join(folder, bundle), code);
      for (const [file, { source }] of files) {
        if (file.endsWith('.js')) await writeCode(join(folder, dirname(bundle), file), String(source));
        if (file.endsWith('.map')) sources.push(...JSON.parse(String(source)).sources);
      }
    }
    return sources;
  } finally {
    rmSync(compiled, { recursive: true });
  }
}

/** Names and lines stay, so that what is shipped can be reviewed. */
async function writeCode(file: string, code: string): Promise<void> {
  const { code: rest = '' } = await minify(code, {
    compress: { passes: 2, toplevel: true },
    mangle: false,
    format: { beautify: true, ascii_only: true, comments: false, indent_level: 1 },
  });
  writeFileSync(file, `${rest}\n`);
}

if (import.meta.main) console.log(await buildPackage(resolve(process.argv[2] ?? join(root, 'build'))));
