import { withCapture } from '../capture/connection.ts';
import { readDeleteInputs } from '../inputs/delete-inputs.ts';
import { deleteClients } from '../lifecycle/delete.ts';
import { deleteOutputs, reportDeletion } from '../reports/delete-report.ts';
import { remarkOnDomain } from '../reports/domain-remark.ts';
import { connectionOf, type Invocation } from './invocation.ts';
import { parseOutputs, writeResult } from './results.ts';

/** Deletes one client, or all clients of a pull request or run. */
export async function deleteCommand(invocation: Invocation): Promise<void> {
  const { source, context, log } = invocation;
  const { origin } = context;
  const { capture, target } = readDeleteInputs(source, context);
  remarkOnDomain(capture.domain, log);
  const connection = connectionOf(invocation, capture);
  const deletion = await withCapture(connection, (open) => deleteClients(target, origin, open));
  await writeResult(parseOutputs(deleteOutputs(deletion)), invocation);
  reportDeletion(deletion, { target, origin, host: capture.domain.host }, log);
}
