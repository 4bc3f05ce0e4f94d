import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { getSystemErrorMessage } from 'node:util';
import { ExpectedError } from '../expected-error.ts';
import { exitCodeOf, signals } from './interruption.ts';
import { createRedaction } from './redaction.ts';

/** The program couldn't be started. */
export class StartError extends ExpectedError {
  /** As a shell's: 127 if there's no such program, otherwise 126. */
  readonly exitCode: 126 | 127;

  constructor(file: string, cause: NodeJS.ErrnoException) {
    const isMissing = cause.code === 'ENOENT';
    const reason = cause.errno === undefined ? cause.message : getSystemErrorMessage(cause.errno);
    super(
      `Could not start ${file}: ${isMissing ? 'no such program' : reason}.`,
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
  const child = start(file, args, { env, stdio: ['inherit', out, err] as ['inherit', 'pipe', 'pipe'] });
  const isInTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
  for (const name of signals) {
    // Ctrl+C in a terminal reaches the program itself. A second SIGINT could make it skip its own clean-up.
    if (!(name === 'SIGINT' && isInTerminal)) process.on(name, () => child.kill(name));
  }
  const drained = [
    redactInto(process.stdout, child.stdout, forms),
    redactInto(process.stderr, child.stderr, forms),
  ];
  child.once('spawn', onStart);
  const exitCode = await exitCodeFrom(child, file);
  const abort = new AbortController();
  for (const name of signals) process.once(name, () => abort.abort());
  await Promise.all(drained.map((isDrained) => isDrained(abort.signal)));
  return exitCode;
}

/** Some errors are thrown, and others are events. */
function start(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(file, args, options);
  } catch (cause) {
    throw new StartError(file, cause as NodeJS.ErrnoException);
  }
}

function exitCodeFrom(child: ChildProcess, file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => {
      if (child.pid === undefined) reject(new StartError(file, cause));
    });
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : exitCodeOf(signal)));
  });
}

/** Something that the program left running may keep its output open, or write, for as long as it likes. */
const quietMs = 500;
const maxMoreMs = 5000;

/**
 * Redacts what a program writes.
 * @returns a function that waits until everything that the program wrote is passed on, or an interruption
 */
function redactInto(
  target: Writable,
  source: Readable | null,
  forms: Iterable<string>,
): (interruption: AbortSignal) => Promise<void> {
  if (source === null) return async () => {};
  const redaction = createRedaction(forms);
  let lastAt = 0;
  source.on('data', () => {
    lastAt = Date.now();
  });
  // The program notices that nobody reads its output anymore.
  target.on('error', () => source.destroy());
  source.pipe(redaction).pipe(target, { end: false });
  return async (interruption) => {
    const exitedAt = Date.now();
    lastAt = exitedAt;
    const mayBeMore = (now: number): boolean => now - lastAt < quietMs && now - exitedAt < maxMoreMs;
    const isOpen = (): boolean => !redaction.readableEnded && !source.destroyed && !interruption.aborted;
    while (isOpen() && (target.writableNeedDrain || mayBeMore(Date.now()))) await sleep(5);
    source.destroy();
  };
}
