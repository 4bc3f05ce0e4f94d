import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { pipInstall } from '../pip.ts';
import { type Finding, isExample, type Piece } from './pieces.ts';

const requirements = join(import.meta.dirname, 'requirements.txt');

const findingsSchema = z.array(
  z.object({
    ident: z.string(),
    desc: z.string(),
    locations: z.array(
      z.object({
        symbolic: z.object({ key: z.looseObject({}), kind: z.string() }),
        concrete: z.object({ location: z.object({ start_point: z.object({ row: z.int() }) }) }),
      }),
    ),
  }),
);

/**
 * Checks manifests and workflows with zizmor.
 * @throws Error if there's no Python to install it with
 */
export function checkWithZizmor(pieces: readonly Piece[]): Finding[] {
  const zizmor = install();
  const own = pieces.filter((piece) => !isExample(piece));
  const examples = pieces.filter(isExample);
  return [...check(zizmor, own, 'zizmor.yml'), ...check(zizmor, examples, 'zizmor-examples.yml')];
}

function check(zizmor: string, pieces: readonly Piece[], configuration: string): Finding[] {
  const folder = mkdtempSync(join(tmpdir(), 'zizmor-'));
  try {
    return pieces.flatMap((piece, index) => {
      const name = piece.kind === 'manifest' ? 'action.yml' : `.github/workflows/${basename(piece.file)}`;
      const file = join(folder, String(index), name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, piece.text);
      const config = ['--config', join(import.meta.dirname, configuration)];
      const options = ['--offline', '--persona=pedantic', '--format=json', '--no-exit-codes', ...config];
      const { stdout, stderr, status } = spawnSync(zizmor, [...options, file], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`zizmor failed on ${piece.file}: ${stderr}`);
      return z.parse(findingsSchema, JSON.parse(stdout)).map(({ ident, desc, locations }) => {
        const place = locations.find(({ symbolic }) => symbolic.kind === 'Primary') ?? locations[0];
        const line = (place?.concrete.location.start_point.row ?? 0) + 1;
        return { file: piece.file, line, message: `zizmor ${ident}: ${desc}` };
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Installs zizmor into a virtual environment of its own, once. */
function install(): string {
  const folder = join(import.meta.dirname, '../../node_modules/.cache/zizmor');
  const programs = join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');
  const zizmor = join(programs, process.platform === 'win32' ? 'zizmor.exe' : 'zizmor');
  if (existsSync(zizmor)) return zizmor;
  const python = ['python3', 'python'].find((name) => {
    const { stdout } = spawnSync(name, ['--version'], { encoding: 'utf8' });
    return Number(/^Python 3\.(\d+)/.exec(stdout ?? '')?.[1] ?? 0) >= 11;
  });
  if (python === undefined) {
    throw new Error('zizmor needs Python 3.11 or later. Install it, and run the check again.');
  }
  execFileSync(python, ['-m', 'venv', folder], { stdio: 'inherit' });
  const python3 = join(programs, 'python');
  execFileSync(python3, [...pipInstall, '--requirement', requirements], { stdio: 'inherit' });
  return zizmor;
}
