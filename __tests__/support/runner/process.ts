import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { LineReader } from './text.ts';

/** Signals for a running stage. */
export interface StageControl {
  pid: number;
  /** Does what the runner does when a run is canceled: sends SIGINT, SIGTERM, and SIGKILL, with pauses. */
  cancel(): Promise<void>;
  /** Sends one signal, if the process still runs. On Windows, any signal ends it. */
  kill(signal: NodeJS.Signals): void;
}

// How long the runner waits, in milliseconds (docs/development/runner.md, "Signals and times").
const interruptMs = 7_500;
const terminateMs = 2_500;
/** For the streams to close after Node has exited: a grandchild can keep them open. */
const streamsMs = 5_000;

export interface NodeRun {
  script: string;
  /** Options for Node, before the script. */
  nodeOptions: string[];
  folder: string;
  environment: Record<string, string>;
  limitMs: number;
  onLine: (line: string) => void;
  onStart?: ((control: StageControl) => void) | undefined;
}

export interface NodeExit {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  canceled: boolean;
  timedOut: boolean;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Runs a script in a Node process of its own and passes on what it writes, line by line. */
export async function runNode(run: NodeRun): Promise<NodeExit> {
  const child = spawn(process.execPath, [...run.nodeOptions, run.script], {
    cwd: run.folder,
    env: run.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const closed = once(child, 'close');
  const raw = readStreams(child, run.onLine);
  const marks = { canceled: false, timedOut: false };
  const limit = setTimeout(() => {
    marks.timedOut = true;
    child.kill('SIGKILL');
  }, run.limitMs);
  const letGo = releaseStreamsAfterExit(child);
  try {
    if (child.pid !== undefined) run.onStart?.(control(child, child.pid, marks));
    await closed;
  } catch (error) {
    child.kill('SIGKILL');
    await closed.catch(() => {});
    throw error;
  } finally {
    clearTimeout(limit);
    letGo();
  }
  return { exitCode: child.exitCode, signal: child.signalCode, ...raw.end(), ...marks };
}

function control(child: Child, pid: number, marks: { canceled: boolean }): StageControl {
  return {
    pid,
    kill: (signal) => {
      child.kill(signal);
    },
    cancel: async () => {
      marks.canceled = true;
      child.kill('SIGINT');
      if (await exitsWithin(child, interruptMs)) return;
      child.kill('SIGTERM');
      if (await exitsWithin(child, terminateMs)) return;
      child.kill('SIGKILL');
      await exitsWithin(child, terminateMs);
    },
  };
}

function exitsWithin(child: Child, milliseconds: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (exited: boolean) => {
      clearTimeout(timer);
      child.off('exit', onExit);
      resolve(exited);
    };
    const onExit = () => settle(true);
    const timer = setTimeout(() => settle(false), milliseconds);
    child.once('exit', onExit);
  });
}

/**
 * Collects both streams and passes on their lines in batches, stderr before stdout. The runner does the same, so a mask
 * set on stdout can come too late for a secret on stderr.
 */
function readStreams(child: Child, onLine: (line: string) => void) {
  const [stderr, stdout] = [child.stderr, child.stdout].map((stream) => {
    const source = { raw: '', reader: new LineReader(), lines: [] as string[] };
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      source.raw += chunk;
      source.lines.push(...source.reader.push(chunk));
      schedule();
    });
    return source;
  }) as [Source, Source];

  let batch: NodeJS.Immediate | undefined;
  // A batch is what both streams deliver in one turn of the event loop.
  const schedule = () => {
    batch ??= setImmediate(drain);
  };
  const drain = () => {
    batch = undefined;
    for (const source of [stderr, stdout]) for (const line of source.lines.splice(0)) onLine(line);
  };
  return {
    end: () => {
      if (batch !== undefined) clearImmediate(batch);
      for (const source of [stderr, stdout]) source.lines.push(...source.reader.end());
      drain();
      return { stdout: stdout.raw, stderr: stderr.raw };
    },
  };
}

interface Source {
  raw: string;
  reader: LineReader;
  lines: string[];
}

/** A process that Node started can keep the streams open. The runner waits a while and then ignores it. */
function releaseStreamsAfterExit(child: Child): () => void {
  let timer: NodeJS.Timeout | undefined;
  child.once('exit', () => {
    timer = setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, streamsMs);
  });
  return () => clearTimeout(timer);
}
