import * as core from '@actions/core';
import type { Log } from './log.ts';

/** Rows of a two-column table: what, and its value as plain text. */
export type SummaryRows = readonly (readonly [string, string])[];

/** Adds a table to the job's summary. Never fails: by then the client exists and is announced. */
export async function writeSummary(title: string, rows: SummaryRows, log: Log): Promise<void> {
  try {
    core.summary.addHeading(title, 3);
    core.summary.addTable(
      rows.map(([name, value]) => [{ data: escapeHtml(name), header: true }, escapeHtml(value)]),
    );
    await core.summary.write();
  } catch (error) {
    log.warning(
      `The job summary could not be written (${(error as Error).message}); nothing else is affected.`,
    );
  }
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
