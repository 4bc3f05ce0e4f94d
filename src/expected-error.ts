export interface ExpectedErrorOptions {
  readonly cause?: unknown;
  /** What the annotation's title adds: "invalid inputs" becomes "Capture client: invalid inputs". */
  readonly title?: string | undefined;
}

/**
 * An expected failure. It is reported as its message, without a stack; any other exception is a bug in this
 * project and is reported as one.
 */
export class ExpectedError extends Error {
  override readonly name: string = 'ExpectedError';
  /** What was attempted and what happened, in whole sentences. */
  readonly problem: string;
  /** What to do now, in whole sentences. */
  readonly hint: string;
  readonly title: string | undefined;

  constructor(problem: string, hint: string, { cause, title }: ExpectedErrorOptions = {}) {
    super(`${problem} ${hint}`.trim(), cause === undefined ? {} : { cause });
    this.problem = problem;
    this.hint = hint;
    this.title = title;
  }

  /** The message as it is reported, one item per line. A subclass with a list of problems overrides it. */
  get lines(): readonly string[] {
    return [this.message];
  }
}
