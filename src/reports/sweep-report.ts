import type { SummaryTable } from '../github/summary.ts';
import { formatPurpose, formatTime } from '../lifecycle/label.ts';
import type { Reason, Result, Sweep, Swept } from '../lifecycle/sweep.ts';
import type { Log } from '../log.ts';

export interface SweepContext {
  /** Capture's host. */
  readonly host: string;
  /** Where pull requests and runs are: `GitHub`. */
  readonly ciSystem: string;
  readonly dryRun: boolean;
  /** The step's whole time. */
  readonly timeoutMs: number;
}

/** The keys of the report are documented. */
export function sweepOutputs({ swept }: Sweep): Record<string, string> {
  const counts = count(swept);
  return {
    deleted: String(counts.deleted),
    kept: String(counts.kept + counts.would_delete),
    failed: String(counts.failed),
    report: JSON.stringify(swept.map(toReportItem)),
  };
}

/** Includes nothing but labels and our own words: no output is masked. */
function toReportItem({ client, reason, result }: Swept): object {
  const { origin, purpose, name, expiresAt } = client.label;
  const { lifetime } = purpose;
  const subject =
    lifetime === 'pull_request' ? { pull_request: purpose.pullRequest } : { run_id: purpose.runId };
  return {
    client_id: client.clientId,
    repository: origin.name,
    repository_id: origin.id,
    lifetime,
    ...subject,
    name,
    expires_at: formatTime(expiresAt),
    reason,
    result,
  };
}

/** Reports what the sweep did, and fails the step if a client that should be gone isn't. */
export function reportSweep(
  { swept, total, states, unmatched }: Sweep,
  context: SweepContext,
  log: Log,
): void {
  const { host, ciSystem, dryRun } = context;
  const counts = count(swept);
  logAll(
    swept
      .filter(({ result }) => result === 'deleted' || result === 'would_delete')
      .map((item) => `${dryRun ? 'Would delete' : 'Deleted'} client ${describe(item)}.`),
    log,
  );
  const done = dryRun
    ? `${counts.would_delete} would be deleted, ${counts.kept} kept. Nothing was deleted, because this was a dry run.`
    : `${counts.deleted} deleted, ${counts.failed} failed, ${counts.kept} kept.`;
  log.info(`Checked ${swept.length} of the ${total} clients at ${host}: ${done}`);
  if (unmatched.length > 0) {
    log.notice(
      `repositories: no client is labeled ${unmatched.join(', ')}, so nothing was swept there. Check the spelling.`,
      'unmatched repositories',
    );
  }
  const unknown = swept.filter(({ reason }) => reason === 'state_unknown').length;
  if (unknown > 0) {
    log.warning(
      `${unknown === 1 ? '1 client is kept until it expires' : `${unknown} clients are kept until they expire`}: ${ciSystem} didn't report whether ${unknown === 1 ? 'its' : 'their'} pull request or run is finished. ${states?.problems.slice(0, maxProblems).join(' ') ?? ''}`.trim(),
      'state unknown',
    );
  }
  if (counts.failed > 0) {
    const failures = swept.filter(({ result }) => result === 'failed');
    log.fail(
      [
        ...shorten(failures.map((failed) => describeFailure(failed, context))),
        `${counts.failed} of ${counts.failed + counts.deleted} clients at ${host} should be gone but may still exist. The next sweep tries again. To delete one now, delete it by its client_id.`,
      ],
      'clients not deleted',
    );
  }
}

const maxItems = 100;
const maxProblems = 5;

function logAll(lines: readonly string[], log: Log): void {
  for (const line of shorten(lines)) log.info(line);
}

function shorten(lines: readonly string[]): readonly string[] {
  const more = lines.length - maxItems;
  return more > 0 ? [...lines.slice(0, maxItems), `… and ${more} more. The output report lists all.`] : lines;
}

/** The table of the job summary, failures first. */
export function summarizeSweep({ swept }: Sweep): SummaryTable {
  const order: Result[] = ['failed', 'deleted', 'would_delete', 'kept'];
  const sorted = order.flatMap((wanted) => swept.filter(({ result }) => result === wanted));
  const more = sorted.length - maxItems;
  return {
    header: ['Client ID', 'Repository', 'For', 'Name', 'Expires', 'Result', 'Reason'],
    rows: sorted
      .slice(0, maxItems)
      .map(({ client: { clientId, label }, reason, result }) => [
        clientId,
        label.origin.name,
        formatPurpose(label.purpose),
        label.name,
        formatTime(label.expiresAt),
        results[result],
        reasons[reason],
      ]),
    ...(more > 0 ? { footer: `And ${more} more. The output report lists all.` } : {}),
  };
}

const results: Readonly<Record<Result, string>> = {
  deleted: 'deleted',
  would_delete: 'would be deleted',
  kept: 'kept',
  failed: 'failed',
};

const reasons: Readonly<Record<Reason, string>> = {
  expired: 'expired',
  pull_request_closed: 'pull request closed',
  run_completed: 'run completed',
  pull_request_open: 'pull request open',
  run_not_completed: 'run not completed',
  state_unknown: 'not expired, state unknown',
  label_changed: 'reused or relabeled during the sweep',
};

function count(swept: readonly Swept[]): Record<Result, number> {
  const counts = { deleted: 0, would_delete: 0, kept: 0, failed: 0 };
  for (const { result } of swept) counts[result] += 1;
  return counts;
}

/** `ID (acme/shop pull request 42, name preview, until 2030-01-02T03:04:05Z): expired` */
function describe({ client: { clientId, label }, reason }: Swept): string {
  const { origin, purpose, name, expiresAt } = label;
  return `${clientId} (${origin.name} ${formatPurpose(purpose)}, name ${name}, until ${formatTime(expiresAt)}): ${reasons[reason]}`;
}

function describeFailure({ client, failure }: Swept, { timeoutMs }: SweepContext): string {
  const why = failure?.message ?? `The time was up before its turn (timeout ${timeoutMs / 1000}s).`;
  // Only a client that the sweep never tried to delete certainly works.
  const works = failure === undefined ? 'still works' : 'may still work';
  return `Could not delete client ${client.clientId}; it ${works}. ${why}`;
}
