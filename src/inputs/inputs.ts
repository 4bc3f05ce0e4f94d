import { distance } from 'fastest-levenshtein';
import type { CaptureAccess } from '../capture/client.ts';
import { ExpectedError } from '../expected-error.ts';
import type { RunContext } from './run-context.ts';
import { type Action, type Input, inputTable } from './table.ts';

/** Where inputs come from. GitHub's runner passes them in variables named INPUT_NAME. */
export interface InputSource {
  /** The trimmed value; empty if the input isn't given. */
  get(name: string): string;
  getUntrimmed(name: string): string;
  /** The names of all environment variables; empty if the inputs come from somewhere else. */
  readonly variables: readonly string[];
}

export class InputError extends ExpectedError {
  override readonly name = 'InputError';
  readonly #lines: readonly string[];

  /**
   * @param problems each with the input's name and the fix, in whole sentences
   * @param notDone what the step didn't do
   */
  constructor(problems: readonly string[], notDone = 'Nothing was sent to Capture.') {
    const isOne = problems.length === 1;
    const list = [
      `${problems.length} problems with the inputs:`,
      ...problems.map((problem) => `- ${problem}`),
    ];
    super(isOne ? problems.join('') : list.join('\n'), notDone, { title: 'invalid inputs' });
    this.#lines = isOne ? [this.message] : [...list, notDone];
    this.message = this.#lines.join('\n');
  }

  override get lines(): readonly string[] {
    return this.#lines;
  }
}

type Table<A extends Action> = (typeof inputTable)[A];
type Parsed<I> = I extends { readonly parse: (text: string) => infer T } ? T : never;

/** The values of an action's inputs. Those that are neither required nor have a default can be undefined. */
export type Values<A extends Action> = {
  readonly [N in keyof Table<A>]: Table<A>[N] extends { required: true } | { default: string }
    ? Parsed<Table<A>[N]>
    : Parsed<Table<A>[N]> | undefined;
};

export interface Reading<A extends Action> {
  /** Undefined: invalid, or neither given nor with a default. */
  readonly values: { readonly [N in keyof Table<A>]: Parsed<Table<A>[N]> | undefined };
  /** Whether the input has a value, valid or not. An empty input isn't given. */
  isGiven(name: keyof Table<A> & string): boolean;
}

/** A condition on several inputs, or on inputs and context. Returns the problem and the fix, or undefined. */
export type Rule<A extends Action> = (reading: Reading<A>, context: RunContext) => string | undefined;

/**
 * Reads and checks all inputs of an action.
 * @param rules what the table can't say about one input
 * @param notDone see InputError
 * @throws InputError with every problem
 */
export function readInputs<A extends Action>(
  action: A,
  rules: readonly Rule<A>[],
  { source, context, notDone }: { source: InputSource; context: RunContext; notDone?: string },
): Values<A> {
  const table: Readonly<Record<string, Input>> = inputTable[action];
  const isGiven = (name: string): boolean => source.get(name) !== '';
  const missing = Object.keys(table).filter((name) => table[name]?.required && !isGiven(name));
  const problems = [
    ...findUnknown(source, action),
    ...(missing.length === 0 ? [] : context.wording.missing(missing)),
    ...(context.problems ?? []),
  ];
  const values = Object.fromEntries(
    Object.entries(table).map(([name, input]) => {
      const given = input.untrimmed ? source.getUntrimmed(name) : source.get(name);
      const text = isGiven(name) ? given : input.default;
      return [
        name,
        text === undefined
          ? undefined
          : parse(context.wording.input(name), () => input.parse(text, context), problems),
      ];
    }),
  );
  const reading: Reading<A> = { values: values as Reading<A>['values'], isGiven };
  problems.push(...rules.map((rule) => rule(reading, context)).filter((problem) => problem !== undefined));
  if (problems.length > 0) throw new InputError(problems, notDone);
  return reading.values as Values<A>;
}

function parse(name: string, parseInput: () => unknown, problems: string[]): unknown {
  try {
    return parseInput();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.push(`${name}: ${error.message}`);
    return undefined;
  }
}

/**
 * Finds inputs that the action doesn't have. The runner only warns about them, and a default would apply instead: with
 * `dry-run`, delete would delete. Names that resemble no input are left to that warning, because variables named INPUT_X
 * can also come from `env`, or from the machine that the runner was started on.
 */
function findUnknown({ variables, get }: InputSource, action: Action): string[] {
  const inputNames = Object.keys(inputTable[action]);
  const given = variables
    .filter((name) => name.startsWith('INPUT_'))
    .map((name) => name.slice(6).toLowerCase());
  return given.flatMap((name) => {
    if (inputNames.includes(name)) return [];
    const near = inputNames.find((candidate) => isNear(name, candidate));
    if (near !== undefined) return [`${name}: unknown input. Did you mean ${near}?`];
    const foreign = describeForeign(name, get(name) === '');
    return foreign === undefined ? [] : [`${name}: unknown input. ${foreign} Remove it.`];
  });
}

/** Which other action has an input of this or a similar name. An empty input isn't given. */
function describeForeign(name: string, isEmpty: boolean): string | undefined {
  for (const [action, inputs] of Object.entries(inputTable)) {
    if (Object.hasOwn(inputs, name)) {
      if (isEmpty) continue;
      return `It belongs to the ${action} action.`;
    }
    const near = Object.keys(inputs).find((candidate) => isNear(name, candidate));
    if (near !== undefined) return `It resembles ${near} of the ${action} action.`;
  }
  return undefined;
}

/** Whether a name is probably a typo of another. One letter in four may differ; separators don't count. */
function isNear(name: string, known: string): boolean {
  const [a, b] = [name, known].map((text) => text.replace(/[-_ ]/g, '')) as [string, string];
  return distance(a, b) <= Math.floor(b.length / 4);
}

export type CaptureInputs = CaptureAccess & { readonly timeoutMs: number };

export function captureInputs(values: Values<'create' | 'delete' | 'sweep' | 'check'>): CaptureInputs {
  const owner = { clientId: values.owner_client_id, clientSecret: values.owner_client_secret };
  return { domain: values.capture_domain, owner, authScheme: values.auth_scheme, timeoutMs: values.timeout };
}

/** `lifetime: pull_request` needs a pull request, from the input or the event. */
export const rejectMissingPullRequest: Rule<'create' | 'delete'> = ({ values, isGiven }, context) => {
  if (values.lifetime !== 'pull_request' || isGiven('pull_request')) return undefined;
  if (context.pullRequest !== undefined) return undefined;
  return `${context.wording.input('lifetime')}: ${context.wording.noPullRequest}`;
};
