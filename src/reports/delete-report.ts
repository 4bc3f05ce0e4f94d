import type { Log } from '../github/log.ts';
import type { Deletion, Target } from '../lifecycle/delete.ts';
import type { Origin } from '../lifecycle/label.ts';

/** The outputs of the delete action. */
export function deleteOutputs({ deleted }: Deletion): Record<string, string> {
  return { deleted: String(deleted.length), client_ids: JSON.stringify(deleted) };
}

/** Says what was looked for and what became of it; fails the step if something that should be gone is not. */
export function reportDeletion(
  { deleted, failures, total }: Deletion,
  target: Target,
  repository: Origin,
  host: string,
  log: Log,
): void {
  for (const clientId of deleted) log.info(`Deleted client ${clientId}.`);
  if (deleted.length === 0 && failures.length === 0) {
    log.info(`Deleted 0: no client ${describeTarget(target, repository)} among ${total} clients at ${host}.`);
  }
  if (failures.length > 0) {
    log.fail(
      ...failures.map(
        ({ clientId, error }) =>
          `Could not delete client ${clientId}; it ${error.details.applied === 'no' ? 'still works' : 'may still work'}. ${error.message}`,
      ),
      `${failures.length} of ${failures.length + deleted.length} clients are left. Run this step again when the cause is gone.`,
    );
  }
}

function describeTarget(target: Target, repository: Origin): string {
  if ('clientId' in target) return target.clientId;
  const { purpose, name } = target;
  const subject = purpose.lifetime === 'pull_request' ? `#${purpose.pullRequest}` : `run ${purpose.runId}`;
  return `labeled ${repository.name} ${subject}${name === undefined ? '' : ` (name ${name})`}`;
}
