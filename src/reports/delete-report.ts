import type { Deletion, Target } from '../lifecycle/delete.ts';
import { formatPurpose, type Origin } from '../lifecycle/label.ts';
import type { Log } from '../log.ts';

export function deleteOutputs({ deleted }: Deletion): Record<string, string> {
  return { deleted: String(deleted.length), client_ids: JSON.stringify(deleted) };
}

/** Reports what was deleted. Fails the step if a client couldn't be. */
export function reportDeletion(
  { deleted, failures, total }: Deletion,
  { target, origin, host }: { readonly target: Target; readonly origin: Origin; readonly host: string },
  log: Log,
): void {
  for (const clientId of deleted) log.info(`Deleted client ${clientId}.`);
  if (failures.length > 0) {
    const lines = failures.map(
      ({ clientId, error }) => `Could not delete client ${clientId}, which may still work. ${error.message}`,
    );
    const count = `${failures.length} of ${failures.length + deleted.length}`;
    log.fail(
      [...lines, `Could not delete ${count} clients. Fix the cause, then try again.`],
      'clients not deleted',
    );
  } else if (deleted.length === 0) {
    const clients = total === 1 ? 'no client' : `none of the ${total} clients`;
    log.info(`Nothing to delete: ${clients} at ${host} ${describeTarget(target, origin)}.`);
  }
}

function describeTarget(target: Target, { name }: Origin): string {
  if ('clientId' in target) return `has the ID ${target.clientId}`;
  const suffix = target.name === undefined ? '' : ` with the name ${target.name}`;
  return `belongs to ${name} ${formatPurpose(target.purpose)}${suffix}`;
}
