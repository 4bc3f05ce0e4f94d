import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type EmulatedClient,
  type Emulator,
  type EmulatorOptions,
  startEmulator,
} from '../../../emulator/emulator.ts';

const root = resolve(import.meta.dirname, '../../..');

/** Packs the command as it is now, once for all tests. Returns the folder with the package and its archive. */
export function buildOnce(): string {
  builtFolder ??= build();
  return builtFolder;
}

let builtFolder: string | undefined;

function build(): string {
  const hash = createHash('sha256');
  for (const file of [...globSync('{src,emulator}/**/*.ts', { cwd: root }).sort(), 'scripts/package.ts']) {
    hash.update(file).update(readFileSync(join(root, file)));
  }
  const folder = join(tmpdir(), `capture-client-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  const built = mkdtempSync(join(tmpdir(), 'capture-client-'));
  execFileSync(process.execPath, [join(root, 'scripts/package.ts'), built], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    renameSync(built, folder);
  } catch {
    // Another test file was faster.
    rmSync(built, { recursive: true });
  }
  return folder;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly nodeOptions?: readonly string[];
  /** Calls back with each change of the output. */
  readonly onOutput?: (stdout: string, child: ChildProcess) => void;
  readonly onStart?: (child: ChildProcess) => void;
}

/** An emulated Capture and an empty folder, in which the packed command runs. */
export class Place {
  readonly emulator: Emulator;
  readonly folder = mkdtempSync(join(tmpdir(), 'cli-'));

  private constructor(emulator: Emulator) {
    this.emulator = emulator;
  }

  static async open(options: EmulatorOptions = {}): Promise<Place> {
    return new Place(await startEmulator(options));
  }

  /** A place that shares an emulator with others. */
  static at(emulator: Emulator): Place {
    return new Place(emulator);
  }

  /** Runs the packed command with the owner's credentials in its environment, and nothing of a CI system. */
  async run(args: readonly string[], { nodeOptions = [], ...options }: RunOptions = {}): Promise<Ended> {
    return await this.#spawn([process.execPath, ...nodeOptions, this.bin, ...args], options);
  }

  /** Does the same in a terminal of its own. Everything that the terminal shows is in `stdout`. */
  async runInTerminal(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const helper = resolve(import.meta.dirname, '../../support/terminal.py');
    const words = ['python3', helper, '[]', process.execPath, this.bin, ...args];
    const { stdout, ...ended } = await this.#spawn(words, options);
    const { output, code } = JSON.parse(stdout);
    return { ...ended, code, stdout: output };
  }

  /** Runs a script as `sh` does, in which `capture-client` is the packed command. */
  async runScript(script: string, options: RunOptions = {}): Promise<Ended> {
    const file = join(this.folder, 'capture-client');
    if (!existsSync(file)) symlinkSync(this.bin, file);
    return await this.#spawn(['sh', '-c', `PATH="$PWD:$PATH"\n${script}`], options);
  }

  get bin(): string {
    return join(buildOnce(), 'package', 'bin.js');
  }

  async #spawn(
    [file = '', ...args]: readonly string[],
    { env = {}, input = '', onOutput, onStart }: RunOptions,
  ): Promise<Ended> {
    const child = spawn(file, args, {
      cwd: this.folder,
      env: { PATH: process.env.PATH ?? '', HOME: this.folder, USER: 'dev', ...this.owner, ...env },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      onOutput?.(stdout, child);
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.stdin.on('error', () => {}).end(input);
    onStart?.(child);
    const code = await new Promise<number | null>((done) => child.on('close', done));
    return { code, signal: child.signalCode, stdout, stderr };
  }

  get owner(): Record<string, string> {
    const { domain, owner } = this.emulator;
    return {
      CAPTURE_DOMAIN: domain,
      CAPTURE_OWNER_CLIENT_ID: owner.client_id,
      CAPTURE_OWNER_CLIENT_SECRET: owner.client_secret,
    };
  }

  /** All clients except the owner. */
  get clients(): EmulatedClient[] {
    return this.emulator.clients().slice(1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.emulator.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
