import { type Log, redactLine, toLogLine } from '../log.ts';
import { maskedForms } from '../masking.ts';

/** The log of a command. */
export interface CommandLog extends Log {
  /** Every form of the secrets masked so far. */
  readonly forms: ReadonlySet<string>;
  /** Hides them in text that the log doesn't print itself. */
  redact(text: string): string;
}

const prefix = 'capture-client: ';

/** Opens the command's log, on standard error. Results have standard output to themselves. */
export function openLog(isVerbose: boolean): CommandLog {
  const forms = new Set<string>();
  // A terminal or reader that's gone must not keep the command from cleaning up.
  process.stderr.on('error', () => {});
  const write = (message: string): void => {
    process.stderr.write(`${prefix}${toLogLine(message, forms)}\n`);
  };
  const mask = (secret: string, clientId?: string): void => {
    for (const form of maskedForms(secret, clientId)) forms.add(form);
  };
  return {
    forms,
    info: write,
    notice: (message) => write(`note: ${message}`),
    warning: (message) => write(`warning: ${message}`),
    debug: (message) => (isVerbose ? write(message) : undefined),
    fail(lines) {
      process.exitCode = 1;
      for (const [index, line] of [lines].flat().entries()) write(index === 0 ? `error: ${line}` : line);
    },
    mask: ({ clientId, clientSecret }) => mask(clientSecret, clientId),
    maskSecret: (secret) => mask(secret),
    redact: (text) => redactLine(text, [...forms]),
  };
}
