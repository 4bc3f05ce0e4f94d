import { appendFileSync } from 'node:fs';
import type { Cell, Summary, SummaryTable } from '../host.ts';
import type { Log } from '../log.ts';
import { escapeForSummary } from '../secrets/sanitize.ts';

type Escape = (text: string) => string;

/** Never fails: the work is already done. `core.summary` would take longer to load than all other reports. */
export function writeSummary(summary: Summary, log: Pick<Log, 'show' | 'warning'>): void {
  const file = process.env.GITHUB_STEP_SUMMARY;
  // act has no job summary.
  if (!file) return;
  try {
    // The runner masks the summary as well, but wouldn't recognize a secret with entities in it.
    appendFileSync(
      file,
      toHtml(summary, (text) => escapeForSummary(log.show(text))),
    );
  } catch (error) {
    const { message } = error as Error;
    log.warning(`Could not write the job summary: ${message}. Nothing else is affected.`, 'no job summary');
  }
}

function toHtml({ title, lines = [], table, folded, footer }: Summary, toText: Escape): string {
  const parts = [
    `<h3>${toText(title)}</h3>`,
    ...lines.map((line) => `<p>${toText(line)}</p>`),
    table && formatTable(table, toText),
    folded &&
      `<details><summary>${toText(folded.title)}</summary>${formatTable(folded.table, toText)}</details>`,
    footer && `<p>${toText(footer)}</p>`,
  ];
  return parts.flatMap((part) => (part === undefined ? [] : [`${part}\n`])).join('');
}

/** Without a header row, the first cell of each row is its header. */
function formatTable({ header, rows }: SummaryTable, toText: Escape): string {
  const formatRow = (cells: readonly Cell[], isHeader: boolean): string => {
    const formatted = cells.map((cell, column) => {
      const tag = isHeader || (header === undefined && column === 0) ? 'th' : 'td';
      return `<${tag}>${formatCell(cell, toText)}</${tag}>`;
    });
    return `<tr>${formatted.join('')}</tr>`;
  };
  const head = header === undefined ? '' : formatRow(header, true);
  return `<table>${head}${rows.map((row) => formatRow(row, false)).join('')}</table>`;
}

function formatCell(cell: Cell, toText: Escape): string {
  if (typeof cell === 'string') return toText(cell);
  const text = cell.isCode ? `<code>${toText(cell.text)}</code>` : toText(cell.text);
  return cell.url === undefined ? text : `<a href="${encodeURI(cell.url)}">${text}</a>`;
}
