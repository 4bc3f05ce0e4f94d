import * as fs from 'node:fs';
import * as os from 'node:os';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { onLinux, onPosix, setPlatform, temporaryFolder } from '../support/platform.ts';

let folder = '';
jest.unstable_mockModule('node:os', () => ({ ...os, tmpdir: () => folder }));
const mkdtempSync = jest.fn(fs.mkdtempSync);
jest.unstable_mockModule('node:fs', () => ({ ...fs, mkdtempSync }));
const { makePipes } = await import('../../../src/shell/pipes.ts');

const { env } = process;

beforeEach(() => {
  folder = temporaryFolder();
  mkdtempSync.mockReset().mockImplementation(fs.mkdtempSync);
});

afterEach(() => {
  process.env = env;
});

onPosix('makes private pipes that pass on what is written, and leaves no file', () => {
  const pipes = makePipes(2) ?? [];
  expect(pipes).toHaveLength(2);
  for (const [index, { read, write }] of pipes.entries()) {
    const buffer = Buffer.alloc(6);
    expect(() => fs.readSync(read, buffer)).toThrow('EAGAIN');
    fs.writeSync(write, `pipe ${index}`);
    fs.readSync(read, buffer);
    expect(String(buffer)).toBe(`pipe ${index}`);
    const status = fs.fstatSync(write);
    expect([status.isFIFO(), status.mode & 0o777]).toEqual([true, 0o600]);
    for (const fd of [read, write]) fs.closeSync(fd);
  }
  expect(fs.readdirSync(folder)).toEqual([]);
  expect(mkdtempSync.mock.calls).toEqual([[`${folder}/capture-client-`]]);
});

onLinux('makes them elsewhere if it cannot write temporary files', () => {
  folder = '/no/such';
  const pipes = makePipes(1) ?? [];
  expect(pipes).toHaveLength(1);
  expect(mkdtempSync).toHaveBeenLastCalledWith('/dev/shm/capture-client-');
  for (const fd of Object.values(pipes[0] ?? {})) fs.closeSync(fd);
});

test.each<[string, number, () => void]>([
  ['without a place for them', 1, () => mkdtempSync.mockReturnValue('/no/such')],
  ['without mkfifo', 1, () => Object.assign(process, { env: { PATH: folder } })],
  ['if none is needed', 0, () => {}],
  ['on Windows', 1, () => setPlatform('win32')],
])('makes none %s', (_, count, prepare) => {
  prepare();
  expect(makePipes(count)).toBeUndefined();
  expect(fs.readdirSync(folder)).toEqual([]);
});
