import { withCapture } from '../capture/connection.ts';
import { readRoute, routeDiffers } from '../capture/route.ts';
import { userAgent } from '../github/context.ts';
import { openLog } from '../github/log.ts';
import { runPostStep } from '../github/step.ts';
import { cleanUp } from '../lifecycle/cleanup.ts';
import { reportCleanUp, warnAboutRoute } from '../reports/cleanup-report.ts';

/** Limits how long the end of a job is delayed: for a client that was handed over, and for what a failed main left. */
const timeoutMs = { handedOver: 30_000, failed: 60_000 };

/** Deletes what must not outlive the job. The post step loads it only if main left something to do. */
export async function main(): Promise<void> {
  const env = process.env;
  const log = openLog();

  await runPostStep(env, log, async ({ creation, access, route }, context) => {
    warnAboutRoute(routeDiffers(route, readRoute(env)), log);
    const time = creation.handedOver ? timeoutMs.handedOver : timeoutMs.failed;
    const connection = { access, timeoutMs: time, route, userAgent: userAgent(context), log };
    const result = await withCapture(connection, (open) => cleanUp(creation, open));
    reportCleanUp(result, { creation, host: access.domain.host, wording: context.wording }, log);
  });
}
