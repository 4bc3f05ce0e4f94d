import { shortestAttemptMs } from '../capture/retry.ts';
import { Pace } from '../lifecycle/pace.ts';
import { sweep } from '../lifecycle/sweep.ts';
import { readProxies, withCapture } from '../workflow/connection.ts';
import { required } from '../workflow/context.ts';
import { askGitHub, type GitHubAnswers } from '../workflow/github.ts';
import { openLog } from '../workflow/log.ts';
import { setOutputs } from '../workflow/outputs.ts';
import { remarkOnDomain } from '../workflow/report.ts';
import { runStep } from '../workflow/step.ts';
import { writeSummaryTable } from '../workflow/summary.ts';
import { readSweepInputs } from '../workflow/sweep-inputs.ts';
import { reportSweep, summarizeSweep, sweepOutputs } from '../workflow/sweep-report.ts';

/** Deletes every client whose time is over. */
export async function main(): Promise<void> {
  const env = process.env;
  const log = openLog();

  await runStep(env, log, async ({ source, context, outputFile }) => {
    const { capture: access, githubToken: token, scope, dryRun } = readSweepInputs(source, context);
    const { timeoutMs } = access;
    const apiUrl = required(env, 'GITHUB_API_URL');
    remarkOnDomain(access.domain, log);

    let github: GitHubAnswers | undefined;
    const swept = await withCapture(
      { access, timeoutMs, context, env, log },
      ({ capture, captureOnce, sleep, budget }) =>
        sweep(scope, dryRun, {
          capture,
          captureOnce,
          pace: new Pace(Math.random),
          deadline: Date.now() + budget.remainingMs() - shortestAttemptMs,
          now: Date.now,
          sleep,
          info: log.info,
          async ask(labels) {
            const limitMs = budget.attemptMs();
            github = await askGitHub(labels, {
              apiUrl,
              token,
              own: scope.own,
              proxies: readProxies(env),
              limitMs,
            });
            return github.stateOf;
          },
        }),
    );

    // Written even when the step fails in the end.
    setOutputs(outputFile, sweepOutputs(swept));
    writeSummaryTable('Capture API clients swept', summarizeSweep(swept), log);
    reportSweep(swept, { host: access.domain.host, dryRun, timeoutMs, github }, log);
  });
}
