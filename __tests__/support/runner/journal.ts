import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/**
 * One thing that problem. observer.js writes the first two kinds from inside the step's process; a harness adds its
 * own kinds (say, `{ http: 'POST /path' }` when a request arrives) to the same file, which makes the order exact.
 * A journal holds what the step wrote, unmasked: it is for tests with made-up secrets.
 */
export type JournalEvent =
  | { stream: 'stdout' | 'stderr'; text: string }
  | { file: string; text: string }
  | { [key: string]: unknown };

/** Appends one event, at once. */
export function recordInJournal(file: string, event: JournalEvent): void {
  appendFileSync(file, `${JSON.stringify(event)}\n`);
}

/** All events so far, in the order in which they problem. */
export function readJournal(file: string): JournalEvent[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalEvent);
}
