import { withCapture } from '../capture/connection.ts';
import { readRoute } from '../capture/route.ts';
import { requireVariable, userAgent } from '../github/context.ts';
import { openLog } from '../github/log.ts';
import { setOutputs } from '../github/outputs.ts';
import { askGitHub } from '../github/rest-api.ts';
import { runStep } from '../github/step.ts';
import { writeSummaryTable } from '../github/summary.ts';
import { readSweepInputs } from '../inputs/sweep-inputs.ts';
import { sweep, sweepTiming } from '../lifecycle/sweep.ts';
import { remarkOnDomain } from '../reports/domain-remark.ts';
import { reportSweep, summarizeSweep, sweepOutputs } from '../reports/sweep-report.ts';

export async function main(): Promise<void> {
  const env = process.env;
  const log = openLog();

  await runStep(env, log, async ({ source, context, outputFile }) => {
    const { capture: access, githubToken: token, scope, dryRun } = readSweepInputs(source, context);
    const { timeoutMs } = access;
    const route = readRoute(env);
    const github = {
      apiUrl: requireVariable(env, 'GITHUB_API_URL'),
      token,
      thisOrigin: scope.thisOrigin,
      proxies: route.proxies,
    };
    remarkOnDomain(access.domain, log);

    const connection = { access, timeoutMs, route, userAgent: userAgent(context), log };
    const swept = await withCapture(connection, ({ capture, clock, timeLimit }) =>
      sweep(scope, dryRun, {
        ...sweepTiming({ clock, timeLimit }),
        capture,
        log,
        ask: (labels) => askGitHub(labels, { ...github, clock, limitMs: timeLimit.attemptMs() }),
      }),
    );

    // Also if the step fails.
    setOutputs(outputFile, sweepOutputs(swept));
    writeSummaryTable('Capture API clients swept', summarizeSweep(swept), log);
    reportSweep(swept, { host: access.domain.host, ciSystem: 'GitHub', dryRun, timeoutMs }, log);
  });
}
