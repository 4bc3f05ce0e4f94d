import { type ChildProcess, type SpawnOptions, type StdioOptions, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { getSystemErrorMessage } from 'node:util';
import { ExpectedError } from '../errors.ts';
import { findInherited } from './descriptors.ts';
import { areSame, isClosedPipe, type OutputDescriptor, openOutput } from './output.ts';
import { makePipes, type Pipe } from './pipes.ts';
import { createRedaction } from './redaction.ts';
import { forwardSignals } from './signal-forwarding.ts';
import { exitCodeOf, ignoresHangup, receiveSignals } from './signals.ts';

export interface ProgramOptions {
  readonly env: Record<string, string>;
  /** Undefined: only what goes to no terminal is redacted. */
  readonly redact: boolean | undefined;
  readonly forms: Iterable<string>;
  onStart(): void;
  warn(message: string): void;
}

/** Before this process opens anything. */
const inherited = findInherited();

/** Runs a program until it ends. @returns its exit code, as a shell reports it @throws ExpectedError */
export async function runProgram(
  [file = '', ...args]: readonly string[],
  { env, redact, forms, onStart, warn }: ProgramOptions,
): Promise<number> {
  const redacted = ([1, 2] as const).filter((fd) => redact ?? !isatty(fd));
  const streams = redacted.length === 2 && areSame() ? [redacted] : redacted.map((fd) => [fd]);
  const pipes = makePipes(streams.length);
  const spawnHere = await loadSpawn();
  const signals = await forwardSignals();
  try {
    const child = start(spawnHere, file, args, { env, stdio: stdioFor(streams, pipes) });
    signals.to(child);
    for (const { write } of pipes ?? []) closeSync(write);
    const relays = streams.map(([fd = 1], index) => {
      const pipe = pipes?.[index];
      const source =
        pipe === undefined ? child.stdio[fd] : new Socket({ fd: pipe.read, readable: true, writable: false });
      return relay(source as Readable, openOutput(fd), forms);
    });
    child.once('spawn', onStart);
    const exitCode = await exitCodeFrom(child, file);
    // The program has ended, so a signal means us.
    const interruption = new AbortController();
    const release = receiveSignals(() => interruption.abort());
    const limitMs = exitCode > 128 ? maxMoreMs : Number.POSITIVE_INFINITY;
    const errors = await Promise.all(relays.map(({ drain }) => drain(interruption.signal, limitMs)));
    release();
    return errors.reduce((code, error) => codeAfter(error, code, warn), exitCode);
  } finally {
    signals.close();
  }
}

function stdioFor(
  streams: readonly (readonly OutputDescriptor[])[],
  pipes: readonly Pipe[] | undefined,
): StdioOptions {
  const outputs = ([1, 2] as const).map((fd) => {
    const index = streams.findIndex((stream) => stream.includes(fd));
    return index < 0 ? ('inherit' as const) : (pipes?.[index]?.write ?? ('pipe' as const));
  });
  const others = Array.from({ length: Math.max(2, ...inherited) - 2 }, (_, index) =>
    inherited.includes(index + 3) ? index + 3 : ('ignore' as const),
  );
  return ['inherit', ...outputs, ...others];
}

/** On Windows, one that finds npm.cmd, and quotes arguments as cmd.exe reads them. */
async function loadSpawn(): Promise<typeof spawn> {
  return process.platform === 'win32' ? ((await import('cross-spawn')).default as typeof spawn) : spawn;
}

/** Some errors are thrown, and others are events. */
function start(
  spawnHere: typeof spawn,
  file: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  try {
    // Node.js resets ignored signals in what it starts.
    return ignoresHangup()
      ? spawnHere('/bin/sh', ['-c', 'trap "" HUP; exec "$0" "$@"', file, ...args], options)
      : spawnHere(file, args, options);
  } catch (cause) {
    throw notStarted(file, cause as NodeJS.ErrnoException);
  }
}

function notStarted(file: string, cause: NodeJS.ErrnoException): ExpectedError {
  const isMissing = cause.code === 'ENOENT';
  const problem = `Could not start ${file}: ${isMissing ? 'no such program' : reasonOf(cause)}.`;
  const hint = "Check the program's name and permissions.";
  return new ExpectedError(problem, hint, { cause, exitCode: isMissing ? 127 : 126 });
}

function exitCodeFrom(child: ChildProcess, file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.syscall?.startsWith('spawn')) reject(notStarted(file, cause));
    });
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : exitCodeOf(signal)));
  });
}

/** The exit code after output was lost: the program's own if it failed. */
function codeAfter(
  error: NodeJS.ErrnoException | undefined,
  code: number,
  warn: (message: string) => void,
): number {
  if (error === undefined) return code;
  if (isClosedPipe(error)) return code || exitCodeOf('SIGPIPE');
  warn(`Could not write the program's output: ${reasonOf(error)}.`);
  return code || 1;
}

function reasonOf({ errno, message }: NodeJS.ErrnoException): string {
  return errno === undefined ? message : getSystemErrorMessage(errno);
}

/** Something that the program left running may keep its output open, or write, for as long as it likes. */
const quietMs = 500;
const maxMoreMs = 5000;

/** Passes on what a program writes, without the forms of secrets. */
function relay(source: Readable, target: Writable, forms: Iterable<string>) {
  let lost: NodeJS.ErrnoException | undefined;
  let lastAt = 0;
  const redaction = createRedaction(forms);
  source.on('data', () => {
    lastAt = Date.now();
  });
  // The program notices that nobody reads its output anymore.
  target.on('error', (error) => {
    lost ??= error;
    source.destroy();
  });
  // Without `end`, `pipe` touches `process.stdout`, which makes a pipe non-blocking for everybody.
  source.once('end', () => redaction.end());
  source.pipe(redaction, { end: false }).pipe(target, { end: false });

  return {
    /** Waits for the rest of the output, and for its reader up to `limitMs`. @returns why output was lost */
    async drain(interruption: AbortSignal, limitMs: number): Promise<NodeJS.ErrnoException | undefined> {
      const exitedAt = Date.now();
      lastAt = exitedAt;
      const mayBeMore = (now: number): boolean =>
        !redaction.readableEnded && now - lastAt < quietMs && now - exitedAt < maxMoreMs;
      const isLate = (): boolean => interruption.aborted || Date.now() - exitedAt >= limitMs;
      while (lost === undefined && !isLate() && (target.writableLength > 0 || mayBeMore(Date.now())))
        await sleep(5);
      source.destroy();
      // Otherwise a reader that reads nothing would keep this process.
      if (isLate() && target.writableLength > 0) target.destroy();
      return lost;
    },
  };
}
