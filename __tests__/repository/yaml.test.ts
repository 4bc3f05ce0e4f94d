import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

/** Runs the checks that need npm alone on a folder; what they find, line by line. */
function check(folder: string): Promise<string[]> {
  const command = [join(root, 'scripts/lint-yaml.ts'), folder, '--without-zizmor'];
  return new Promise((resolve) => {
    execFile(process.execPath, command, (_, stdout, stderr) => {
      resolve([...stderr.trim().split('\n'), stdout.trim()].filter((line) => line !== ''));
    });
  });
}

/** What the checks find in a document with this example, beside the project's manifests. */
async function checkExample(example: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'yaml-'));
  try {
    for (const action of ['', 'delete', 'sweep', 'unseal']) {
      mkdirSync(join(folder, action), { recursive: true });
      copyFileSync(join(root, action, 'action.yml'), join(folder, action, 'action.yml'));
    }
    writeFileSync(join(folder, 'README.md'), `# Title\n\n\`\`\`yaml\n${example}\`\`\`\n`);
    return (await check(folder)).slice(0, -1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const good = `jobs:
  test:
    runs-on: ubuntu-latest
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

test('the manifests, the workflows and the examples of the documents are right', async () => {
  const [last, ...others] = (await check(root)).reverse();
  expect(others).toEqual([]);
  expect(last).toMatch(/^\d\d manifests, workflows and examples checked, 0 findings\.$/);
});

test('a good example is found good', async () => {
  expect(await checkExample(good)).toEqual([]);
});

describe('an example is refused, with its line in the document,', () => {
  test.each([
    ['for an unknown input', 'sealed_credentials: x', 'sealed_text: x', /^README\.md:11: .*sealed_text/],
    ['for a required input that is missing', '          sealed_credentials: x\n', '', /sealed_credentials/],
    ['for an unknown output', 'outputs.client_id', 'outputs.client_name', /^README\.md:15: .*client_name/],
    ['for a step that is not there', 'steps.client.', 'steps.clinet.', /clinet/],
    ['for an expression that is none', 'outputs.client_id }}', 'outputs.client_id', /^README\.md:1\d: /],
    ['for a schedule that is none', 'jobs:', "on:\n  schedule:\n    - cron: '17 25 * * *'\njobs:", /cron/i],
    ['for a key that no workflow has', 'runs-on:', 'run-on:', /run-on/],
    // Of these checks, only actionlint knows this one.
    ['for a label that no runner has', 'ubuntu-latest', 'ubuntu-lates', /^README\.md:6: .*"ubuntu-lates"/],
  ])('%s', async (_, from, to, finding) => {
    const found = await checkExample(good.replace(from, to));
    expect(found.length).toBeGreaterThan(0);
    expect(found).toContainEqual(expect.stringMatching(finding));
  });
});
