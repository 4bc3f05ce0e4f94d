import type { ListedClient } from '../capture/client.ts';
import { ExpectedError } from '../errors.ts';
import type { Host } from '../host.ts';
import { readDeleteInputs, type Target } from '../inputs/delete-inputs.ts';
import { deleteClients, describeOutcome, type Outcome } from '../lifecycle/deletion.ts';
import { formatPurpose, isSameOrigin, labelOf, type Origin } from '../lifecycle/label.ts';
import { type LabeledClient, pickLabeled, pickSiblings } from '../lifecycle/labeled-clients.ts';
import { explaining, withCaptureOf } from './use-capture.ts';

export async function deleteCommand(host: Host): Promise<void> {
  const { capture: access, target } = readDeleteInputs(host);
  const { origin } = host.run;
  const { outcomes, total } = await explaining('Nothing was deleted.', () =>
    withCaptureOf(access, host, async (session) => {
      const { picked, total } = await session.capture.listClients(pickTarget(target, origin));
      const listedAt = session.clock.now();
      // The list shows them, so "unknown" isn't believed at once: each may have been created a moment ago.
      const maybeNew = picked.map((client) => ({ ...client, createdAt: listedAt }));
      const outcomes = await deleteClients(maybeNew, session, { listedAt });
      return { outcomes, total };
    }),
  );
  // A client that turned out to be gone counts: an earlier run of this command may have deleted it.
  const ids = outcomes.filter(isDone).map(({ client }) => client.clientId);
  await host.publish({ values: { deleted: ids.length, client_ids: ids } });
  reportDeletion(outcomes, total, `at ${access.domain.host} ${describeTarget(target, origin)}`, host);
}

function isDone({ result }: Outcome): boolean {
  return result === 'deleted' || result === 'gone' || result === 'not_listed';
}

/** @throws ExpectedError, while the list is reduced, if the client with the ID has no label of the origin */
function pickTarget(target: Target, origin: Origin): (client: ListedClient) => LabeledClient | undefined {
  // `run` leaves out the clients of jobs: each job deletes its own.
  if (!('clientId' in target)) return pickSiblings({ origin, ...target });
  const pickOwn = pickLabeled((label) => isSameOrigin(label.origin, origin));
  return (client) => {
    if (client.clientId !== target.clientId) return undefined;
    const labeled = pickOwn(client);
    if (labeled === undefined) throw notOwn(client, origin);
    return labeled;
  };
}

function notOwn(client: ListedClient, { host, id, name }: Origin): ExpectedError {
  const { clientId } = client;
  const other = labelOf(client)?.origin;
  const problem =
    other === undefined
      ? `Client ${clientId} has no label (anymore), so it's unknown who created it.`
      : `Client ${clientId} belongs to ${other.host}/${other.name} (ID ${other.id}), not to ${host}/${name} (ID ${id}).`;
  return new ExpectedError(
    problem,
    'Check the client ID. To delete such a client, use the Console, or run this where it was created.',
    { title: 'not deleted' },
  );
}

function reportDeletion(outcomes: readonly Outcome[], total: number, where: string, { log }: Host): void {
  const failures = outcomes.filter(({ result }) => result === 'failed');
  for (const outcome of outcomes) if (!failures.includes(outcome)) log.info(describeOutcome(outcome));
  if (failures.length > 0) {
    const count = `${failures.length} of ${outcomes.length}`;
    log.fail(
      [...failures.map(describeOutcome), `Could not delete ${count} clients. Fix the cause, then try again.`],
      'clients not deleted',
    );
  } else if (outcomes.length === 0) {
    log.info(`Nothing to delete: ${total === 1 ? 'no client' : `none of the ${total} clients`} ${where}.`);
  }
}

function describeTarget(target: Target, { name }: Origin): string {
  if ('clientId' in target) return `has the ID ${target.clientId}`;
  const suffix = target.name === undefined ? '' : ` with the name ${target.name}`;
  return `belongs to ${name} ${formatPurpose(target.purpose)}${suffix}`;
}
