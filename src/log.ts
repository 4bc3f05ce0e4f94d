import { describeBug, ExpectedError, stackLines } from './errors.ts';
import { maskedForms, redact } from './secrets/masking.ts';
import { breakCommands, toOneLine } from './secrets/sanitize.ts';

/**
 * Makes each message safe to print, so it can include text from Capture. An input that a message names in backticks is
 * shown as its users write it.
 */
export interface Log {
  info(message: string): void;
  /** @param title what the annotation's title adds to "Capture client"; never text from outside this project */
  notice(message: string, title?: string): void;
  warning(message: string, title?: string): void;
  /** Reports why the program fails, and makes it fail. Each item is one line. */
  fail(lines: string | readonly string[], title?: string): void;
  debug(message: string): void;
  /** Masks a client's secret in all its forms, from now on. */
  mask(credentials: { readonly clientId: string; readonly clientSecret: string }): void;
  maskSecret(secret: string): void;
  readonly forms: ReadonlySet<string>;
  /** Makes a text that isn't logged safe to show. */
  show(text: string): string;
}

export interface LogWriter {
  write(level: 'info' | 'notice' | 'warning' | 'debug', line: string, title?: string): void;
  fail(lines: readonly string[], title?: string): void;
  /** Hides the forms of a secret in what other programs print, too. */
  hide?(forms: readonly string[]): void;
  /** Shows an input as its users write it, and `name: value` as they set it. */
  nameOf(input: string, value?: string): string;
}

export function openLog(writer: LogWriter): Log {
  const forms = new Set<string>();
  const hide = (found: readonly string[]): void => {
    for (const form of found) forms.add(form);
    writer.hide?.(found);
  };
  const show = (text: string): string => {
    // Redacted first: a secret can contain what looks like the name of an input, or invisible characters.
    const named = redact(text, forms).replace(/`(\w+)(?:: (\w+))?`/g, (_, name: string, value?: string) =>
      writer.nameOf(name, value),
    );
    // And last: invisible characters can split a secret, which shows once they're dropped.
    return breakCommands(redact(toOneLine(named), forms));
  };
  // Shortened last: half a secret would not be recognized.
  const toLine = (message: string): string => shorten(show(message));
  return {
    info: (message) => writer.write('info', toLine(message)),
    notice: (message, title) => writer.write('notice', toLine(message), title),
    warning: (message, title) => writer.write('warning', toLine(message), title),
    debug: (message) => writer.write('debug', toLine(message)),
    fail(lines, title) {
      process.exitCode = 1;
      writer.fail([lines].flat().map(toLine), title);
    },
    mask: ({ clientId, clientSecret }) => hide(maskedForms(clientSecret, clientId)),
    maskSecret: (secret) => hide(maskedForms(secret)),
    forms,
    show,
  };
}

const maxLength = 2000;
const keptEnd = 500;

/** The end of a message says what to do, so it survives. */
function shorten(text: string): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength - keptEnd)}…${text.slice(-keptEnd)}`.toWellFormed();
}

/** Makes the program fail. @param howToReport see describeBug */
export function failWith(error: unknown, howToReport: string, log: Log): void {
  if (error instanceof ExpectedError) {
    log.fail(error.lines, error.title);
    return;
  }
  log.fail(describeBug(error, howToReport), 'bug');
  for (const line of stackLines(error)) log.debug(line);
}

/** A cleanup never changes how the program ends. @param rest what the error means, in whole sentences */
export function warnAboutCleanup(error: unknown, howToReport: string, rest: string, log: Log): void {
  const isExpected = error instanceof ExpectedError;
  const problem = isExpected ? error.message : describeBug(error, howToReport);
  log.warning(`Cleanup failed. ${problem} ${rest}`, 'cleanup failed');
  if (!isExpected) for (const line of stackLines(error)) log.debug(line);
}
