import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { LineReader } from './text.ts';

/** A hold on a stage while it runs. */
export interface StageControl {
  pid: number;
  /** What a cancelled run does (actions-runtime.md §1d): SIGINT, SIGTERM, SIGKILL to the node process, with pauses. */
  cancel(): Promise<void>;
  /** One signal, at once. Does nothing when the process has gone. On Windows any signal ends it. */
  kill(signal: NodeJS.Signals): void;
}

/** How long the runner waits, in milliseconds. */
export interface Patience {
  /** After SIGINT. */
  interrupt: number;
  /** After SIGTERM. */
  terminate: number;
  /** For streams that a grandchild still holds when node has exited. */
  streams: number;
  /** For a whole stage. */
  stage: number;
}

export interface NodeRun {
  script: string;
  /** Options for node itself, before the script. */
  nodeOptions: string[];
  folder: string;
  environment: Record<string, string>;
  patience: Patience;
  onLine: (line: string) => void;
  onStart?: ((control: StageControl) => void) | undefined;
}

export interface NodeExit {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  cancelled: boolean;
  timedOut: boolean;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Runs a script in a Node process of its own and hands on what it writes, line by line. */
export async function runNode(run: NodeRun): Promise<NodeExit> {
  const child = spawn(process.execPath, [...run.nodeOptions, run.script], {
    cwd: run.folder,
    env: run.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const closed = once(child, 'close');
  const raw = readStreams(child, run.onLine);
  const marks = { cancelled: false, timedOut: false };
  const limit = setTimeout(() => {
    marks.timedOut = true;
    child.kill('SIGKILL');
  }, run.patience.stage);
  const letGo = releaseStreamsAfterExit(child, run.patience.streams);
  try {
    if (child.pid !== undefined) run.onStart?.(control(child, child.pid, run.patience, marks));
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

function control(child: Child, pid: number, patience: Patience, marks: { cancelled: boolean }): StageControl {
  return {
    pid,
    kill: (signal) => {
      child.kill(signal);
    },
    cancel: async () => {
      marks.cancelled = true;
      child.kill('SIGINT');
      if (await exitsWithin(child, patience.interrupt)) return;
      child.kill('SIGTERM');
      if (await exitsWithin(child, patience.terminate)) return;
      child.kill('SIGKILL');
      await exitsWithin(child, patience.terminate);
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
 * Keeps both streams as they are and hands on their lines in batches, all of stderr before all of stdout: the
 * runner's own order hazard, by which a mask set on stdout comes too late for a secret on stderr (§1a).
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
  // What both streams deliver in one turn of the event loop is one batch.
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

/** Node is gone, but a process it started may hold its streams: the runner waits a while and goes on (§1d). */
function releaseStreamsAfterExit(child: Child, milliseconds: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  child.once('exit', () => {
    timer = setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, milliseconds);
  });
  return () => clearTimeout(timer);
}
