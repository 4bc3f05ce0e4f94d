import { appendFileSync } from 'node:fs';
import { randomHex } from '../random.ts';
import { type CommandFile, EnvironmentError } from './context.ts';

/**
 * Sets all outputs of the step.
 * @param file the path in GITHUB_OUTPUT
 * @throws EnvironmentError if the file can't be written
 */
export function setOutputs(file: string, outputs: Readonly<Record<string, string>>): void {
  appendPairs('GITHUB_OUTPUT', file, outputs);
}

/**
 * Adds pairs to one of the runner's files with one append, so that a signal leaves either all of them or none.
 * `core.setOutput` and `core.saveState` append each on its own, and print it if there's no file.
 * @throws EnvironmentError if the file can't be written
 */
export function appendPairs(
  variable: CommandFile,
  file: string,
  pairs: Readonly<Record<string, string>>,
): void {
  const delimiter = newDelimiter(Object.values(pairs));
  const entries = Object.entries(pairs).map(
    ([name, value]) => `${name}<<${delimiter}\n${value}\n${delimiter}\n`,
  );
  try {
    appendFileSync(file, entries.join(''));
  } catch (error) {
    throw new EnvironmentError(
      `Could not write ${variable} (${file}): ${(error as Error).message}. If this step created a client, its post step deletes it.`,
      "Check the runner's free disk space and the permissions of the file, then re-run the job.",
      { cause: error, title: 'unwritable file' },
    );
  }
}

/** No value may contain it, or the rest of the value would be read as another output. */
function newDelimiter(values: readonly string[]): string {
  for (;;) {
    const delimiter = `ghadelimiter_${randomHex(32)}`;
    if (values.every((value) => !value.includes(delimiter))) return delimiter;
  }
}
