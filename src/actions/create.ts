import { withCapture } from '../capture/connection.ts';
import { readRoute } from '../capture/route.ts';
import { userAgent, type WorkflowContext } from '../github/context.ts';
import { openLog } from '../github/log.ts';
import { setOutputs } from '../github/outputs.ts';
import { saveState } from '../github/saved-state.ts';
import { seePendingSignals, watchSignals } from '../github/signals.ts';
import { runStep, type Step } from '../github/step.ts';
import { writeSummary } from '../github/summary.ts';
import { type CreateInputs, readCreateInputs, toRequest } from '../inputs/create-inputs.ts';
import { throwIfCanceled } from '../lifecycle/cancellation.ts';
import type { ProvidedClient } from '../lifecycle/client-request.ts';
import { newMarker, startCreationRecord } from '../lifecycle/creation.ts';
import { provideClient } from '../lifecycle/provide.ts';
import { createOutputs, remarkOnInputs, reportClient, summarize } from '../reports/create-report.ts';
import { seal } from '../sealing.ts';

export async function main(): Promise<void> {
  const env = process.env;
  const log = openLog();
  const signal = watchSignals();

  const run = async ({ source, context, outputFile }: Step): Promise<void> => {
    const inputs = readCreateInputs(source, context);
    remarkOnInputs(inputs, log);

    const { timeoutMs, ...access } = inputs.capture;
    const route = readRoute(env);
    const record = startCreationRecord((saved) => saveState({ creation: saved, access, route }));
    const connection = { access, timeoutMs, route, userAgent: userAgent(context), log, signal };
    const provided = await withCapture(connection, (open) =>
      provideClient(toRequest(inputs, context, Date.now()), {
        ...open,
        log,
        signal,
        record,
        newMarker,
      }),
    );
    const sealed = await sealFor(inputs, provided, context);
    await seePendingSignals();
    throwIfCanceled(signal);

    // The client is handed over. Nothing after this may fail the step.
    setOutputs(outputFile, createOutputs(provided, sealed));
    record.recordHandedOver(provided.client.clientId);
    reportClient(provided, inputs, context.wording, log);
    if (inputs.showSummary)
      writeSummary('Capture API client', summarize(provided, inputs, context.wording), log);
  };
  await runStep(env, log, run, 'The post step deletes what this step created.');
}

/** Seals the credentials for later jobs. Undefined without a key. */
async function sealFor(
  { sealKey, capture }: CreateInputs,
  { client, label }: ProvidedClient,
  { origin, runAttempt }: WorkflowContext,
): Promise<string | undefined> {
  if (sealKey === undefined) return undefined;
  const { clientId, clientSecret } = client;
  const credentials = { clientId, clientSecret, captureDomain: capture.domain.origin };
  const envelope = { repositoryId: origin.id, runAttempt, expiresAt: label.expiresAt };
  return await seal(credentials, envelope, sealKey);
}
