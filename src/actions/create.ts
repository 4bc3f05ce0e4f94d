import { randomBytes } from 'node:crypto';
import { withCapture } from '../capture/connection.ts';
import { readRoute } from '../capture/route.ts';
import { userAgent, type WorkflowContext } from '../github/context.ts';
import { openLog } from '../github/log.ts';
import { createOutputs, setOutputs } from '../github/outputs.ts';
import { saveState } from '../github/saved-state.ts';
import { seePendingSignals, watchSignals } from '../github/signals.ts';
import { runStep } from '../github/step.ts';
import { writeSummary } from '../github/summary.ts';
import { type CreateInputs, readCreateInputs, toRequest } from '../inputs/create-inputs.ts';
import { throwIfCanceled } from '../lifecycle/cancellation.ts';
import type { Provided } from '../lifecycle/client-request.ts';
import { recordCreation } from '../lifecycle/creation.ts';
import { provideClient } from '../lifecycle/provide.ts';
import { remarkOnInputs, reportClient, summarize } from '../reports/create-report.ts';
import { seal } from '../sealing.ts';

/** Gives the step its client. */
export async function main(): Promise<void> {
  const env = process.env;
  const log = openLog();
  const signal = watchSignals();

  await runStep(env, log, async ({ source, context, outputFile }) => {
    const inputs = readCreateInputs(source, context);
    remarkOnInputs(inputs, log);

    const { timeoutMs, ...access } = inputs.capture;
    const route = readRoute(env);
    const creation = recordCreation((saved) => saveState({ creation: saved, access, route }));
    const connection = { access, timeoutMs, route, userAgent: userAgent(context), log, signal };
    const provided = await withCapture(connection, (open) =>
      provideClient(toRequest(inputs, context, Date.now()), {
        ...open,
        log,
        signal,
        creation,
        newMarker: () => randomBytes(12).toString('hex'),
      }),
    );
    const sealed = await sealFor(inputs, provided, context);
    await seePendingSignals();
    throwIfCanceled(signal);

    // The client is handed over. Nothing after this may fail the step.
    setOutputs(outputFile, createOutputs(provided, sealed));
    creation.handedOver();
    reportClient(provided, inputs, context.wording, log);
    if (inputs.showSummary)
      writeSummary('Capture API client', summarize(provided, inputs, context.wording), log);
  });
}

/** Seals the credentials for later jobs. Undefined without a key. */
async function sealFor(
  { sealKey, capture }: CreateInputs,
  { client, label }: Provided,
  { origin, runAttempt }: WorkflowContext,
): Promise<string | undefined> {
  if (sealKey === undefined) return undefined;
  const { clientId, clientSecret } = client;
  const credentials = { clientId, clientSecret, captureDomain: capture.domain.origin };
  const envelope = { repositoryId: origin.id, runAttempt, expiresAt: label.expiresAt };
  return await seal(credentials, envelope, sealKey);
}
