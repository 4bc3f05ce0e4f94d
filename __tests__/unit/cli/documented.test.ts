import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../../..');

/** Every command line of ours in documents and examples, up to what the shell or YAML adds. */
const commands = globSync(['README.md', 'docs/**/*.md', 'examples/**/*'], { cwd: root, withFileTypes: true })
  .filter((file) => file.isFile())
  .flatMap((file) => {
    const text = readFileSync(join(file.parentPath, file.name), 'utf8').replaceAll('\\\n', ' ');
    return [
      ...text.matchAll(
        /capture-client(?:-action@\d+)? ((?:exec|create|delete|sweep|unseal|check)\b[^\n`'"#;)>|]*)/g,
      ),
    ];
  })
  .map(([, command = '']) => command.trim())
  .filter((command) => command !== 'exec');

describe('a command in a document or example', () => {
  test.each([...new Set(commands)].map((command) => [command]))('%s has flags that exist', (command) => {
    const args = command.split(/\s+/);
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'src/cli/main.ts'), ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
      input: '',
    });
    // Without credentials, nothing is sent.
    expect(status).toBe(2);
    const problems = stderr.split('\n').filter((line) => line.includes('- ') || line.includes('error: '));
    expect(problems.length).toBeGreaterThan(1);
    for (const problem of problems.slice(1))
      expect(problem).toMatch(/ (?:is empty|is missing|can't be read|belongs to no pull request)/);
  });
});
