import * as fs from 'node:fs';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { OutputDescriptor } from '../../../src/shell/output.ts';
import { makePipes, type Pipe } from '../../../src/shell/pipes.ts';
import { onLinux, onPosix, setPlatform, temporaryFolder } from '../support/platform.ts';

/** The descriptors that stand in for standard output and standard error. */
const standIns = { 1: 0, 2: 0 };
let terminals: number[] = [];
jest.unstable_mockModule('node:tty', () => ({ isatty: (fd: number) => terminals.includes(fd) }));
jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  fstatSync(fd: OutputDescriptor) {
    if (process.platform === 'win32') throw new Error('EBADF');
    return fs.fstatSync(standIns[fd]);
  },
  // A disk that is nearly full takes less than it is given.
  writeSync(fd: OutputDescriptor, chunk: Buffer, at: number) {
    if (at >= chunk.length) throw new RangeError('nothing to write');
    return fs.writeSync(standIns[fd], chunk, at, Math.min(3, chunk.length - at));
  },
  openSync: (path: string, flags: number) =>
    fs.openSync(`/proc/self/fd/${standIns[Number(path.at(-1)) as OutputDescriptor]}`, flags),
}));
let output: typeof import('../../../src/shell/output.ts');

const { exitCode } = process;
let folder: string;
const opened: number[] = [];

function open(name: string, flags = 'a'): number {
  const fd = fs.openSync(join(folder, name), flags);
  opened.push(fd);
  return fd;
}

beforeEach(async () => {
  jest.resetModules();
  output = await import('../../../src/shell/output.ts');
  folder = temporaryFolder();
  Object.assign(standIns, { 1: open('out'), 2: open('err') });
  terminals = [];
  process.exitCode = undefined;
});

afterEach(() => {
  process.exitCode = exitCode;
  for (const fd of opened.splice(0)) fs.closeSync(fd);
});

onPosix('a file gets everything that is written, in order', () => {
  standIns[2] = open('out');
  for (const fd of [1, 2, 1] as const) output.openOutput(fd).write(`text to ${fd}\n`);
  expect(fs.readFileSync(join(folder, 'out'), 'utf8')).toBe('text to 1\ntext to 2\ntext to 1\n');
  expect(output.openOutput(1)).toBe(output.openOutput(2));
  expect(process.exitCode).toBeUndefined();
});

onPosix.each([
  [undefined, 1],
  [3, 3],
])('output that cannot be written makes exit code %p %i', async (before, after) => {
  standIns[1] = open('out', 'r');
  process.exitCode = before;
  const failed = new Promise((resolve) => output.openOutput(1).write('lost', resolve));
  expect(await failed).toMatchObject({ code: 'EBADF' });
  await tick();
  expect(process.exitCode).toBe(after);
});

onLinux('a pipe gets everything without changing its mode, and its reader may go away', async () => {
  const [pipe = { read: 0, write: 0 }] = makePipes(1) ?? [];
  opened.push(pipe.write);
  Object.assign(standIns, { 1: pipe.write, 2: pipe.write });
  const target = output.openOutput(2);
  expect(target).not.toBe(process.stderr);
  expect(output.openOutput(1)).toBe(target);
  await new Promise((resolve) => target.write('text', resolve));
  const buffer = Buffer.alloc(9);
  expect(String(buffer.subarray(0, fs.readSync(pipe.read, buffer)))).toBe('text');
  fs.closeSync(pipe.read);
  expect(await new Promise((resolve) => target.write('lost', resolve))).toMatchObject({ code: 'EPIPE' });
  expect(process.exitCode).toBeUndefined();
});

onPosix.each<[string, string, (pipes: readonly Pipe[]) => void]>([
  ['a terminal', 'linux', () => (terminals = [1, 2])],
  ['a pipe on macOS', 'darwin', () => {}],
  ['a pipe without a reader', 'linux', (pipes) => pipes.map(({ read }) => fs.closeSync(read))],
  ['anything on Windows', 'win32', () => {}],
])('%s is the stream of Node.js', (_, system, prepare) => {
  const pipes = makePipes(2) ?? [];
  const [one, other] = pipes.map(({ write }) => write);
  Object.assign(standIns, { 1: one, 2: other });
  prepare(pipes);
  setPlatform(system);
  expect(output.openOutput(1)).toBe(process.stdout);
  expect(output.openOutput(2)).toBe(process.stderr);
});

onPosix('a device is none of them', () => {
  Object.assign(standIns, { 1: fs.openSync('/dev/null', 'w') });
  expect(output.openOutput(1)).not.toBe(process.stdout);
});

test('descriptors lead to the same file if it is the same of the same disk, but not on Windows', () => {
  const status = fs.fstatSync(standIns[1]);
  const others = [fs.fstatSync(standIns[2]), { ...status, dev: status.dev + 1 } as fs.Stats];
  setPlatform('linux');
  expect([status, ...others].map((one) => output.leadsTo(1, one))).toEqual([true, false, false]);
  expect(output.areSame()).toBe(false);
  setPlatform('win32');
  expect([output.leadsTo(1, status), output.areSame()]).toEqual([false, false]);
});

test('a reader that goes away is told from a failure', () => {
  const codes = ['EPIPE', 'ECONNRESET', 'EOF', 'ENOSPC', undefined];
  const closed = codes.filter((code) => output.isClosedPipe(Object.assign(new Error(), { code })));
  expect(closed).toEqual(['EPIPE', 'ECONNRESET', 'EOF']);
});
