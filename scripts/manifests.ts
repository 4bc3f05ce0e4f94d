/**
 * Writes the inputs and outputs of every action.yml from the tables: `node scripts/manifests.ts`. With
 * `--check`, only reports which manifests differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';
import { type Action, type Input, inputsOf } from '../src/inputs/input-table.ts';
import { outputTable } from './output-table.ts';

const root = resolve(import.meta.dirname, '..');

/** The manifest of each action, from the root of the repository. */
export const manifests: Readonly<Record<Action, string>> = {
  create: 'action.yml',
  configure: 'configure/action.yml',
  delete: 'delete/action.yml',
  sweep: 'sweep/action.yml',
  unseal: 'unseal/action.yml',
  check: 'check/action.yml',
};

/** Returns the manifest with the inputs and outputs of the tables; the rest of it stays. */
export function withTables(action: Action, manifest: string): string {
  const document = parseDocument(manifest);
  const inputs = Object.entries(inputsOf(action, 'workflow'));
  document.set('inputs', document.createNode(mapEntries(inputs, describeInput)));
  const outputs = Object.entries(outputTable[action]);
  document.set('outputs', document.createNode(mapEntries(outputs, (description) => ({ description }))));
  return document.toString({ lineWidth: 0, singleQuote: true });
}

function describeInput(input: Input): object {
  const { required } = input;
  // Texts name other inputs in backticks.
  const description = input.description.replaceAll('`', '');
  const value = input.default ?? input.expression;
  return {
    description,
    ...(required ? { required } : {}),
    ...(value === undefined ? {} : { default: value }),
  };
}

function mapEntries<T, U>(
  entries: readonly (readonly [string, T])[],
  map: (value: T) => U,
): Record<string, U> {
  return Object.fromEntries(entries.map(([name, value]) => [name, map(value)]));
}

function main(isCheck: boolean): void {
  for (const [action, file] of Object.entries(manifests) as [Action, string][]) {
    const path = join(root, file);
    const manifest = readFileSync(path, 'utf8');
    const wanted = withTables(action, manifest);
    if (manifest === wanted) continue;
    if (!isCheck) writeFileSync(path, wanted);
    console.log(isCheck ? `${file} differs from the tables. Run npm run manifests.` : `Wrote ${file}.`);
    if (isCheck) process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.includes('--check'));
