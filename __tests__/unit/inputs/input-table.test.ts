import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { manifests, withTables } from '../../../scripts/manifests.ts';
import { type Action, type Input, inputTable } from '../../../src/inputs/input-table.ts';

const actions = Object.keys(manifests) as Action[];

function read(action: Action): string {
  return readFileSync(resolve(import.meta.dirname, '../../..', manifests[action]), 'utf8');
}

describe.each(actions)('the manifest of %s', (action) => {
  test('is up to date with the tables; npm run manifests writes it', () => {
    expect(read(action)).toBe(withTables(action, read(action)));
  });
});

test('a manifest that differs from the tables is found, and only its inputs and outputs are replaced', () => {
  const manifest = read('unseal');
  const changed = manifest.replace('name: Unseal', 'name: Open').replace('required: true', 'required: false');
  expect(withTables('unseal', changed)).toBe(manifest.replace('name: Unseal', 'name: Open'));
});

test('every default is valid', () => {
  for (const inputs of Object.values(inputTable)) {
    for (const input of Object.values<Input>(inputs)) {
      if (input.default !== undefined) expect(() => input.parse(input.default as string)).not.toThrow();
    }
  }
});
