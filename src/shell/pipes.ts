import { spawnSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryTo } from '../errors.ts';

export interface Pipe {
  readonly read: number;
  readonly write: number;
}

/**
 * Makes pipes. Node.js itself makes sockets: a program can't open them as /dev/stdout, and gets no SIGPIPE from them.
 * @returns undefined where that's impossible, such as on Windows or without a folder to write to
 */
export function makePipes(count: number): Pipe[] | undefined {
  if (count === 0 || process.platform === 'win32') return undefined;
  return tryTo(() => makePipesBelow(tmpdir(), count)) ?? tryTo(() => makePipesBelow('/dev/shm', count));
}

function makePipesBelow(parent: string, count: number): Pipe[] {
  const folder = mkdtempSync(join(parent, 'capture-client-'));
  try {
    const paths = Array.from({ length: count }, (_, index) => join(folder, `${index}`));
    // If that fails, so does opening them.
    spawnSync('mkfifo', ['-m', '600', ...paths], { env: { PATH: process.env.PATH } });
    return paths.map((path) => ({
      read: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
      write: openSync(path, constants.O_WRONLY),
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
