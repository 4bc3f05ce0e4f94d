/**
 * The pairs in a GITHUB_OUTPUT, GITHUB_STATE or GITHUB_ENV file, as strict as the runner and with its error texts
 * (actions-runtime.md §1c). Lazy on purpose: pairs that stand before a mistake are applied before it throws.
 */
export function* keyValuePairs(
  text: string,
  windows = process.platform === 'win32',
): Generator<[string, string]> {
  const reader = new FileReader(text, windows);
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    if (line.text === '') continue;
    // Whichever of the two comes first decides how the line is read.
    const equals = line.text.indexOf('=');
    const heredoc = line.text.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      yield [line.text.slice(0, equals), line.text.slice(equals + 1)];
    } else if (heredoc >= 0) {
      yield readHeredoc(reader, line.text, heredoc);
    } else {
      throw new Error(`Invalid format '${line.text}'`);
    }
  }
}

function readHeredoc(reader: FileReader, head: string, at: number): [string, string] {
  const name = head.slice(0, at);
  const delimiter = head.slice(at + 2);
  if (name === '' || delimiter === '') {
    throw new Error(`Invalid format '${head}'. Name must not be empty and delimiter must not be empty`);
  }
  let value = '';
  let lineBreak = '';
  for (let line = reader.next(); line?.text !== delimiter; line = reader.next()) {
    if (line === undefined) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
    if (line.lineBreak === '') throw new Error('Invalid value. EOF marker missing new line.');
    value += lineBreak + line.text;
    lineBreak = line.lineBreak;
  }
  return [name, value];
}

/** The folders in a GITHUB_PATH file. */
export function pathEntries(text: string): string[] {
  return text.split(/\r\n|\n/).filter((line) => line !== '');
}

/** LF ends a line; a CR before it belongs to the line break on Windows only, elsewhere to the value. */
class FileReader {
  readonly #text: string;
  readonly #windows: boolean;
  #at = 0;

  constructor(text: string, windows: boolean) {
    this.#text = text;
    this.#windows = windows;
  }

  next(): { text: string; lineBreak: string } | undefined {
    if (this.#at >= this.#text.length) return undefined;
    const start = this.#at;
    const feed = this.#text.indexOf('\n', start);
    if (feed < 0) {
      this.#at = this.#text.length;
      return { text: this.#text.slice(start), lineBreak: '' };
    }
    this.#at = feed + 1;
    const isPair = this.#windows && feed > start && this.#text[feed - 1] === '\r';
    return { text: this.#text.slice(start, isPair ? feed - 1 : feed), lineBreak: isPair ? '\r\n' : '\n' };
  }
}
