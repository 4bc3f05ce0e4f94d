import { expect, test } from '@jest/globals';
import { formatTime, type Label } from '../../../src/lifecycle/label.ts';
import type { Sweep, Swept } from '../../../src/lifecycle/sweep.ts';
import { reportSweep, summarizeSweep, sweepOutputs } from '../../../src/reports/sweep-report.ts';
import { captureError, notebook, pullRequestLabel, runLabel } from '../../support/fixtures.ts';

const host = 'capture.example.com';
const notApplied = captureError({ applied: 'no' });
const indeterminate = captureError({ applied: 'unknown' });
const jobLabel: Label = { ...runLabel, purpose: { lifetime: 'job', runId: '5678' } };
const until = formatTime(runLabel.expiresAt);
const context = { host, ciSystem: 'GitHub', dryRun: false, timeoutMs: 60_000 };

function swept(clientId: string, parts: Partial<Swept> = {}, label: Label = runLabel): Swept {
  const client = { clientId, features: [], description: 'hush', label };
  return { client, reason: 'expired', result: 'deleted', ...parts };
}

function result(clients: Swept[], parts: Partial<Sweep> = {}): Sweep {
  return { total: 99, swept: clients, states: undefined, unmatched: [], ...parts };
}

function reportOf(sweep: Sweep, parts: Partial<typeof context> = {}): string[] {
  const { log, said } = notebook();
  reportSweep(sweep, { ...context, ...parts }, log);
  return said;
}

const mixed = result([
  swept('a'),
  swept('b', { reason: 'pull_request_closed' }, pullRequestLabel),
  swept('c', { result: 'failed', failure: notApplied, reason: 'run_completed' }, jobLabel),
  swept('d', { result: 'failed', failure: indeterminate }),
  swept('e', { result: 'failed' }),
  swept('f', { result: 'kept', reason: 'run_not_completed' }),
  swept('g', { result: 'kept', reason: 'pull_request_open' }, pullRequestLabel),
  swept('i', { result: 'kept', reason: 'label_changed' }),
]);

test('the report has each deletion, the counts, and each failure', () => {
  expect(reportOf(mixed)).toEqual([
    `info: Deleted client a (acme/shop run 5678, name preview, until ${until}): expired.`,
    `info: Deleted client b (acme/shop pull request 42, name preview, until ${until}): pull request closed.`,
    `info: Checked 8 of the 99 clients at ${host}: 2 deleted, 3 failed, 3 kept.`,
    [
      `fail (clients not deleted): Could not delete client c; it may still work. ${notApplied.message}`,
      `Could not delete client d; it may still work. ${indeterminate.message}`,
      'Could not delete client e; it still works. The time was up before its turn (timeout 60s).',
      `3 of 5 clients at ${host} should be gone but may still exist. The next sweep tries again. To delete one now, delete it by its client_id.`,
    ].join('\n'),
  ]);
});

test('the outputs have the counts, and the labels but nothing else of each client', () => {
  const { report = '', ...counts } = sweepOutputs(mixed);
  expect(counts).toEqual({ deleted: '2', kept: '3', failed: '3' });
  expect(report).not.toContain('hush');
  const items = JSON.parse(report);
  expect(items).toHaveLength(8);
  expect(items.slice(0, 2)).toEqual([
    {
      client_id: 'a',
      repository: 'acme/shop',
      repository_id: '1234',
      lifetime: 'run',
      run_id: '5678',
      name: 'preview',
      expires_at: until,
      reason: 'expired',
      result: 'deleted',
    },
    {
      client_id: 'b',
      repository: 'acme/shop',
      repository_id: '1234',
      lifetime: 'pull_request',
      pull_request: 42,
      name: 'preview',
      expires_at: until,
      reason: 'pull_request_closed',
      result: 'deleted',
    },
  ]);
});

test('the summary has the failures first', () => {
  const { header, rows, footer } = summarizeSweep(mixed);
  expect(header).toEqual(['Client ID', 'Repository', 'For', 'Name', 'Expires', 'Result', 'Reason']);
  expect(rows.map(([id, , subject, , , outcome, reason]) => [id, subject, outcome, reason])).toEqual([
    ['c', 'job of run 5678', 'failed', 'run completed'],
    ['d', 'run 5678', 'failed', 'expired'],
    ['e', 'run 5678', 'failed', 'expired'],
    ['a', 'run 5678', 'deleted', 'expired'],
    ['b', 'pull request 42', 'deleted', 'pull request closed'],
    ['f', 'run 5678', 'kept', 'run not completed'],
    ['g', 'pull request 42', 'kept', 'pull request open'],
    ['i', 'run 5678', 'kept', 'reused or relabeled during the sweep'],
  ]);
  expect(footer).toBeUndefined();
});

