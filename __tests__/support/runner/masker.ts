import { trim } from './text.ts';

/** Masks secrets exactly as the runner does, gaps included (docs/development/runner.md, "Masking"). */
export class SecretMasker {
  readonly #needles = new Set<string>();

  /** Registers a value, each of its lines, and their derived forms. There is no minimum length. */
  add(value: string): void {
    for (const secret of [value, ...value.split(/[\r\n]/).map(trim)]) {
      if (secret === '') continue;
      for (const needle of [secret, ...derivedForms(secret)]) if (needle !== '') this.#needles.add(needle);
    }
  }

  /** Returns the text with every hit masked; hits that overlap or touch become one `***`. */
  mask(text: string): string {
    let masked = '';
    let end = 0;
    for (const hit of merge(this.#hitsIn(text))) {
      masked += `${text.slice(end, hit.start)}***`;
      end = hit.end;
    }
    return masked + text.slice(end);
  }

  /** Returns whether masking changes the text. If so, the runner drops a job output. */
  hides(text: string): boolean {
    return this.mask(text) !== text;
  }

  #hitsIn(text: string): Range[] {
    const hits: Range[] = [];
    for (const needle of this.#needles) {
      // Continue after one character, because a value can overlap itself.
      for (let start = text.indexOf(needle); start >= 0; start = text.indexOf(needle, start + 1)) {
        hits.push({ start, end: start + needle.length });
      }
    }
    return hits;
  }
}

interface Range {
  start: number;
  end: number;
}

function merge(hits: Range[]): Range[] {
  const merged: Range[] = [];
  for (const hit of hits.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && hit.start <= last.end) last.end = Math.max(last.end, hit.end);
    else merged.push({ ...hit });
  }
  return merged;
}

/** The forms that the runner masks besides the value itself. */
function derivedForms(value: string): string[] {
  return [
    base64(value, 0),
    base64(value, 1),
    base64(value, 2),
    value.replaceAll('"', '\\"'),
    value.replaceAll("'", "''"),
    jsonEscape(value),
    uriEscape(value),
    xmlEscape(value),
    withoutOuterQuotes(value),
    upToAmpersand(value),
    afterAmpersand(value),
  ];
}

/** With padding. The shifted forms match base64("user:" + value), which depends on the length of the prefix. */
function base64(value: string, shift: number): string {
  const bytes = Buffer.from(value, 'utf8');
  return (bytes.length > shift ? bytes.subarray(shift) : bytes).toString('base64');
}

/** Newtonsoft's JSON string without its quotes. Unlike JavaScript's, it escapes three line separators. */
function jsonEscape(value: string): string {
  return JSON.stringify(value)
    .slice(1, -1)
    .replace(
      /[\u0085\u2028\u2029]/g,
      (separator) => `\\u${separator.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

/** Uri.EscapeDataString. Unlike encodeURIComponent, it escapes `!'()*`. */
function uriEscape(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const xmlEntities: Record<string, string> = {
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '&': '&amp;',
};

function xmlEscape(value: string): string {
  return value.replace(/[<>"'&]/g, (mark) => xmlEntities[mark] ?? mark);
}

function withoutOuterQuotes(value: string): string {
  return value.length > 8 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : '';
}

// PowerShell prints a failed command in two parts, split at an ampersand. The runner masks parts of six characters or
// more.
const shortestPiece = 6;

function upToAmpersand(value: string): string {
  const plus = value.indexOf('&+');
  const piece = plus >= 0 ? value.slice(0, plus + 2) : value.slice(0, value.lastIndexOf('&') + 1);
  return piece.length >= shortestPiece ? piece : '';
}

function afterAmpersand(value: string): string {
  if (!value.includes('&')) return '';
  const plus = value.indexOf('&+');
  // Without the first letter after `&+`, which PowerShell colors.
  const piece = plus >= 0 ? value.slice(plus + 3) : value.slice(value.lastIndexOf('&') + 1);
  return piece.length >= shortestPiece ? piece : '';
}
