import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { type Input, inputTable } from '../../../src/inputs/input-table.ts';
import { flagOf, nameOf, shellWords } from '../../../src/shell/shell-words.ts';
import { pullRequestLabel, runLabel } from '../../support/fixtures.ts';

const words = () => shellWords([], undefined);
const jobLabel = { ...runLabel, purpose: { lifetime: 'job', runId: '5678' } } as const;

describe('an input is named', () => {
  test.each([
    ['expires_in', '--expires-in'],
    ['seal_key', '--seal-key-file'],
    ['settings', '--settings-file'],
    ['no_input', '--no-input'],
  ])('%s by its flag %s', (name, flag) => {
    expect(flagOf(name)).toBe(flag);
  });

  test.each<[string, string | undefined, readonly string[], string]>([
    ['expires_in', undefined, [], '--expires-in'],
    ['capture_domain', undefined, [], 'CAPTURE_DOMAIN'],
    ['capture_domain', undefined, ['capture_domain'], '--capture-domain'],
    ['owner_client_secret', undefined, [], 'CAPTURE_OWNER_CLIENT_SECRET'],
    ['owner_client_secret', undefined, ['owner_client_secret'], '--owner-client-secret-file'],
    ['lifetime', 'run', [], '--lifetime run'],
    ['allow_privileged_features', 'true', [], '--allow-privileged-features'],
    ['dry_run', 'false', [], '--dry-run false'],
    ['name', 'true', [], '--name true'],
    ['github_token', undefined, [], 'github_token'],
    ['other', 'x', [], 'other: x'],
  ])('%s (%s) as the user gave it, by %j: %s', (name, value, flags, expected) => {
    expect(nameOf(name, value, new Map(flags.map((flag) => [flag, 'x'])))).toBe(expected);
  });
});

test('an empty input says which variable or flag is missing', () => {
  const inputs = Object.entries<Input>(inputTable.create);
  const missing = inputs.filter(([name]) => ['capture_domain', 'seal_key', 'lifetime'].includes(name));
  expect(words().missing(missing)).toEqual([
    "CAPTURE_DOMAIN isn't set. Set it, or pass --capture-domain.",
    '--lifetime is missing.',
    "CAPTURE_SEAL_KEY isn't set. Set it, or pass --seal-key-file.",
  ]);
  expect(words().notHandedOver).toBe("which wasn't handed over");
  expect(words().noPullRequest).toBe(
    'this run belongs to no pull request. Set `pull_request` to its number.',
  );
});

test('says how a later job gets the client, if it could need that', () => {
  expect(words().laterJobs(runLabel, true)).toBe(
    'To use this client in a later job, pass CAPTURE_SEALED_CREDENTIALS to it, and use exec or unseal there.',
  );
  expect(words().laterJobs(runLabel, false)).toBe(
    'To use this client in a later job, set `seal_key`, and use exec or unseal there.',
  );
  expect(words().laterJobs(pullRequestLabel, false)).toBeUndefined();
  expect(words().link(runLabel)).toBeUndefined();
});

describe('a command that is printed', () => {
  test.each([
    [jobLabel, 'Deleted when the program ends.'],
    [runLabel, 'To delete it when this run is completed, run: capture-client delete --lifetime run'],
    [
      pullRequestLabel,
      'To delete it when pull request 42 closes, run: capture-client delete --lifetime pull_request --pull-request 42',
    ],
  ])('deletes the client: %#', (label, sentence) => {
    expect(words().cleanup(label)).toBe(sentence);
  });

  test('has the flags that lead to the same origin and Capture domain, and can be pasted', () => {
    const flags = [
      ['--origin', 'git.example.com/acme/shop'],
      ['--capture-domain', 'x.example.com'],
      ['--owner-client-secret-file', '/tmp/a file'],
    ] as const;
    const runId = "it's 7; $(exit 1)";
    const { deletion, cleanup, laterJobs } = shellWords(flags, runId);
    expect(laterJobs(runLabel, true)).toMatch(/ unseal with --origin git\.example\.com\/acme\/shop there\.$/);
    for (const [text, target] of [
      [deletion('-a b'), ['--client-id', '-a b']],
      [cleanup(runLabel), ['--lifetime', 'run', '--run-id', runId]],
    ] as const) {
      const command = text.replace(/^.*run: capture-client/, "printf '%s\\n'");
      const pasted = execFileSync('sh', ['-c', command], { encoding: 'utf8' });
      expect(pasted.trimEnd().split('\n')).toEqual(['delete', ...target, ...flags.flat()]);
    }
  });
});
