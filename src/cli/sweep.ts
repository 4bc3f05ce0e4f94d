import { withCapture } from '../capture/connection.ts';
import { readSweepInputs } from '../inputs/sweep-inputs.ts';
import { type SubjectStates, sweep, sweepTiming } from '../lifecycle/sweep.ts';
import { remarkOnDomain } from '../reports/domain-remark.ts';
import { reportSweep, sweepOutputs } from '../reports/sweep-report.ts';
import { gitLabApiOf } from './context.ts';
import { connectionOf, type Invocation } from './invocation.ts';
import { parseOutputs, writeResult } from './results.ts';

/** Other systems aren't asked, so clients stay until they expire. */
const gitLabNotAsked: SubjectStates = {
  stateOf: () => 'unknown',
  problems: ['Only GitLab is asked. Other clients are deleted when they expire.'],
};

/** Deletes every client that has expired or, in GitLab, whose merge request or pipeline is finished. */
export async function sweepCommand(invocation: Invocation): Promise<void> {
  const { env, source, context, log, options } = invocation;
  const { capture: access, githubToken: token, scope, dryRun } = readSweepInputs(source, context);
  const apiUrl = gitLabApiOf(env, options);
  remarkOnDomain(access.domain, log);

  const connection = connectionOf(invocation, access);
  const swept = await withCapture(connection, ({ capture, clock, timeLimit }) =>
    sweep(scope, dryRun, {
      ...sweepTiming({ clock, timeLimit }),
      capture,
      log,
      async ask(labels) {
        if (apiUrl === undefined) return gitLabNotAsked;
        const { askGitLab } = await import('../gitlab/rest-api.ts');
        const { proxies } = connection.route;
        return await askGitLab(labels, { apiUrl, token, proxies, clock, limitMs: timeLimit.attemptMs() });
      },
    }),
  );

  // Also if the command fails.
  await writeResult(parseOutputs(sweepOutputs(swept)), invocation);
  const ciSystem = apiUrl === undefined ? 'the CI system' : 'GitLab';
  const { timeoutMs } = access;
  reportSweep(swept, { host: access.domain.host, ciSystem, dryRun, timeoutMs }, log);
}
