/** An expected failure, reported without a stack. Any other exception is reported as a bug in this project. */
export class ExpectedError extends Error {
  override readonly name: string = this.constructor.name;
  /** What was attempted and what happened, in whole sentences. */
  readonly problem: string;
  /** What to do now, in whole sentences. */
  readonly hint: string;
  /** What the annotation's title adds: "invalid inputs" becomes "Capture client: invalid inputs". */
  readonly title: string | undefined;
  /** Of the process, for a command. */
  readonly exitCode: number | undefined;
  /** The message as it is reported, one item per line. */
  readonly lines: readonly string[] = [this.message];

  constructor(
    problem: string,
    hint: string,
    { cause, title, exitCode }: Partial<Pick<ExpectedError, 'cause' | 'title' | 'exitCode'>> = {},
  ) {
    super(`${problem} ${hint}`.trim(), { cause });
    this.problem = problem;
    this.hint = hint;
    this.title = title;
    this.exitCode = exitCode;
  }

  because({ problem = this.problem, hint = this.hint }: Partial<Wording>): ExpectedError {
    return new ExpectedError(problem, hint, { cause: this, title: this.title, exitCode: this.exitCode });
  }
}

export type Wording = Pick<ExpectedError, 'problem' | 'hint'>;

/** @param howToReport where, and with what; a whole sentence */
export function describeBug(error: unknown, howToReport: string): string {
  return `Unexpected error: ${withoutQuotes(String(error))}. This is a bug in capture-client-action. ${howToReport}`;
}

/** Where an exception and its causes come from, one line each. */
export function stackLines(error: unknown): string[] {
  const lines: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const frames = `${cause.stack}`.split('\n').filter((line) => /^\s+at /.test(line));
    lines.push(withoutQuotes(String(cause)), ...frames);
  }
  return lines;
}

/** Node and its libraries quote values in messages. A value can be a secret, and an escaped one matches no mask. */
function withoutQuotes(text: string): string {
  const inOneLine = text.replace(/\s+/g, ' ').replace(/(["'`]).*["'`]/, '$1…$1');
  return inOneLine.replace(/[a-z][a-z\d+.-]*:\/\/\S+/gi, '…');
}

/** Returns undefined if it throws, for what can't be parsed, read, or opened. */
export function tryTo<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}
