import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** Each line that it reads is a question, and a response says that it has reported everything. */
const script = `
for name in HUP INT QUIT TERM ALRM USR1 USR2 TSTP CONT WINCH; do trap "echo SIG$name" $name; done
while read -r line || read -r line || read -r line || read -r line; do echo; done`;

/**
 * Starts a shell in our process group that only reports signals. Node.js doesn't say who sent one. If the witness got it,
 * too, the sender meant the group.
 */
export function startWitness() {
  const seen = new Set<string>();
  const waiting: (() => void)[] = [];
  let isClosed = false;
  let shell: ReturnType<typeof start> | undefined = start();

  function start() {
    const started = spawn('/bin/sh', ['-c', script, 'capture-client-signals'], {
      env: {},
      cwd: '/',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    createInterface({ input: started.stdout }).on('line', (line) => {
      if (line === '') waiting.shift()?.();
      else seen.add(line);
    });
    started.stdin.on('error', () => {});
    started.on('error', () => {});
    started.on('close', (_, signal) => {
      // Before it had set its traps.
      if (signal !== null) seen.add(signal);
      shell = undefined;
      for (const resolve of waiting.splice(0)) resolve();
    });
    return started;
  }

  async function untilReported(): Promise<void> {
    if (shell === undefined) return;
    const responded = new Promise<void>((resolve) => waiting.push(resolve));
    shell.stdin.write('\n');
    await Promise.race([responded, sleep(3000, undefined, { ref: false })]);
  }

  return {
    untilReported,
    async saw(name: NodeJS.Signals): Promise<boolean> {
      // The processes of a group get a signal one after the other.
      await sleep(5);
      await untilReported();
      if (!isClosed) shell ??= start();
      return seen.delete(name);
    },
    close(): void {
      isClosed = true;
      shell?.stdin.destroy();
      shell?.kill('SIGKILL');
    },
  };
}
