import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildOnce, type Ended } from '../integration/cli/command.ts';

const root = resolve(import.meta.dirname, '../..');

/** What Node.js for Windows has in its folder, a batch file each: they print their arguments and the secret. */
const batchFile = `@echo off\r
echo %~n0 got %*\r
echo secret %CAPTURE_CLIENT_SECRET%\r
exit /b 5\r
`;

/** A Windows below Wine, with npm and npx in a folder with a space in its name. */
export class Windows {
  readonly folder = mkdtempSync(join(tmpdir(), 'windows-'));
  /** Its programs, as Windows calls the folder. */
  readonly programs = this.path('Program Files');
  readonly node = findNode();
  private readonly env = {
    PATH: process.env.PATH ?? '',
    HOME: this.folder,
    WINEPREFIX: join(this.folder, 'prefix'),
    WINEDEBUG: '-all',
    WINEPATH: this.programs,
  };

  constructor() {
    const programs = join(this.folder, 'Program Files');
    mkdirSync(programs);
    for (const name of ['npm', 'npx']) writeFileSync(join(programs, `${name}.cmd`), batchFile);
    // Node.js needs Windows 10.
    for (const args of [
      ['wineboot', '-i'],
      ['winecfg', '-v', 'win10'],
    ])
      execFileSync('wine', args, { env: this.env, stdio: 'ignore' });
  }

  /** The path of a file in the folder, as Windows calls it. */
  path(name: string): string {
    return `Z:${join(this.folder, name)}`.replaceAll('/', '\\');
  }

  /** Runs the packed command. Its standard streams are files, since Wine hands over no pipes. */
  async run(
    args: readonly string[],
    { env = {}, input = '' }: { env?: Readonly<Record<string, string>>; input?: string } = {},
  ): Promise<Ended> {
    const bin = join(buildOnce(), 'package', 'bin.js');
    writeFileSync(join(this.folder, 'input'), input);
    const paths = ['input', 'stdout', 'stderr'].map((name) => join(this.folder, name));
    const files = paths.map((path, index) => openSync(path, index === 0 ? 'r' : 'w'));
    const child = spawn('wine', [this.node, bin, ...args], {
      cwd: this.folder,
      env: { ...this.env, ...env },
      stdio: files as [number, number, number],
    });
    for (const one of files) closeSync(one);
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done) =>
      child.on('close', (...ended) => done(ended)),
    );
    const [, stdout = '', stderr = ''] = paths.map((path) => readFileSync(path, 'utf8'));
    return { code, signal, stdout, stderr };
  }

  [Symbol.dispose](): void {
    spawnSync('wineserver', ['--kill'], { env: this.env });
    spawnSync('wineserver', ['--wait'], { env: this.env });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function findNode(): string {
  const [node] = globSync('build/wine/node-*.exe', { cwd: root });
  if (node === undefined) throw new Error('Run scripts/ci/install-wine.sh first.');
  return join(root, node);
}
