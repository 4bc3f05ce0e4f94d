import * as core from '@actions/core';
import { type Log, redactLine, toLogLine } from '../log.ts';
import { maskedForms } from '../masking.ts';

export interface StepLog extends Log {
  /** Hides everything masked so far, in text that the log doesn't print itself. */
  redact(text: string): string;
}

/** GitHub cuts an annotation after 4,096 characters, and `***` can be longer than the text that it replaces. */
const maxAnnotation = 4000;

export function openLog(): StepLog {
  const forms = new Set<string>();
  const toLine = (message: string): string => toLogLine(message, forms);
  const mask = (secret: string, clientId?: string): void => {
    for (const form of maskedForms(secret, clientId)) {
      forms.add(form);
      core.setSecret(form);
    }
  };
  return {
    info: (message) => core.info(toLine(message)),
    notice: (message, title) => core.notice(toLine(message), titled(title)),
    warning: (message, title) => core.warning(toLine(message), titled(title)),
    debug: (message) => core.debug(toLine(message)),
    fail(lines, title) {
      process.exitCode = 1;
      core.error(toAnnotation([lines].flat().map(toLine)), titled(title));
    },
    mask: ({ clientId, clientSecret }) => mask(clientSecret, clientId),
    maskSecret: (secret) => mask(secret),
    redact: (text) => redactLine(text, [...forms]),
  };
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
