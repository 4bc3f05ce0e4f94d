import { Transform } from 'node:stream';

const replacement = Buffer.from('***');

/**
 * A stream that replaces every form of a secret with `***`; forms that overlap or touch get only one. It works on bytes,
 * so any output passes unchanged otherwise, and holds back only what may be the start of a form.
 * @param forms none of them empty
 */
export function createRedaction(forms: Iterable<string>): Transform {
  const needles = [...forms].map((form) => Buffer.from(form));
  const findStart = createStartFinder(needles);
  let held: Buffer = Buffer.alloc(0);
  /** Up to where `held` is replaced already: 0 if a replacement ends just before it, less if none does. */
  let replacedTo = -1;

  /** Returns what's before `end`, redacted, and holds the rest. No form to come starts before `end`. */
  function release(bytes: Buffer, end: number): Buffer {
    const parts: Buffer[] = [];
    let from = Math.max(replacedTo, 0);
    for (const found of findAll(bytes, needles, end)) {
      if (found.start > replacedTo) parts.push(bytes.subarray(from, found.start), replacement);
      replacedTo = Math.max(replacedTo, found.end);
      from = replacedTo;
    }
    parts.push(bytes.subarray(from, end));
    held = bytes.subarray(end);
    replacedTo = Math.max(replacedTo - end, -1);
    return Buffer.concat(parts);
  }

  return new Transform({
    transform(chunk: Buffer, _, done) {
      const bytes = Buffer.concat([held, chunk]);
      done(null, release(bytes, findStart(bytes)));
    },
    flush(done) {
      done(null, release(held, held.length));
    },
  });
}

/** Finds every needle that starts up to `last`, those that overlap others included, in the order of their starts. */
function findAll(bytes: Buffer, needles: readonly Buffer[], last: number) {
  const found: { start: number; end: number }[] = [];
  for (const needle of needles) {
    let start = bytes.indexOf(needle);
    while (start >= 0 && start <= last) {
      found.push({ start, end: start + needle.length });
      start = bytes.indexOf(needle, start + 1);
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Makes a function that finds where the last bytes begin to be the start of a needle; the length if they don't. */
function createStartFinder(needles: readonly Buffer[]): (bytes: Buffer) => number {
  const byFirst = Map.groupBy(needles, (needle) => needle[0]);
  const longest = Math.max(0, ...needles.map(({ length }) => length));
  return (bytes) => {
    const { length } = bytes;
    for (let start = Math.max(0, length - longest); start < length; start += 1) {
      const isStart = (needle: Buffer): boolean =>
        needle.length > length - start && bytes.compare(needle, 0, length - start, start) === 0;
      if (byFirst.get(bytes[start])?.some(isStart)) return start;
    }
    return length;
  };
}
