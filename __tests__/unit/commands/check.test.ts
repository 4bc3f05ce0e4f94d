import { describe, expect, test } from '@jest/globals';
import { check, judgeTenant } from '../../../src/commands/check.ts';
import type { CheckResult } from '../../../src/lifecycle/tenant-check.ts';
import type { CheckLine } from '../../../src/lifecycle/test-clients.ts';
import { version } from '../../../src/version.ts';
import { showWithout } from '../../support/basics.ts';
import { runCommand, type Situation } from '../../support/fake-host.ts';

const create = { id: 'add', title: 'Create a client', isPoint: false };
const passed: CheckLine = { ...create, status: 'passed', detail: 'Created.' };
const limit: CheckLine = { ...passed, status: 'differs', detail: 'Accepted.', hint: "Don't use it." };
const difference: CheckLine = { ...passed, status: 'differs', detail: 'Yes. Documented: no.' };
const failure: CheckLine = { ...passed, status: 'failed', detail: 'Rejected.' };

test.each<[string, Partial<CheckResult>]>([
  ['ready', {}],
  ['ready', { lines: [difference, { ...passed, status: 'skipped' }] }],
  ['ready', { lines: [{ ...passed, hint: 'Schedule the sweep.' }] }],
  ['limited', { lines: [passed, limit] }],
  ['not_ready', { leftovers: ['c1'] }],
  ['not_ready', { lines: [limit, failure] }],
  ['canceled', { lines: [failure], canceled: true }],
])('the verdict is %s for %j', (verdict, changes) => {
  const result = { lines: [passed], before: 3, after: 3, created: 2, leftovers: [], canceled: false };
  expect(judgeTenant({ ...result, ...changes })).toBe(verdict);
});

describe('check', () => {
  const rejected: Situation = {
    faults: [{ kind: 'api-before-commit', call: 'clients/list', code: 403, times: Infinity }],
  };
  const limited: Situation = { emulator: { maxDescriptionLength: 300 } };
  const one = (count: number) => `Before: 1 clients. After: ${count}.`;

  test.each<[string, Situation, string, string, RegExp]>([
    [
      'ready',
      {},
      'Ready to use',
      `Created: 6. Not deleted: none. ${one(1)}`,
      /^notice \(ready to use\): Ready to use with HOST\.$/,
    ],
    [
      'limited',
      limited,
      'Ready to use, with limits',
      `Created: 6. Not deleted: none. ${one(1)}`,
      /^warning \(ready with limits\): Ready to use with HOST, with limits\. Longest description: Less than \d+ bytes\. Use short values /,
    ],
    [
      'not_ready',
      rejected,
      'Not ready to use',
      'Created: 0. Not deleted: none.',
      /^fail \(not ready\): Not ready to use:\n- Owner credentials: .* Check that the owner client has the owner feature/,
    ],
    [
      'canceled',
      { signal: AbortSignal.abort() },
      'Check canceled',
      'Created: 0. Not deleted: none.',
      /^fail \(canceled\): The check was canceled\. Cleanup deletes the clients that it created\.$/,
    ],
  ])(
    'publishes, summarizes, and reports its verdict: %s',
    async (verdict, situation, title, footer, line) => {
      const { said, values, summary, left } = await runCommand(check, situation);
      expect(said[0]).toBe('info: This check creates up to 11 clients, one at a time, and deletes them.');
      expect(said.at(-1)).toMatch(line);
      expect(values).toMatchObject({
        verdict,
        report: { version: 1, verdict, mode: 'all', auth_scheme: 'basic-auth', lines: expect.any(Array) },
      });
      expect(summary?.title).toBe(title);
      expect(summary?.footer).toBe(
        `${footer} The output markdown has this report without host, IDs, and names.`,
      );
      expect(left).toEqual({});
    },
  );

  test('folds the points that matter only to readers of the documents', async () => {
    const idsOf = (table: { rows: readonly (readonly unknown[])[] } | undefined) =>
      table?.rows.map(([title]) => title);
    const { summary } = await runCommand(check, limited);
    expect(summary?.table?.header).toEqual(['Check', 'Result', 'Observed', 'What to do']);
    expect(idsOf(summary?.table)).toContain('Longest description');
    expect(idsOf(summary?.folded?.table)).toContain('Read with POST, or else with GET');
    expect(idsOf(summary?.table)).not.toContain('Read with POST, or else with GET');
    const given = { mode: 'credentials', show_summary: 'false' };
    expect((await runCommand(check, { given })).summary).toBeUndefined();
  });

  test('has a report for an issue, without hosts and IDs, and without Markdown in a detail', async () => {
    const given = { mode: 'credentials' };
    const { values } = await runCommand(check, { given, show: (text) => `${text}|<a>` });
    expect((values.markdown as string).split('\n')).toEqual([
      `Verdict: ready (capture-client-action ${version}, mode credentials, basic-auth)`,
      '',
      '| point | status | observed |',
      '| --- | --- | --- |',
      expect.stringMatching(/^\| credentials \| passed \| Capture accepts them.*\.&#124;&#60;a&#62; \|$/),
      expect.stringMatching(/^\| clock \| passed \| /),
      expect.stringMatching(/^\| labels \| passed \| /),
      '',
      'Clients: 0 created, 0 not deleted, the same number before and after: unknown.',
    ]);
    const life = await runCommand(check, { given: { mode: 'life' } });
    expect(life.values.markdown).toMatch(/, the same number before and after: yes\.$/);
    const failed = await runCommand(check, { ...rejected, given });
    expect(failed.values.markdown).toContain('| credentials | failed | (left out) |');
  });

  test('redacts and sanitizes details and hints before it publishes them', async () => {
    const { values, summary } = await runCommand(check, {
      given: { mode: 'credentials' },
      show: showWithout('Capture'),
    });
    const texts = JSON.stringify([values, summary]);
    expect(texts).toContain('*** accepts them');
    expect(texts).not.toContain('Capture accepts');
  });
});
