import { describeBug, ExpectedError, stackLines } from './errors.ts';
import { maskedForms, redact } from './secrets/masking.ts';
import { breakCommands, toOneLine } from './secrets/sanitize.ts';

/**
 * Where a program reports to its reader. Each message is made safe to print, so callers can include text from Capture. An
 * input that a message names in backticks is shown as its users write it.
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
  /** Makes a text that isn't logged safe to show in the same way, without breaking workflow commands. */
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
  // Redacted first: a secret can contain what looks like the name of an input.
  const render = (text: string): string =>
    redact(text, forms).replace(/`(\w+)(?:: (\w+))?`/g, (_, name: string, value?: string) =>
      writer.nameOf(name, value),
    );
  const toLine = (message: string): string => toLogLine(render(message), forms);
  const mask = (secret: string, clientId?: string): void => {
    const found = maskedForms(secret, clientId);
    for (const form of found) forms.add(form);
    writer.hide?.(found);
  };
  return {
    info: (message) => writer.write('info', toLine(message)),
    notice: (message, title) => writer.write('notice', toLine(message), title),
    warning: (message, title) => writer.write('warning', toLine(message), title),
    debug: (message) => writer.write('debug', toLine(message)),
    fail(lines, title) {
      process.exitCode = 1;
      writer.fail([lines].flat().map(toLine), title);
    },
    mask: ({ clientId, clientSecret }) => mask(clientSecret, clientId),
    maskSecret: (secret) => mask(secret),
    forms,
    show: (text) => redactLine(render(text), [...forms]),
  };
}

/** Reports an error, and makes the program fail. @param howToReport see describeBug */
export function failWith(error: unknown, howToReport: string, log: Log): void {
  if (error instanceof ExpectedError) {
    log.fail(error.lines, error.title);
    return;
  }
  log.fail(describeBug(error, howToReport), 'bug');
  for (const line of stackLines(error)) log.debug(line);
}

/** Reports an error of a cleanup, which never changes how the program ends. @param rest what it means, in whole sentences */
export function warnAboutCleanup(error: unknown, howToReport: string, rest: string, log: Log): void {
  const isExpected = error instanceof ExpectedError;
  const problem = isExpected ? error.message : describeBug(error, howToReport);
  log.warning(`Cleanup failed. ${problem} ${rest}`, 'cleanup failed');
  if (!isExpected) for (const line of stackLines(error)) log.debug(line);
}

const maxLength = 2000;
/** The end of a message says what to do, so it survives. */
const keptEnd = 500;

/**
 * Makes any message safe to print: hides the masked forms, makes one line of it, drops invisible characters, breaks
 * workflow commands, and shortens it.
 */
export function toLogLine(message: string, maskedForms: Iterable<string>): string {
  const forms = [...maskedForms];
  const line = redactLine(message, forms);
  // Shortened last: half a secret would not be recognized.
  return shorten(breakCommands(line));
}

/**
 * Hides the masked forms, and makes one line without invisible characters. Hides them twice: an invisible character can be
 * a part of a secret, or split one that shows once the character is dropped.
 */
export function redactLine(text: string, maskedForms: readonly string[]): string {
  return redact(toOneLine(redact(text, maskedForms)), maskedForms);
}

function shorten(text: string): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength - keptEnd)}…${text.slice(-keptEnd)}`.toWellFormed();
}
