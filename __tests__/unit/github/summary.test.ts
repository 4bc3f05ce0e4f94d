import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeSummary, writeSummaryTable } from '../../../src/github/summary.ts';
import { redact } from '../../../src/masking.ts';
import { notebook, withFolder } from '../../support/fixtures.ts';

const saved = { ...process.env };

beforeEach(() => {
  process.env = { ...saved };
});

afterEach(() => {
  process.env = saved;
});

/** A log that redacts one secret, and what it was told. */
function summaryLog() {
  const { log, said } = notebook();
  return { log: { ...log, redact: (text: string) => redact(text, ['h*sh']) }, said };
}

function read(file: string): string {
  return readFileSync(file, 'utf8').replaceAll('\r', '');
}

describe('the job summary', () => {
  test('gets a table of names and values, in plain text', () =>
    withFolder((path) => {
      process.env.GITHUB_STEP_SUMMARY = path('summary');
      const { log, said } = summaryLog();
      writeSummary('Title', [['Client <id>', '<b>&"x"</b>']], log);
      writeSummary('Second', [['a', 'b']], log);
      expect(read(path('summary'))).toBe(
        [
          '<h3>Title</h3>\n',
          '<table><tr><th>Client &lt;id&gt;</th><td>&lt;b&gt;&amp;&quot;x&quot;&lt;/b&gt;</td></tr></table>\n',
          '<h3>Second</h3>\n',
          '<table><tr><th>a</th><td>b</td></tr></table>\n',
        ].join(''),
      );
      expect(said).toEqual([]);
    }));

  test('gets a table with a header row, and a line below it', () =>
    withFolder((path) => {
      process.env.GITHUB_STEP_SUMMARY = path('summary');
      const { log } = summaryLog();
      const table = { header: ['<a>', 'b'], rows: [['1', '<2>']] };
      writeSummaryTable('Title', table, log);
      writeSummaryTable('Second', { ...table, footer: 'and <more>' }, log);
      const html =
        '<table><tr><th>&lt;a&gt;</th><th>b</th></tr><tr><td>1</td><td>&lt;2&gt;</td></tr></table>\n';
      expect(read(path('summary'))).toBe(`<h3>Title</h3>\n${html}<h3>Second</h3>\n${html}and &lt;more&gt;\n`);
    }));

  test('has no blank line and no Markdown of a value, in any cell', () =>
    withFolder((path) => {
      process.env.GITHUB_STEP_SUMMARY = path('summary');
      const { log } = summaryLog();
      const hostile = 'x\r\n\r\n# Heading\n\n[link](https://x.example) ![](y) `code`\u2028\n\n<h1>z</h1>';
      writeSummary('Title', [[hostile, hostile]], log);
      writeSummaryTable('Title', { header: [hostile], rows: [[hostile]], footer: hostile }, log);
      const summary = read(path('summary'));
      expect(summary).not.toMatch(/\n\s*\n|[[\]`!]|:\/\/|<h1>/);
      expect(summary.split('\n')).toHaveLength(6);
      expect(summary.split('# Heading')).toHaveLength(6);
    }));

  test('has no secret, not even one that its entities would hide from the runner', () =>
    withFolder((path) => {
      process.env.GITHUB_STEP_SUMMARY = path('summary');
      writeSummary('Title', [['Features', 'a h*sh b']], summaryLog().log);
      expect(read(path('summary'))).toContain('a &#42;&#42;&#42; b');
    }));

  test('that cannot be written is a warning', () => {
    process.env.GITHUB_STEP_SUMMARY = '/no/such/folder/summary';
    const { log, said } = summaryLog();
    writeSummary('Title', [], log);
    expect(said).toEqual([
      expect.stringMatching(
        /^warning \(no job summary\): Could not write the job summary: ENOENT.*\. Nothing else is affected\.$/,
      ),
    ]);
  });

  test.each([undefined, ''])('is left out without a word where there is none, as in act: %j', (file) => {
    if (file === undefined) delete process.env.GITHUB_STEP_SUMMARY;
    else process.env.GITHUB_STEP_SUMMARY = file;
    const { log, said } = summaryLog();
    writeSummary('Title', [], log);
    writeSummaryTable('Title', { header: [], rows: [] }, log);
    expect(said).toEqual([]);
  });
});
