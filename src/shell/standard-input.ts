import { readSync } from 'node:fs';

/** Reads standard input to its end, and leaves its mode as it is: others may read it, too. */
export function readStandardInput(): string {
  const chunks: Buffer[] = [];
  for (let chunk = readChunk(); chunk.length > 0; chunk = readChunk()) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function readChunk(): Buffer {
  const buffer = Buffer.alloc(65_536);
  for (;;) {
    try {
      return buffer.subarray(0, readSync(0, buffer));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // How Windows reports the end of a pipe.
      if (code === 'EOF') return Buffer.alloc(0);
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
