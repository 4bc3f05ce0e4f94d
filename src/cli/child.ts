import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExpectedError } from '../expected-error.ts';
import { exitCodeOf, signals } from './interruption.ts';
import { createRedaction } from './redaction.ts';

/** The program couldn't be started. */
export class StartError extends ExpectedError {
  /** As a shell's: 127 if there's no such program, otherwise 126. */
  readonly exitCode: 126 | 127;

  constructor(file: string, cause: NodeJS.ErrnoException) {
    const isMissing = cause.code === 'ENOENT';
    super(
      `Could not start ${file}: ${isMissing ? 'no such program' : cause.message}.`,
      'Check its name and permissions.',
      { cause },
    );
    this.exitCode = isMissing ? 127 : 126;
  }
}

export interface ChildOptions {
  readonly env: Record<string, string>;
  /** Undefined: only what goes to no terminal is redacted. */
  readonly redact: boolean | undefined;
  /** What is hidden. */
  readonly forms: Iterable<string>;
  /** The program runs. */
  onStart(): void;
}

/**
 * Runs a program until it ends, and passes interruptions to it.
 * @returns its exit code, as a shell reports it
 * @throws StartError
 */
export async function runProgram(
  [file = '', ...args]: readonly string[],
  { env, redact, forms, onStart }: ChildOptions,
): Promise<number> {
  const isPiped = ({ isTTY }: { isTTY?: boolean }): boolean => redact ?? !isTTY;
  const [out, err] = [process.stdout, process.stderr].map((stream) => (isPiped(stream) ? 'pipe' : 'inherit'));
  const child = spawn(file, args, { env, stdio: ['inherit', out, err] as ['inherit', 'pipe', 'pipe'] });
  for (const name of signals) {
    // Ctrl+C in a terminal reaches the program itself. A second SIGINT could make it skip its own clean-up.
    if (!(name === 'SIGINT' && process.stdin.isTTY)) process.on(name, () => child.kill(name));
  }
  const drained = [
    redactInto(process.stdout, child.stdout, forms),
    redactInto(process.stderr, child.stderr, forms),
  ];
  child.once('spawn', onStart);
  const exitCode = await exitCodeFrom(child, file);
  await Promise.all(drained.map((isDrained) => isDrained()));
  return exitCode;
}

function exitCodeFrom(child: ChildProcess, file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => {
      if (child.pid === undefined) reject(new StartError(file, cause));
    });
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : exitCodeOf(signal)));
  });
}

/** Something that the program left running may keep its output open for as long as it likes. */
const quietMs = 500;

/**
 * Redacts what a program writes.
 * @returns a function that waits until everything that the program wrote is passed on
 */
function redactInto(target: Writable, source: Readable | null, forms: Iterable<string>): () => Promise<void> {
  if (source === null) return async () => {};
  const redaction = createRedaction(forms);
  let lastAt = 0;
  source.on('data', () => {
    lastAt = Date.now();
  });
  // As if the program wrote to it directly.
  target.on('error', () => source.destroy());
  source.pipe(redaction).pipe(target, { end: false });
  return async () => {
    const hasOutput = (): boolean => target.writableNeedDrain || Date.now() - lastAt < quietMs;
    lastAt = Date.now();
    while (!redaction.readableEnded && !source.destroyed && hasOutput()) await sleep(5);
    source.destroy();
  };
}
