import { expect, test } from '@jest/globals';
import type { Fault } from '../../../emulator/emulator.ts';
import { sweepCommand } from '../../../src/commands/sweep.ts';
import type { Ci } from '../../../src/host.ts';
import { formatDescription, formatTime, type Label } from '../../../src/lifecycle/label.ts';
import type { SubjectState } from '../../../src/lifecycle/sweep-plan.ts';
import { pullRequestLabel, runLabel, showWithout } from '../../support/basics.ts';
import { runCommand, type Situation } from '../../support/fake-host.ts';

const expiresAt = Date.UTC(2099, 0);
const until = formatTime(expiresAt);
const expired: Label = { ...runLabel, expiresAt: Date.UTC(2020, 0) };
const ofRun: Label = { ...runLabel, expiresAt };
const ofPullRequest: Label = { ...pullRequestLabel, expiresAt };
const other: Label = { ...ofRun, purpose: { lifetime: 'job', runId: '7' } };

/** Reports a pull request as finished to its token, and runs as this. */
function ciWith(state: SubjectState, problems: readonly string[] = [], isTokenUsable = true): Ci {
  return {
    name: 'GitHub',
    open: async (token) => ({
      ask: async () => ({
        stateOf: ({ purpose }) =>
          purpose.lifetime === 'pull_request' && token === 'of GitHub' ? 'finished' : state,
        ...{ problems, isTokenUsable },
      }),
      inspectToken: async () => ({ isSufficient: true, detail: '' }),
    }),
  };
}

const rejectOnce: Fault = { kind: 'api-before-commit', call: 'clients/delete', code: 403, after: 1 };
const mixed: Situation = {
  given: { github_token: 'of GitHub' },
  ci: ciWith('unfinished'),
  clients: {
    a: expired,
    b: ofPullRequest,
    c: expired,
    d: ofRun,
    e: other,
    unreadable: '[capture-client-action/2 x]',
  },
};
const lineOf = (id: string, purpose: string, end: string, reason: string) =>
  `${id} "${id}" (acme/shop ${purpose}, name preview, until ${end}): ${reason}.`;

test('a sweep reports each deletion, the totals, and what it could not read', async () => {
  const { said, values, left, summary } = await runCommand(sweepCommand, mixed);
  expect(said).toEqual([
    `info: Deleted client ${lineOf('a', 'run 5678', '2020-01-01T00:00:00Z', 'expired')}`,
    `info: Deleted client ${lineOf('b', 'pull request 42', until, 'pull request closed')}`,
    `info: Deleted client ${lineOf('c', 'run 5678', '2020-01-01T00:00:00Z', 'expired')}`,
    'info: acme/shop: 5 labeled clients (of 7 at HOST). Deleted 3, failed 0, kept 2.',
    "notice (unreadable labels): The label of 1 client can't be read, so it wasn't touched: unreadable. Look at the descriptions in the Console.",
  ]);
  expect(Object.keys(left)).toEqual(['d', 'e', 'unreadable']);
  const { report, ...counts } = values;
  expect(counts).toEqual({ deleted: 3, kept: 2, failed: 0 });
  expect(report).toHaveLength(5);
  const common = { repository: 'acme/shop', repository_id: '1234', name: 'preview' };
  expect((report as object[])[0]).toEqual({
    ...{ client_id: 'a', text: 'a', ...common, lifetime: 'run', run_id: '5678' },
    ...{ expires_at: '2020-01-01T00:00:00Z', reason: 'expired', result: 'deleted' },
  });
  expect((report as object[])[1]).toMatchObject({ lifetime: 'pull_request', pull_request: 42 });
  expect(summary).toMatchObject({
    title: 'Sweep of Capture API clients',
    lines: [
      said[3]?.replace('info: ', '').replace('HOST', summary?.lines?.[0]?.match(/127\S+\d/)?.[0] ?? ''),
    ],
    table: {
      header: ['Client ID', 'Description', 'Repository', 'For', 'Name', 'Expires', 'Result', 'Reason'],
    },
    folded: { title: 'Kept: 2' },
  });
  expect(summary?.table?.rows[1]).toEqual([
    { text: 'b', isCode: true },
    ...['b', 'acme/shop', { text: 'pull request 42', url: 'https://github.com/acme/shop/pull/42' }],
    ...['preview', until, 'deleted', 'pull request closed'],
  ]);
});

test('the report has no secret and no workflow command that a description repeats', async () => {
  const { values } = await runCommand(sweepCommand, {
    clients: { a: formatDescription({ text: 'hush\n##[error]x', label: { ...expired, name: 'hush' } }) },
    show: showWithout('hush'),
  });
  expect(values.report).toMatchObject([{ client_id: 'a', text: '*** ## [error]x', name: '***' }]);
});

