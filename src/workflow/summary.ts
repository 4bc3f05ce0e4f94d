import * as core from '@actions/core';
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

/** Adds a table of names and values to the job's summary. Never fails: by then the client exists and is announced. */
export async function writeSummary(title: string, rows: SummaryRows, log: Log): Promise<void> {
  await write(title, log, () => {
    core.summary.addTable(rows.map(([name, value]) => [head(name), escapeHtml(value)]));
  });
}

/** Adds a table with a head to the job's summary. Never fails: by then the work is done. */
export async function writeSummaryTable(title: string, table: SummaryTable, log: Log): Promise<void> {
  const { header, rows, footer } = table;
  await write(title, log, () => {
    core.summary.addTable([header.map(head), ...rows.map((row) => row.map(escapeHtml))]);
    if (footer !== undefined) core.summary.addRaw(escapeHtml(footer), true);
  });
}

async function write(title: string, log: Log, addContent: () => void): Promise<void> {
  try {
    core.summary.addHeading(title, 3);
    addContent();
    await core.summary.write();
  } catch (error) {
    log.warning(
      `The job summary could not be written (${(error as Error).message}); nothing else is affected.`,
    );
  }
}

function head(text: string): { data: string; header: true } {
  return { data: escapeHtml(text), header: true };
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
