import type { Credentials } from './capture/authentication.ts';

/**
 * Where a program reports to its reader. Every implementation redacts the masked secrets and sanitizes the text, so
 * callers can pass on what Capture wrote.
 */
export interface Log {
  info(message: string): void;
  /** @param title what the annotation's title adds to "Capture client" */
  notice(message: string, title?: string): void;
  warning(message: string, title?: string): void;
  /** Reports why the program fails, and makes it fail. Each item is one line. */
  fail(lines: string | readonly string[], title?: string): void;
  debug(message: string): void;
  /** Masks a client's secret in all its forms, from now on. */
  mask(credentials: Credentials): void;
  /** Does the same for a secret that belongs to no client. */
  maskSecret(secret: string): void;
}
