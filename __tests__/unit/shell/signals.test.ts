import * as fs from 'node:fs';
import { beforeEach, expect, jest, test } from '@jest/globals';

/** What the system says about the process that started this one. */
let parent: string | undefined;
jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  readFileSync(path: string) {
    if (path !== `/proc/${process.ppid}/status` || parent === undefined) throw new Error('ENOENT');
    return parent;
  },
}));
const { ignoresHangup, receiveSignals, watchSignals } = await import('../../../src/shell/signals.ts');

const names = ['HUP', 'INT', 'QUIT', 'TERM', 'ALRM', 'USR1', 'USR2', 'BREAK'].map((name) => `SIG${name}`);
const statusOf = (blocked: string, ignored: string, name = 'node') =>
  `Name:\t${name}\nSigBlk:\t000000000000000${blocked}\nSigIgn:\t000000000000100${ignored}\nSigCgt:\t0\n`;

beforeEach(() => {
  parent = undefined;
  for (const name of names) process.removeAllListeners(name);
});

test.each(names)('the first signal aborts: %s', (name) => {
  const signal = watchSignals();
  expect(signal.aborted).toBe(false);
  process.emit(name as NodeJS.Signals);
  process.emit('SIGTERM');
  expect(signal.reason).toBe(name);
});

test('SIGHUP that the caller ignores does nothing, but other signals do', () => {
  parent = statusOf('0', '1');
  const signal = watchSignals();
  process.emit('SIGHUP');
  expect(signal.aborted).toBe(false);
  process.emit('SIGINT');
  expect(signal.reason).toBe('SIGINT');
});

test('the last receiver gets the signals, until it ends that', () => {
  const signal = watchSignals();
  const received: string[] = [];
  const release = ['a', 'b'].map((letter) => receiveSignals((name) => received.push(letter + name)));
  process.emit('SIGINT');
  release[1]?.();
  process.emit('SIGTERM');
  expect(received).toEqual(['bSIGINT', 'aSIGTERM']);
  expect(signal.aborted).toBe(false);
  release[0]?.();
  process.emit('SIGHUP');
  expect(signal.reason).toBe('SIGHUP');
});

test.each<[string, string | undefined, string | undefined, boolean]>([
  ['below nohup, as the shell says', '/usr/bin/nohup', undefined, true],
  ['below another program', '/opt/nohup/node', undefined, false],
  ['where the system says nothing', undefined, undefined, false],
  ['below a process that ignores it', undefined, statusOf('0', '1'), true],
  ['below one that ignores others', undefined, statusOf('0', 'e'), false],
  ['below one that blocks it', undefined, statusOf('1', '0'), false],
  ['below one with a confusing name', undefined, statusOf('0', '0', 'SigIgn:1'), false],
])('SIGHUP is ignored %s', (_, program, status, isIgnored) => {
  parent = status;
  expect(ignoresHangup({ _: program })).toBe(isIgnored);
});