test('a dry run says that nothing was deleted', () => {
  const dry = result([
    swept('a', { result: 'would_delete' }),
    swept('b', { result: 'kept', reason: 'run_not_completed' }),
  ]);
  expect(reportOf(dry, { dryRun: true })).toEqual([
    `info: Would delete client a (acme/shop run 5678, name preview, until ${until}): expired.`,
    `info: Checked 2 of the 99 clients at ${host}: 1 would be deleted, 1 kept. Nothing was deleted, because this was a dry run.`,
  ]);
  expect(summarizeSweep(dry).rows.map(([id, , , , , outcome]) => [id, outcome])).toEqual([
    ['a', 'would be deleted'],
    ['b', 'kept'],
  ]);
  expect(sweepOutputs(dry)).toMatchObject({ deleted: '0', kept: '2', failed: '0' });
});

test('a sweep that found nothing says so', () => {
  expect(reportOf(result([], { total: 0 }))).toEqual([
    `info: Checked 0 of the 0 clients at ${host}: 0 deleted, 0 failed, 0 kept.`,
  ]);
});

test.each([
  [1, "1 client is kept until it expires: GitHub didn't report whether its"],
  [2, "2 clients are kept until they expire: GitHub didn't report whether their"],
])('%d clients of unknown state are a warning with the reasons', (count, expected) => {
  const unknown = Array.from({ length: count }, (_, n) =>
    swept(`c${n}`, { result: 'kept', reason: 'state_unknown' }),
  );
  const states = { stateOf: () => 'unknown' as const, problems: ['One reason.', 'Another.'] };
  expect(reportOf(result(unknown, { states })).at(-1)).toBe(
    `warning (state unknown): ${expected} pull request or run is finished. One reason. Another.`,
  );
});

test.each([
  ['no reasons', undefined, ''],
  ['an empty list of reasons', [], ''],
  ['up to five reasons', ['1.', '2.', '3.', '4.', '5.', '6.'], ' 1. 2. 3. 4. 5.'],
])('a warning about an unknown state has %s', (_, problems, reasons) => {
  const states = problems && { stateOf: () => 'unknown' as const, problems };
  const kept = swept('a', { result: 'kept', reason: 'state_unknown' });
  expect(reportOf(result([kept], { states })).at(-1)).toBe(
    `warning (state unknown): 1 client is kept until it expires: GitHub didn't report whether its pull request or run is finished.${reasons}`,
  );
});

test('states that are known need no warning, even if something could not be asked', () => {
  const states = { stateOf: () => 'finished' as const, problems: ['One reason.'] };
  expect(reportOf(result([swept('a')], { states })).filter((line) => !line.startsWith('info'))).toEqual([]);
});

test('repositories that no label matches are a notice', () => {
  expect(reportOf(result([], { unmatched: ['acme/web.git', 'acme/x'] })).at(-1)).toBe(
    'notice (unmatched repositories): repositories: no client is labeled acme/web.git, acme/x, so nothing was swept there. Check the spelling.',
  );
});

test.each([
  [100, 101],
  [101, 102],
])('a report of %d clients is short enough to read', (count, lines) => {
  const many = result(Array.from({ length: count }, (_, n) => swept(`c${n}`)));
  const said = reportOf(many);
  expect(said).toHaveLength(lines);
  expect(said.includes('info: … and 1 more. The output report lists all.')).toBe(count > 100);
  const table = summarizeSweep(many);
  expect(table.rows).toHaveLength(100);
  expect(table.footer).toBe(count > 100 ? 'And 1 more. The output report lists all.' : undefined);
});

test('a report of many failures ends with what to do', () => {
  const failed = Array.from({ length: 300 }, (_, n) => swept(`c${n}`, { result: 'failed' }));
  const lines = reportOf(result(failed)).at(-1)?.split('\n') ?? [];
  expect(lines).toHaveLength(102);
  expect(lines.at(-2)).toBe('… and 200 more. The output report lists all.');
  expect(lines.at(-1)).toMatch(/^300 of 300 clients at capture\.example\.com should be gone/);
});
