import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { manifests, withTables } from '../../../scripts/manifests.ts';
import { outputTable } from '../../../src/inputs/outputs.ts';
import { type Action, type Input, inputTable } from '../../../src/inputs/table.ts';

const actions = Object.keys(manifests) as Action[];

function read(action: Action): string {
  return readFileSync(resolve(import.meta.dirname, '../../..', manifests[action]), 'utf8');
}

describe.each(actions)('the manifest of %s', (action) => {
  test('is up to date with the tables; npm run manifests writes it', () => {
    expect(read(action)).toBe(withTables(action, read(action)));
  });

  test('has the inputs and outputs of the tables, in their order', () => {
    const { inputs, outputs } = parse(read(action));
    const wanted = Object.entries<Input>(inputTable[action]).map(([name, input]) => [
      name,
      {
        description: input.description,
        ...(input.required ? { required: true } : {}),
        ...('default' in input ? { default: input.default } : {}),
        ...('expression' in input ? { default: input.expression } : {}),
      },
    ]);
    expect(Object.entries(inputs)).toEqual(wanted);
    expect(Object.entries(outputs)).toEqual(
      Object.entries(outputTable[action]).map(([name, description]) => [name, { description }]),
    );
  });
});

test('a manifest that differs from the tables is found, and only its inputs and outputs are replaced', () => {
  const manifest = read('unseal');
  const changed = manifest.replace('name: Unseal', 'name: Open').replace('required: true', 'required: false');
  expect(withTables('unseal', changed)).toBe(manifest.replace('name: Unseal', 'name: Open'));
});

test.each(actions)('no description of %s has a sentence of more than 25 words', (action) => {
  const descriptions = [
    ...Object.values<Input>(inputTable[action]).map(({ description }) => description),
    ...Object.values(outputTable[action]),
  ];
  for (const description of descriptions) {
    for (const sentence of description.split(/[.;] /)) {
      expect([sentence, sentence.split(/\s+/).length <= 25]).toEqual([sentence, true]);
    }
  }
});

test('every default is valid', () => {
  for (const action of actions) {
    for (const input of Object.values<Input>(inputTable[action])) {
      if (input.default !== undefined) expect(() => input.parse(input.default as string)).not.toThrow();
    }
  }
});
