import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';

/** A terminal sends these to all processes in the foreground. */
const keyboardSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGWINCH'];

/** Each line that it reads is a question, and a response says that it has reported everything. */
const script = `
for name in HUP INT QUIT TERM ALRM USR1 USR2 TSTP CONT WINCH; do trap "echo SIG$name" $name; done
while read -r line || read -r line || read -r line || read -r line; do echo; done`;

/**
 * A shell in our process group that only reports signals. Node.js doesn't say who sent a signal. If the witness got it,
 * too, the sender meant the group.
 */
export class GroupWitness {
  private readonly seen = new Set<string>();
  private readonly waiting: (() => void)[] = [];
  private isMissing = false;
  private hasEnded = false;
  private isClosed = false;
  private shell: ChildProcessByStdio<Writable, Readable, null> | undefined;

  constructor() {
    if (process.platform !== 'win32') this.start();
  }

  private start(): void {
    this.hasEnded = false;
    const shell = spawn('/bin/sh', ['-c', script, 'capture-client-signals'], {
      env: {},
      cwd: '/',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    createInterface({ input: shell.stdout }).on('line', (line) => {
      if (line === '') this.waiting.shift()?.();
      else this.seen.add(line);
    });
    shell.stdin.on('error', () => {});
    shell.on('error', () => {
      this.isMissing = true;
    });
    shell.on('close', (_, signal) => {
      // Before it had set its traps.
      if (signal !== null) this.seen.add(signal);
      this.hasEnded = true;
      for (const resolve of this.waiting.splice(0)) resolve();
    });
    this.shell = shell;
  }

  async untilReported(): Promise<void> {
    if (this.shell === undefined || this.hasEnded) return;
    const responded = new Promise<void>((resolve) => this.waiting.push(resolve));
    this.shell.stdin.write('\n');
    await Promise.race([responded, sleep(3000, undefined, { ref: false })]);
  }

  async saw(name: NodeJS.Signals): Promise<boolean> {
    // The processes of a group get a signal one after the other.
    await sleep(5);
    await this.untilReported();
    if (this.isMissing) return keyboardSignals.includes(name) && [0, 1, 2].some(isatty);
    if (this.hasEnded && !this.isClosed) this.start();
    return this.seen.delete(name);
  }

  close(): void {
    this.isClosed = true;
    this.shell?.stdin.destroy();
    this.shell?.kill('SIGKILL');
  }
}
