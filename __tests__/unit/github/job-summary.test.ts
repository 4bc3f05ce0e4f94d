import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeSummary } from '../../../src/github/job-summary.ts';
import type { Summary } from '../../../src/host.ts';
import { redact } from '../../../src/secrets/masking.ts';
import { notebook, withFolder } from '../../support/fixtures.ts';

const saved = { ...process.env };

beforeEach(() => {
  process.env = { ...saved };
});

afterEach(() => {
  process.env = saved;
});

/** A log that hides one secret, and what it was told. */
function summaryLog() {
  const { log, said } = notebook();
  return { log: { ...log, show: (text: string) => redact(text, ['h*sh']) }, said };
}

/** Writes summaries to a file, and returns what it contains. */
async function written(...summaries: Summary[]): Promise<string> {
  let text = '';
  await withFolder((path) => {
    process.env.GITHUB_STEP_SUMMARY = path('summary');
    const { log, said } = summaryLog();
    for (const summary of summaries) writeSummary(summary, log);
    expect(said).toEqual([]);
    text = readFileSync(path('summary'), 'utf8');
  });
  return text;
}

describe('the job summary', () => {
  test('has lines, a table whose rows begin with their names, folded details, and a footer', async () => {
    const folded = { title: 'Details', table: { header: ['<a>', 'b'], rows: Array(2).fill(['1', '<2>']) } };
    const summary: Summary = {
      title: 'Title',
      lines: ['One & two.', 'Three.'],
      table: { rows: [['Client <id>', '<b>&"x"</b>']] },
      folded,
      footer: 'and <more>',
    };
    expect(await written(summary, { title: 'Second' })).toBe(
      [
        '<h3>Title</h3>\n',
        '<p>One &amp; two.</p>\n',
        '<p>Three.</p>\n',
        '<table><tr><th>Client &lt;id&gt;</th><td>&lt;b&gt;&amp;&quot;x&quot;&lt;/b&gt;</td></tr></table>\n',
        '<details><summary>Details</summary>',
        '<table><tr><th>&lt;a&gt;</th><th>b</th></tr><tr><td>1</td><td>&lt;2&gt;</td></tr><tr><td>1</td><td>&lt;2&gt;</td></tr></table></details>\n',
        '<p>and &lt;more&gt;</p>\n',
        '<h3>Second</h3>\n',
      ].join(''),
    );
  });

  test('has cells that are code or link', async () => {
    const rows = [
      [
        'a',
        { text: '<id>', isCode: true },
        { text: 'PR [1]', url: 'https://x.example/a b"c' },
        { text: 'z', url: 'https://x.example', isCode: true },
      ],
    ] as const;
    expect(await written({ title: 'T', table: { rows } })).toContain(
      [
        '<td><code>&lt;id&gt;</code></td>',
        '<td><a href="https://x.example/a%20b%22c">PR &#91;1&#93;</a></td>',
        '<td><a href="https://x.example"><code>z</code></a></td>',
      ].join(''),
    );
  });

  test('has no blank line and no Markdown of a value, in any place', async () => {
    const hostile = 'x\r\n\r\n# Heading\n\n[link](https://x.example) ![](y) `code`\u2028\n\n<h1>z</h1>';
    const table = { header: [hostile], rows: [[{ text: hostile, isCode: true }]] } as const;
    const folded = { title: hostile, table };
    const summary = await written({ title: hostile, lines: [hostile], table, folded, footer: hostile });
    expect(summary).not.toMatch(/\n\s*\n|[[\]`!]|:\/\/|<h1>/);
    expect(summary.split('\n')).toHaveLength(6);
    expect(summary.split('# Heading')).toHaveLength(9);
  });

  test('has no secret, not even one that its entities would hide from the runner', async () => {
    expect(await written({ title: 'T', table: { rows: [['Features', 'a h*sh b']] } })).toContain(
      'a &#42;&#42;&#42; b',
    );
  });

  test('that cannot be written is a warning', () => {
    process.env.GITHUB_STEP_SUMMARY = '/no/such/folder/summary';
    const { log, said } = summaryLog();
    writeSummary({ title: 'T' }, log);
    expect(said).toEqual([
      expect.stringMatching(
        /^warning \(no job summary\): Could not write the job summary: ENOENT.*\. Nothing else is affected\.$/,
      ),
    ]);
  });

  test('is left out without a word where there is none, as in act', () => {
    delete process.env.GITHUB_STEP_SUMMARY;
    const { log, said } = summaryLog();
    writeSummary({ title: 'T' }, log);
    expect(said).toEqual([]);
  });
});
