/** Text as .NET sees it, which the runner is written in. */

// Unlike JavaScript's \s this has U+0085 and lacks U+FEFF.
const space = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const leadingSpace = new RegExp(`^${space}+`);
const trailingSpace = new RegExp(`${space}+$`);

/** Removes white space from the start, like String.TrimStart(). */
export function trimStart(text: string): string {
  return text.replace(leadingSpace, '');
}

/** Removes white space from both ends, like String.Trim(). */
export function trim(text: string): string {
  return trimStart(text).replace(trailingSpace, '');
}

/** Cuts a stream into lines like StreamReader.ReadLine(): LF, CRLF and also a lone CR end a line. */
export class LineReader {
  #rest = '';

  /** The lines that `chunk` completes. */
  push(chunk: string): string[] {
    // A CR at the very end may be the first half of a CRLF.
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    return lines;
  }

  /** The last line, if the stream did not end with a line break. */
  end(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : [rest.replace(/\r$/, '')];
  }
}

/** All lines of a text. */
export function linesOf(text: string): string[] {
  const reader = new LineReader();
  return [...reader.push(text), ...reader.end()];
}
