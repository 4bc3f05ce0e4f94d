import { appendFileSync } from 'node:fs';
import * as core from '@actions/core';
import { escapeForSummary } from '../sanitize.ts';
import type { StepLog } from './log.ts';

/** A table with a header row, in plain text. */
export interface SummaryTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** A line below the table. */
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
  write(title, log, (toHtml) => {
    core.summary.addTable(rows.map(([name, value]) => [{ data: toHtml(name), header: true }, toHtml(value)]));
  });
}

/** Adds a table with a header row to the job summary. Never fails: the work is already done. */
export function writeSummaryTable(title: string, table: SummaryTable, log: SummaryLog): void {
  write(title, log, (toHtml) => {
    const header = table.header.map((name) => ({ data: toHtml(name), header: true }));
    core.summary.addTable([header, ...table.rows.map((row) => row.map(toHtml))]);
    if (table.footer !== undefined) core.summary.addRaw(toHtml(table.footer), true);
  });
}

function write(title: string, log: SummaryLog, addContent: (toHtml: Escape) => void): void {
  const file = process.env.GITHUB_STEP_SUMMARY;
  // act has no job summary.
  if (!file) return;
  try {
    core.summary.addHeading(title, 3);
    // The runner masks the summary as well, but wouldn't recognize a secret with entities in it.
    addContent((text) => escapeForSummary(log.redact(text)));
    // `core.summary.write` takes three file operations, and loads what they need.
    appendFileSync(file, core.summary.stringify());
    core.summary.emptyBuffer();
  } catch (error) {
    const { message } = error as Error;
    log.warning(`Could not write the job summary: ${message}. Nothing else is affected.`, 'no job summary');
  }
}
