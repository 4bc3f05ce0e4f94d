import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { tryTo } from '../errors.ts';

type Receiver = (name: NodeJS.Signals) => void;

/** Those that end a process unless it handles them. SIGUSR1 would open a debugger where the owner's secret is. */
const endingSignals = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGALRM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGBREAK',
] as const;

let receiver: Receiver | undefined;

/**
 * Watches for signals. None of them ends this process: it cleans up first.
 * @returns a signal that aborts with the first one that nothing else receives; the reason is its name
 */
export function watchSignals(): AbortSignal {
  const controller = new AbortController();
  const isHangupIgnored = ignoresHangup();
  for (const name of endingSignals) {
    process.on(name, () => {
      if (name === 'SIGHUP' && isHangupIgnored) return;
      if (receiver === undefined) controller.abort(name);
      else receiver(name);
    });
  }
  return controller.signal;
}

/** Hands the signals that are watched to `receive`, instead of aborting. @returns a function that ends this */
export function receiveSignals(receive: Receiver): () => void {
  const previous = receiver;
  receiver = receive;
  return () => {
    receiver = previous;
  };
}

export function exitCodeOf(name: NodeJS.Signals): number {
  return 128 + constants.signals[name];
}

/**
 * Whether this process was started with SIGHUP ignored, as by nohup. Node.js resets that before any of our code runs. But
 * bash and zsh say which program they started, and what ignores SIGHUP passes that on to its children.
 */
export function ignoresHangup(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  if (env._?.split('/').at(-1) === 'nohup') return true;
  const status = tryTo(() => readFileSync(`/proc/${process.ppid}/status`));
  // The last bit is that of SIGHUP.
  return /^SigIgn:.*[13579bdf]$/m.test(String(status));
}
