import { distance } from 'fastest-levenshtein';
import type { CaptureAccess } from '../capture/client.ts';
import { type NetworkSettings, proxySecrets } from '../capture/network-settings.ts';
import { ExpectedError } from '../errors.ts';
import type { Log } from '../log.ts';
import { actions, type CommandName, type Input, inputsOf, inputTable } from './input-table.ts';
import { minKeyLength, quote, rejectUnexpanded } from './parsers.ts';
import type { RunContext } from './run-context.ts';

/** Where inputs come from. GitHub's runner passes them in variables named INPUT_NAME. */
export interface InputSource {
  /** The trimmed value; empty if the input isn't given. */
  get(name: string): string;
  /** The names of all environment variables; empty if the inputs come from somewhere else. */
  readonly variables: readonly string[];
}

/** What reading inputs needs of a host. */
export interface InputReader {
  readonly inputs: InputSource;
  readonly run: RunContext;
  readonly words: InputWords;
}

export type NamedInput = readonly [name: string, input: Input];

export interface InputWords {
  /** The problem and the fix if these required inputs are empty, in whole sentences, one item per problem. */
  missing(inputs: readonly NamedInput[]): string[];
  /** The same if an input needs a pull request, and the run belongs to none. */
  readonly noPullRequest: string;
}

export class InputError extends ExpectedError {
  override readonly lines: readonly string[];

  /** @param problems each with the input's name and the fix, in whole sentences */
  constructor(problems: readonly string[], notDone = 'Nothing was sent to Capture.') {
    const isOne = problems.length === 1;
    const items = problems.map((problem) => `- ${problem}`);
    const list = isOne ? problems : [`${problems.length} problems with the inputs:`, ...items];
    super(list.join('\n'), notDone, { title: 'invalid inputs', exitCode: 2 });
    this.lines = isOne ? [this.message] : [...list, notDone];
    this.message = this.lines.join('\n');
  }
}

type Table<C extends CommandName> = (typeof inputTable)[C];
type Parsed<I> = I extends { readonly parse: (text: string) => infer T } ? T : never;

/** The values of a command's inputs. Those that are neither required nor have a default can be undefined. */
export type Values<C extends CommandName> = {
  readonly [N in keyof Table<C>]: Table<C>[N] extends { required: true } | { default: string }
    ? Parsed<Table<C>[N]>
    : Parsed<Table<C>[N]> | undefined;
};

/** What rules judge by. */
export interface Reading<C extends CommandName> extends Pick<InputReader, 'run' | 'words'> {
  /** Undefined: invalid, or neither given nor with a default. */
  readonly values: Partial<Values<C>>;
  /** Whether the input has a value, valid or not. An empty input isn't given. */
  isGiven(name: keyof Table<C> & string): boolean;
}

/** A condition on several inputs, or on inputs and the run. Returns the problem and the fix, or nothing. */
export type Rule<C extends CommandName> = (reading: Reading<C>) => Problem | readonly Problem[];
type Problem = string | false | undefined;

/**
 * Reads and checks all inputs of a command.
 * @param notDone what the step didn't do because of an error
 * @throws InputError with every problem
 */
export function readInputs<C extends CommandName>(
  command: C,
  rules: readonly Rule<C>[],
  reader: InputReader,
  notDone?: string,
): Values<C> {
  const { inputs: source, run, words } = reader;
  const table: Readonly<Record<string, Input>> = inputTable[command];
  const isGiven = (name: string): boolean => source.get(name) !== '';
  const missing = Object.entries(table).filter(([name, { required }]) => required && !isGiven(name));
  const problems = [...findUnknown(source, command), ...words.missing(missing), ...(run.problems ?? [])];
  const values: Record<string, unknown> = {};
  for (const [name, input] of Object.entries(table)) {
    const text = source.get(name) || input.default;
    if (text === undefined) continue;
    try {
      rejectUnexpanded(text, input.secret || input.fromFile ? 'the value' : quote(text));
      values[name] = input.parse(text, run);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.push(`\`${name}\`: ${error.message}`);
    }
  }
  const reading = { values: values as Values<C>, isGiven, run, words };
  const found = rules.flatMap((rule) => rule(reading));
  problems.push(...found.filter((problem) => typeof problem === 'string'));
  if (problems.length > 0) throw new InputError(problems, notDone);
  return reading.values;
}

/**
 * Finds misspelled and foreign inputs. The runner only warns about them, and a default would apply: with `dry-run`, sweep
 * would delete. Names that resemble no input are left to that warning: INPUT_X can also come from `env` or the machine.
 */
function findUnknown({ variables, get }: InputSource, command: CommandName): string[] {
  const namesOf = (action: CommandName): string[] => Object.keys(inputsOf(action, 'workflow'));
  const own = namesOf(command);
  return variables
    .filter((variable) => variable.startsWith('INPUT_'))
    .map((variable) => variable.slice(6).toLowerCase())
    .filter((name) => !own.includes(name))
    .flatMap((name) => {
      const near = [...own, ...actions.flatMap(namesOf)].find((known) => isNear(name, known));
      // An empty input isn't given.
      if (near === undefined || (near === name && get(name) === '')) return [];
      const fix = own.includes(near)
        ? `Did you mean \`${near}\`?`
        : `Another action has \`${near}\`. Remove it.`;
      return [`${name}: unknown input. ${fix}`];
    });
}

/** Whether a name is probably a typo of another. One letter in four may differ; separators don't count. */
function isNear(name: string, known: string): boolean {
  const [a, b] = [name, known].map((text) => text.replace(/[-_ ]/g, '')) as [string, string];
  return distance(a, b) <= Math.floor(b.length / 4);
}

export type CaptureInputs = CaptureAccess & { readonly timeoutMs: number };

/** Every command but unseal has these inputs. */
export function captureInputs(values: Omit<Values<'list'>, 'repositories'>): CaptureInputs {
  const owner = { clientId: values.owner_client_id, clientSecret: values.owner_client_secret };
  return { domain: values.capture_domain, owner, authScheme: values.auth_scheme, timeoutMs: values.timeout };
}

/** Clients of a pull request need one, from the input or the event; others have no use for one. */
export const rejectPullRequest: Rule<'create' | 'configure' | 'delete'> = (reading) => {
  const { lifetime } = reading.values;
  const isGiven = reading.isGiven('pull_request');
  if (lifetime === 'pull_request')
    return (
      !isGiven && reading.run.pullRequest === undefined && `\`lifetime\`: ${reading.words.noPullRequest}`
    );
  return (
    lifetime !== undefined &&
    isGiven &&
    `\`pull_request\` has no effect with \`lifetime\` ${lifetime}. Remove it, or set \`lifetime: pull_request\`.`
  );
};

/** Masks every secret that this process was given, before anything else can print it. */
export function maskInputs({ get }: InputSource, network: NetworkSettings, log: Log): void {
  log.mask({ clientId: get('owner_client_id'), clientSecret: get('owner_client_secret') });
  // A key that is rejected as too short isn't a secret, and would hide words of the message.
  if (get('seal_key').length >= minKeyLength) log.maskSecret(get('seal_key'));
  for (const token of ['github_token', 'gitlab_token']) log.maskSecret(get(token));
  // The saved state has the proxy, and the runner's debug log prints the state.
  for (const secret of proxySecrets(network)) log.maskSecret(secret);
}
