import { type ExecFileOptions, execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Emulator } from '../../emulator/emulator.ts';
import { pipInstall } from '../../scripts/pip.ts';

const here = import.meta.dirname;
const folder = resolve(here, '../../node_modules/.cache/vendor-clients');
const bin = join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');

/**
 * The vendor's clients are Python 2. A tool that Python 3.12 no longer has converts them when they are built.
 * Their dependencies need Python 3.10.
 */
const pythons = ['python3.11', 'python3.10', 'python3', 'python'];
const requirements = ['requirements-build.txt', 'requirements.txt'].map((name) => join(here, name));

/**
 * Installs the vendor's clients, unmodified, and jwcrypto into a virtual environment.
 * @throws Error if there is no suitable Python
 */
export function installPythonPackages(): void {
  const done = join(folder, 'installed');
  const wanted = requirements.map((file) => readFileSync(file, 'utf8')).join('');
  if (existsSync(done) && readFileSync(done, 'utf8') === wanted) return;
  const python = pythons.find((name) => {
    const { stdout } = spawnSync(name, ['--version'], { encoding: 'utf8' });
    return /^Python 3\.1[01]\./.test(stdout ?? '');
  });
  if (python === undefined) {
    throw new Error("The vendor's clients need Python 3.10 or 3.11. Install one of them and run this again.");
  }
  execFileSync(python, ['-m', 'venv', '--clear', folder]);
  for (const file of requirements) {
    execFileSync(join(bin, 'python'), [...pipInstall, '--no-build-isolation', '--requirement', file]);
  }
  writeFileSync(done, wanted);
}

/** Runs the vendor's command `capture-api`, which signs its requests by default. Returns what it prints. */
export function captureApi(
  { domain, owner }: Emulator,
  call: string,
  parameters: Record<string, string> = {},
  options: readonly string[] = [],
): Promise<string> {
  const credentials = ['-u', domain, '-i', owner.client_id, '-s', owner.client_secret];
  const given = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  const all = [call, ...options, ...credentials, ...(given.length === 0 ? [] : ['-p', ...given])];
  return run('capture-api', all, {});
}

/** Calls a method of the `app`, `client`, `settings`, or `default_settings` of janrain-datalib. */
export async function datalib(
  { domain, owner }: Emulator,
  method: string,
  args: Record<string, unknown> = {},
): Promise<unknown> {
  const env = { CAPTURE_DOMAIN: domain, CLIENT_ID: owner.client_id, CLIENT_SECRET: owner.client_secret };
  return JSON.parse(await run('python', [join(here, 'datalib.py'), method, JSON.stringify(args)], env));
}

/** Runs a shell command in a folder, with these Python packages. Returns what it prints. */
export function shell(command: string, cwd: string, env: Record<string, string>): Promise<string> {
  return execute('bash', ['-c', command], {
    cwd,
    env: { ...process.env, ...env, PATH: `${bin}:${process.env.PATH}` },
  });
}

function run(command: string, args: readonly string[], env: Record<string, string>): Promise<string> {
  return execute(join(bin, command), args, {
    env: { ...process.env, ...env, PYTHONPATH: join(here, 'shim') },
  });
}

/** Runs a command. Returns its standard output, and if it fails its standard error as well. */
function execute(command: string, args: readonly string[], options: ExecFileOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { ...options, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error !== null && stdout + stderr === '') reject(error);
      else resolve(stdout + (error === null ? '' : stderr));
    });
  });
}
