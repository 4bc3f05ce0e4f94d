import { withCapture } from '../capture/connection.ts';
import { inspectNetworkPath } from '../capture/network-path.ts';
import { readRoute } from '../capture/route.ts';
import { requireVariable, userAgent } from '../github/context.ts';
import { openLog } from '../github/log.ts';
import { setOutputs } from '../github/outputs.ts';
import { inspectToken } from '../github/rest-api.ts';
import { saveState } from '../github/saved-state.ts';
import { watchSignals } from '../github/signals.ts';
import { runStep, type Step } from '../github/step.ts';
import { writeSummaryTable } from '../github/summary.ts';
import { readCheckInputs } from '../inputs/check-inputs.ts';
import { checkTenant, expiryWaitMs } from '../lifecycle/check.ts';
import { newMarker, startCreationRecord } from '../lifecycle/creation.ts';
import {
  checkOutputs,
  redactResult,
  reportCheck,
  summarizeCheck,
  titleOfSummary,
} from '../reports/check-report.ts';
import { remarkOnDomain } from '../reports/domain-remark.ts';

export async function main(): Promise<void> {
  const env = process.env;
  const log = openLog();
  const signal = watchSignals();

  const run = async ({ source, context, outputFile }: Step): Promise<void> => {
    const inputs = readCheckInputs(source, context);
    const { mode, waitForExpiry, allowPrivilegedFeatures, githubToken: token } = inputs;
    const { timeoutMs, ...access } = inputs.capture;
    const { domain, owner, authScheme } = access;
    remarkOnDomain(domain, log);
    if (mode !== 'credentials')
      log.info('This check creates up to 12 clients, one at a time, and deletes them.');

    const route = readRoute(env);
    const record = startCreationRecord((saved) => saveState({ creation: saved, access, route }));
    const github = {
      apiUrl: requireVariable(env, 'GITHUB_API_URL'),
      token,
      thisOrigin: context.origin,
      proxies: route.proxies,
    };
    const request = { mode, waitForExpiry, origin: context.origin, runId: context.runId };
    const waitMs = waitForExpiry ? expiryWaitMs : 0;
    const connection = { access, timeoutMs, waitMs, route, userAgent: userAgent(context), log, signal };
    const checked = await withCapture(connection, (open) =>
      checkTenant(request, {
        ...open,
        owner,
        allowPrivilegedFeatures,
        log,
        signal,
        record,
        newMarker,
        inspectNetworkPath: () => inspectNetworkPath(domain, route),
        inspectToken: () =>
          inspectToken({ ...github, clock: open.clock, limitMs: open.timeLimit.attemptMs() }),
      }),
    );

    // Outputs aren't masked, and Capture's texts can repeat a secret.
    const result = redactResult(checked, log);
    // Also if the step fails.
    const conditions = { host: domain.host, mode, authScheme };
    setOutputs(outputFile, checkOutputs(result, conditions));
    if (inputs.showSummary) writeSummaryTable(titleOfSummary(result), summarizeCheck(result), log);
    reportCheck(result, conditions, log);
  };
  await runStep(env, log, run, 'The post step deletes what this step created.');
}
