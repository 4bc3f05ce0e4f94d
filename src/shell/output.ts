import { constants, fstatSync, openSync, type Stats, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { tryTo } from '../errors.ts';

export type OutputDescriptor = 1 | 2;

const opened = new Map<OutputDescriptor, Writable>();

/**
 * Opens standard output or standard error, or both as one stream, so that the order is kept. Unlike `process.stdout`, it
 * leaves a pipe blocking for others that write to it, and loses nothing on a disk that is nearly full.
 */
export function openOutput(fd: OutputDescriptor): Writable {
  const twin = fd === 1 ? 2 : 1;
  let output = opened.get(fd) ?? (areSame() ? opened.get(twin) : undefined);
  if (output === undefined) {
    output = open(fd);
    // A reader that goes away, as in `capture-client --help | head -1`, is no error.
    output.on('error', (error) => {
      if (!isClosedPipe(error)) process.exitCode ||= 1;
    });
  }
  opened.set(fd, output);
  return output;
}

/** Whether both go to the same file, pipe, or terminal. */
export function areSame(): boolean {
  return process.platform !== 'win32' && leadsTo(1, fstatSync(2));
}

/** Whether a descriptor writes to this file. Never on Windows, where Node.js can't look at all descriptors. */
export function leadsTo(fd: OutputDescriptor, { dev, ino }: Stats): boolean {
  if (process.platform === 'win32') return false;
  const target = fstatSync(fd);
  return target.dev === dev && target.ino === ino;
}

function open(fd: OutputDescriptor): Writable {
  const status = isatty(fd) || process.platform === 'win32' ? undefined : fstatSync(fd);
  if (status?.isFile() || status?.isCharacterDevice()) return openFile(fd);
  return (status?.isFIFO() ? reopenPipe(fd) : undefined) ?? (fd === 1 ? process.stdout : process.stderr);
}

/** On Linux, a pipe that is opened again has a mode of its own. */
function reopenPipe(fd: OutputDescriptor): Writable | undefined {
  if (process.platform !== 'linux') return undefined;
  const flags = constants.O_WRONLY | constants.O_NONBLOCK;
  const reopen = (): number => openSync(`/proc/self/fd/${fd}`, flags);
  // Fails if its reader is gone, or it belongs to another user.
  return tryTo(() => new Socket({ fd: reopen(), readable: false, writable: true }));
}

function openFile(fd: OutputDescriptor): Writable {
  return new Writable({
    write(chunk: Buffer, _, done) {
      try {
        for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
      } catch (error) {
        done(error as Error);
        return;
      }
      done();
    },
  });
}

export function isClosedPipe({ code }: NodeJS.ErrnoException): boolean {
  return ['EPIPE', 'ECONNRESET', 'EOF'].some((one) => one === code);
}
