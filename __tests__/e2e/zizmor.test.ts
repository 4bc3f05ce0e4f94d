import { expect, test } from '@jest/globals';
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

test("an injection is found, with its line; examples don't have to follow every rule", () => {
  const text = workflow.replace('$TITLE', `\${{ github.event.pull_request.title }}`);
  const files = ['examples/greeting.yml', '.github/workflows/greeting.yml'];
  const findings = checkWithZizmor(files.map((file) => ({ file, kind: 'workflow', text })));
  expect(
    findings.map(({ file, line, message }) => `${file}:${line} ${message.split(':')[0]}`).sort(),
  ).toEqual([
    '.github/workflows/greeting.yml:10 zizmor template-injection',
    '.github/workflows/greeting.yml:7 zizmor anonymous-definition',
    'examples/greeting.yml:10 zizmor template-injection',
  ]);
});
