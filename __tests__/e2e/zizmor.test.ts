import { expect, test } from '@jest/globals';
import type { Piece } from '../../scripts/yaml/pieces.ts';
import { checkWithZizmor } from '../../scripts/yaml/zizmor.ts';

const workflow = `name: Greeting
on: pull_request
permissions: {}
concurrency:
  group: greeting
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: echo "$TITLE"
        env:
          TITLE: \${{ github.event.pull_request.title }}
`;
const injected = workflow.replace('$TITLE', `\${{ github.event.pull_request.title }}`);
const example = { file: 'README.md', lineBefore: 100, kind: 'workflow' } as const;
const own = { file: '.github/workflows/greeting.yml', lineBefore: 0, kind: 'workflow' } as const;

/** File, line and rule of all that zizmor finds. */
function found(piece: Piece): string[] {
  const findings = checkWithZizmor([piece]).sort((a, b) => a.line - b.line);
  return findings.map(({ file, line, message }) => `${file}:${line} ${message.split(':')[0]}`);
}

test('an example is refused for what a pull request could inject, with its line in the document', () => {
  expect(found({ ...example, text: workflow })).toEqual([]);
  expect(found({ ...example, text: injected })).toEqual(['README.md:110 zizmor template-injection']);
});

test('a file of our own is refused for it, and held to the rules that examples are spared', () => {
  expect(found({ ...own, text: injected })).toEqual([
    '.github/workflows/greeting.yml:7 zizmor anonymous-definition',
    '.github/workflows/greeting.yml:10 zizmor template-injection',
  ]);
});
