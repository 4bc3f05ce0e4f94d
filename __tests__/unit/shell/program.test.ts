import type { SpawnOptions } from 'node:child_process';
import { EventEmitter } from 'node:events';
import * as fs from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as realSleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { OutputDescriptor } from '../../../src/shell/output.ts';
import { onPosix, setPlatform } from '../support/platform.ts';

const { env } = process;

/** What standard output and standard error are, and what was written to them. */
const streams = { terminals: [] as number[], areSame: false, written: { 1: '', 2: '' } };
/** Takes what is written to standard output. */
let take: (done: (error?: Error) => void) => void;
let targets: Writable[] = [];
jest.unstable_mockModule('../../../src/shell/output.ts', () => ({
  areSame: () => streams.areSame,
  isClosedPipe: ({ code }: NodeJS.ErrnoException) => code === 'EPIPE',
  openOutput(fd: OutputDescriptor) {
    const target = new Writable({
      write(chunk, _, done) {
        streams.written[fd] += chunk;
        if (fd === 1) take(done);
        else done();
      },
    });
    targets.push(target);
    return target;
  },
}));
jest.unstable_mockModule('node:tty', () => ({ isatty: (fd: number) => streams.terminals.includes(fd) }));

// SIGHUP may be ignored where the tests run.
jest.unstable_mockModule('node:fs', () => ({ ...fs, readFileSync: () => '' }));
const inherited: number[] = [];
jest.unstable_mockModule('../../../src/shell/descriptors.ts', () => ({ findInherited: () => inherited }));

const forwarding = { to: jest.fn<(child: FakeProgram) => void>(), close: jest.fn() };
jest.unstable_mockModule('../../../src/shell/signal-forwarding.ts', () => ({
  forwardSignals: async () => forwarding,
}));

/** A program on Windows, for which time passes only while it is waited for. */
class FakeProgram extends EventEmitter {
  readonly stdio = [null, new PassThrough(), new PassThrough()] as const;
}
const spawnFake = jest.fn((_file: string, _args: readonly string[], _options: SpawnOptions) => {
  const program = new FakeProgram();
  setImmediate(() => events.start?.(program));
  return program;
});
jest.unstable_mockModule('cross-spawn', () => ({ default: spawnFake }));
let events: { start?: (program: FakeProgram) => void; [ms: number]: () => void } = {};
let time = 0;
const sleep = jest.fn(async (ms: number) => {
  if (process.platform !== 'win32') return await realSleep(ms);
  time += ms;
  events[time]?.();
  await new Promise(setImmediate);
});
jest.unstable_mockModule('node:timers/promises', () => ({ setTimeout: sleep }));

const { runProgram } = await import('../../../src/shell/program.ts');
const { watchSignals } = await import('../../../src/shell/signals.ts');

const onStart = jest.fn();
const warn = jest.fn();

beforeEach(() => {
  Object.assign(streams, { terminals: [], areSame: false, written: { 1: '', 2: '' } });
  take = (done) => done();
  [targets, time, events] = [[], 0, {}];
  inherited.length = 0;
  jest.clearAllMocks();
});

afterEach(() => {
  process.env = env;
  jest.restoreAllMocks();
});

async function run(command: readonly string[], redact?: boolean): Promise<number> {
  const variables = { PATH: env.PATH ?? '', SECRET: 'hush' };
  return await runProgram(command, { env: variables, redact, forms: ['hush'], onStart, warn });
}

describe('a program', () => {
  onPosix.each<[string, readonly string[], number]>([
    ['that fails', ['sh', '-c', 'exit 3'], 3],
    ['that a signal ends', ['sh', '-c', 'kill -KILL $$'], 137],
    ['that SIGHUP ends', ['sh', '-c', 'kill -HUP $$; exit 3'], 129],
  ])('%s has the exit code that a shell reports', async (_, command, code) => {
    expect(await run(command)).toBe(code);
    // Its output is closed, so nothing is awaited.
    expect(sleep.mock.calls.length).toBeLessThan(20);
    expect(onStart).toHaveBeenCalledTimes(1);
    expect(forwarding.to).toHaveBeenCalledTimes(1);
    expect(forwarding.close).toHaveBeenCalledTimes(1);
  });

  onPosix('ignores SIGHUP below nohup', async () => {
    process.env = { _: '/usr/bin/nohup' };
    expect(await run(['sh', '-c', 'kill -HUP $$; exit $2', 'sh', 'a b', '4'])).toBe(4);
  });

  onPosix.each([
    ['/no/such', 127, 'Could not start /no/such: no such program.'],
    ['/', 126, 'Could not start /: permission denied.'],
    ['a\0', 126, expect.stringMatching(/^Could not start a\0: The argument 'file' must be .* null bytes/)],
  ])('that cannot be started is an error: %j', async (file, exitCode, problem) => {
    const hint = "Check the program's name and permissions.";
    await expect(run([file])).rejects.toMatchObject({ problem, hint, exitCode, cause: expect.anything() });
    expect(onStart).not.toHaveBeenCalled();
    expect(forwarding.close).toHaveBeenCalledTimes(1);
  });

  onPosix.each([
    [false, { 1: '***\n', 2: '*** 2\n' }],
    [true, { 1: '***\n*** 2\n', 2: '' }],
  ])('writes no secret, and its output keeps its order: %j', async (areSame, written) => {
    streams.areSame = areSame;
    expect(await run(['sh', '-c', 'echo $SECRET; echo $SECRET 2 > /dev/stderr'])).toBe(0);
    expect(streams.written).toEqual(written);
  });
});

