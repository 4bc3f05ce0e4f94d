import { withCapture } from '../capture/connection.ts';
import { type Environment, readContext, readEvent } from '../github/context.ts';
import { type Log, openLog } from '../github/log.ts';
import { loadState } from '../github/saved-state.ts';
import { cleanUp } from '../lifecycle/cleanup.ts';
import { warnAboutLeftover } from '../reports/cleanup-report.ts';

/** The end of a job is not held up for longer: for a job's own client, and for what a failed main may have left. */
const timeoutMs = { handedOver: 30_000, unannounced: 60_000 };

/**
 * Finishes what main left; loaded only where it left something. A clean-up never turns a green job red, whatever
 * happens.
 */
export async function main(): Promise<void> {
  const log = openLog();
  const warn = (error: unknown): void =>
    log.warning(
      `The clean-up failed: ${error instanceof Error ? error.message : String(error)}. If this step created a client, it may be left: delete it with the delete action; the sweep removes it when it expires.`,
    );
  // A socket may still fail when nobody waits for it any more.
  process.on('uncaughtException', warn);
  await finish(process.env, log).catch(warn);
}

async function finish(env: Environment, log: Log): Promise<void> {
  const saved = loadState();
  if (saved === undefined) return;
  const { creation, access } = saved;
  log.mask(access.owner);
  const context = readContext(env, readEvent(env));
  const time = creation.handedOver ? timeoutMs.handedOver : timeoutMs.unannounced;
  const leftovers = await withCapture({ access, timeoutMs: time, context, env, log }, (connection) =>
    cleanUp(creation, { ...connection, now: Date.now, info: log.info }),
  );
  for (const leftover of leftovers) warnAboutLeftover(leftover, creation, access.domain.host, log);
}
