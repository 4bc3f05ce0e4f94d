import { readProxies, withCapture } from '../capture/connection.ts';
import { shortestAttemptMs } from '../capture/retry.ts';
import { required } from '../github/context.ts';
import { openLog } from '../github/log.ts';
import { setOutputs } from '../github/outputs.ts';
import { askGitHub, type GitHubAnswers } from '../github/rest-api.ts';
import { runStep } from '../github/step.ts';
import { writeSummaryTable } from '../github/summary.ts';
import { readSweepInputs } from '../inputs/sweep-inputs.ts';
import { Pace } from '../lifecycle/pace.ts';
import { sweep } from '../lifecycle/sweep.ts';
import { remarkOnDomain } from '../reports/create-report.ts';
import { reportSweep, summarizeSweep, sweepOutputs } from '../reports/sweep-report.ts';

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
      ({ capture, captureOnce, sleep, timeLimit }) =>
        sweep(scope, dryRun, {
          capture,
          captureOnce,
          pace: new Pace(Math.random),
          deadline: Date.now() + timeLimit.remainingMs() - shortestAttemptMs,
          now: Date.now,
          sleep,
          info: log.info,
          async ask(labels) {
            const limitMs = timeLimit.attemptMs();
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
