import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, test } from '@jest/globals';

const folders: string[] = [];
const { platform } = process;

afterEach(() => setPlatform(platform));

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Creates a temporary folder, which is removed after the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'unit-'));
  folders.push(folder);
  return folder;
}

/** Pretends until the end of the test that this is another system. */
export function setPlatform(value: string): void {
  Object.defineProperty(process, 'platform', { value });
}

/** For tests that need signals. On Windows, every signal ends the process. */
export const onPosix = process.platform === 'win32' ? test.skip : test;
export const onLinux = process.platform === 'linux' ? test : test.skip;