test('a sweep fails if a client is left that should be gone: failures come first in the summary', async () => {
  const clients = { a: expired, b: expired };
  const { said, values, summary } = await runCommand(sweepCommand, { clients, faults: [rejectOnce] });
  expect(values).toMatchObject({ deleted: 1, failed: 1 });
  const [failed = '', rest] = said.at(-1)?.split('\n') ?? [];
  expect(failed).toMatch(
    /^fail \(clients not deleted\): Could not delete client [ab], which may still work\. /,
  );
  expect(rest).toBe(
    '1 of 2 clients at HOST should be gone but may still exist. The next sweep tries again. To delete one now, delete it by its client_id.',
  );
  expect(summary?.table?.rows.map((row) => row[6])).toEqual(['failed', 'deleted']);
});

test('one client that has no text of its own is described without it', async () => {
  const a = formatDescription({ text: '', label: expired });
  expect((await runCommand(sweepCommand, { clients: { a } })).said).toEqual([
    'info: Deleted client a (acme/shop run 5678, name preview, until 2020-01-01T00:00:00Z): expired.',
    'info: acme/shop: 1 labeled client (of 2 at HOST). Deleted 1, failed 0, kept 0.',
  ]);
});

test('an error before any deletion says that nothing was deleted', async () => {
  const faults = [{ kind: 'api-before-commit', call: 'clients/list', code: 403 }] as const;
  const { thrown } = await runCommand(sweepCommand, { clients: { a: expired }, faults });
  expect(thrown).toMatchObject({
    title: 'clients/list failed',
    problem: expect.stringMatching(/ Nothing was deleted\.$/),
  });
});

test('a dry run says what it would do, and that nothing was deleted', async () => {
  const { said, values, left, calls, summary } = await runCommand(sweepCommand, {
    ...mixed,
    given: { ...mixed.given, dry_run: 'true' },
  });
  expect(said[0]).toMatch(/^info: Would delete client a /);
  expect(said).toContain(
    'info: acme/shop: 5 labeled clients (of 7 at HOST). Would delete 3, would keep 2. Nothing was deleted, because this was a dry run.',
  );
  expect(values).toMatchObject({ deleted: 0, kept: 5, failed: 0 });
  expect(Object.keys(left)).toHaveLength(6);
  expect(calls).toEqual(['list']);
  expect(summary?.title).toBe('Sweep of Capture API clients (dry run)');
  expect(summary?.table?.rows[0]?.[6]).toBe('would delete');
});

const asked =
  "1 client is kept for now, because GitHub didn't say whether the pull request or run is finished.";
test.each<[string, Ci | undefined, string[]]>([
  ['known', ciWith('unfinished', ['One reason.']), []],
  [
    'unknown: a warning',
    ciWith('unknown', ['One reason.', 'Another.']),
    [`warning (state unknown): ${asked} One reason. Another.`],
  ],
  ['unknown without a reason', ciWith('unknown'), [`warning (state unknown): ${asked}`]],
  [
    'unknown for many reasons',
    ciWith('unknown', ['1.', '2.', '3.', '4.', '5.', '6.']),
    [`warning (state unknown): ${asked} 1. 2. 3. 4. 5.`],
  ],
  [
    'unknown, as the token is useless: a failure',
    ciWith('unknown', ['401.'], false),
    [`fail (token not usable): ${asked} 401.`],
  ],
  [
    'not asked: a note',
    undefined,
    [
      'info: 1 client is kept until expiration, because no CI system is asked about pull requests and runs here.',
    ],
  ],
])('a sweep deletes what expired, whatever it is told about others: %s', async (_, ci, expected) => {
  const { said, left } = await runCommand(sweepCommand, { ci, clients: { a: expired, d: ofRun } });
  expect(said.slice(2)).toEqual(expected);
  expect(Object.keys(left)).toEqual(['d']);
});

test('repositories that no label matches are a notice', async () => {
  const given = { repositories: 'acme/web, acme/x' };
  const { said, summary } = await runCommand(sweepCommand, { given });
  expect(said).toEqual([
    'info: acme/web, acme/x: 0 labeled clients (of 1 at HOST). Deleted 0, failed 0, kept 0.',
    'notice (unmatched repositories): `repositories`: no client is labeled acme/web, acme/x, so nothing was swept there. Check the spelling.',
  ]);
  expect(summary).toEqual({ title: 'Sweep of Capture API clients', lines: [expect.any(String)] });
});

test.each([
  [100, [], undefined],
  [101, ['info: … and 1 more. The output report lists all.'], 'And 2 more. The output report lists all.'],
])('the report of %d clients is short enough to read', async (count, more, footer) => {
  const many = (letter: string, client: Label | string) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`${letter}${n}`, client]));
  const clients = { ...many('c', expired), ...many('k', ofRun), ...many('u', '[capture-client-action/2 x]') };
  const { said, summary } = await runCommand(sweepCommand, { clients });
  expect(said.filter((line) => line.includes('…'))).toEqual(more);
  expect(said.filter((line) => line.startsWith('info: Deleted client '))).toHaveLength(100);
  expect(said.slice(-2)).toEqual([
    expect.stringMatching(`The label of ${count} clients can't be .* u98, u99\\. Look at`),
    expect.stringMatching(`^info: ${count} clients are kept until expiration, because`),
  ]);
  expect(summary?.table?.rows).toHaveLength(100);
  expect(summary?.footer).toBe(footer);
});
