/** Checks that dist/ is what the sources build: `npm run check:dist`. */
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'dist-'));
try {
  execFileSync(process.execPath, [join(root, 'scripts/build.ts'), folder], { stdio: 'inherit' });
  const [built, committed] = [contentsOf(folder), contentsOf(join(root, 'dist'))];
  const names = new Set([...built.keys(), ...committed.keys()]);
  const different = [...names].filter((name) => built.get(name) !== committed.get(name));
  for (const name of different.sort()) console.error(`dist/${name} isn't what the sources build.`);
  if (different.length > 0) console.error('Run `npm run build`, and commit dist/ with the sources.');
  else
    console.log(`Built dist/ from src/ and package-lock.json: ${describe(built)}, the same bytes as here.`);
  process.exitCode = different.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function describe(files: Map<string, string>): string {
  const bytes = [...files.values()].reduce((sum, content) => sum + content.length, 0);
  return `${files.size} files, ${bytes.toLocaleString('en-US')} bytes`;
}

function contentsOf(directory: string): Map<string, string> {
  const files = globSync('**/*', { cwd: directory }).filter((file) =>
    statSync(join(directory, file)).isFile(),
  );
  return new Map(files.map((file) => [file, readFileSync(join(directory, file), 'latin1')]));
}
