import { type ChildProcess, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryTo } from '../errors.ts';
import { startWitness } from './group-witness.ts';
import { receiveSignals } from './signals.ts';

const jobControlSignals = ['SIGTSTP', 'SIGCONT', 'SIGWINCH'] as const;

/**
 * Passes signals to a program, unless it got them as well: a terminal, `timeout`, and most CI systems send them to the
 * whole process group. Opened before the program starts, so that no signal is lost.
 */
export async function forwardSignals() {
  // On Windows, a console sends its events to all its processes.
  if (process.platform === 'win32') return { to() {}, close: receiveSignals(() => {}) };
  const witness = startWitness();
  const inProgress = new Set<NodeJS.Signals>();
  const started = Promise.withResolvers<ChildProcess>();
  let hasStarted = false;

  async function forward(name: NodeJS.Signals): Promise<void> {
    const isEarly = !hasStarted;
    if (inProgress.has(name)) return;
    inProgress.add(name);
    const wasSeen = await witness.saw(name);
    const child = await started.promise;
    if (isEarly || !wasSeen) child.kill(name);
    inProgress.delete(name);
    if (name === 'SIGTSTP' && (await stops(child))) stopThisProcess();
  }

  /** Stops as a program that doesn't handle SIGTSTP, until SIGCONT. */
  function stopThisProcess(): void {
    process.off('SIGTSTP', forward);
    process.kill(process.pid, 'SIGTSTP');
    process.on('SIGTSTP', forward);
  }

  const release = receiveSignals(forward);
  for (const name of jobControlSignals) process.on(name, forward);
  await witness.untilReported();
  return {
    to(child: ChildProcess): void {
      hasStarted = true;
      started.resolve(child);
    },
    close(): void {
      release();
      for (const name of jobControlSignals) process.off(name, forward);
      witness.close();
    },
  };
}

/** Whether a program stops after SIGTSTP: it may handle the signal, and go on. */
async function stops({ pid = 0 }: ChildProcess): Promise<boolean> {
  for (let waits = 0; waits < 50; waits += 1) {
    if (tryTo(() => readState(pid)) === 'T') return true;
    await sleep(10);
  }
  return false;
}

/** A letter. Minimal images of Linux have no `ps`. */
function readState(pid: number): string | undefined {
  if (process.platform !== 'linux')
    return execFileSync('ps', ['-o', 'state=', '-p', `${pid}`], { encoding: 'utf8' })[0];
  return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '')[0];
}
