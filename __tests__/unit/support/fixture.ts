import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, test } from '@jest/globals';
import type { Timeouts } from '../../support/runner/run.ts';
import { Job } from '../../support/runner/run.ts';

const folders: string[] = [];
const jobs: Job[] = [];
const { platform } = process;

afterEach(async () => {
  setPlatform(platform);
  for (const job of jobs.splice(0)) await job.dispose();
});

afterAll(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** Creates a temporary folder, which is removed after the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runner-test-'));
  folders.push(folder);
  return folder;
}

/** Creates a tiny action in a folder of its own. `head` is the part of action.yml above `runs:`. */
export function action(parts: { main: string; post?: string; head?: string }): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'main.mjs'), tools + parts.main);
  if (parts.post !== undefined) writeFileSync(join(folder, 'post.mjs'), tools + parts.post);
  const post = parts.post === undefined ? '' : '  post: post.mjs\n';
  writeFileSync(
    join(folder, 'action.yml'),
    `name: fixture\n${parts.head ?? ''}\nruns:\n  using: node24\n  main: main.mjs\n${post}`,
  );
  return folder;
}

/** Creates a job that is disposed after the test. */
export function newJob(timeouts: Partial<Timeouts> = {}): Job {
  const job = new Job(timeouts);
  jobs.push(job);
  return job;
}

/** Pretends until the end of the test that this is another system. */
export function setPlatform(value: string): void {
  Object.defineProperty(process, 'platform', { value });
}

/** For tests that need signals. On Windows, every signal ends the process. */
export const onPosix = process.platform === 'win32' ? test.skip : test;
export const onLinux = process.platform === 'linux' ? test : test.skip;

// What the fixtures use in place of the toolkit.
const tools = `
import fs from 'node:fs';
const { env } = process;
const say = (line) => process.stdout.write(line + '\\n');
const append = (file, text) => fs.appendFileSync(env[file], text);
const stay = () => setInterval(() => {}, 1000);
`;
