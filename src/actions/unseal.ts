import { openLog } from '../github/log.ts';
import { setOutputs } from '../github/outputs.ts';
import { runStep } from '../github/step.ts';
import { readUnsealInputs } from '../inputs/unseal-inputs.ts';
import { reportUnsealed, unsealOutputs } from '../reports/unseal-report.ts';
import { unseal } from '../sealing.ts';

export async function main(): Promise<void> {
  const log = openLog();

  await runStep(process.env, log, async ({ source, context, outputFile }) => {
    const { sealedCredentials, sealKey } = readUnsealInputs(source, context);
    const { id: repositoryId } = context.origin;
    const unsealed = await unseal(sealedCredentials, sealKey, { repositoryId, now: Date.now() });
    log.mask(unsealed);
    setOutputs(outputFile, unsealOutputs(unsealed));
    reportUnsealed(unsealed, context, log);
  });
}
