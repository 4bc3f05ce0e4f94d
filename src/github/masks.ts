import { escapeHtml } from './html.ts';

/**
 * Every form of a secret that must never be read in a log, longest first: the secret itself and what commonly becomes
 * of it. The runner derives some on its own (actions-runtime.md §1a); it does not know of `id:secret`, base64url,
 * missing padding, lines, a trailing newline from `echo`, hex or form encoding.
 * @param clientId whose secret it is; without one there is no `id:secret`
 */
export function maskedForms(secret: string, clientId?: string): string[] {
  if (secret === '') return [];
  const texts = clientId === undefined ? [secret] : [secret, `${clientId}:${secret}`];
  const forms = new Set([
    secret,
    ...texts.flatMap((text) => [text, `${text}\n`]).flatMap(base64Forms),
    ...texts.flatMap((text) => [text, `${text}\n`]).flatMap(base64Lines),
    ...hexForms(secret),
    ...escapedForms(secret),
    ...urlForms(secret),
  ]);
  return [...forms].filter((form) => form.trim() !== '').sort((a, b) => b.length - a.length);
}

/** Without padding: a mask also hides the padded form, as it hides every text that contains it. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  return [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
}

/** Where tools break lines: Ruby, openssl, and base64 itself. */
const lineLengths = [60, 64, 76];
/** A mask hides its text everywhere, so what is left for a last line may be too short for one. */
const shortestLine = 8;

/** `base64` breaks its lines, and a line is no part of a mask that is longer. */
function base64Lines(text: string): string[] {
  const base64 = Buffer.from(text, 'utf8').toString('base64');
  return lineLengths
    .filter((length) => base64.length > length)
    .flatMap((length) => base64.match(new RegExp(`.{${shortestLine},${length}}`, 'g')) ?? []);
}

/** The runner derives them, too, but not from what the log has made sanitize. */
function escapedForms(text: string): string[] {
  const html = escapeHtml(text);
  return [
    JSON.stringify(text).slice(1, -1),
    html,
    html.replaceAll("'", '&apos;'),
    html.replaceAll("'", '&#39;'),
  ];
}

function hexForms(text: string): string[] {
  const hex = Buffer.from(text, 'utf8').toString('hex');
  return [hex, hex.toUpperCase()];
}

/** As a form, `encodeURIComponent` and RFC 3986 write it, each also with lower-case digits. */
function urlForms(text: string): string[] {
  const component = encodeURIComponent(text.toWellFormed());
  const forms = [
    new URLSearchParams([['', text]]).toString().slice(1),
    component,
    component.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`),
  ];
  return forms.flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}
