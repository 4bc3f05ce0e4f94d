import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seal } from '../../src/secrets/sealing.ts';
import { buildOnce } from '../integration/cli/command.ts';

export const secret = 'zyxwvutsrqpnmkjhgfedcba98765432z';
const key = 'a key of more than 32 characters, really';
const repositoryId = 'acme/shop';

/** The variables with which the command opens sealed credentials: it needs no request, so nothing else can differ. */
async function sealCredentials(): Promise<Record<string, string>> {
  const client = {
    clientId: 'abcdefghjkmnpqrstuvwxyz23456789a',
    clientSecret: secret,
    captureDomain: 'https://example.us-dev.janraincapture.com',
  };
  const envelope = { repositoryId, runAttempt: '1', expiresAt: Math.ceil(Date.now() / 1000 + 3600) * 1000 };
  return {
    CAPTURE_SEALED_CREDENTIALS: await seal(client, envelope, key, 1000),
    CAPTURE_SEAL_KEY: key,
  };
}

/** Once: in concurrent tests, jest allows no import. */
export const sealedEnvironment = await sealCredentials();

export const sealedOptions = ['--origin', `git.example.com/${repositoryId}`];

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `$RUN` is in a script: nothing, or the packed command. */
function prefix(isBelow: boolean): string {
  const bin = join(buildOnce(), 'package', 'bin.js');
  return isBelow ? [process.execPath, bin, 'exec', ...sealedOptions, '--'].join(' ') : '';
}

/** Does the same directly and below `capture-client exec`, each in an empty folder. */
export async function runBoth(
  run: (prefix: string, folder: string, env: Record<string, string>) => Promise<Outcome>,
): Promise<{ direct: Outcome; below: Outcome }> {
  const [direct, below] = await Promise.all(
    [false, true].map(async (isBelow) => {
      const folder = mkdtempSync(join(tmpdir(), 'transparency-'));
      const env = {
        PATH: process.env.PATH ?? '',
        HOME: folder,
        ...(isBelow ? sealedEnvironment : {}),
      };
      try {
        return await run(prefix(isBelow), folder, env);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
  );
  return { direct: direct as Outcome, below: withoutLog(below as Outcome) };
}

/** Without the line that exec itself writes. */
function withoutLog({ code, stdout, stderr }: Outcome): Outcome {
  const strip = (text: string): string => text.replace(/capture-client: Decrypted .*\r?\n/, '');
  return { code, stdout: strip(stdout), stderr: strip(stderr) };
}

/**
 * Runs a command in a process group of its own, with its output in files.
 * @param onReady is called when the output has a line "ready"
 */
export async function runToEnd(
  [file = '', ...args]: readonly string[],
  {
    cwd,
    env,
    onReady,
  }: { cwd: string; env: Record<string, string>; onReady?: (child: ChildProcess) => void },
): Promise<Outcome> {
  const paths = ['stdout', 'stderr'].map((name) => join(cwd, `.${name}`));
  const files = paths.map((path) => openSync(path, 'a'));
  const child = spawn(file, args, {
    cwd,
    env,
    stdio: ['ignore', ...files] as ['ignore', number, number],
    detached: true,
  });
  for (const one of files) closeSync(one);
  const read = (): string[] => paths.map((path) => readFileSync(path, 'utf8'));
  const watch = setInterval(() => {
    if (onReady === undefined || !/^ready$/m.test(read()[0] ?? '')) return;
    clearInterval(watch);
    onReady(child);
  }, 10);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(watch);
  const [stdout = '', stderr = ''] = read();
  return { code, stdout, stderr };
}

/** One thing to do in a terminal; see terminal.py. */
export type Step =
  | { readonly wait: string }
  | { readonly type: string }
  | { readonly signal: string }
  | { readonly size: readonly [number, number] }
  | { readonly pause: number };

/** Runs a command in a terminal of its own. */
export async function runInTerminal(
  command: readonly string[],
  steps: readonly Step[],
  options: { cwd: string; env: Record<string, string> },
): Promise<Outcome> {
  const helper = join(import.meta.dirname, 'terminal.py');
  const { stdout, stderr } = await runToEnd(['python3', helper, JSON.stringify(steps), ...command], options);
  const { output, code } = JSON.parse(stdout || '{}');
  return { code, stdout: output, stderr };
}
