import { randomBytes } from 'node:crypto';
import { refuseIfInterrupted } from '../lifecycle/interruption.ts';
import { Journal } from '../lifecycle/journal.ts';
import { provide } from '../lifecycle/provide.ts';
import { withCapture } from '../workflow/connection.ts';
import { readCreateInputs } from '../workflow/create-inputs.ts';
import { seePendingSignals, watchSignals } from '../workflow/interruption.ts';
import { openLog } from '../workflow/log.ts';
import { createOutputs, setOutputs } from '../workflow/outputs.ts';
import { remarkOnInputs, reportClient, summarize } from '../workflow/report.ts';
import { toRequest } from '../workflow/request.ts';
import { sealFor } from '../workflow/seal.ts';
import { saveLegacy } from '../workflow/state.ts';
import { runStep } from '../workflow/step.ts';
import { writeSummary } from '../workflow/summary.ts';

/** Gives the step its client. */
export async function main(): Promise<void> {
  const env = process.env;
  const log = openLog();
  const interrupted = watchSignals();

  await runStep(env, log, async ({ source, context, outputFile }) => {
    const inputs = readCreateInputs(source, context, Date.now());
    remarkOnInputs(inputs, log);

    const { timeoutMs, ...access } = inputs.capture;
    const journal = new Journal((creation) => saveLegacy({ creation, access }));
    const provided = await withCapture({ access, timeoutMs, context, env, log, interrupted }, (connection) =>
      provide(toRequest(inputs, context, Date.now()), {
        ...connection,
        journal,
        now: Date.now,
        // A wait that is cut short must not pass for one that was long enough.
        async sleep(ms) {
          await connection.sleep(ms);
          refuseIfInterrupted(interrupted);
        },
        newMarker: () => randomBytes(12).toString('hex'),
        mask: log.mask,
        interrupted,
        info: log.info,
        notice: log.notice,
      }),
    );
    const sealedCredentials = await sealFor(inputs, provided, context);
    await seePendingSignals();
    refuseIfInterrupted(interrupted);

    // Announced: from here on nothing may fail the step.
    setOutputs(outputFile, createOutputs(provided, sealedCredentials));
    journal.announced();
    reportClient(provided, inputs, log);
    if (inputs.showSummary) {
      writeSummary('Capture API client', summarize(provided, inputs), log);
    }
  });
}
