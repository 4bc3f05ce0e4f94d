import * as fs from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import type { Descriptor } from '../../../src/shell/descriptors.ts';

/** The flags and the target of each descriptor, as in /proc. */
let system: Record<string, string> | undefined;
function partOf(path: string, folder: string, part: number): string | undefined {
  const entry = system?.[path.replace(`/proc/self/${folder}/`, '')];
  if (entry === undefined) throw new Error(`ENOENT: ${path}`);
  return entry.split(' ')[part];
}
jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  readdirSync: (path: string) => path === '/proc/self/fd' && Object.keys(system as object),
  readFileSync: (path: string) => `pos:\t0\nflags:\t${partOf(path, 'fdinfo', 0)}\nmnt_id:\t15\n`,
  readlinkSync: (path: string) => partOf(path, 'fd', 1),
}));
const { findInherited, withoutOwn } = await import('../../../src/shell/descriptors.ts');

type State = Pick<Descriptor, 'blocks' | 'isWritable'>;
const read = { blocks: true, isWritable: false };
const write = { blocks: true, isWritable: true };
const [asyncRead, asyncWrite] = [read, write].map((state) => ({ ...state, blocks: false })) as [State, State];
const at = (fd: number, target: string, state: State): Descriptor => ({ fd, target, ...state });

/** What Node.js has opened before any of our code runs. */
const own: readonly Descriptor[] = [
  at(20, 'anon_inode:[eventpoll]', write),
  ...[at(21, 'pipe:[1]', read), at(22, 'pipe:[1]', write)],
  ...[at(23, 'pipe:[2]', asyncRead), at(24, 'pipe:[2]', asyncWrite)],
];

const kept = (...inherited: readonly Descriptor[]): number[] =>
  withoutOwn([...inherited, ...own]).map(({ fd }) => fd);

test('leaves out what Node.js has opened', () => {
  expect(kept()).toEqual([]);
});

const [reader, writer] = [at(3, 'pipe:[9]', read), at(4, 'pipe:[9]', write)];

test.each<[string, readonly Descriptor[]]>([
  ['a file and a socket', [at(3, '/tmp/file', write), at(4, 'socket:[9]', write)]],
  ['a file that is open twice', [at(3, '/tmp/file', read), at(4, '/tmp/file', write)]],
  ['one end of a pipe', [writer]],
  ['one end of a pipe that does not block', [at(3, 'pipe:[9]', asyncWrite)]],
  ['the same end twice', [at(3, 'pipe:[9]', write), writer]],
  ['three descriptors of a pipe', [reader, writer, at(5, 'pipe:[9]', write)]],
  ['a job server of which one end blocks', [at(3, 'pipe:[9]', asyncRead), writer]],
])('keeps %s', (_, inherited) => {
  expect(kept(...inherited)).toEqual(inherited.map(({ fd }) => fd));
});

test('keeps every pipe that blocks if one of them is inherited', () => {
  expect(kept(reader, writer)).toEqual([3, 4, 21, 22]);
});

test('the system lists the inherited descriptors', () => {
  system = {
    ...{ 0: '02 /dev/tty', 1: '01 pipe:[9]', 2: '02 /dev/tty', 3: '00 /etc/hostname' },
    // A job server, and the same end twice.
    ...{ 4: '04000 pipe:[1]', 5: '01 pipe:[1]', 6: '00 pipe:[2]', 7: '00 pipe:[2]' },
    // Those of Node.js.
    ...{ 20: '00 pipe:[3]', 21: '01 pipe:[3]', 22: '04000 pipe:[4]', 23: '04001 pipe:[4]' },
    ...{ 24: '04000 pipe:[5]', 25: '04001 pipe:[5]' },
  };
  expect(findInherited()).toEqual([3, 4, 5, 6, 7]);
  // It is gone already.
  Object.assign(system, { 5: undefined });
  expect(findInherited()).toEqual([3, 4, 6, 7]);
  system = undefined;
  expect(findInherited()).toEqual([]);
});
