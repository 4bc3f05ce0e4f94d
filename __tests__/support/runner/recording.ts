import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/**
 * One event in a recording. observer.js writes the first two kinds from inside the step's process. A test can add kinds
 * of its own to the same file, for example `{ http: 'POST /path' }` when a request arrives, so the order is exact.
 * Events are not masked: use recordings only with made-up secrets.
 */
export type RecordedEvent =
  | { stream: 'stdout' | 'stderr'; text: string }
  | { file: string; text: string }
  | { [key: string]: unknown };

/** Appends one event to a recording, synchronously. */
export function record(file: string, event: RecordedEvent): void {
  appendFileSync(file, `${JSON.stringify(event)}\n`);
}

/** Returns all events so far, in order; none if the file doesn't exist. */
export function readRecording(file: string): RecordedEvent[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedEvent);
}
