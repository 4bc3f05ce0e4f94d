import * as childProcess from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as realSleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest } from '@jest/globals';
import { onPosix } from '../support/platform.ts';

/** Runs this in place of the witness's shell. */
let inPlace: readonly [string, ...string[]] | undefined;
const shells: childProcess.ChildProcess[] = [];
const spawn = jest.fn((file: string, args: readonly string[], options: childProcess.SpawnOptions) => {
  const [ownFile, ...ownArgs] = inPlace ?? [file, ...args];
  const shell = childProcess.spawn(ownFile, ownArgs, options);
  shells.push(shell);
  return shell;
});
jest.unstable_mockModule('node:child_process', () => ({ spawn }));
let speed = 1;
const sleep = jest.fn((ms: number, value?: unknown, options?: object) =>
  realSleep(ms / speed, value, options),
);
jest.unstable_mockModule('node:timers/promises', () => ({ setTimeout: sleep }));
const { startWitness } = await import('../../../src/shell/group-witness.ts');

let witness: ReturnType<typeof startWitness>;

beforeEach(() => {
  [inPlace, speed] = [undefined, 1];
  shells.length = 0;
});

afterEach(() => {
  witness.close();
  for (const shell of shells) shell.kill('SIGKILL');
});

/** Which of the signals the witness has seen. */
async function seen(...names: NodeJS.Signals[]): Promise<string[]> {
  const all: string[] = [];
  for (const name of names) if (await witness.saw(name)) all.push(name);
  return all;
}

onPosix('sees each signal to the group once, and waits only for the report', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
  witness = startWitness();
  // It has a name in lists of processes, knows no secret, and keeps no folder in use.
  const args = ['-c', expect.any(String), 'capture-client-signals'];
  expect(spawn).toHaveBeenLastCalledWith('/bin/sh', args, expect.objectContaining({ env: {}, cwd: '/' }));
  await witness.untilReported();
  const before = timers();
  for (const name of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGTSTP', 'SIGWINCH'] as const) {
    shells[0]?.kill(name);
    expect(await seen('SIGUSR1', name, name)).toEqual([name]);
  }
  expect(timers()).toBeLessThanOrEqual(before);
});

onPosix('sees a signal that ends it before it is ready, and starts again', async () => {
  inPlace = ['sleep', '9'];
  witness = startWitness();
  shells[0]?.kill('SIGTERM');
  inPlace = undefined;
  expect(await seen('SIGTERM', 'SIGTERM')).toEqual(['SIGTERM']);
  shells[1]?.kill('SIGINT');
  expect(await seen('SIGTERM', 'SIGINT')).toEqual(['SIGINT']);
  expect(shells).toHaveLength(2);
});

onPosix.each<[string, [string, ...string[]]]>([
  ['hangs', ['sh', '-c', 'echo; exec sleep 9']],
  ['reads nothing', ['sh', '-c', 'exec <&-; echo; exec sleep 9']],
])('a shell that %s holds nothing up, and is ended', async (_, command) => {
  [inPlace, speed] = [command, 50];
  witness = startWitness();
  const [shell] = shells as [childProcess.ChildProcess];
  await once(shell.stdout as NodeJS.EventEmitter, 'data');
  expect(await seen('SIGINT')).toEqual([]);
  witness.close();
  expect(await once(shell, 'close')).toEqual([null, 'SIGKILL']);
  expect(await seen('SIGINT')).toEqual([]);
  expect(sleep.mock.lastCall).toEqual([5]);
  expect(shells).toHaveLength(1);
});

onPosix('without a shell, nothing is seen', async () => {
  inPlace = ['/no/such'];
  witness = startWitness();
  expect(await seen('SIGINT', 'SIGTERM')).toEqual([]);
});
