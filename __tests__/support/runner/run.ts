import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Folders,
  inputVariables,
  machineEnvironment,
  pushEnvironment,
  pushEvent,
} from './environment.ts';
import { keyValuePairs, pathEntries } from './file-commands.ts';
import { evaluate, type Manifest, type PostCondition, readManifest } from './manifest.ts';
import { SecretMasker } from './masker.ts';
import { type Annotation, StageOutput } from './output.ts';
import { type NodeExit, type Patience, runNode, type StageControl } from './process.ts';
import { linesOf, trim } from './text.ts';

export type { Annotation } from './output.ts';
export type { Patience, StageControl } from './process.ts';

/** One step: `uses:` a folder, `with:` and all that surrounds it. */
export interface StepOptions {
  /** The folder that holds action.yml. */
  action: string;
  /** As written under `with:`. Defaults of the manifest are added. */
  inputs?: Record<string, string>;
  /** GITHUB_*, RUNNER_* and others, over a base that imitates a push to main of acme/shop. */
  env?: Record<string, string>;
  /** The event's payload, written to GITHUB_EVENT_PATH. */
  event?: unknown;
  /** Values for `${{ … }}` in the manifest's defaults, keyed by what stands inside, as in `github.token`. */
  expressions?: Record<string, string>;
  /** Secrets of the workflow, masked from the start. */
  masks?: string[];
  /** A file to which everything the step writes is appended in order; see journal.ts. */
  journal?: string;
  /** Called when the process of main has started. */
  onStart?: (control: StageControl) => void;
}

/** How the posts are run. */
export interface PostOptions {
  /** Leaves out every INPUT_*: inside a composite action, post no longer has them. */
  withoutInputs?: boolean;
  /** Called when the process of each post has started. */
  onStart?: (control: StageControl) => void;
}

/** What came of one stage. */
export interface StageResult {
  exitCode: number | null;
  signal: string | null;
  conclusion: 'success' | 'failure';
  /** Whether `cancel()` was called; the runner then says "cancelled" whatever the exit code, here it is a failure. */
  cancelled: boolean;
  /** Raw, as are `stderr`, `outputs`, `state`, `rawSummary` and `masks`. */
  stdout: string;
  stderr: string;
  /** What a user sees: commands obeyed and shown as the runner shows them, secrets masked. */
  log: string;
  annotations: Annotation[];
  /** Always empty for a post, whose outputs the runner discards (actions-runtime.md §1b). */
  outputs: Record<string, string>;
  /** What this stage saved. */
  state: Record<string, string>;
  /** Masked; empty when it was over a mebibyte. */
  summary: string;
  rawSummary: string;
  /** The values passed to add-mask. */
  masks: string[];
  durationMs: number;
}

/** A job's outputs as other jobs get them. */
export interface JobOutputs {
  outputs: Record<string, string>;
  warnings: string[];
}

/** A stage that ran into its time limit and was killed; `result` tells how far it came. */
export class StageTimeoutError extends Error {
  override name = 'StageTimeoutError';
  readonly result: StageResult;

  constructor(stage: string, seconds: number, result: StageResult) {
    super(`${stage} was still running after ${seconds} s and was killed. Its log:\n${result.log}`);
    this.result = result;
  }
}

interface Step {
  name: string;
  manifest: Manifest;
  options: StepOptions;
  state: Record<string, string>;
}

interface Stage {
  step: Step;
  kind: 'main' | 'post';
  script: string;
  withoutInputs?: boolean | undefined;
  onStart?: ((control: StageControl) => void) | undefined;
}

// ProcessInvoker.cs (§1d), and a limit of our own for a stage.
const runnersPatience: Patience = { interrupt: 7_500, terminate: 2_500, streams: 5_000, stage: 120_000 };

const largestSummary = 1024 * 1024;

/** One job: one masker, one set of folders, steps in the order of the calls, posts last in first out. */
export class Job {
  readonly masker = new SecretMasker();

