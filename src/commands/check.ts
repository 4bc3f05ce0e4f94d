import type { DiagnosticSession } from '../capture/session.ts';
import type { Host, Summary, SummaryTable } from '../host.ts';
import { captureInputs, type Rule, readInputs, type Values } from '../inputs/read-inputs.ts';
import type { CreationRecord } from '../lifecycle/creation-record.ts';
import { type CheckResult, checkTenant, expiryWaitMs } from '../lifecycle/tenant-check.ts';
import type { CheckLine } from '../lifecycle/test-clients.ts';
import type { Log } from '../log.ts';
import { randomHex } from '../random.ts';
import { version } from '../version.ts';
import { withCaptureOf, withRecord } from './use-capture.ts';

/** The verdict on a tenant. `limited`: it can be used, except for what the hints say. */
type Verdict = 'ready' | 'limited' | 'not_ready' | 'canceled';

/** Shows whether this project works with a tenant. Deletes what it creates. */
export async function check(host: Host): Promise<void> {
  const values = readInputs('check', [rejectUselessWait], host);
  const { log } = host;
  const access = captureInputs(values);
  const { mode } = values;
  if (mode !== 'credentials')
    log.info('This check creates up to 11 clients, one at a time, and deletes them.');
  const result = await withRecord(access, host, (record) => runCheck(values, record, host));
  const verdict = judgeTenant(result);
  const { lines, before, after, created, leftovers } = result;
  const report = {
    version: 1,
    verdict,
    action_version: version,
    mode,
    auth_scheme: access.authScheme,
    clients: { before, after, created, leftovers },
    lines: lines.map(({ isPrivate: _, isPoint: __, ...line }) => line),
  };
  const title = `Verdict: ${verdict} (capture-client-action ${version}, mode ${mode}, ${access.authScheme})`;
  const markdown = toMarkdown(title, result);
  // Published also if the check fails.
  await host.publish({ values: { verdict, report, markdown }, terminal: '' });
  if (values.show_summary) host.summarize(summarize(result));
  reportVerdict(result, access.domain.host, log);
}

const rejectUselessWait: Rule<'check'> = ({ values: { mode = 'all', wait_for_expiry } }) =>
  wait_for_expiry &&
  mode !== 'all' &&
  `\`wait_for_expiry\` has no effect with \`mode\` ${mode}. Remove one of them.`;

function runCheck(values: Values<'check'>, record: CreationRecord, host: Host): Promise<CheckResult> {
  const { run, ci } = host;
  const access = captureInputs(values);
  const { mode, wait_for_expiry: waitForExpiry, allow_privileged_features: allowPrivilegedFeatures } = values;
  const token = values.github_token ?? values.gitlab_token;
  const request = { mode, waitForExpiry, origin: run.origin, runId: run.runId };
  const examine = (session: DiagnosticSession): Promise<CheckResult> =>
    checkTenant(request, {
      ...session,
      ...{ authScheme: access.authScheme, allowPrivilegedFeatures, record, newMarker: () => randomHex(24) },
      inspectToken: ci && (async () => (await ci.open(token, session.timeLimit.attemptMs())).inspectToken()),
    });
  return withCaptureOf(access, host, examine, waitForExpiry ? expiryWaitMs : 0);
}

/** A difference from the documents limits a tenant only if a hint says which feature not to use. */
export function judgeTenant({ lines, leftovers, canceled }: CheckResult): Verdict {
  if (canceled) return 'canceled';
  if (leftovers.length > 0 || lines.some(({ status }) => status === 'failed')) return 'not_ready';
  return lines.some(isLimit) ? 'limited' : 'ready';
}

function isLimit({ status, hint }: CheckLine): boolean {
  return status === 'differs' && hint !== undefined;
}

/** The report for an issue of this project: without host, IDs, and names. */
function toMarkdown(title: string, { lines, before, after, created, leftovers }: CheckResult): string {
  const isSame = before === after ? 'yes' : 'no';
  return [
    title,
    '',
    '| point | status | observed |',
    '| --- | --- | --- |',
    ...lines.map((line) => `| ${line.id} | ${line.status} | ${publicDetail(line)} |`),
    '',
    `Clients: ${created} created, ${leftovers.length} not deleted, the same number before and after: ${after === undefined ? 'unknown' : isSame}.`,
  ].join('\n');
}

function publicDetail({ detail, isPrivate }: CheckLine): string {
  if (isPrivate) return '(left out)';
  return detail.replace(/[|\\`<>[\]]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function reportVerdict(result: CheckResult, host: string, log: Log): void {
  const describe = ({ title, detail, hint = '' }: CheckLine): string => `${title}: ${detail} ${hint}`.trim();
  const verdict = judgeTenant(result);
  if (verdict === 'canceled') {
    log.fail('The check was canceled. Cleanup deletes the clients that it created.', 'canceled');
  } else if (verdict === 'not_ready') {
    const problems = result.lines.filter(({ status }) => status === 'failed');
    log.fail(['Not ready to use:', ...problems.map((line) => `- ${describe(line)}`)], 'not ready');
  } else if (verdict === 'limited') {
    const limits = result.lines.filter(isLimit).map(describe).join(' ');
    log.warning(`Ready to use with ${host}, with limits. ${limits}`, 'ready with limits');
  } else log.notice(`Ready to use with ${host}.`, 'ready to use');
}

const titles: Readonly<Record<Verdict, string>> = {
  ready: 'Ready to use',
  limited: 'Ready to use, with limits',
  not_ready: 'Not ready to use',
  canceled: 'Check canceled',
};

/** The verdict, then what matters. What only researchers of the API read is folded. */
function summarize(result: CheckResult): Summary {
  const { lines, before, after, created, leftovers } = result;
  const folded = lines.filter(({ isPoint, hint }) => isPoint && hint === undefined);
  const count = before === undefined ? '' : ` Before: ${before} clients. After: ${after ?? 'unknown'}.`;
  const toTable = (shown: readonly CheckLine[]): SummaryTable => ({
    header: ['Check', 'Result', 'Observed', 'What to do'],
    rows: shown.map(({ title, status, detail, hint = '' }) => [title, status, detail, hint]),
  });
  return {
    title: titles[judgeTenant(result)],
    table: toTable(lines.filter((line) => !folded.includes(line))),
    folded:
      folded.length === 0
        ? undefined
        : { title: 'Points that the documents leave open', table: toTable(folded) },
    footer: `Created: ${created}. Not deleted: ${leftovers.join(', ') || 'none'}.${count} The output markdown has this report without host, IDs, and names.`,
  };
}
