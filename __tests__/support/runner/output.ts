import { type Command, parseCommand } from './commands.ts';
import type { SecretMasker } from './masker.ts';
import { trim } from './text.ts';

/** A message at the top of a run. `title` is NOT masked, as on the real runner. */
export interface Annotation {
  level: 'error' | 'warning' | 'notice';
  message: string;
  title?: string;
}

const labels = { error: 'Error: ', warning: 'Warning: ', notice: 'Notice: ' };

/**
 * Processes the output of one stage as the runner does: executes workflow commands, and writes the log that a user sees.
 * The runner parses both stdout and stderr. A command that no action here uses fails the step.
 */
export class StageOutput {
  readonly annotations: Annotation[] = [];
  readonly masks: string[] = [];
  readonly outputs: Record<string, string> = {};
  readonly state: Record<string, string> = {};
  /** Whether a command failed. That fails the step whatever its exit code. */
  failed = false;

  readonly #masker: SecretMasker;
  readonly #debugging: boolean;
  readonly #log: string[] = [];

  constructor(masker: SecretMasker, debugging: boolean) {
    this.#masker = masker;
    this.#debugging = debugging;
  }

  /** The log so far. Errors, warnings, and notices are as on the web page; debug lines are `##[…]`. */
  get log(): string {
    return this.#log.map((line) => `${line}\n`).join('');
  }

  /** Processes one line of stdout or stderr. */
  line(line: string): void {
    const command = parseCommand(line);
    if (command === undefined) this.#write(line);
    else this.#execute(command);
  }

  /** Adds an annotation and its line in the log. */
  issue(level: Annotation['level'], message: string, title?: string): void {
    const shown = this.#masker.mask(message);
    this.annotations.push({ level, message: shown, ...(title === undefined ? {} : { title }) });
    if (shown !== '') this.#write(labels[level] + shown);
  }

  /** Adds debug lines if debug logging is on. */
  debug(message: string): void {
    if (!this.#debugging) return;
    for (const line of message.split(/\r?\n/)) this.#write(`##[debug]${line}`);
  }

  /** Reports a failed command in two lines, as the runner does. */
  commandFailed(what: string, error: unknown): void {
    this.issue('error', what);
    this.issue('error', error instanceof Error ? error.message : String(error));
    this.failed = true;
  }

  saveState(name: string, value: string): void {
    this.state[name] = value;
    this.debug(`Save intra-action state ${name} = ${value}`);
  }

  setOutput(name: string, value: string): void {
    this.outputs[name] = value;
    this.debug(`Set output ${name} = ${value}`);
  }

  #write(text: string): void {
    this.#log.push(this.#masker.mask(text));
  }

  #execute({ name, title, data }: Command): void {
    if (name === 'debug') this.debug(data);
    else if (name === 'add-mask') this.#addMask(data);
    else if (name === 'error' || name === 'warning' || name === 'notice') this.issue(name, data, title);
    else this.commandFailed(`Unable to process command '${name}'.`, 'No action here uses it.');
  }

  #addMask(value: string): void {
    if (trim(value) === '') {
      this.issue('warning', "Can't add secret mask for empty string in ##[add-mask] command.");
      return;
    }
    this.masks.push(value);
    this.#masker.add(value);
  }
}