  readonly #patience: Patience;
  readonly #root: string;
  readonly #folders: Folders;
  readonly #posts: Step[] = [];
  readonly #running = new Set<StageControl>();
  // What GITHUB_ENV and GITHUB_PATH files asked for, for the later steps and posts.
  readonly #environment: Record<string, string> = {};
  #path: string[] = [];
  #steps = 0;
  #status: 'success' | 'failure' | 'cancelled' = 'success';

  /** The times default to the runner's own (7.5 s, 2.5 s, 5 s), and 120 s for a stage. */
  constructor(patience: Partial<Patience> = {}) {
    this.#patience = { ...runnersPatience, ...patience };
    this.#root = realpathSync(mkdtempSync(join(tmpdir(), 'runner-')));
    this.#folders = { workspace: join(this.#root, 'work'), temp: join(this.#root, 'temp') };
    for (const folder of Object.values(this.#folders)) mkdirSync(folder);
  }

  /** Runs a step's main. A step that fails is no rejection; a missing manifest or a time limit is one. */
  async step(options: StepOptions): Promise<StageResult> {
    const step = this.#prepare(options);
    // Registered before the process starts: whatever becomes of main, post runs (§1d).
    if (step.manifest.post !== undefined) this.#posts.push(step);
    return await this.#runStage({ step, kind: 'main', script: step.manifest.main, onStart: options.onStart });
  }

  /** Runs the posts of all steps whose main was started, last in first out, each with the state its main saved. */
  async post(options: PostOptions = {}): Promise<StageResult[]> {
    const results: StageResult[] = [];
    const failures: unknown[] = [];
    for (let step = this.#posts.pop(); step !== undefined; step = this.#posts.pop()) {
      if (!this.#allows(step.manifest.postIf)) continue;
      try {
        results.push(
          await this.#runStage({ step, kind: 'post', script: step.manifest.post ?? '', ...options }),
        );
      } catch (error) {
        // The others still get their turn.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return results;
  }

  /** Lets job outputs through as "Complete job" does, after all posts: empty or masked ones are dropped whole (§1b). */
  outputs(values: Record<string, string>): JobOutputs {
    const result: JobOutputs = { outputs: {}, warnings: [] };
    for (const [name, value] of Object.entries(values)) {
      if (value === '') continue;
      if (this.masker.hides(value)) {
        result.warnings.push(this.masker.mask(`Skip output '${name}' since it may contain secret.`));
      } else {
        result.outputs[name] = value;
      }
    }
    return result;
  }

  /** Ends what is still running and removes the job's folders. */
  async dispose(): Promise<void> {
    for (const control of this.#running) control.kill('SIGKILL');
    await rm(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  #prepare(options: StepOptions): Step {
    const manifest = readManifest(options.action);
    // Worker.cs trims a workflow secret first (§1a).
    for (const secret of options.masks ?? []) this.masker.add(trim(secret));
    this.#steps += 1;
    return { name: this.#steps === 1 ? '__self' : `__self_${this.#steps}`, manifest, options, state: {} };
  }

  async #runStage(stage: Stage): Promise<StageResult> {
    const inputs = readInputs(stage.step);
    const environment = this.#environmentFor(stage, inputs);
    const output = new StageOutput(this.masker, environment.RUNNER_DEBUG === '1');
    warnAboutInputs(stage.step, inputs, output);
    const started = performance.now();
    const exit = await this.#runProcess(stage, environment, output);
    output.debug(`Node Action run completed with exit code ${exit.exitCode}`);
    // Whatever the end was: what had been written by then counts (§1d).
    const summary = this.#processFileCommands(environment, output);
    Object.assign(stage.step.state, output.state);
    const result = this.#conclude(stage, exit, output, summary, Math.round(performance.now() - started));
    if (!exit.timedOut) return result;
    const name = `The ${stage.kind} stage of '${stage.step.manifest.name}'`;
    throw new StageTimeoutError(name, this.#patience.stage / 1000, result);
  }

  async #runProcess(
    stage: Stage,
    environment: Record<string, string>,
    output: StageOutput,
  ): Promise<NodeExit> {
    const { action, journal } = stage.step.options;
    let control: StageControl | undefined;
    try {
      return await runNode({
        script: join(resolve(action), stage.script),
        nodeOptions: journal === undefined ? [] : ['--import', observerFor(journal)],
        folder: environment.GITHUB_WORKSPACE ?? this.#folders.workspace,
        environment,
        patience: this.#patience,
        onLine: (line) => output.line(line),
        onStart: (started) => {
          control = started;
          this.#running.add(started);
          stage.onStart?.(started);
        },
      });
    } finally {
      if (control !== undefined) this.#running.delete(control);
    }
  }

  /** The order is the runner's: `env`, then state, then inputs; its own files cannot be overridden. */
  #environmentFor(stage: Stage, inputs: Map<string, string>): Record<string, string> {
    const { step } = stage;
    const environment: Record<string, string> = {
      ...machineEnvironment(),
      ...this.#environment,
      ...pushEnvironment(this.#folders, step.name),
      ...step.options.env,
      ...prefixed('STATE_', step.state),
      ...(stage.withoutInputs === true ? {} : inputVariables(inputs)),
    };
    const temp = environment.RUNNER_TEMP ?? this.#folders.temp;
    Object.assign(environment, createCommandFiles(temp), writeEvent(temp, step.options));
    if (this.#path.length > 0) {
      environment.PATH = [...this.#path.toReversed(), environment.PATH ?? ''].join(delimiter);
    }
    return environment;
  }

  /** In the runner's order; a file that cannot be read as it should fails the step, but not the other files. */
  #processFileCommands(
    environment: Record<string, string>,
    output: StageOutput,
  ): { raw: string; masked: string } {
    let summary = { raw: '', masked: '' };
    const handlers: Record<keyof typeof commandFiles, (text: string) => void> = {
      path: (text) => this.#addToPath(text),
      env: (text) => this.#addToEnvironment(text, output),
      step_summary: (text) => {
        summary = this.#readSummary(text, output);
      },
      state: (text) => {
        for (const [name, value] of keyValuePairs(text)) output.saveState(name, value);
      },
      output: (text) => {
        for (const [name, value] of keyValuePairs(text)) output.setOutput(name, value);
      },
    };
    for (const [name, { variable }] of Object.entries(commandFiles)) {
      try {
        handlers[name as keyof typeof commandFiles](readText(environment[variable] ?? ''));
      } catch (error) {
        output.commandFailed(`Unable to process file command '${name}' successfully.`, error);
      }
    }
    return summary;
  }

  #addToPath(text: string): void {
    for (const entry of pathEntries(text))
      this.#path = [...this.#path.filter((other) => other !== entry), entry];
  }

  #addToEnvironment(text: string, output: StageOutput): void {
    for (const [name, value] of keyValuePairs(text)) {
      if (name.toUpperCase() === 'NODE_OPTIONS') {
        output.issue('error', "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
        continue;
      }
      this.#environment[name] = value;
      output.debug(`${name}='${value}'`);
    }
  }

  /** Masked line by line, so a secret of several lines is hidden by the masks of its lines (§1b). */
  #readSummary(raw: string, output: StageOutput): { raw: string; masked: string } {
    const size = Buffer.byteLength(raw);
    if (size > largestSummary) {
      output.issue(
        'error',
        `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${Math.floor(size / 1024)}k. For more information see: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary`,
      );
      return { raw, masked: '' };
    }
    return {
      raw,
      masked: linesOf(raw)
        .map((line) => `${this.masker.mask(line)}\n`)
        .join(''),
    };
  }

  #conclude(
    stage: Stage,
    exit: NodeExit,
    output: StageOutput,
    summary: { raw: string; masked: string },
    durationMs: number,
  ): StageResult {
    const conclusion = exit.exitCode === 0 && !exit.cancelled && !output.failed ? 'success' : 'failure';
    if (conclusion === 'failure') this.#status = exit.cancelled ? 'cancelled' : 'failure';
    return {
      exitCode: exit.exitCode,
      signal: exit.signal,
      conclusion,
      cancelled: exit.cancelled,
      stdout: exit.stdout,
      stderr: exit.stderr,
      log: output.log,
      annotations: output.annotations,
      outputs: stage.kind === 'main' ? output.outputs : {},
      state: output.state,
      summary: summary.masked,
      rawSummary: summary.raw,
      masks: output.masks,
      durationMs,
    };
  }

  #allows(condition: PostCondition): boolean {
    if (condition === 'always()') return true;
    if (condition === '!cancelled()') return this.#status !== 'cancelled';
    return condition === `${this.#status}()`;
  }
}

/** Given inputs win over defaults without regard to case; a declared input without a default is empty. */
function readInputs({ manifest, options }: Step): Map<string, string> {
  const inputs = new Map(Object.entries(options.inputs ?? {}));
  const given = new Set([...inputs.keys()].map((name) => name.toLowerCase()));
  for (const [name, input] of manifest.inputs) {
    if (!given.has(name.toLowerCase())) inputs.set(name, evaluate(input.default, options.expressions ?? {}));
  }
  return inputs;
}

/** Only warnings: the runner neither refuses an unknown input nor enforces a required one (§1e). */
function warnAboutInputs(
  { manifest, options }: Step,
  inputs: Map<string, string>,
  output: StageOutput,
): void {
  const declared = new Map([...manifest.inputs].map(([name, input]) => [name.toLowerCase(), input]));
  const given = Object.keys(options.inputs ?? {});
  for (const name of given) {
    const message = declared.get(name.toLowerCase())?.deprecationMessage;
    if (message !== undefined)
      output.issue('warning', `Input '${name}' has been deprecated with message: ${message}`);
  }
  const unexpected = [...inputs.keys()].filter((name) => !declared.has(name.toLowerCase()));
  if (unexpected.length === 0) return;
  const valid = [...manifest.inputs.keys()].join("', '");
  output.issue('warning', `Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${valid}']`);
}

// In the order in which the runner reads them.
const commandFiles = {
  path: { variable: 'GITHUB_PATH', prefix: 'add_path_' },
  env: { variable: 'GITHUB_ENV', prefix: 'set_env_' },
  step_summary: { variable: 'GITHUB_STEP_SUMMARY', prefix: 'step_summary_' },
  state: { variable: 'GITHUB_STATE', prefix: 'save_state_' },
  output: { variable: 'GITHUB_OUTPUT', prefix: 'set_output_' },
};

/** Fresh, empty files for every stage (§1c). */
function createCommandFiles(temp: string): Record<string, string> {
  const folder = join(temp, '_runner_file_commands');
  mkdirSync(folder, { recursive: true });
  const suffix = randomUUID();
  const variables: Record<string, string> = {};
  for (const { variable, prefix } of Object.values(commandFiles)) {
    const path = join(folder, prefix + suffix);
    writeFileSync(path, '', { flag: 'wx' });
    variables[variable] = path;
  }
  return variables;
}

function writeEvent(temp: string, options: StepOptions): Record<string, string> {
  if (options.event === undefined && options.env?.GITHUB_EVENT_PATH !== undefined) return {};
  const folder = join(temp, '_github_workflow');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'event.json');
  writeFileSync(path, JSON.stringify(options.event ?? pushEvent, null, 2));
  return { GITHUB_EVENT_PATH: path };
}

/** Like .NET's ReadAllText: a byte order mark is no part of the text. A file that is gone counts as empty. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function observerFor(journal: string): string {
  const observer = pathToFileURL(join(import.meta.dirname, 'observer.js'));
  observer.searchParams.set('journal', resolve(journal));
  return observer.href;
}

function prefixed(prefix: string, values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}
