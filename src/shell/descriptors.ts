import { constants, readdirSync, readFileSync, readlinkSync } from 'node:fs';

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
  return withoutOwn(list()).map(({ fd }) => fd);
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
    ([one, other, third]) =>
      one?.blocks === other?.blocks && one?.isWritable !== other?.isWritable && third === undefined,
  );
  // If several pipes block, nothing shows which one is Node.js's, and the program gets all.
  const blocking = alike.filter(([end]) => end?.blocks);
  const own = new Set(alike.filter((ends) => !blocking.includes(ends) || blocking.length === 1).flat());
  return all.filter((one) => !one.target.startsWith('anon_inode:') && !own.has(one));
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
    const flags = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').replace(/.*?flags:/s, '');
    const mode = Number.parseInt(flags, 8);
    return {
      fd,
      target: readlinkSync(`/proc/self/fd/${fd}`),
      blocks: (mode & constants.O_NONBLOCK) === 0,
      isWritable: (mode & (constants.O_WRONLY | constants.O_RDWR)) !== 0,
    };
  } catch {
    // It was the descriptor of the listing itself.
    return undefined;
  }
}
