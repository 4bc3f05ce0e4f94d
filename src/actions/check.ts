import { randomBytes } from 'node:crypto';
import { withCapture } from '../capture/connection.ts';
import { readRoute } from '../capture/route.ts';
import { inspectWay } from '../capture/way.ts';
import { required, userAgent } from '../github/context.ts';
import { openLog } from '../github/log.ts';
import { setOutputs } from '../github/outputs.ts';
import { inspectToken } from '../github/rest-api.ts';
import { saveState } from '../github/saved-state.ts';
import { watchSignals } from '../github/signals.ts';
import { runStep } from '../github/step.ts';
import { writeSummaryTable } from '../github/summary.ts';
import { readCheckInputs } from '../inputs/check-inputs.ts';
import { checkTenant } from '../lifecycle/check.ts';
import { recordCreation } from '../lifecycle/creation.ts';
import {
  checkOutputs,
  redactResult,
  reportCheck,
  summarizeCheck,
  titleOfSummary,
} from '../reports/check-report.ts';
import { remarkOnDomain } from '../reports/create-report.ts';

/** How much longer a check takes that waits for a secret to expire. */
const waitMs = 62 * 60_000;

/** Shows whether the actions work with a tenant. */
export async function main(): Promise<void> {
  const env = process.env;
  const log = openLog();
  const signal = watchSignals();

  await runStep(env, log, async ({ source, context, outputFile }) => {
    const {
      capture,
      mode,
      waitForExpiry,
      githubToken: token,
      showSummary,
    } = readCheckInputs(source, context);
    const { timeoutMs: apiMs, ...access } = capture;
    const timeoutMs = waitForExpiry ? apiMs + waitMs : apiMs;
    const { domain, owner, authScheme } = access;
    remarkOnDomain(domain, log);
    if (mode !== 'credentials')
      log.info('This check creates up to 12 clients, one at a time, and deletes them.');

    const route = readRoute(env);
    const creation = recordCreation((saved) => saveState({ creation: saved, access, route }));
    const github = {
      apiUrl: required(env, 'GITHUB_API_URL'),
      token,
      own: context.origin,
      proxies: route.proxies,
    };
    const request = { mode, waitForExpiry, origin: context.origin, runId: context.runId };
    const connection = { access, timeoutMs, route, userAgent: userAgent(context), log, signal };
    const checked = await withCapture(connection, (open) =>
      checkTenant(request, {
        ...open,
        owner,
        log,
        signal,
        creation,
        newMarker: () => randomBytes(12).toString('hex'),
        inspectWay: () => inspectWay(domain, route),
        inspectToken: () =>
          inspectToken({ ...github, clock: open.clock, limitMs: open.timeLimit.attemptMs() }),
      }),
    );

    // Outputs aren't masked, and Capture's texts can repeat a secret.
    const result = redactResult(checked, log);
    // Also if the step fails.
    const conditions = { host: domain.host, mode, authScheme };
    setOutputs(outputFile, checkOutputs(result, conditions));
    if (showSummary) writeSummaryTable(titleOfSummary(result), summarizeCheck(result), log);
    reportCheck(result, conditions, log);
  });
}
