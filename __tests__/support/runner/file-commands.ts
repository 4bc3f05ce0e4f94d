import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files through which a step talks to the runner, in the order in which the runner reads them. */
export const commandFiles = [
  { command: 'path', variable: 'GITHUB_PATH', prefix: 'add_path_' },
  { command: 'env', variable: 'GITHUB_ENV', prefix: 'set_env_' },
  { command: 'step_summary', variable: 'GITHUB_STEP_SUMMARY', prefix: 'step_summary_' },
  { command: 'state', variable: 'GITHUB_STATE', prefix: 'save_state_' },
  { command: 'output', variable: 'GITHUB_OUTPUT', prefix: 'set_output_' },
] as const;

export type CommandFile = (typeof commandFiles)[number];

/** Creates fresh, empty files for one stage. Returns the variables that hold their paths. */
export function createCommandFiles(temp: string): Record<CommandFile['variable'], string> {
  const folder = join(temp, '_runner_file_commands');
  mkdirSync(folder, { recursive: true });
  const suffix = randomUUID();
  const paths = commandFiles.map(({ variable, prefix }) => {
    const path = join(folder, prefix + suffix);
    writeFileSync(path, '', { flag: 'wx' });
    return [variable, path];
  });
  return Object.fromEntries(paths);
}

/** Reads a command file as .NET's ReadAllText does, without a byte-order mark. A file that no step can write is empty. */
export function readCommandFile(path: string | undefined): string {
  // Reading a device such as /dev/full never ends.
  if (!path || statSync(path, { throwIfNoEntry: false })?.isFile() !== true || !isWritable(path)) return '';
  return readFileSync(path, 'utf8').replace(/^\ufeff/, '');
}

/** Opens the file, because root's permissions say nothing about files of the kernel. */
function isWritable(path: string): boolean {
  try {
    closeSync(openSync(path, 'r+'));
    return true;
  } catch {
    return false;
  }
}

/**
 * The pairs in a GITHUB_OUTPUT, GITHUB_STATE, or GITHUB_ENV file. As strict as the runner, with the runner's error
 * messages (docs/development/runner.md, "File commands"). A generator, because the runner applies the pairs before an
 * error.
 */
export function* keyValuePairs(
  text: string,
  windows = process.platform === 'win32',
): Generator<[string, string]> {
  const reader = new FileReader(text, windows);
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    if (line.text === '') continue;
    // The first of the two decides how to read the line.
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

/** Reads lines that end with LF. A CR before it belongs to the line break on Windows, and to the value elsewhere. */
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
