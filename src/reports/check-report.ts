import type { CheckLine, CheckResult } from '../lifecycle/check.ts';
import type { Log } from '../log.ts';
import { sanitize } from '../sanitize.ts';
import { version } from '../version.ts';

/** The verdict on a tenant. `limited`: it can be used, except for what the hints say. */
export type Verdict = 'ready' | 'limited' | 'not_ready' | 'canceled';

/** How the check was run, for readers of its report. */
export interface CheckConditions {
  readonly host: string;
  readonly mode: string;
  readonly authScheme: string;
}

/** Redacts and sanitizes what the result quotes. */
export function redactResult(result: CheckResult, log: { redact(text: string): string }): CheckResult {
  const clean = (text: string): string => sanitize(log.redact(text));
  const lines = result.lines.map((line) => ({
    ...line,
    detail: clean(line.detail),
    hint: line.hint === undefined ? undefined : clean(line.hint),
  }));
  return { ...result, lines };
}

/** Judges a tenant. A difference from the documents limits it only if a hint says which feature not to use. */
export function judgeTenant({ lines, leftovers, canceled }: CheckResult): Verdict {
  if (canceled) return 'canceled';
  if (leftovers.length > 0 || lines.some(({ status }) => status === 'failed')) return 'not_ready';
  return lines.some(({ status, hint }) => status === 'differs' && hint !== undefined) ? 'limited' : 'ready';
}

export function checkOutputs(result: CheckResult, conditions: CheckConditions): Record<string, string> {
  const verdict = judgeTenant(result);
  const { lines, before, after, created, leftovers } = result;
  const report = {
    version: 1,
    verdict,
    action_version: version,
    mode: conditions.mode,
    auth_scheme: conditions.authScheme,
    clients: { before, after, created, leftovers },
    lines: lines.map(({ id, title, status, detail, hint }) => ({ id, title, status, detail, hint })),
  };
  return { verdict, report: JSON.stringify(report), markdown: toMarkdown(result, conditions) };
}

/** The report for an issue of this project: without host, IDs, and names. */
function toMarkdown(result: CheckResult, { mode, authScheme }: CheckConditions): string {
  const { lines, before, after, created, leftovers } = result;
  return [
    `Verdict: ${judgeTenant(result)} (capture-client-action ${version}, mode ${mode}, ${authScheme})`,
    '',
    '| point | status | observed |',
    '| --- | --- | --- |',
    ...lines.map((line) => `| ${line.id} | ${line.status} | ${publicDetail(line)} |`),
    '',
    `Clients: ${created} created, ${leftovers.length} not deleted, the same number before and after: ${before === after ? 'yes' : 'no'}.`,
  ].join('\n');
}

function publicDetail({ status, detail, isPrivate }: CheckLine): string {
  if (!isPrivate) return escapeCell(detail);
  return status === 'passed' ? '' : '(left out)';
}

function escapeCell(text: string): string {
  return text.replace(/[|\\`<>[\]]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Reports the verdict, then the problems. Fails if the tenant can't be used or something is left. */
export function reportCheck(result: CheckResult, { host }: CheckConditions, log: Log): void {
  const verdict = judgeTenant(result);
  const problems = result.lines.filter(({ status }) => status === 'failed');
  const limits = result.lines.filter(({ status, hint }) => status === 'differs' && hint !== undefined);
  switch (verdict) {
    case 'ready':
      log.notice(`Ready to use with ${host}.`, 'ready to use');
      return;
    case 'limited':
      log.warning(
        `Ready to use with ${host}, with limits. ${limits.map(describe).join(' ')}`,
        'ready with limits',
      );
      return;
    case 'canceled':
      log.fail('The check was canceled. Cleanup deletes the clients that it created.', 'canceled');
      return;
    case 'not_ready':
      log.fail(['Not ready to use:', ...problems.map((line) => `- ${describe(line)}`)], 'not ready');
  }
}

function describe({ title, detail, hint }: CheckLine): string {
  return `${title}: ${detail}${hint === undefined ? '' : ` ${hint}`}`;
}

/** The table of the job summary. */
export function summarizeCheck({ lines, before, after, created, leftovers }: CheckResult) {
  const count = before === undefined ? '' : ` Before: ${before} clients. After: ${after ?? 'unknown'}.`;
  return {
    header: ['Check', 'Result', 'Observed', 'What to do'],
    rows: lines.map(({ title, status, detail, hint = '' }) => [title, status, detail, hint]),
    footer: `Created: ${created}. Not deleted: ${leftovers.join(', ') || 'none'}.${count} The output markdown has this report without host, IDs, and names.`,
  };
}

/** The heading of the job summary: the verdict. */
export function titleOfSummary(result: CheckResult): string {
  const titles: Readonly<Record<Verdict, string>> = {
    ready: 'Ready to use',
    limited: 'Ready to use, with limits',
    not_ready: 'Not ready to use',
    canceled: 'Check canceled',
  };
  return titles[judgeTenant(result)];
}
