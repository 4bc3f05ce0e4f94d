import type { WorkflowContext } from '../github/context.ts';
import type { Log } from '../github/log.ts';
import { formatTime } from '../lifecycle/label.ts';
import type { Envelope, SealedClient } from '../sealing.ts';

/** Says whose credentials were opened, and whether the client may be gone already. */
export function reportUnsealed(
  { clientId, captureDomain, expiresAt, runAttempt }: SealedClient & Envelope,
  context: WorkflowContext,
  log: Log,
): void {
  log.info(
    `Opened the credentials of client ${clientId} at ${captureDomain}; it expires at ${formatTime(expiresAt)}.`,
  );
  if (runAttempt !== context.runAttempt) {
    log.warning(
      `These credentials are from attempt ${runAttempt} of this run, and this is attempt ${context.runAttempt}: re-running failed jobs alone hands on what an earlier attempt made, and client ${clientId} may be gone. If Capture refuses it, re-run all jobs.`,
    );
  }
}
