import * as fs from 'node:fs';
import { expect, jest, test } from '@jest/globals';

const readSync = jest.fn<(fd: number, buffer: Buffer) => number>();
jest.unstable_mockModule('node:fs', () => ({ ...fs, readSync }));
const { readStandardInput } = await import('../../../src/shell/standard-input.ts');

/** Reads what standard input gives piece by piece; a code is that of an error. */
function read(...pieces: readonly (string | { code: string })[]): string {
  for (const piece of pieces) {
    readSync.mockImplementationOnce((fd, buffer) => {
      if (typeof piece !== 'string') throw Object.assign(new Error(), piece);
      return fd === 0 ? buffer.write(piece) : 0;
    });
  }
  return readStandardInput();
}

test.each(['', { code: 'EOF' }])('is read until it ends, and waited for: %j', (end) => {
  expect(read({ code: 'EAGAIN' }, 'hu', { code: 'EAGAIN' }, 'sh', end)).toBe('hush');
});

test('that cannot be read is an error', () => {
  expect(() => read('hu', { code: 'EISDIR' })).toThrow(expect.objectContaining({ code: 'EISDIR' }));
});
