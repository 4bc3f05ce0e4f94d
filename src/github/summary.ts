import { appendFileSync } from 'node:fs';
import { escapeForSummary } from '../sanitize.ts';
import type { StepLog } from './log.ts';

export interface SummaryTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly footer?: string;
}

type SummaryLog = Pick<StepLog, 'redact' | 'warning'>;
type Escape = (text: string) => string;

/** Adds a table of names and values to the job summary. Never fails: the client is already handed over. */
export function writeSummary(
  title: string,
  rows: readonly (readonly [string, string])[],
  log: SummaryLog,
): void {
  write(log, (toHtml) => [
    `<h3>${toHtml(title)}</h3>`,
    table(rows.map(([name, value]) => `<th>${toHtml(name)}</th><td>${toHtml(value)}</td>`)),
  ]);
}

/** Adds a table with a header row to the job summary. Never fails: the work is already done. */
export function writeSummaryTable(
  title: string,
  { header, rows, footer = '' }: SummaryTable,
  log: SummaryLog,
): void {
  write(log, (toHtml) => {
    const cells = (tag: string, texts: readonly string[]): string =>
      texts.map((text) => `<${tag}>${toHtml(text)}</${tag}>`).join('');
    const lines = [cells('th', header), ...rows.map((row) => cells('td', row))];
    return [`<h3>${toHtml(title)}</h3>`, table(lines), toHtml(footer)];
  });
}

function table(rows: readonly string[]): string {
  return `<table>${rows.map((row) => `<tr>${row}</tr>`).join('')}</table>`;
}

/** Not with `core.summary`, which loads modules that take longer than the rest of the step's report. */
function write(log: SummaryLog, toLines: (toHtml: Escape) => readonly string[]): void {
  const file = process.env.GITHUB_STEP_SUMMARY;
  // act has no job summary.
  if (!file) return;
  try {
    // The runner masks the summary as well, but wouldn't recognize a secret with entities in it.
    const lines = toLines((text) => escapeForSummary(log.redact(text)));
    appendFileSync(file, lines.map((line) => (line === '' ? '' : `${line}\n`)).join(''));
  } catch (error) {
    const { message } = error as Error;
    log.warning(`Could not write the job summary: ${message}. Nothing else is affected.`, 'no job summary');
  }
}
