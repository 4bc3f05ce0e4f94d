/** Writes the tables of docs/reference.md from the manifests: `node scripts/reference.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

interface Entry {
  readonly description: string;
  readonly required?: boolean;
  readonly default?: string;
}

/**
 * Fills every table of a document that is marked with `<!-- inputs: MANIFEST -->` or `<!-- outputs: MANIFEST -->`, up to
 * the next `<!-- end -->`.
 * @param root the folder that the manifests' paths are relative to
 */
export function fillTables(document: string, root: string): string {
  return document.replace(
    /(<!-- (inputs|outputs): (\S+) -->\n).*?(<!-- end -->)/gs,
    (_, start: string, kind: 'inputs' | 'outputs', manifest: string, end: string) => {
      const entries: Record<string, Entry> = parse(readFileSync(join(root, manifest), 'utf8'))[kind] ?? {};
      return `${start}\n${kind === 'inputs' ? inputTable(entries) : outputTable(entries)}\n${end}`;
    },
  );
}

function inputTable(inputs: Record<string, Entry>): string {
  const rows = Object.entries(inputs).map(([name, input]) => {
    const fallback = input.required ? 'required' : input.default && `\`${input.default}\``;
    return row(`\`${name}\``, fallback ?? '', input.description);
  });
  return table(row('input', 'default', 'description'), row('---', '---', '---'), ...rows);
}

function outputTable(outputs: Record<string, Entry>): string {
  const rows = Object.entries(outputs).map(([name, { description }]) => row(`\`${name}\``, description));
  return table(row('output', 'description'), row('---', '---'), ...rows);
}

function table(...rows: string[]): string {
  return `${rows.join('\n')}\n`;
}

function row(...cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').trim()).join(' | ')} |`.replaceAll(
    '|  |',
    '| |',
  );
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '..');
  const file = join(root, 'docs/reference.md');
  writeFileSync(file, fillTables(readFileSync(file, 'utf8'), root));
}
