import { cleanUp } from '../lifecycle/cleanup.ts';
import { withCapture } from '../workflow/connection.ts';
import { readContext, readEvent } from '../workflow/context.ts';
import { warnAboutLeftover } from '../workflow/leftover.ts';
import { openLog } from '../workflow/log.ts';
import { loadLegacy } from '../workflow/state.ts';

/** The end of a job is not held up for longer: for a job's own client, and for what a failed main may have left. */
const timeoutMs = { announced: 30_000, unannounced: 60_000 };

const env = process.env;
const log = openLog();

const legacy = loadLegacy();
if (legacy !== undefined) {
  const { creation, access } = legacy;
  log.mask(access.owner);
  try {
    const context = readContext(env, readEvent(env));
    await withCapture(
      {
        access,
        timeoutMs: creation.announced ? timeoutMs.announced : timeoutMs.unannounced,
        context,
        env,
        log,
      },
      ({ capture, sleep }) => cleanUp(creation, { capture, now: Date.now, sleep, info: log.info }),
    );
  } catch (error) {
    warnAboutLeftover(creation, access.domain.host, error, log);
  }
}
