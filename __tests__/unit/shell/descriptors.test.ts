import { expect, test } from '@jest/globals';
import { type Descriptor, withoutOwn } from '../../../src/shell/descriptors.ts';

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
