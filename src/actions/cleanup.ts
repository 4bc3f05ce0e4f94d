import { withCapture } from '../capture/connection.ts';
import { changedVariables, readRoute } from '../capture/route.ts';
import { userAgent } from '../github/context.ts';
import { openLog } from '../github/log.ts';
import { runPostStep } from '../github/step.ts';
import { cleanUp, cleanupLimitMs } from '../lifecycle/cleanup.ts';
import { reportCleanup, warnAboutRoute } from '../reports/cleanup-report.ts';

/** Deletes what must not outlive the job. The post step loads it only if main left something to do. */
export async function main(): Promise<void> {
  const env = process.env;
  const log = openLog();

  await runPostStep(env, log, async ({ creation, access, route }, context) => {
    warnAboutRoute(changedVariables(route, readRoute(env)), log);
    const timeoutMs = cleanupLimitMs(creation);
    const connection = { access, timeoutMs, route, userAgent: userAgent(context), log };
    const result = await withCapture(connection, (open) => cleanUp(creation, open));
    reportCleanup(result, { creation, host: access.domain.host, wording: context.wording }, log);
  });
}
