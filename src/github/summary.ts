import { appendFileSync } from 'node:fs';
import * as core from '@actions/core';
import { escapeHtml } from './html.ts';
import type { Log } from './log.ts';

/** Rows of a two-column table: what, and its value as plain text. */
export type SummaryRows = readonly (readonly [string, string])[];

/** A table with a head, in plain text. */
export interface SummaryTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What stands below. */
  readonly footer?: string;
}

/** Adds a table of names and values to the job's summary. Never fails: by then the client exists and is handedOver. */
export function writeSummary(title: string, rows: SummaryRows, log: Log): void {
  write(title, log, () => {
    core.summary.addTable(rows.map(([name, value]) => [head(name), escapeHtml(value)]));
  });
}

/** Adds a table with a head to the job's summary. Never fails: by then the work is done. */
export function writeSummaryTable(title: string, table: SummaryTable, log: Log): void {
  const { header, rows, footer } = table;
  write(title, log, () => {
    core.summary.addTable([header.map(head), ...rows.map((row) => row.map(escapeHtml))]);
    if (footer !== undefined) core.summary.addRaw(escapeHtml(footer), true);
  });
}

function write(title: string, log: Log, addContent: () => void): void {
  try {
    core.summary.addHeading(title, 3);
    addContent();
    // Not `write`, which asks the file system twice more and loads what that takes.
    appendFileSync(process.env.GITHUB_STEP_SUMMARY ?? '', core.summary.stringify());
    core.summary.emptyBuffer();
  } catch (error) {
    log.warning(
      `The job summary could not be written (${(error as Error).message}); nothing else is affected.`,
    );
  }
}

function head(text: string): { data: string; header: true } {
  return { data: escapeHtml(text), header: true };
}
