import { describe, expect, test } from '@jest/globals';
import type { CheckLine, CheckResult } from '../../../src/lifecycle/check.ts';
import {
  checkOutputs,
  judgeTenant,
  redactResult,
  reportCheck,
  summarizeCheck,
  titleOfSummary,
} from '../../../src/reports/check-report.ts';
import { version } from '../../../src/version.ts';
import { notebook } from '../../support/fixtures.ts';

const conditions = { host: 'capture.example.com', mode: 'all', authScheme: 'basic-auth' };
const passed: CheckLine = { id: 'add', title: 'Create a client', status: 'passed', detail: 'Created.' };
const advice: CheckLine = { ...passed, hint: 'Schedule the sweep.' };
const limit: CheckLine = { ...passed, status: 'differs', detail: 'Accepted.', hint: "Don't use it." };
const difference: CheckLine = { ...passed, status: 'differs', detail: 'Yes. Documented: no.' };
const failure: CheckLine = {
  ...passed,
  status: 'failed',
  detail: 'Not deleted: c1.',
  hint: 'Delete it.',
  isPrivate: true,
};

function result(changes: Partial<CheckResult> = {}): CheckResult {
  return { lines: [passed], before: 3, after: 3, created: 2, leftovers: [], canceled: false, ...changes };
}

describe('the verdict', () => {
  test.each<[string, Partial<CheckResult>, string]>([
    ['ready', {}, 'Ready to use'],
    ['ready', { lines: [difference, { ...passed, status: 'skipped' }] }, 'Ready to use'],
    ['ready', { lines: [advice] }, 'Ready to use'],
    ['limited', { lines: [passed, limit] }, 'Ready to use, with limits'],
    ['not_ready', { leftovers: ['c1'] }, 'Not ready to use'],
    ['not_ready', { lines: [limit, failure] }, 'Not ready to use'],
    ['canceled', { lines: [failure], canceled: true }, 'Check canceled'],
  ])('is %s for %j', (verdict, changes, title) => {
    expect(judgeTenant(result(changes))).toBe(verdict);
    expect(titleOfSummary(result(changes))).toBe(title);
  });

  test.each<[string, Partial<CheckResult>, string]>([
    ['ready', {}, 'notice (ready to use): Ready to use with capture.example.com.'],
    [
      'the limits',
      { lines: [advice, limit, difference, { ...limit, title: 'Other', detail: 'No.' }] },
      "warning (ready with limits): Ready to use with capture.example.com, with limits. Create a client: Accepted. Don't use it. Other: No. Don't use it.",
    ],
    [
      'what failed',
      { lines: [passed, failure, { ...failure, detail: 'Lost.', hint: undefined }] },
      'fail (not ready): Not ready to use:\n- Create a client: Not deleted: c1. Delete it.\n- Create a client: Lost.',
    ],
    [
      'who deletes the clients of a canceled check',
      { canceled: true, leftovers: ['c1'] },
      'fail (canceled): The check was canceled. Cleanup deletes the clients that it created.',
    ],
  ])('is reported with %s', (_, changes, message) => {
    const { log, said } = notebook();
    reportCheck(result(changes), conditions, log);
    expect(said).toEqual([message]);
  });
});

describe('the footer of the summary', () => {
  test.each<[Partial<CheckResult>, string]>([
    [{}, 'Created: 2. Not deleted: none. Before: 3 clients. After: 3.'],
    [{ leftovers: ['c1', 'c2'], after: 5 }, 'Created: 2. Not deleted: c1, c2. Before: 3 clients. After: 5.'],
    [
      { canceled: true, leftovers: ['c1'], after: undefined },
      'Created: 2. Not deleted: c1. Before: 3 clients. After: unknown.',
    ],
    [{ created: 0, before: undefined, after: undefined }, 'Created: 0. Not deleted: none. The output'],
  ])('says what is left: %j', (changes, start) => {
    const { footer } = summarizeCheck(result(changes));
    expect(footer.startsWith(start)).toBe(true);
  });
});

test('the table of the summary has every line', () => {
  expect(summarizeCheck(result({ lines: [passed, limit] }))).toMatchObject({
    header: ['Check', 'Result', 'Observed', 'What to do'],
    rows: [
      ['Create a client', 'passed', 'Created.', ''],
      ['Create a client', 'differs', 'Accepted.', "Don't use it."],
    ],
  });
});

describe('the report for an issue', () => {
  const markdown = (changes: Partial<CheckResult>) =>
    checkOutputs(result(changes), conditions).markdown as string;

  test('is a table between the verdict and the counts', () => {
    expect(markdown({}).split('\n')).toEqual([
      `Verdict: ready (capture-client-action ${version}, mode all, basic-auth)`,
      '',
      '| point | status | observed |',
      '| --- | --- | --- |',
      '| add | passed | Created. |',
      '',
      'Clients: 2 created, 0 not deleted, the same number before and after: yes.',
    ]);
  });

  test('leaves out private details, and the IDs of leftovers', () => {
    const secretive = { ...passed, id: 'network-path', detail: 'Through the proxy p:3128.', isPrivate: true };
    const text = markdown({ lines: [passed, secretive, failure], leftovers: ['c1'], after: 4 });
    expect(text).toContain('| add | passed | Created. |');
    expect(text).toContain('| network-path | passed |  |');
    expect(text).toContain('| add | failed | (left out) |');
    expect(text).toContain('2 created, 1 not deleted, the same number before and after: no.');
    for (const detail of ['p:3128', 'c1', conditions.host]) expect(text).not.toContain(detail);
  });

  test('has no Markdown of a detail', () => {
    const text = markdown({ lines: [{ ...passed, detail: '| `a` <b> [c](d) \\' }] });
    expect(text).toContain('&#124; &#96;a&#96; &#60;b&#62; &#91;c&#93;(d) &#92;');
  });
});

test('the output report has every line and count', () => {
  const { verdict, report } = checkOutputs(result({ lines: [failure], leftovers: ['c1'] }), conditions);
  expect(verdict).toBe('not_ready');
  const { isPrivate, ...line } = failure;
  expect(JSON.parse(report as string)).toMatchObject({
    version: 1,
    verdict: 'not_ready',
    mode: 'all',
    auth_scheme: 'basic-auth',
    clients: { before: 3, after: 3, created: 2, leftovers: ['c1'] },
    lines: [line],
  });
});

test('details are redacted and sanitized', () => {
  const log = { redact: (text: string) => text.replaceAll('hush', '***') };
  const { lines } = redactResult(result({ lines: [{ ...passed, detail: 'a hush\n::error::b' }] }), log);
  expect(lines[0]?.detail).toBe('a *** : :error: :b');
});

test('hints are redacted and sanitized, too: they can name what Capture wrote', () => {
  const log = { redact: (text: string) => text.replaceAll('hush', '***') };
  const { lines } = redactResult(result({ lines: [{ ...passed, hint: 'Correct hush\n::error::b' }] }), log);
  expect(lines[0]?.hint).toBe('Correct *** : :error: :b');
});
