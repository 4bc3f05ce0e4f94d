import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

/** Returns the findings in a folder, and then the summary. Leaves out the check that needs Python. */
function check(folder: string): Promise<string[]> {
  const command = [join(root, 'scripts/lint-yaml.ts'), folder, '--without-zizmor'];
  return new Promise((resolve) => {
    execFile(process.execPath, command, (_, stdout, stderr) => {
      resolve([...stderr.trim().split('\n'), stdout.trim()].filter((line) => line !== ''));
    });
  });
}

/** Returns the findings in each example, for a project with these manifests. One process checks all, as it starts slowly. */
async function checkExamples(examples: readonly string[]): Promise<string[][]> {
  const folder = mkdtempSync(join(tmpdir(), 'yaml-'));
  try {
    for (const file of ['action.yml', 'unseal/action.yml']) cpSync(join(root, file), join(folder, file));
    mkdirSync(join(folder, 'examples'));
    for (const [index, example] of examples.entries()) {
      writeFileSync(join(folder, `examples/${index}.yml`), example);
    }
    const findings = await check(folder);
    return examples.map((_, index) => findings.filter((line) => line.startsWith(`examples/${index}.yml:`)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const good = `on: push
jobs:
  test:
    runs-on: ubuntu-latest
    environment: {name: capture, deployment: false}
    steps:
      - uses: org/capture-client-action/unseal@v1
        id: client
        with:
          sealed_credentials: x
          seal_key: \${{ secrets.CAPTURE_SEAL_KEY }}
      - run: echo "$ID"
        env:
          ID: \${{ steps.client.outputs.client_id }}
`;

describe('a finding names the line of', () => {
  const mistakes = [
    ['nothing in a good example', '', '', undefined],
    ['an unknown input', 'sealed_credentials: x', 'sealed_text: x', /:10: .*sealed_text/],
    ['a step without a required input', '          sealed_credentials: x\n', '', /sealed_credentials/],
    ['an unknown output', 'outputs.client_id', 'outputs.client_name', /:14: .*client_name/],
    ['an unknown step', 'steps.client.', 'steps.clinet.', /clinet/],
    ['an incomplete expression', 'outputs.client_id }}', 'outputs.client_id', /:1\d: /],
    ['an invalid schedule', 'on: push', "on:\n  schedule:\n    - cron: '17 25 * * *'", /cron/i],
    ['an unknown key', 'runs-on:', 'run-on:', /run-on/],
    // Only actionlint checks this.
    ['an unknown runner', 'ubuntu-latest', 'ubuntu-lates', /:4: .*"ubuntu-lates"/],
  ] as const;
  let findings: string[][];

  beforeAll(async () => {
    findings = await checkExamples(mistakes.map(([, from, to]) => good.replace(from, to)));
  });

  test.each(mistakes.map(([name, , , finding], index) => [name, index, finding] as const))(
    '%s',
    (_, index, finding) => {
      if (finding === undefined) expect(findings[index]).toEqual([]);
      else expect(findings[index]).toContainEqual(expect.stringMatching(finding));
    },
  );
});
