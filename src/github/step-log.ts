import * as core from '@actions/core';
import { type Log, openLog } from '../log.ts';

/** GitHub cuts an annotation after 4,096 characters, and `***` can be longer than the text that it replaces. */
const maxAnnotation = 4000;

/** Opens the log of a workflow step. */
export function openStepLog(): Log {
  return openLog({
    write(level, line, title) {
      if (level === 'info') core.info(line);
      else if (level === 'debug') core.debug(line);
      else if (level === 'notice') core.notice(line, titled(title));
      else core.warning(line, titled(title));
    },
    fail(lines, title) {
      const whole = lines.join('\n');
      if (whole.length <= maxAnnotation) return core.error(whole, titled(title));
      for (const line of lines) core.info(line);
      core.error(`${lines.at(-1)} The log has the other lines.`, titled(title));
    },
    hide(forms) {
      // One write instead of dozens.
      process.stdout.cork();
      for (const form of forms) core.setSecret(form);
      process.stdout.uncork();
    },
    nameOf: (input, value) => (value === undefined ? input : `${input}: ${value}`),
  });
}

function titled(title: string | undefined): { title: string } {
  return { title: title === undefined ? 'Capture client' : `Capture client: ${title}` };
}
