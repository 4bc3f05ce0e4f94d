import { type Log, sanitize } from '../github/log.ts';
import type { GitHubAnswers } from '../github/rest-api.ts';
import type { SummaryTable } from '../github/summary.ts';
import { formatPurpose, formatTime } from '../lifecycle/label.ts';
import type { Reason, Result, Sweep, Swept } from '../lifecycle/sweep.ts';

/** What a sweep was about, for its reader. */
export interface SweepContext {
  /** Capture's host. */
  readonly host: string;
  readonly dryRun: boolean;
  /** The whole time that the step had. */
  readonly timeoutMs: number;
  /** Undefined if there was nothing to ask. */
  readonly github: GitHubAnswers | undefined;
}

/** The outputs of the sweep action (DESIGN.md, "The contract"). */
export function sweepOutputs({ swept }: Sweep): Record<string, string> {
  const counts = count(swept);
  return {
    deleted: String(counts.deleted),
    kept: String(counts.kept + counts.would_delete),
    failed: String(counts.failed),
    report: JSON.stringify(swept.map(reportOne)),
  };
}

/** Labels and our own words only: what Capture answered may hold anything, and no output is masked. */
function reportOne({ client, reason, result }: Swept): object {
  const { origin, purpose, name, expiresAt } = client.label;
  return {
    client_id: client.clientId,
    repository: origin.name,
    repository_id: origin.id,
    lifetime: purpose.lifetime,
    ...(purpose.lifetime === 'pull_request'
      ? { pull_request: purpose.pullRequest }
      : { run_id: purpose.runId }),
    name,
    expires_at: formatTime(expiresAt),
    reason,
    result,
  };
}

/** Says what became of the clients, and fails the step if something that should be gone is not. */
export function reportSweep({ swept, total }: Sweep, context: SweepContext, log: Log): void {
  const { host, dryRun, timeoutMs, github } = context;
  const going = swept.filter(({ result }) => result === 'deleted' || result === 'would_delete');
  for (const one of going.slice(0, mostLines)) {
    log.info(`${dryRun ? 'Would delete' : 'Deleted'} ${describe(one)}.`);
  }
  if (going.length > mostLines) {
    log.info(`… and ${going.length - mostLines} more; the output report has them all.`);
  }
  const { deleted, kept, failed, would_delete } = count(swept);
  const counts = dryRun
    ? `${would_delete} would go, ${kept} kept; dry_run, so nothing was deleted.`
    : `${deleted} deleted, ${failed} failed, ${kept} kept.`;
  log.info(`Sweep: ${counts} (${total} clients at ${host}.)${aboutGitHub(github)}`);
  const failures = swept.filter(({ result }) => result === 'failed');
  if (failures.length > 0) {
    log.fail(
      ...failures.slice(0, mostFailures).map((one) => describeFailure(one, timeoutMs)),
      `${failed} of ${failed + deleted} clients at ${host} should be gone and may not be. The next sweep tries again; or run the delete action with a client_id.`,
    );
  }
}

const mostLines = 100;
/** An annotation holds 4096 characters (actions-runtime.md §1b). */
const mostFailures = 8;

/** The table of the job summary, what failed first. */
export function summarizeSweep({ swept }: Sweep): SummaryTable {
  const order: Result[] = ['failed', 'deleted', 'would_delete', 'kept'];
  const rows = order.flatMap((wanted) => swept.filter(({ result }) => result === wanted));
  const more = rows.length - mostLines;
  return {
    header: ['Client id', 'Origin', 'For', 'Name', 'Expires', 'Result', 'Reason'],
    rows: rows
      .slice(0, mostLines)
      .map(({ client: { clientId, label }, reason, result }) => [
        clientId,
        sanitize(label.origin.name),
        formatPurpose(label.purpose),
        sanitize(label.name),
        formatTime(label.expiresAt),
        results[result],
        reasons[reason],
      ]),
    ...(more > 0 ? { footer: `And ${more} more; the output report has them all.` } : {}),
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
  pull_request_closed: 'the pull request is closed',
  run_completed: 'the run is over',
  pull_request_open: 'the pull request is open',
  run_not_completed: 'the run is not over',
  state_unknown: 'not expired, and GitHub could not be asked',
  label_changed: 'renewed or relabelled during the sweep',
};

function count(swept: readonly Swept[]): Record<Result, number> {
  const counts = { deleted: 0, would_delete: 0, kept: 0, failed: 0 };
  for (const { result } of swept) counts[result] += 1;
  return counts;
}

/** `client ID: acme/shop pull request 42, name preview, until 2030-01-02T03:04:05Z; expired` */
function describe({ client: { clientId, label }, reason }: Swept): string {
  const { origin, name, expiresAt } = label;
  return `client ${clientId}: ${origin.name} ${formatPurpose(label.purpose)}, name ${name}, until ${formatTime(expiresAt)}; ${reasons[reason]}`;
}

function describeFailure({ client, failure }: Swept, timeoutMs: number): string {
  const why = failure?.message ?? `The time was up before its turn (timeout ${timeoutMs / 1000}s).`;
  const works = failure === undefined || failure.details.applied === 'no' ? 'still works' : 'may still work';
  return `Could not delete client ${client.clientId}; it ${works}. ${why}`;
}

function aboutGitHub(github: GitHubAnswers | undefined): string {
  if (github === undefined || github.unread === 0) return '';
  const repositories = `${github.unread} ${github.unread === 1 ? 'repository' : 'repositories'}`;
  return ` GitHub could not be read for ${repositories} (${github.causes.join(', ')}; the token needs actions: read and pull-requests: read); those went by expiry alone.`;
}
