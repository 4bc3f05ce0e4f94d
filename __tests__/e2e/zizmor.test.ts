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
const example = { file: 'examples/greeting.yml', kind: 'workflow' } as const;
const own = { file: '.github/workflows/greeting.yml', kind: 'workflow' } as const;

/** Returns the file, line, and rule of each finding. */
function found(piece: Piece): string[] {
  const findings = checkWithZizmor([piece]).sort((a, b) => a.line - b.line);
  return findings.map(({ file, line, message }) => `${file}:${line} ${message.split(':')[0]}`);
}

test('an injection in an example is found, with its line', () => {
  expect(found({ ...example, text: workflow })).toEqual([]);
  expect(found({ ...example, text: injected })).toEqual([
    'examples/greeting.yml:10 zizmor template-injection',
  ]);
});

test("an injection in a file of the repository is found, with rules that examples don't have to follow", () => {
  expect(found({ ...own, text: injected })).toEqual([
    '.github/workflows/greeting.yml:7 zizmor anonymous-definition',
    '.github/workflows/greeting.yml:10 zizmor template-injection',
  ]);
});
