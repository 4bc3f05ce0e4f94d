import { redact } from './masking.ts';
import { breakCommands, toOneLine } from './sanitize.ts';

/**
 * Where a program reports to its reader. Every implementation passes each message through `toLogLine`, so callers can
 * include text from Capture.
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
  /** Does the same for a secret that belongs to no client. */
  maskSecret(secret: string): void;
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
