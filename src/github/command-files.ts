import { appendFileSync } from 'node:fs';
import { ExpectedError } from '../errors.ts';
import { randomHex } from '../random.ts';
import { requireVariable } from './workflow-context.ts';

/** Sets all outputs of the step. What isn't text becomes JSON. @throws ExpectedError if the file can't be written */
export function setOutputs(values: Readonly<Record<string, unknown>>): void {
  const outputs = Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
  appendPairs('GITHUB_OUTPUT', Object.fromEntries(outputs));
}

/**
 * Adds pairs to one of the runner's files with one append, so that a signal leaves either all of them or none.
 * `core.setOutput` and `core.saveState` append each on its own, and print it if there's no file.
 * @throws ExpectedError if the file can't be written
 */
export function appendPairs(
  variable: 'GITHUB_OUTPUT' | 'GITHUB_STATE',
  pairs: Readonly<Record<string, string>>,
): void {
  const file = requireVariable(process.env, variable);
  // Random, so that no value contains it.
  const delimiter = `ghadelimiter_${randomHex(32)}`;
  const entries = Object.entries(pairs).map(
    ([name, value]) => `${name}<<${delimiter}\n${value}\n${delimiter}\n`,
  );
  try {
    appendFileSync(file, entries.join(''));
  } catch (error) {
    throw new ExpectedError(
      `Could not write ${variable} (${file}): ${(error as Error).message}.`,
      "Check the runner's free disk space and the permissions of the file, then re-run the job.",
      { cause: error, title: 'unwritable file' },
    );
  }
}
