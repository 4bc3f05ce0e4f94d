import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { evaluate, readManifest } from '../../support/runner/manifest.ts';
import { temporaryFolder } from './fixture.ts';

function manifest(text: string, file = 'action.yml') {
  const folder = temporaryFolder();
  writeFileSync(join(folder, file), text);
  return readManifest(folder);
}

const runs = 'runs:\n  using: node24\n  main: dist/index.js\n';

test('has inputs, outputs, main, and post', () => {
  const read = manifest(`
name: Example
author: ignored
inputs:
  plain: { default: text, required: true }
  flag: { default: true }
  number: { default: 10 }
  token: { default: "\${{ github.token }}" }
  none: {}
  empty:
  old: { deprecationMessage: use plain }
outputs:
  a: { description: x }
  b: {}
${runs}  post: dist/post.js
`);
  expect(read.name).toBe('Example');
  expect(Object.fromEntries([...read.inputs].map(([name, input]) => [name, input.default]))).toEqual({
    plain: 'text',
    flag: 'true',
    number: '10',
    token: `\${{ github.token }}`,
    none: '',
    empty: '',
    old: '',
  });
  expect(read.inputs.get('old')?.deprecationMessage).toBe('use plain');
  expect(read.outputs).toEqual(['a', 'b']);
  expect(read.main).toBe('dist/index.js');
  expect(read.post).toBe('dist/post.js');
  expect(read.postIf).toBe('always()');
});

test('can be action.yaml', () => {
  expect(manifest(runs, 'action.yaml').main).toBe('dist/index.js');
});

describe('is rejected with', () => {
  const wrong: [string, string, RegExp][] = [
    ['a composite action', 'runs: { using: composite, steps: [] }', /steps/],
    ['an unknown runtime', 'runs: { using: node22, main: a }', /is 'node22'/],
    ['an unknown key under runs', `${runs}  surprise: 1\n`, /unexpected value 'surprise'/],
    ['no main', 'runs: { using: node24 }', /runs.main is missing/],
    ['pre', `${runs}  pre: a.js\n`, /pre isn't supported/],
    ['an unsupported post-if', `${runs}  post: a.js\n  post-if: runner.os == 'Linux'\n`, /isn't supported/],
  ];

  test.each(wrong)('%s', (_, text, message) => {
    expect(() => manifest(text)).toThrow(message);
  });

  test('a folder without one', () => {
    expect(() => readManifest(temporaryFolder())).toThrow(/Can't find 'action.yml'/);
  });
});

test('known expressions are replaced, and others stay as they are', () => {
  const expressions = { 'github.token': 'abc' };
  expect(evaluate(`\${{ github.token }}`, expressions)).toBe('abc');
  expect(evaluate(`\${{github.token}}`, expressions)).toBe('abc');
  expect(evaluate(`\${{ github.actor }}`, expressions)).toBe(`\${{ github.actor }}`);
});
