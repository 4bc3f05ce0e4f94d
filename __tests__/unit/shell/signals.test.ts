import * as fs from 'node:fs';
import { beforeEach, expect, jest, test } from '@jest/globals';

/** What the system tells about the process that started this one. */
let parent: string | undefined;
jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  readFileSync(path: string) {
    if (path !== `/proc/${process.ppid}/status` || parent === undefined) throw new Error('ENOENT');
    return parent;
  },
}));
const { exitCodeOf, ignoresHangup, receiveSignals, watchSignals } = await import(
  '../../../src/shell/signals.ts'
);

const names = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGALRM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGBREAK',
] as const;
const ignoring =
  'Name:\tnode\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000000\n';

beforeEach(() => {
  parent = undefined;
  for (const name of names) process.removeAllListeners(name);
});

test.each(names)('the first signal aborts: %s', (name) => {
  const signal = watchSignals();
  expect(signal.aborted).toBe(false);
  process.emit(name);
  process.emit('SIGTERM');
  expect(signal.reason).toBe(name);
});

test('SIGHUP that the caller ignores does nothing, but other signals do', () => {
  parent = ignoring;
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

test('the exit code of a signal is a shell’s', () => {
  expect([exitCodeOf('SIGINT'), exitCodeOf('SIGTERM')]).toEqual([130, 143]);
});

test.each<[string, object, string | undefined, boolean]>([
  ['below nohup, as the shell says', { _: '/usr/bin/nohup' }, undefined, true],
  ['below another program', { _: '/opt/nohup/node' }, undefined, false],
  ['where the system says nothing', {}, undefined, false],
  ['below a process that ignores it', {}, ignoring, true],
  ['below one that ignores others', {}, ignoring.replace('1\n', 'e\n'), false],
  ['below one that blocks it', {}, ignoring.replace('1\n', '0\n').replace('0\n', '1\n'), false],
  [
    'below one with a confusing name',
    {},
    ignoring.replace('node', 'SigIgn:1').replace('1\nSigC', '0\nSigC'),
    false,
  ],
])('SIGHUP is ignored %s: %j', (_, env, status, isIgnored) => {
  parent = status;
  expect(ignoresHangup({ ...env })).toBe(isIgnored);
});
