import { constants, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tryTo } from '../errors.ts';

export interface Descriptor {
  readonly fd: number;
  /** What it refers to: a path, `pipe:[123]`, `socket:[123]`, or `anon_inode:[eventpoll]`. */
  readonly target: string;
  readonly blocks: boolean;
  readonly isWritable: boolean;
}

/**
 * The descriptors from 3 that this process inherited, which Node.js closes for its children unless they're named. Called
 * before this process opens anything itself: Node.js has only opened event queues and pipes. Empty without /proc.
 */
export function findInherited(): readonly number[] {
  return withoutOwn(tryTo(list) ?? []).map(({ fd }) => fd);
}

/**
 * Leaves out what Node.js has opened. Both ends of each of its pipes are here, and exactly one of its pipes blocks. An
 * inherited pipe with two ends that don't block looks the same, and is lost.
 */
export function withoutOwn(all: readonly Descriptor[]): readonly Descriptor[] {
  const pipes = Map.groupBy(
    all.filter(({ target }) => target.startsWith('pipe:')),
    ({ target }) => target,
  );
  // Of the job server of make 4.3, only one end blocks.
  const alike = [...pipes.values()].filter(
    (ends) => ends.length === 2 && count(ends, 'isWritable') === 1 && count(ends, 'blocks') !== 1,
  );
  // If several pipes block, nothing shows which one is Node.js's, and the program gets all.
  const blocking = alike.filter((ends) => count(ends, 'blocks') === 2);
  const own = new Set(alike.filter((ends) => !blocking.includes(ends) || blocking.length === 1).flat());
  return all.filter((one) => !one.target.startsWith('anon_inode:') && !own.has(one));
}

function count(ends: readonly Descriptor[], property: 'blocks' | 'isWritable'): number {
  return ends.filter((end) => end[property]).length;
}

function list(): Descriptor[] {
  const fds = readdirSync('/proc/self/fd').map(Number);
  // One is the descriptor of the listing itself, and closed by now.
  return fds.filter((fd) => fd > 2).flatMap((fd) => tryTo(() => describe(fd)) ?? []);
}

function describe(fd: number): Descriptor {
  const flags = String(readFileSync(`/proc/self/fdinfo/${fd}`)).replace(/.*?flags:/s, '');
  const mode = Number.parseInt(flags, 8);
  return {
    fd,
    target: readlinkSync(`/proc/self/fd/${fd}`),
    blocks: (mode & constants.O_NONBLOCK) === 0,
    isWritable: (mode & (constants.O_WRONLY | constants.O_RDWR)) !== 0,
  };
}
