import { withCapture } from '../capture/connection.ts';
import { readRoute } from '../capture/route.ts';
import { userAgent } from '../github/context.ts';
import { openLog } from '../github/log.ts';
import { setOutputs } from '../github/outputs.ts';
import { runStep } from '../github/step.ts';
import { readDeleteInputs } from '../inputs/delete-inputs.ts';
import { deleteClients } from '../lifecycle/delete.ts';
import { deleteOutputs, reportDeletion } from '../reports/delete-report.ts';
import { remarkOnDomain } from '../reports/domain-remark.ts';

export async function main(): Promise<void> {
  const env = process.env;
  const log = openLog();

  await runStep(env, log, async ({ source, context, outputFile }) => {
    const { capture: access, target } = readDeleteInputs(source, context);
    const { timeoutMs } = access;
    remarkOnDomain(access.domain, log);
    const connection = { access, timeoutMs, route: readRoute(env), userAgent: userAgent(context), log };
    const deletion = await withCapture(connection, (open) => deleteClients(target, context.origin, open));
    setOutputs(outputFile, deleteOutputs(deletion));
    reportDeletion(deletion, { target, origin: context.origin, host: access.domain.host }, log);
  });
}
