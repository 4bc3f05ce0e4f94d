/**
 * Builds the bundles that the runner loads: `node scripts/build.ts [folder]`, dist/ unless another folder is named.
 * ncc cannot compile TypeScript 7 itself, so it bundles what the compiler emits into build/.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

interface Bundle {
  code: string;
  assets: Record<string, { source: string | Buffer }>;
}

const root = resolve(import.meta.dirname, '..');
const ncc: (input: string, options: object) => Promise<Bundle> = createRequire(import.meta.url)(
  '@vercel/ncc',
);

const target = resolve(process.argv[2] ?? join(root, 'dist'));
const entryPoints = ['create', 'cleanup', 'delete', 'sweep', 'unseal'];

// ncc's module ids, and so its bytes, depend on the folder it runs in.
process.chdir(root);
compile();
rmSync(target, { recursive: true, force: true });
for (const name of entryPoints) await bundle(name);

function compile(): void {
  rmSync('build', { recursive: true, force: true });
  const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
}

async function bundle(name: string): Promise<void> {
  const { code, assets } = await ncc(resolve('build', 'entrypoints', `${name}.js`), {
    cache: false,
    license: 'licenses-[name].txt',
    quiet: true,
  });
  write(join(target, name, 'index.js'), code);
  // One for each chunk; with a fixed name the last would overwrite the others.
  const isLicence = (file: string): boolean => file.startsWith('licenses-');
  for (const [file, { source }] of Object.entries(assets)) {
    if (!isLicence(file)) write(join(target, name, file), source);
  }
  const licences = Object.keys(assets).filter(isLicence).sort().reverse();
  write(join(target, name, 'licenses.txt'), licences.map((file) => assets[file]?.source).join('\n'));
}

function write(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
