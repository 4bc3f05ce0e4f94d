/** Receives the body of a response, which is a JSON document. */
export interface Body {
  readonly bytes: number;
  /** @returns false if the body is larger than allowed */
  write(chunk: Buffer): boolean;
  /** The document once it's complete, undefined if it isn't JSON. The reason is left out: it would quote the document. */
  json(): unknown;
}

const mebibyte = 1024 * 1024;
const tailLength = 100;

export class WholeBody implements Body {
  bytes = 0;
  readonly #chunks: Buffer[] = [];
  readonly #maxBytes: number;

  constructor(maxBytes = mebibyte) {
    this.#maxBytes = maxBytes;
  }

  write(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    this.#chunks.push(chunk);
    return this.bytes <= this.#maxBytes;
  }

  json(): unknown {
    return parseJson(Buffer.concat(this.#chunks));
  }
}

const [quote, comma, openBracket, backslash, closeBracket, openBrace, closeBrace] = Buffer.from('",[\\]{}');

/**
 * Reduces a document whose top-level array `results` is too large for memory: clients/list has no paging
 * (docs/development/capture-api.md). Each element goes to `pick` as it arrives,
 * and only what that returns is kept. It counts only if `json` returns a document: the original one with `0` for each
 * element, so that JSON.parse judges every byte.
 */
export class ResultsBody<T> implements Body {
  bytes = 0;
  picked: T[] = [];
  readonly #pick: (element: unknown) => T | undefined;
  readonly #maxBytes: number;
  /** The document without the elements, as Latin-1: one character for each byte. */
  #rest = '';
  /** Its end, which says whether an array begins that is called results. */
  #tail = '';
  /** The element that is arriving. */
  #element = Buffer.alloc(0);
  #elements = 0;
  #isBroken = false;
  #depth = 0;
  #isInResults = false;
  #isInString = false;
  #isEscaped = false;

  /** @param maxBytes of what has to be kept at any time: two bytes for each element, and one element */
  constructor(pick: (element: unknown) => T | undefined, maxBytes = 8 * mebibyte) {
    this.#pick = pick;
    this.#maxBytes = maxBytes;
  }

  write(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    let start = 0;
    const keepUntil = (end: number): void => {
      this.#keep(chunk.subarray(start, end));
      start = end;
    };
    for (const [at, byte] of chunk.entries()) {
      if (this.#isInString) {
        this.#isInString = this.#isEscaped || byte !== quote;
        this.#isEscaped = !this.#isEscaped && byte === backslash;
      } else if (byte === quote) {
        this.#isInString = true;
      } else if (byte === openBracket || byte === openBrace) {
        this.#depth += 1;
        if (this.#depth !== 2) continue;
        keepUntil(at + 1);
        this.#startResults();
      } else if (byte === closeBracket || byte === closeBrace || byte === comma) {
        if (this.#isInResults && this.#depth === 2) {
          keepUntil(at);
          this.#endElement();
          // The separator belongs to the rest.
          this.#isInResults = false;
          keepUntil(at + 1);
          this.#isInResults = byte === comma;
        }
        if (byte !== comma) this.#depth -= 1;
      }
    }
    keepUntil(chunk.length);
    return this.#rest.length + this.#element.length <= this.#maxBytes;
  }

  json(): unknown {
    const document = this.#isBroken ? undefined : parseJson(Buffer.from(this.#rest, 'latin1'));
    const results = (document as { readonly results?: unknown } | null | undefined)?.results;
    // An escaped key, "result\u0073", isn't recognized: its elements are in the document.
    return Array.isArray(results) && results.length !== this.#elements ? undefined : document;
  }

  #keep(bytes: Buffer): void {
    if (this.#isInResults) this.#element = Buffer.concat([this.#element, bytes]);
    else this.#keepRest(bytes.toString('latin1'));
  }

  #keepRest(text: string): void {
    this.#rest += text;
    this.#tail = (this.#tail + text.slice(-tailLength)).slice(-tailLength);
  }

  /** Of two equal keys the later one counts, so each array of that name starts over. */
  #startResults(): void {
    this.#isInResults = /[{,]\s*"results"\s*:\s*\[$/.test(this.#tail);
    if (!this.#isInResults) return;
    this.#elements = 0;
    this.picked = [];
  }

  #endElement(): void {
    const bytes = this.#element;
    this.#element = Buffer.alloc(0);
    // An element that is missing is for JSON.parse to find, in the rest.
    if (/^[ \t\r\n]*$/.test(bytes.toString('latin1'))) return;
    this.#keepRest('0');
    this.#elements += 1;
    // A byte-order mark is fine only at the start of a document.
    const element = parseJson(bytes, { ignoreBOM: true });
    if (element === undefined) this.#isBroken = true;
    const picked = this.#isBroken ? undefined : this.#pick(element);
    if (picked !== undefined) this.picked.push(picked);
  }
}

function parseJson(bytes: Buffer, options: { ignoreBOM?: boolean } = {}): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ...options }).decode(bytes));
  } catch {
    return undefined;
  }
}
