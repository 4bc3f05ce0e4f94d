/**
 * Writes the tables of docs/reference.md from the manifests and from the options of the command:
 * `node scripts/reference.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command, Option } from 'commander';
import { parse } from 'yaml';
import { createProgram } from '../src/shell/command-line.ts';
import { flagOf, shellInputs } from '../src/shell/shell-words.ts';

interface Entry {
  readonly description: string;
  readonly required?: boolean;
  readonly default?: string;
}

/** The kinds of tables, by what marks them in the document. Each gets the name after the colon, if there is one. */
const tables: Readonly<Record<string, (name: string, root: string) => string>> = {
  inputs: (manifest, root) => inputTable(readManifest(manifest, root).inputs),
  outputs: (manifest, root) => outputTable(readManifest(manifest, root).outputs),
  flags: (command) => flagTable(command),
  variables: () => variableTable(),
};

/** The commands of capture-client that have flags. */
export const commands: readonly Command[] = createProgram().commands.filter((one) => one.name() !== 'help');

/**
 * Fills every table of a document that is marked with `<!-- inputs: MANIFEST -->`, `<!-- outputs: MANIFEST -->`,
 * `<!-- flags: COMMAND -->`, or `<!-- variables -->`, up to the next `<!-- end -->`.
 * @param root the folder that the manifests' paths are relative to
 */
export function fillTables(document: string, root: string): string {
  return document.replace(
    /(<!-- (\w+)(?:: (\S+))? -->\n).*?(<!-- end -->)/gs,
    (_, start: string, kind: string, name: string | undefined, end: string) =>
      `${start}\n${tables[kind]?.(name ?? '', root)}\n${end}`,
  );
}

function readManifest(file: string, root: string): Record<'inputs' | 'outputs', Record<string, Entry>> {
  return parse(readFileSync(join(root, file), 'utf8'));
}

function inputTable(inputs: Record<string, Entry>): string {
  const rows = Object.entries(inputs).map(([name, input]) => {
    const fallback = input.required ? 'required' : input.default && `\`${input.default}\``;
    return [`\`${name}\``, fallback ?? '', input.description];
  });
  return table(['input', 'default', 'description'], rows);
}

function outputTable(outputs: Record<string, Entry>): string {
  const rows = Object.entries(outputs).map(([name, { description }]) => [`\`${name}\``, description]);
  return table(['output', 'description'], rows);
}

function flagTable(name: string): string {
  const command = commands.find((one) => one.name() === name);
  const shown = command?.options.filter(({ hidden }) => !hidden) ?? [];
  return table(
    ['flag', 'description'],
    shown.map((option) => [`\`${option.flags}\``, describeFlag(option)]),
  );
}

function describeFlag({ description, argChoices, defaultValue, negate }: Option): string {
  const parts = [
    description.replace(/\((CAPTURE_\w+)\)$/, 'Variable: `$1`.'),
    ...(argChoices === undefined ? [] : [`Choices: ${argChoices.join(', ')}.`]),
    ...(defaultValue === undefined || negate ? [] : [`Default: ${defaultValue}.`]),
  ];
  return parts.join(' ');
}

function variableTable(): string {
  const withVariable = Object.entries(shellInputs).flatMap(([input, { variable }]) =>
    variable === undefined ? [] : [[input, variable] as const],
  );
  const rows = withVariable.map(([input, variable]) => {
    const flag = flagOf(input);
    const readers = commands.filter(({ options }) =>
      options.some(({ long, description }) => long === flag && description.includes(`(${variable})`)),
    );
    return [`\`${variable}\``, `\`${flag}\``, readers.map((command) => command.name()).join(', ')];
  });
  return table(['variable', 'instead of', 'commands'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${[head, head.map(() => '---'), ...rows].map(row).join('\n')}\n`;
}

function row(cells: readonly string[]): string {
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
