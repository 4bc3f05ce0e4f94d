import { constants, readdirSync, readFileSync, readlinkSync } from 'node:fs';

interface Descriptor {
  readonly fd: number;
  /** What it refers to: a path, `pipe:[123]`, `socket:[123]`, or `anon_inode:[eventpoll]`. */
  readonly target: string;
  readonly blocks: boolean;
}

/**
 * The descriptors from 3 that this process inherited. Node.js closes them for its children, unless they're named. Empty
 * where the system has no /proc.
 *
 * Called before this process opens anything itself. Node.js has opened event queues and pipes by then, but no files or
 * sockets.
 */
export function findInherited(): readonly number[] {
  const all = list();
  const pipes = Map.groupBy(
    all.filter(({ target }) => target.startsWith('pipe:')),
    ({ target }) => target,
  );
  // Both ends of Node.js's pipes are here, and either both block or none. Of make's job server, only one end blocks.
  const alike = [...pipes].filter(([, [one, other, third]]) => one?.blocks === other?.blocks && !third);
  // Node.js has one pipe that blocks. Another one is older.
  const [newest = ''] = alike
    .filter(([, [end]]) => end?.blocks)
    .map(([pipe]) => pipe)
    .sort((a, b) => inodeOf(b) - inodeOf(a));
  const own = new Set([newest, ...alike.filter(([, [end]]) => !end?.blocks).map(([pipe]) => pipe)]);
  return all
    .filter(({ target }) => !target.startsWith('anon_inode:') && !own.has(target))
    .map(({ fd }) => fd);
}

function list(): Descriptor[] {
  try {
    return readdirSync('/proc/self/fd').flatMap((name) => describe(Number(name)) ?? []);
  } catch {
    return [];
  }
}

function describe(fd: number): Descriptor | undefined {
  if (fd < 3) return undefined;
  try {
    const [, flags = ''] = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
    const blocks = (Number.parseInt(flags, 8) & constants.O_NONBLOCK) === 0;
    return { fd, target: readlinkSync(`/proc/self/fd/${fd}`), blocks };
  } catch {
    // It was the descriptor of the listing itself.
    return undefined;
  }
}

function inodeOf(pipe: string): number {
  return Number(/\d+/.exec(pipe)?.[0]);
}
