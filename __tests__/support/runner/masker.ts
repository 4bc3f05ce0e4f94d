import { trim } from './text.ts';

/** Hides secrets as the runner does (actions-runtime.md §1a): what it misses, this misses too. */
export class SecretMasker {
  readonly #needles = new Set<string>();

  /** Registers a value, each of its lines, and everything the runner derives from them. No minimum length. */
  add(value: string): void {
    for (const secret of [value, ...value.split(/[\r\n]/).map(trim)]) {
      if (secret === '') continue;
      for (const needle of [secret, ...derivedForms(secret)]) if (needle !== '') this.#needles.add(needle);
    }
  }

  /** The text with every hit replaced; hits that overlap or touch become one `***`. */
  mask(text: string): string {
    let masked = '';
    let end = 0;
    for (const hit of merge(this.#hitsIn(text))) {
      masked += `${text.slice(end, hit.start)}***`;
      end = hit.end;
    }
    return masked + text.slice(end);
  }

  /** Whether masking changes the text: the runner's test for dropping a job output (§1b). */
  hides(text: string): boolean {
    return this.mask(text) !== text;
  }

  #hitsIn(text: string): Range[] {
    const hits: Range[] = [];
    for (const needle of this.#needles) {
      // One character on, not one needle on: a value that overlaps itself is hidden whole.
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

/** Every encoding the runner registers beside the value itself (§1a: HostContext.cs, ValueEncoders.cs). */
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

/** With padding. The shifted forms catch base64("user:" + value), whose digits depend on what stands before. */
function base64(value: string, shift: number): string {
  const bytes = Buffer.from(value, 'utf8');
  return (bytes.length > shift ? bytes.subarray(shift) : bytes).toString('base64');
}

/** Newtonsoft's JSON string without its quotes: like JavaScript's, but three line separators are escaped. */
function jsonEscape(value: string): string {
  return JSON.stringify(value)
    .slice(1, -1)
    .replace(
      /[\u0085\u2028\u2029]/g,
      (separator) => `\\u${separator.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

/** Uri.EscapeDataString: RFC 3986, so `!'()*` are escaped, which encodeURIComponent leaves alone. */
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

// PowerShell prints a command that failed in two pieces, cut at an ampersand; pieces under six characters are
// not registered.
const shortestPiece = 6;

function upToAmpersand(value: string): string {
  const coloured = value.indexOf('&+');
  const piece = coloured >= 0 ? value.slice(0, coloured + 2) : value.slice(0, value.lastIndexOf('&') + 1);
  return piece.length >= shortestPiece ? piece : '';
}

function afterAmpersand(value: string): string {
  if (!value.includes('&')) return '';
  const coloured = value.indexOf('&+');
  // After `&+` one letter more is left out: it is the one that gets coloured.
  const piece = coloured >= 0 ? value.slice(coloured + 3) : value.slice(value.lastIndexOf('&') + 1);
  return piece.length >= shortestPiece ? piece : '';
}
