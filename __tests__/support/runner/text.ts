/** Text functions that match .NET, in which the runner is written. */

// Unlike JavaScript's \s, includes U+0085 and excludes U+FEFF.
const space = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const leadingSpace = new RegExp(`^${space}+`);
const trailingSpace = new RegExp(`${space}+$`);

/** Removes whitespace from the start, like String.TrimStart(). */
export function trimStart(text: string): string {
  return text.replace(leadingSpace, '');
}

/** Removes whitespace from both ends, like String.Trim(). */
export function trim(text: string): string {
  return trimStart(text).replace(trailingSpace, '');
}

/** Splits a stream into lines like StreamReader.ReadLine(): LF, CRLF, or a lone CR ends a line. */
export class LineReader {
  #rest = '';

  /** Returns the lines that `chunk` completes. */
  push(chunk: string): string[] {
    // A CR at the very end can be the first half of a CRLF.
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    return lines;
  }

  /** Returns the last line if the stream didn't end with a line break. */
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