test.each<[string, boolean | undefined, number[], number[], unknown[]]>([
  ['a terminal', undefined, [1], [], ['inherit', 'inherit', 'pipe']],
  ['redacted even in a terminal', true, [1, 2], [], ['inherit', 'pipe', 'pipe']],
  ['unchanged', false, [], [], ['inherit', 'inherit', 'inherit']],
  ['others', false, [], [3, 5], ['inherit', 'inherit', 'inherit', 3, 'ignore', 5]],
])('the descriptors of a program: %s', async (_, redact, terminals, others, stdio) => {
  Object.assign(streams, { terminals, areSame: redact === false });
  inherited.push(...others);
  await runFake({ start: exit(0) }, redact);
  expect(spawnFake).toHaveBeenCalledWith('program', ['a b'], expect.objectContaining({ stdio }));
  expect(targets).toHaveLength(stdio.filter((one) => one === 'pipe').length);
});

/** What a program does when it starts: it writes, and exits. */
const exit =
  (code: number, { chunk = '', isOpen = false } = {}) =>
  (program: FakeProgram) => {
    program.emit('spawn');
    const [, out, err] = program.stdio;
    out.write(chunk);
    program.emit('exit', code, null);
    if (!isOpen) out.end();
    err.end();
  };

async function runFake(schedule: typeof events, redact?: boolean): Promise<number> {
  setPlatform('win32');
  jest.spyOn(Date, 'now').mockImplementation(() => 1e12 + time);
  events = schedule;
  return await run(['program', 'a b'], redact);
}

describe('what comes after a program has ended', () => {
  const out = () => targets[0] as Writable;
  let program: FakeProgram;
  /** It leaves its output open to another one, which writes. */
  const leaveOpen = (started: FakeProgram) => {
    program = started;
    exit(0, { isOpen: true })(started);
  };
  const write = () => void program.stdio[1].write('more ');

  const endless = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [n * 100, write]));
  test.each<[string, number, typeof events, string]>([
    ['nothing, and nobody could write anymore', 5, { start: exit(0) }, ''],
    ['nothing, but somebody could', 500, { start: leaveOpen }, ''],
    ['output for a while', 1295, { start: leaveOpen, 400: write, 795: write }, 'more more '],
    ['output without an end', 5000, { start: leaveOpen, ...endless }, 'more '.repeat(50)],
  ])('is awaited as long as it makes sense: %s', async (_, ms, schedule, written) => {
    expect(await runFake(schedule)).toBe(0);
    expect(streams.written[1]).toBe(written);
    // Messages may follow.
    expect(out().writable).toBe(true);
    expect(Math.abs(time - ms)).toBeLessThanOrEqual(5);
  });

  test.each([
    [0, 60_000, false],
    [128, 60_000, false],
    [129, 5000, true],
  ])('a reader that reads slowly is awaited unless a signal ended it: %i', async (code, ms, isGivenUp) => {
    let finish = () => {};
    take = (done) => (finish = done);
    expect(await runFake({ start: exit(code, { chunk: 'text' }), 60000: () => finish() })).toBe(code);
    expect(time).toBe(ms);
    expect(out().destroyed).toBe(isGivenUp);
  });

  test.each([true, false])('is not awaited after a signal, with output left: %j', async (isLeft) => {
    const watched = watchSignals();
    if (isLeft) take = () => {};
    const interrupt = () => void process.emit('SIGTERM');
    expect(await runFake({ start: leaveOpen, 100: write, 200: interrupt })).toBe(0);
    expect(time).toBe(200);
    expect(out().destroyed).toBe(isLeft);
    expect(program.stdio[1].destroyed).toBe(true);
    expect(watched.aborted).toBe(false);
    interrupt();
    expect(watched.reason).toBe('SIGTERM');
  });

  onPosix.each<[object, number, number, string[]]>([
    [{ code: 'EPIPE' }, 0, 141, []],
    [{ code: 'EPIPE' }, 4, 4, []],
    [{ errno: -28 }, 0, 1, ['no space left on device']],
    [{ errno: -28 }, 4, 4, ['no space left on device']],
    [{}, 0, 1, ['lost']],
  ])('%j when output is passed on, after exit code %i, makes it %i', async (error, own, code, reasons) => {
    take = (done) => done(Object.assign(new Error('lost'), error));
    const start = (started: FakeProgram) => {
      started.stdio[1].write('text');
      setImmediate(() => exit(own, { isOpen: true })(started));
    };
    expect(await runFake({ start })).toBe(code);
    expect(time).toBeLessThan(100);
    expect(warn.mock.calls).toEqual(reasons.map((one) => [`Could not write the program's output: ${one}.`]));
  });

  test('only an error of the start is one', async () => {
    const start = (syscall?: string) => (started: FakeProgram) => {
      started.emit('error', Object.assign(new Error('no memory'), { syscall }));
      exit(3)(started);
    };
    expect(await runFake({ start: start() })).toBe(3);
    expect(await runFake({ start: start('kill') })).toBe(3);
    await expect(runFake({ start: start('spawn x') })).rejects.toThrow('Could not start program: no memory.');
  });
});
