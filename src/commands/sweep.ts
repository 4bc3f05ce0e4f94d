import type { Cell, Host, Summary } from '../host.ts';
import { captureInputs, readInputs } from '../inputs/read-inputs.ts';
import { describeOutcome } from '../lifecycle/deletion.ts';
import { formatPurpose, formatTime, type Label } from '../lifecycle/label.ts';
import { type Scope, type SubjectStates, type Sweep, type Swept, sweep } from '../lifecycle/sweep-plan.ts';
import type { Log } from '../log.ts';
import { explaining, withCaptureOf } from './use-capture.ts';

/** Other systems aren't asked, so clients stay until they expire. */
const notAsked: SubjectStates = { stateOf: () => 'unknown', problems: [], isTokenUsable: true };

export async function sweepCommand(host: Host): Promise<void> {
  const values = readInputs('sweep', [], host);
  const { ci, run, log } = host;
  const access = captureInputs(values);
  const scope: Scope = { thisOrigin: run.origin, repositories: values.repositories };
  const token = values.github_token ?? values.gitlab_token;
  const result = await explaining('Nothing was deleted.', () =>
    withCaptureOf(access, host, (session) => {
      const ask = async (labels: readonly Label[]) =>
        ci === undefined ? notAsked : await (await ci.open(token, session.timeLimit.attemptMs())).ask(labels);
      return sweep({ scope, dryRun: values.dry_run, ask }, session);
    }),
  );
  const covered = scope.repositories?.join(', ') ?? run.origin.name;
  const totals = `${covered}: ${describeTotals(result, access.domain.host, values.dry_run)}`;
  // Published also if the sweep fails.
  await host.publish({ values: valuesOf(result, log) });
  host.summarize(summarize(result, totals, values.dry_run, host));
  reportSweep(result, totals, access.domain.host, host);
}

/** What is published isn't masked, and anyone who can write descriptions wrote these texts. */
function valuesOf({ swept }: Sweep, { show }: Log): Readonly<Record<string, unknown>> {
  const { deleted, kept, would_delete, failed } = count(swept);
  const report = swept.map(toReportItem).map((item) => ({
    ...item,
    ...{ text: show(item.text), repository: show(item.repository), name: show(item.name) },
  }));
  return { deleted, kept: kept + would_delete, failed, report };
}

/** The names are documented. */
function toReportItem({ client: { clientId, text, label }, reason, result }: Swept) {
  const { origin, purpose, name, expiresAt } = label;
  const { lifetime } = purpose;
  return {
    client_id: clientId,
    text,
    repository: origin.name,
    repository_id: origin.id,
    lifetime,
    ...(lifetime === 'pull_request' ? { pull_request: purpose.pullRequest } : { run_id: purpose.runId }),
    name,
    expires_at: formatTime(expiresAt),
    reason,
    result,
  };
}

function count(swept: readonly Swept[]): Record<Swept['result'], number> {
  const counts = { deleted: 0, would_delete: 0, kept: 0, failed: 0 };
  for (const { result } of swept) counts[result] += 1;
  return counts;
}

function describeTotals({ swept, total }: Sweep, host: string, dryRun: boolean): string {
  const { deleted, kept, would_delete, failed } = count(swept);
  const done = dryRun
    ? `Would delete ${would_delete}, would keep ${kept}. Nothing was deleted, because this was a dry run.`
    : `Deleted ${deleted}, failed ${failed}, kept ${kept}.`;
  return `${swept.length} labeled ${swept.length === 1 ? 'client' : 'clients'} (of ${total} at ${host}). ${done}`;
}

