import { randomBytes } from 'node:crypto';
import { withCapture } from '../capture/connection.ts';
import { openLog } from '../github/log.ts';
import { createOutputs, setOutputs } from '../github/outputs.ts';
import { saveState } from '../github/saved-state.ts';
import { sealFor } from '../github/seal.ts';
import { seePendingSignals, watchSignals } from '../github/signals.ts';
import { runStep } from '../github/step.ts';
import { writeSummary } from '../github/summary.ts';
import { readCreateInputs } from '../inputs/create-inputs.ts';
import { toRequest } from '../inputs/request.ts';
import { Journal } from '../lifecycle/creation.ts';
import { refuseIfInterrupted } from '../lifecycle/interruption.ts';
import { provide } from '../lifecycle/provide.ts';
import { remarkOnInputs, reportClient, summarize } from '../reports/create-report.ts';

/** Gives the step its client. */
export async function main(): Promise<void> {
  const env = process.env;
  const log = openLog();
  const interrupted = watchSignals();

  await runStep(env, log, async ({ source, context, outputFile }) => {
    const inputs = readCreateInputs(source, context, Date.now());
    remarkOnInputs(inputs, log);

    const { timeoutMs, ...access } = inputs.capture;
    const journal = new Journal((creation) => saveState({ creation, access }));
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
    journal.handedOver();
    reportClient(provided, inputs, log);
    if (inputs.showSummary) {
      writeSummary('Capture API client', summarize(provided, inputs), log);
    }
  });
}
