import { withCapture } from '../capture/connection.ts';
import { openLog } from '../github/log.ts';
import { setOutputs } from '../github/outputs.ts';
import { runStep } from '../github/step.ts';
import { readDeleteInputs } from '../inputs/delete-inputs.ts';
import { deleteClients } from '../lifecycle/delete.ts';
import { remarkOnDomain } from '../reports/create-report.ts';
import { deleteOutputs, reportDeletion } from '../reports/delete-report.ts';

/** Deletes one client, or those of this pull request or run. */
export async function main(): Promise<void> {
  const env = process.env;
  const log = openLog();

  await runStep(env, log, async ({ source, context, outputFile }) => {
    const { capture: access, target } = readDeleteInputs(source, context);
    const { timeoutMs } = access;
    remarkOnDomain(access.domain, log);
    const deletion = await withCapture({ access, timeoutMs, context, env, log }, ({ capture }) =>
      deleteClients(target, context.origin, capture),
    );
    setOutputs(outputFile, deleteOutputs(deletion));
    reportDeletion(deletion, target, context.origin, access.domain.host, log);
  });
}