/** Fails if a client that should be gone isn't, or if the token can't do what it's there for. */
function reportSweep(sweep: Sweep, totals: string, place: string, host: Host): void {
  const { log } = host;
  const { swept, unmatched, unreadable } = sweep;
  const removed = swept.filter(({ result }) => result === 'deleted' || result === 'would_delete');
  for (const line of shorten(removed.map(describe))) log.info(line);
  log.info(totals);
  if (unreadable.length > 0) {
    log.notice(
      `The label of ${unreadable.length === 1 ? '1 client' : `${unreadable.length} clients`} can't be read, so it wasn't touched: ${unreadable.slice(0, maxItems).join(', ')}. Look at the descriptions in the Console.`,
      'unreadable labels',
    );
  }
  if (unmatched.length > 0) {
    log.notice(
      `\`repositories\`: no client is labeled ${unmatched.join(', ')}, so nothing was swept there. Check the spelling.`,
      'unmatched repositories',
    );
  }
  reportUnknownStates(sweep, host);
  const failures = swept.flatMap(({ outcome }) => (outcome === undefined ? [] : [describeOutcome(outcome)]));
  if (failures.length === 0) return;
  const ofAll = `${failures.length} of ${failures.length + removed.length} clients`;
  const summary = `${ofAll} at ${place} should be gone but may still exist. The next sweep tries again. To delete one now, delete it by its client_id.`;
  log.fail([...shorten(failures), summary], 'clients not deleted');
}

/** `Deleted client ID "Preview" (acme/shop pull request 42, name preview, until 2030-01-02T03:04:05Z): expired.` */
function describe(swept: Swept): string {
  const { client_id, text, repository, name, expires_at, reason, result } = toReportItem(swept);
  const quoted = text === '' ? '' : ` "${text}"`;
  const subject = `${repository} ${formatPurpose(swept.client.label.purpose)}`;
  const place = `${subject}, name ${name}, until ${expires_at}`;
  const done = result === 'deleted' ? 'Deleted' : 'Would delete';
  return `${done} client ${client_id}${quoted} (${place}): ${inWords(reason)}.`;
}

function inWords(name: string): string {
  return name.replaceAll('_', ' ');
}

function reportUnknownStates({ swept, states }: Sweep, { log, ci }: Host): void {
  const unknown = swept.filter(({ reason }) => reason === 'state_unknown').length;
  if (unknown === 0) return;
  const clients = unknown === 1 ? '1 client is' : `${unknown} clients are`;
  if (ci === undefined) {
    log.info(
      `${clients} kept until expiration, because no CI system is asked about pull requests and runs here.`,
    );
    return;
  }
  const { problems, isTokenUsable } = states ?? notAsked;
  const kept =
    `${clients} kept for now, because ${ci.name} didn't say whether the pull request or run is finished. ${problems.slice(0, maxProblems).join(' ')}`.trim();
  if (!isTokenUsable) log.fail(kept, 'token not usable');
  else log.warning(kept, 'state unknown');
}

const maxItems = 100;
const maxProblems = 5;

function shorten(lines: readonly string[]): readonly string[] {
  const more = lines.length - maxItems;
  return more > 0 ? [...lines.slice(0, maxItems), `… and ${more} more. The output report lists all.`] : lines;
}

/** Totals first; then what failed, what was deleted, and, folded, what was kept. */
function summarize({ swept }: Sweep, totals: string, dryRun: boolean, host: Host): Summary {
  const kept = swept.filter(({ result }) => result === 'kept');
  const failed = swept.filter(({ result }) => result === 'failed');
  const due = [...failed, ...swept.filter((one) => !kept.includes(one) && !failed.includes(one))];
  const hidden = Math.max(0, due.length - maxItems) + Math.max(0, kept.length - maxItems);
  const toTable = (items: readonly Swept[]) => ({
    header: ['Client ID', 'Description', 'Repository', 'For', 'Name', 'Expires', 'Result', 'Reason'],
    rows: items.slice(0, maxItems).map((item) => toRow(item, host)),
  });
  return {
    title: dryRun ? 'Sweep of Capture API clients (dry run)' : 'Sweep of Capture API clients',
    lines: [totals],
    table: due.length === 0 ? undefined : toTable(due),
    folded: kept.length === 0 ? undefined : { title: `Kept: ${kept.length}`, table: toTable(kept) },
    footer: hidden === 0 ? undefined : `And ${hidden} more. The output report lists all.`,
  };
}

function toRow(swept: Swept, { words }: Host): readonly Cell[] {
  const { client_id, text, repository, name, expires_at, reason, result } = toReportItem(swept);
  const { label } = swept.client;
  const subject = { text: formatPurpose(label.purpose), url: words.link(label) };
  const id: Cell = { text: client_id, isCode: true };
  return [id, text, repository, subject, name, expires_at, inWords(result), inWords(reason)];
}
