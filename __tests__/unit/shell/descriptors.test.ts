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

const read = { blocks: true, isWritable: false };
const write = { blocks: true, isWritable: true };

/** What Node.js has opened before any of our code runs. */
const own: readonly Descriptor[] = [
  { fd: 20, target: 'anon_inode:[eventpoll]', ...write },
  { fd: 21, target: 'pipe:[1]', ...read },
  { fd: 22, target: 'pipe:[1]', ...write },
  { fd: 23, target: 'pipe:[2]', ...read, blocks: false },
  { fd: 24, target: 'pipe:[2]', ...write, blocks: false },
];

const kept = (...inherited: readonly Descriptor[]): number[] =>
  withoutOwn([...inherited, ...own]).map(({ fd }) => fd);

test('leaves out what Node.js has opened', () => {
  expect(kept()).toEqual([]);
});

test.each<[string, readonly Descriptor[]]>([
  [
    'a file and a socket',
    [
      { fd: 3, target: '/tmp/file', ...write },
      { fd: 4, target: 'socket:[9]', ...write },
    ],
  ],
  [
    'a file that is open twice',
    [
      { fd: 3, target: '/tmp/file', ...read },
      { fd: 4, target: '/tmp/file', ...write },
    ],
  ],
  ['one end of a pipe', [{ fd: 3, target: 'pipe:[9]', ...write }]],
  ['one end of a pipe that does not block', [{ fd: 3, target: 'pipe:[9]', ...write, blocks: false }]],
  [
    'the same end twice',
    [
      { fd: 3, target: 'pipe:[9]', ...write },
      { fd: 4, target: 'pipe:[9]', ...write },
    ],
  ],
  [
    'three descriptors of a pipe',
    [
      { fd: 3, target: 'pipe:[9]', ...read },
      { fd: 4, target: 'pipe:[9]', ...write },
      { fd: 5, target: 'pipe:[9]', ...write },
    ],
  ],
  [
    'a job server of which one end blocks',
    [
      { fd: 3, target: 'pipe:[9]', ...read, blocks: false },
      { fd: 4, target: 'pipe:[9]', ...write },
    ],
  ],
])('keeps %s', (_, inherited) => {
  expect(kept(...inherited)).toEqual(inherited.map(({ fd }) => fd));
});

test('keeps every pipe that blocks if one of them is inherited', () => {
  const inherited = [
    { fd: 3, target: 'pipe:[9]', ...read },
    { fd: 4, target: 'pipe:[9]', ...write },
  ];
  expect(kept(...inherited)).toEqual([3, 4, 21, 22]);
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
