import { type Command, parseCommand, workflowCommands } from './commands.ts';
import type { SecretMasker } from './masker.ts';
import { trim } from './text.ts';

/** A message at the top of a run. `title` is NOT masked, as on the real runner. */
export interface Annotation {
  level: 'error' | 'warning' | 'notice';
  message: string;
  title?: string;
}

const longestMessage = 4096;
const mostAnnotations = 10;
const labels = { error: 'Error: ', warning: 'Warning: ', notice: 'Notice: ' };

// Commands that the runner doesn't echo: they write to the log themselves, or contain a secret.
const silent = new Set(['add-mask', 'debug', 'error', 'notice', 'warning']);

/**
 * Processes the output of one stage as the runner does: executes workflow commands, and writes the log that a user sees.
 * The runner parses both stdout and stderr.
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
  readonly #known = new Set(workflowCommands);
  readonly #log: string[] = [];
  #stopToken: string | undefined;

  /** What each command does. There are no problem matchers here, so add-matcher and remove-matcher do nothing. */
  readonly #actions: Record<string, (command: Command, line: string) => void> = {
    'add-mask': ({ data }) => this.#addMask(data),
    'add-path': ({ name }) => disabled(name),
    debug: ({ data }) => this.debug(data),
    error: ({ data, properties }) => this.issue('error', data, properties.title),
    notice: ({ data, properties }) => this.issue('notice', data, properties.title),
    'save-state': ({ name, data, properties }) => {
      this.#warnDeprecated(name);
      this.saveState(required(properties.name, name), data);
    },
    'set-env': ({ name }) => disabled(name),
    'set-output': ({ name, data, properties }) => {
      this.#warnDeprecated(name);
      this.setOutput(required(properties.name, name), data);
    },
    'stop-commands': ({ data }, line) => this.#stop(data, line),
    warning: ({ data, properties }) => this.issue('warning', data, properties.title),
  };

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
    const command = parseCommand(line, this.#known);
    if (command === undefined || !this.#handle(command, line)) this.#write(line);
  }

  /** Adds an annotation (up to ten of each level in a stage) and its line in the log. */
  issue(level: Annotation['level'], message: string, title?: string): void {
    // Mask before the cut, which could split a secret.
    const shown = this.#masker.mask(message).slice(0, longestMessage);
    if (this.annotations.filter((annotation) => annotation.level === level).length < mostAnnotations) {
      this.annotations.push({ level, message: shown, ...(title === undefined ? {} : { title }) });
    }
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

  /** Returns false if the line isn't a command after all. */
  #handle(command: Command, line: string): boolean {
    if (this.#stopToken !== undefined) return this.#resume(command, line);
    if (this.#debugging && !silent.has(command.name) && command.name !== 'stop-commands') this.#write(line);
    try {
      this.#actions[command.name]?.(command, line);
    } catch (error) {
      this.commandFailed(
        `Unable to process command '${silent.has(command.name) ? command.name : line}' successfully.`,
        error,
      );
    }
    return true;
  }

  #addMask(value: string): void {
    if (trim(value) === '') {
      this.issue('warning', "Can't add secret mask for empty string in ##[add-mask] command.");
      return;
    }
    if (this.#debugging) this.#write('::add-mask::***');
    this.masks.push(value);
    this.#masker.add(value);
  }

  #stop(token: string, line: string): void {
    if (token === '' || token.toLowerCase() === 'pause-logging' || this.#known.has(token.toLowerCase())) {
      throw new Error(
        "You cannot use a endToken that is an empty string, the string 'pause-logging', or another workflow command.",
      );
    }
    this.#stopToken = token.toLowerCase();
    this.#known.add(this.#stopToken);
    // The runner masks a token of more than six characters, for the rest of the job.
    if (token.length > 6) this.#masker.add(token);
    this.#write(line);
  }

  #resume(command: Command, line: string): boolean {
    if (command.name !== this.#stopToken) return false;
    this.#known.delete(this.#stopToken);
    this.#stopToken = undefined;
    this.#write(line);
    return true;
  }

  #warnDeprecated(name: string): void {
    this.issue(
      'warning',
      `The \`${name}\` command is deprecated and will be disabled soon. Please upgrade to using Environment Files. For more information see: https://github.blog/changelog/2022-10-11-github-actions-deprecating-save-state-and-set-output-commands/`,
    );
  }
}

function required(name: string | undefined, command: string): string {
  if (name === undefined) throw new Error(`Required field 'name' is missing in ##[${command}] command.`);
  return name;
}

function disabled(command: string): never {
  throw new Error(
    `The \`${command}\` command is disabled. Please upgrade to using Environment Files or opt into unsecure command execution by setting the \`ACTIONS_ALLOW_UNSECURE_COMMANDS\` environment variable to \`true\`. For more information see: https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/`,
  );
}
