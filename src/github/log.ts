import * as core from '@actions/core';
import type { Credentials } from '../capture/authentication.ts';
import { maskedForms } from './masks.ts';

/**
 * The step's log. Everything said here is first rid of the secrets it was told to mask, and then made sanitize:
 * no text can start a workflow command, whoever wrote it (actions-runtime.md §1a, "Command injection").
 */
export interface Log {
  info(message: string): void;
  notice(message: string): void;
  warning(message: string): void;
  /** Fails the step; each line stays one. */
  fail(...lines: string[]): void;
  debug(message: string): void;
  /** Masks a client's secret in all its forms, here and in every later step of the job. */
  mask(credentials: Credentials): void;
  /** The same for a secret that is no client's. */
  maskSecret(secret: string): void;
}

const longestMessage = 2000;
/** Of a longer one; its end says what to do. */
const keptEnd = 500;

/**
 * What a terminal or a reader could be misled by: control characters, line separators, and marks that change the
 * direction of text.
 */
export const misleading = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** The log of this process, on its standard output. */
export function openLog(): Log {
  const forms = new Set<string>();
  // Shortened last: a secret that is cut in two would not be recognised.
  const clean = (message: string): string => shorten(sanitize(redact(message, forms)));
  const mask = (secret: string, clientId?: string): void => {
    for (const form of maskedForms(secret, clientId)) {
      forms.add(form);
      core.setSecret(form);
    }
  };
  return {
    info: (message) => core.info(clean(message)),
    notice: (message) => core.notice(clean(message)),
    warning: (message) => core.warning(clean(message)),
    fail: (...lines) => core.setFailed(lines.map(clean).join('\n')),
    debug: (message) => core.debug(clean(message)),
    mask: ({ clientId, clientSecret }) => mask(clientSecret, clientId),
    maskSecret: (secret) => mask(secret),
  };
}

/** Replaces every masked form, the longest first. */
export function redact(text: string, forms: Iterable<string>): string {
  return [...forms]
    .sort((a, b) => b.length - a.length)
    .reduce((rest, form) => rest.replaceAll(form, '***'), text);
}

/** Makes one line of a text, replaces in it what is misleading, and breaks both forms of a workflow command. */
export function sanitize(text: string): string {
  return text
    .replace(new RegExp(misleading, 'gu'), ' ')
    .replace(/:(?=:)/g, ': ')
    .replace(/##(?=\[)/g, '## ');
}

/** Whatever Capture writes, a message stays one that can be read. */
function shorten(text: string): string {
  if (text.length <= longestMessage) return text;
  return `${text.slice(0, longestMessage - keptEnd)}…${text.slice(-keptEnd)}`.toWellFormed();
}
