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
    fail: (lines, title) => core.error(toAnnotation(lines), titled(title)),
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

/** Keeps the last line, which says what to do, and what fits before it. The log gets the other lines. */
function toAnnotation(lines: readonly string[]): string {
  const whole = lines.join('\n');
  if (whole.length <= maxAnnotation) return whole;
  for (const line of lines) core.info(line);
  const more = '… The log has the other lines.';
  const last = lines.at(-1) ?? '';
  const start = whole.slice(0, maxAnnotation - last.length - more.length - 2);
  const kept = start.slice(0, Math.max(start.lastIndexOf('\n'), 0));
  return [kept, more, last].filter((part) => part !== '').join('\n');
}
