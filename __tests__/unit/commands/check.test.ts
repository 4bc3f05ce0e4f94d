import { describe, expect, test } from '@jest/globals';
import { check, judgeTenant } from '../../../src/commands/check.ts';
import type { Ci } from '../../../src/host.ts';
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
  const limited: Situation = { emulator: { maxDescriptionLength: 300, oldSecretMs: 0 } };
  const undeletable: Situation = {
    faults: [{ kind: 'api-before-commit', call: 'clients/delete', code: 403, after: 1, times: Infinity }],
  };

  test.each<[string, Situation, string, string, string, RegExp]>([
    [
      'ready',
      {},
      'Ready to use',
      'Created: 6. Not deleted: none. Before: 1 clients. After: 1.',
      'yes',
      /^notice \(ready to use\): Ready to use with HOST\.$/,
    ],
    [
      'limited',
      limited,
      'Ready to use, with limits',
      'Created: 6. Not deleted: none. Before: 1 clients. After: 1.',
      'yes',
      /^warning \(ready with limits\): Ready to use with HOST, with limits\. Use the new and the old secret: .* with this tenant\. Longest description: Less than \d+ bytes\. Use short values /,
    ],
    [
      'not_ready',
      undeletable,
      'Not ready to use',
      'Created: 6. Not deleted: IDS. Before: 1 clients. After: 6.',
      'no',
      /^fail \(not ready\): Not ready to use:\n- Cleanup: .* Delete each of them by its ID, or wait for the sweep\.$/,
    ],
    [
      'not_ready',
      { faults: [{ kind: 'api-before-commit', call: 'clients/list', code: 403, after: 1, times: Infinity }] },
      'Not ready to use',
      'Created: 1. Not deleted: none. Before: 1 clients. After: unknown.',
      'unknown',
      /^fail \(not ready\): Not ready to use:\n- Find the client by its marker: .*\n- Cleanup: .*$/,
    ],
    [
      'canceled',
      { signal: AbortSignal.abort() },
      'Check canceled',
      'Created: 0. Not deleted: none.',
      'unknown',
      /^fail \(canceled\): The check was canceled\. Cleanup deletes the clients that it created\.$/,
    ],
  ])(
    'publishes, summarizes, and reports its verdict: %s',
    async (verdict, situation, title, footer, isSame, line) => {
      const { said, values, summary, left } = await runCommand(check, situation);
      const leftovers = Object.keys(left);
      expect(said[0]).toBe('info: This check creates up to 11 clients, one at a time, and deletes them.');
      expect(said.at(-1)).toMatch(line);
      const report = { version: 1, verdict, mode: 'all', auth_scheme: 'basic-auth', clients: { leftovers } };
      expect(values).toMatchObject({ verdict, report });
      expect(values.markdown).toMatch(new RegExp(`, the same number before and after: ${isSame}\\.$`));
      expect(summary?.title).toBe(title);
      expect(summary?.footer).toBe(
        `${footer.replace('IDS', leftovers.join(', '))} The output markdown has this report without host, IDs, and names.`,
      );
      expect(leftovers).toHaveLength(situation === undeletable ? 5 : 0);
    },
  );

  test('folds the points that matter only to readers of the documents', async () => {
    const idsOf = (table: { rows: readonly (readonly unknown[])[] } | undefined) =>
      table?.rows.map(([title]) => title);
    const { summary } = await runCommand(check, limited);
    expect(summary?.table?.header).toEqual(['Check', 'Result', 'Observed', 'What to do']);
    const first = ['Owner credentials', 'passed', 'Capture accepts them, and they can list clients.', ''];
    expect(summary?.table?.rows[0]).toEqual(first);
    expect(idsOf(summary?.table)).toContain('Longest description');
    expect(summary?.folded?.title).toBe('Points that the documents leave open');
    expect(idsOf(summary?.folded?.table)).toContain('Read with POST, or else with GET');
    expect(idsOf(summary?.table)).not.toContain('Read with POST, or else with GET');
    const given = { mode: 'credentials', show_summary: 'false' };
    expect((await runCommand(check, { given })).summary).toBeUndefined();
  });

  test('has a report for an issue, without hosts and IDs, and without secrets and Markdown in a detail', async () => {
    const ci: Ci = {
      name: 'GitHub',
      open: async (token) => ({
        ask: async () => ({ stateOf: () => 'unknown', problems: [], isTokenUsable: true }),
        inspectToken: async () => ({ isSufficient: true, detail: `${token}.` }),
      }),
    };
    const detail = '*** accepts them, and they can list clients.|<a>';
    const { values, summary, said, terminal } = await runCommand(check, {
      ...{ ci, given: { mode: 'credentials', github_token: 'of GitHub' } },
      show: (text) => `${showWithout('Capture')(text)}|<a>`,
    });
    expect((values.markdown as string).split('\n')).toEqual([
      `Verdict: ready (capture-client-action ${version}, mode credentials, basic-auth)`,
      '',
      '| point | status | observed |',
      '| --- | --- | --- |',
      '| credentials | passed | *** accepts them, and they can list clients.&#124;&#60;a&#62; |',
      expect.stringMatching(/^\| clock \| passed \| /),
      expect.stringMatching(/^\| labels \| passed \| /),
      '| token | passed | of GitHub.&#124;&#60;a&#62; |',
      '',
      'Clients: 0 created, 0 not deleted, the same number before and after: unknown.',
    ]);
    expect(JSON.stringify([values, summary])).not.toContain('Capture accepts');
    expect({ terminal, folded: summary?.folded }).toEqual({ terminal: '', folded: undefined });
    expect(said[0]).toMatch(/^info: Owner credentials: passed\. /);
    const line = { id: 'credentials', title: 'Owner credentials', status: 'passed', detail };
    expect(values.report).toMatchObject({ version: 1, lines: [line, {}, {}, {}] });
    expect(values.report).not.toHaveProperty('lines.0.isPoint');
    const faults = [{ kind: 'api-before-commit', call: 'clients/list', code: 403 }] as const;
    const failed = await runCommand(check, { faults, given: { mode: 'credentials' } });
    expect(failed.values.markdown).toContain('| credentials | failed | (left out) |');
  });

  test.each([
    [
      'life',
      '`wait_for_expiry` has no effect with `mode` life. Remove one of them. Nothing was sent to Capture.',
    ],
    ['x', '`mode`: "x" isn\'t valid. Use credentials, life, or all. Nothing was sent to Capture.'],
    ['all', undefined],
  ])('does not wait for an expiry that it does not check: mode %s', async (mode, problem) => {
    const given = { mode, wait_for_expiry: 'true' };
    const { thrown } = await runCommand(check, { given, signal: AbortSignal.abort() });
    expect(thrown?.message).toBe(problem);
  });
});
