import { deleteClients } from '../lifecycle/delete.ts';
import { withCapture } from '../workflow/connection.ts';
import { readDeleteInputs } from '../workflow/delete-inputs.ts';
import { deleteOutputs, reportDeletion } from '../workflow/delete-report.ts';
import { openLog } from '../workflow/log.ts';
import { setOutputs } from '../workflow/outputs.ts';
import { remarkOnDomain } from '../workflow/report.ts';
import { runStep } from '../workflow/step.ts';

/** Deletes one client, or those of this pull request or run. */
export async function main(): Promise<void> {
  const env = process.env;
  const log = openLog();

  await runStep(env, log, async ({ source, context, outputFile }) => {
    const { capture: access, target } = readDeleteInputs(source, context);
    const { timeoutMs } = access;
    remarkOnDomain(access.domain, log);
    const deletion = await withCapture({ access, timeoutMs, context, env, log }, ({ capture }) =>
      deleteClients(target, context.repository, capture),
    );
    setOutputs(outputFile, deleteOutputs(deletion));
    reportDeletion(deletion, target, context.repository, access.domain.host, log);
  });
}
