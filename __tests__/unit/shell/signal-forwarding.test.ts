import * as childProcess from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as realSleep, setImmediate as tick } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { onPosix, setPlatform, temporaryFolder } from '../support/platform.ts';

/** Which signals the process group got. */
const seen = new Set<NodeJS.Signals>();
const witness = {
  saw: async (name: NodeJS.Signals) => seen.delete(name),
  untilReported: async () => {},
  close: jest.fn(),
};
jest.unstable_mockModule('../../../src/shell/group-witness.ts', () => ({
  startWitness: jest.fn(() => witness),
}));
const execFileSync = jest.fn(childProcess.execFileSync);
jest.unstable_mockModule('node:child_process', () => ({ execFileSync }));
const sleep = jest.fn<() => Promise<void>>();
jest.unstable_mockModule('node:timers/promises', () => ({ setTimeout: sleep }));
const { forwardSignals } = await import('../../../src/shell/signal-forwarding.ts');
const { watchSignals } = await import('../../../src/shell/signals.ts');

const { platform } = process;
const kill = jest.fn<(name: NodeJS.Signals) => boolean>();
const fake = { pid: 2 ** 30, kill } as never as childProcess.ChildProcess;
const watched = watchSignals();
let signals: Awaited<ReturnType<typeof forwardSignals>>;

/** Sends signals to this process, and waits until they are passed on. */
async function emit(...names: NodeJS.Signals[]): Promise<void> {
  for (const name of names) process.emit(name, name);
  for (let ticks = 0; ticks < 200; ticks += 1) await tick();
}

beforeEach(async () => {
  seen.clear();
  jest.clearAllMocks();
  sleep.mockImplementation(async () => {
    if (sleep.mock.calls.length > 100) throw new Error('endless waiting');
    await tick();
  });
  // With which signals work.
  setPlatform('linux');
  signals = await forwardSignals();
});

afterEach(() => {
  signals.close();
});

test.each(['SIGTERM', 'SIGINT', 'SIGCONT', 'SIGWINCH', 'SIGTSTP'] as const)(
  '%s reaches the program once',
  async (name) => {
    signals.to(fake);
    await emit(name);
    expect(kill.mock.calls).toEqual([[name]]);
    seen.add(name);
    await emit(name);
    expect(kill).toHaveBeenCalledTimes(1);
  },
);

test('of the same signal, several at once are one, and later ones are others', async () => {
  signals.to(fake);
  await emit('SIGINT', 'SIGTERM', 'SIGINT');
  await emit('SIGINT');
  expect(kill.mock.calls).toEqual([['SIGINT'], ['SIGTERM'], ['SIGINT']]);
});

test('a program gets a signal that came before it started, even one to the group', async () => {
  seen.add('SIGINT');
  await emit('SIGINT');
  expect(kill).not.toHaveBeenCalled();
  signals.to(fake);
  await emit();
  expect(kill.mock.calls).toEqual([['SIGINT']]);
});

test('nothing is left after it', async () => {
  signals.to(fake);
  signals.close();
  expect(witness.close).toHaveBeenCalledTimes(1);
  for (const name of ['SIGTSTP', 'SIGCONT', 'SIGWINCH']) expect(process.listenerCount(name)).toBe(0);
  await emit('SIGTERM');
  expect(watched.reason).toBe('SIGTERM');
});

test('on Windows, the program gets the signals from its console', async () => {
  signals.close();
  setPlatform('win32');
  signals = await forwardSignals();
  signals.to(fake);
  await emit('SIGINT', 'SIGWINCH');
  expect(kill).not.toHaveBeenCalled();
});

describe('SIGTSTP', () => {
  const stop = jest.spyOn(process, 'kill').mockImplementation(() => {
    expect(process.listenerCount('SIGTSTP')).toBe(0);
    return true;
  });

  onPosix.each(platform === 'linux' ? ['linux', 'darwin'] : [platform])(
    'stops this process with its program on %s',
    async (system) => {
      setPlatform(system);
      sleep.mockImplementation(async () => await realSleep(40));
      const path = join(temporaryFolder(), 'a) S');
      symlinkSync('/bin/sleep', path);
      const child = childProcess.spawn(path, ['9']);
      await once(child, 'spawn');
      // Without a terminal, the system may ignore SIGTSTP.
      signals.to({ pid: child.pid, kill: () => child.kill('SIGSTOP') } as never);
      await emit('SIGTSTP');
      for (let waits = 0; waits < 200 && stop.mock.calls.length === 0; waits += 1) await realSleep(10);
      child.kill('SIGKILL');
      expect(stop.mock.calls).toEqual([[process.pid, 'SIGTSTP']]);
      // Minimal images of Linux have no `ps`.
      expect(execFileSync.mock.calls.length > 0).toBe(system !== 'linux');
      // It may be stopped again.
      expect(process.listenerCount('SIGTSTP')).toBe(1);
    },
  );

  test('stops only the program if that goes on', async () => {
    signals.to({ pid: process.pid, kill } as never);
    await emit('SIGTSTP');
    expect(stop).not.toHaveBeenCalled();
    expect(sleep.mock.calls.length).toBeLessThanOrEqual(50);
  });
});
