import { escapeHtml } from './sanitize.ts';

/**
 * Returns every form of a secret that must not show in a log, longest first: the secret itself and what programs
 * commonly turn it into. The runner derives some of them itself, but not all (docs/development/runner.md). Each becomes
 * a mask, for which the runner searches every later line of the job. A secret as Capture makes them has fewer than 32.
 * @param clientId for `id:secret`
 */
export function maskedForms(secret: string, clientId?: string): string[] {
  if (secret === '') return [];
  const credentials = clientId === undefined ? [secret] : [secret, `${clientId}:${secret}`];
  const hex = Buffer.from(secret).toString('hex');
  const forms = new Set([
    secret,
    hex,
    hex.toUpperCase(),
    // As `echo` writes it, too.
    ...credentials.flatMap((text) => [...base64Forms(text), ...base64Forms(`${text}\n`)]),
    ...[secret, escapeJson(secret)].flatMap(base64Cores),
    ...escapedForms(secret),
    ...urlForms(secret),
  ]);
  return [...forms].filter((form) => form.trim() !== '').sort((a, b) => b.length - a.length);
}

/** Replaces every form, none of them empty, with `***`; forms that overlap or touch get only one, as in GitHub's log. */
export function redact(text: string, forms: Iterable<string>): string {
  // One longer than the text, so that every hidden part ends.
  const isHidden = new Uint8Array(text.length + 1);
  for (const form of forms) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1))
      isHidden.fill(1, at, at + form.length);
  }
  let redacted = '';
  let end = 0;
  for (let start = isHidden.indexOf(1); start >= 0; start = isHidden.indexOf(1, end)) {
    redacted += `${text.slice(end, start)}***`;
    end = isHidden.indexOf(0, start);
  }
  return redacted + text.slice(end);
}

/** A mask hides its text everywhere, so a shorter part of a form would hide what isn't secret. */
const minPartLength = 8;

/** The line lengths of Ruby, openssl, and base64. */
const lineLengths = [60, 64, 76];

/** Without padding, as a mask hides every text that contains it, and in lines, which don't contain the whole. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  const base64 = bytes.toString('base64');
  const lines = lineLengths
    .filter((length) => base64.length > length)
    .flatMap((length) => [...base64.matchAll(new RegExp(`.{${minPartLength},${length}}`, 'g'))].flat());
  return [base64.replace(/=+/, ''), bytes.toString('base64url'), ...lines];
}

/**
 * What base64 of a longer text, such as JSON or a dotenv file, contains of the secret: the characters that depend on no
 * other bytes than the secret's. Three bytes become four characters, so there are three offsets at which it can be.
 */
function base64Cores(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2]
    .map((offset) => {
      const base64 = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
      return base64.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    })
    .flatMap((core) => [...pieces(core), ...pieces(core.replaceAll('+', '-').replaceAll('/', '_'))]);
}

/** More masks would slow down every line of a job. */
const maxPieces = 10;

/** Splits a core into masks, so that a line break shows only the piece that it cuts. A short core has none. */
function pieces(core: string): string[] {
  const count = Math.min(maxPieces, Math.floor(core.length / minPartLength));
  const start = (index: number): number => Math.floor((index * core.length) / count);
  return Array.from({ length: count }, (_, index) => core.slice(start(index), start(index + 1)));
}

/** The runner masks these forms as well. Our own log hides them, too, before it changes the line. */
function escapedForms(text: string): string[] {
  const html = escapeHtml(text);
  return [escapeJson(text), html, html.replaceAll("'", '&apos;'), html.replaceAll("'", '&#39;')];
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** As a form, `encodeURIComponent`, and RFC 3986 encode it, each also with lowercase digits. */
function urlForms(text: string): string[] {
  const component = encodeURIComponent(text.toWellFormed());
  const forms = [
    new URLSearchParams([['', text]]).toString().slice(1),
    component,
    component.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`),
  ];
  return forms.flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}
