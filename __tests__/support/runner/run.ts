import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Folders,
  inputVariables,
  machineEnvironment,
  pushEnvironment,
  pushEvent,
} from './environment.ts';
import {
  type CommandFile,
  commandFiles,
  createCommandFiles,
  keyValuePairs,
  readCommandFile,
} from './file-commands.ts';
import { evaluate, type Manifest, readManifest } from './manifest.ts';
import { SecretMasker } from './masker.ts';
import { type Annotation, StageOutput } from './output.ts';
import { type NodeExit, runNode, type StageControl } from './process.ts';
import { linesOf, trim } from './text.ts';

export type { Annotation } from './output.ts';
export type { StageControl } from './process.ts';

/** One step of a job: which action it uses, its inputs, and its surroundings. */
export interface StepOptions {
  /** The folder that has action.yml. */
  action: string;
  /** As written under `with:`. The manifest's defaults are added. */
  inputs?: Record<string, string>;
  /** Added to the environment of a push to main of acme/shop. */
  env?: Record<string, string>;
  /** The event's payload, for GITHUB_EVENT_PATH. */
  event?: unknown;
  /** Values for `${{ … }}` in the manifest's defaults, by expression, such as `github.token`. */
  expressions?: Record<string, string>;
  /** Secrets of the workflow, masked from the start. */
  masks?: string[];
  /** Paths to use in place of the runner's command files, such as /dev/full. `undefined` leaves the variable unset. */
  commandFiles?: Partial<Record<CommandFile['variable'], string | undefined>>;
  /** Runs the script as a person does in a terminal: without the variables that only the runner sets. */
  byHand?: boolean;
  /** A file for everything the step writes, in order. See recording.ts. */
  recording?: string;
  /** Called when the process of main has started. */
  onStart?: (control: StageControl) => void;
}

/** How to run the post steps. */
export interface PostOptions {
  /** Leaves out every INPUT_* variable. Inside a composite action, a post step doesn't have them. */
  withoutInputs?: boolean;
  /** Called when the process of each post has started. */
  onStart?: (control: StageControl) => void;
}

/** The result of one stage. */
export interface StageResult {
  exitCode: number | null;
  signal: string | null;
  conclusion: 'success' | 'failure';
  /** Whether `cancel()` was called. The conclusion is then 'failure' whatever the exit code. */
  canceled: boolean;
  /** Not masked. Neither are `stderr`, `outputs`, `state`, `rawSummary`, and `masks`. */
  stdout: string;
  stderr: string;
  /** What a user sees: workflow commands are executed, and secrets are masked. */
  log: string;
  annotations: Annotation[];
  /** Always empty for a post step: the runner discards its outputs. */
  outputs: Record<string, string>;
  /** What this stage saved. */
  state: Record<string, string>;
  /** Masked. */
  summary: string;
  rawSummary: string;
  /** The values passed to add-mask. */
  masks: string[];
}

/** A job's outputs as other jobs receive them. */
export interface JobOutputs {
  outputs: Record<string, string>;
  warnings: string[];
}

/** A stage that exceeded its time limit and was killed. `result` has everything up to that point. */
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

/** One job: steps run in the order of the calls, and post steps in reverse order. */
export class Job {
  readonly masker = new SecretMasker();

  readonly #limitMs: number;
  readonly #root: string;
  readonly #folders: Folders;
  readonly #posts: Step[] = [];
  readonly #running = new Set<StageControl>();
  // Later steps and all post steps have it.
  readonly #environment: Record<string, string> = {};
  #steps = 0;

  /** @param limitMs how long a stage may take */
  constructor(limitMs = 120_000) {
    this.#limitMs = limitMs;
    this.#root = realpathSync(mkdtempSync(join(tmpdir(), 'runner-')));
    this.#folders = { workspace: join(this.#root, 'work'), temp: join(this.#root, 'temp') };
    for (const folder of Object.values(this.#folders)) mkdirSync(folder);
  }

  /**
   * Runs a step's main. A failed step is a result, not an error.
   * @throws StageTimeoutError if main exceeds its time limit
   */
  async step(options: StepOptions): Promise<StageResult> {
    const step = this.#prepare(options);
    // Registered before the process starts, so post runs however main ends.
    if (step.manifest.post !== undefined) this.#posts.push(step);
    return await this.#runStage({ step, kind: 'main', script: step.manifest.main, onStart: options.onStart });
  }

  /** Runs the post steps of all steps that started, in reverse order, each with the state that its main saved. */
  async post(options: PostOptions = {}): Promise<StageResult[]> {
    const results: StageResult[] = [];
    const failures: unknown[] = [];
    for (let step = this.#posts.pop(); step !== undefined; step = this.#posts.pop()) {
      try {
        results.push(
          await this.#runStage({ step, kind: 'post', script: step.manifest.post ?? '', ...options }),
        );
      } catch (error) {
        // The other post steps still run.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return results;
  }

  /** Sets variables for later steps and all post steps, as a `run:` step does with GITHUB_ENV. */
  setEnvironment(variables: Record<string, string>): void {
    Object.assign(this.#environment, variables);
  }

  /** Evaluates job outputs as the runner does after all post steps: it drops empty outputs and those with a secret. */
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

  /** Kills all running stages and removes the job's folders. */
  async dispose(): Promise<void> {
    for (const control of this.#running) control.kill('SIGKILL');
    await rm(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  #prepare(options: StepOptions): Step {
    const manifest = readManifest(options.action);
    // The runner trims a workflow secret before it masks it.
    for (const secret of options.masks ?? []) this.masker.add(trim(secret));
    this.#steps += 1;
    return { name: this.#steps === 1 ? '__self' : `__self_${this.#steps}`, manifest, options, state: {} };
  }

  async #runStage(stage: Stage): Promise<StageResult> {
    const inputs = readInputs(stage.step);
    const environment = this.#environmentFor(stage, inputs);
    const output = new StageOutput(this.masker, environment.RUNNER_DEBUG === '1');
    warnAboutInputs(stage.step, inputs, output);
    const exit = await this.#runProcess(stage, environment, output);
    output.debug(`Node Action run completed with exit code ${exit.exitCode}`);
    // The runner reads the files even if the process failed or was killed.
    const summary = this.#processFileCommands(environment, output);
    Object.assign(stage.step.state, output.state);
    const result = this.#conclude(stage, exit, output, summary);
    if (!exit.timedOut) return result;
    const name = `The ${stage.kind} stage of '${stage.step.manifest.name}'`;
    throw new StageTimeoutError(name, this.#limitMs / 1000, result);
  }

  async #runProcess(
    stage: Stage,
    environment: Record<string, string>,
    output: StageOutput,
  ): Promise<NodeExit> {
    const { action, recording } = stage.step.options;
    let control: StageControl | undefined;
    try {
      return await runNode({
        script: join(resolve(action), stage.script),
        nodeOptions: recording === undefined ? [] : ['--import', observerFor(recording)],
        folder: environment.GITHUB_WORKSPACE ?? this.#folders.workspace,
        environment,
        limitMs: this.#limitMs,
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

  /** Later entries override earlier ones, as on the runner. */
  #environmentFor(stage: Stage, inputs: Map<string, string>): Record<string, string> {
    const { name, options, state } = stage.step;
    const given = {
      ...options.env,
      ...prefixed('STATE_', state),
      ...(stage.withoutInputs === true ? {} : inputVariables(inputs)),
    };
    if (options.byHand === true) return { ...machineEnvironment(), ...given };
    const environment: Record<string, string> = {
      ...machineEnvironment(),
      CI: 'true',
      ...this.#environment,
      ...pushEnvironment(this.#folders, name),
      ...given,
    };
    const temp = environment.RUNNER_TEMP ?? this.#folders.temp;
    Object.assign(environment, createCommandFiles(temp), writeEvent(temp, options));
    for (const [variable, path] of Object.entries(options.commandFiles ?? {})) {
      if (path === undefined) delete environment[variable];
      else environment[variable] = path;
    }
    return environment;
  }

  /**
   * Reads all command files. A malformed file fails the step, but doesn't affect the other files. Returns the summary.
   */
  #processFileCommands(environment: Record<string, string>, output: StageOutput): string {
    let summary = '';
    const handlers: Record<CommandFile['command'], (text: string) => void> = {
      path: rejectAny,
      env: rejectAny,
      step_summary: (text) => {
        summary = text;
      },
      state: (text) => {
        for (const [name, value] of keyValuePairs(text)) output.saveState(name, value);
      },
      output: (text) => {
        for (const [name, value] of keyValuePairs(text)) output.setOutput(name, value);
      },
    };
    for (const { command, variable } of commandFiles) {
      try {
        handlers[command](readCommandFile(environment[variable]));
      } catch (error) {
        output.commandFailed(`Unable to process file command '${command}' successfully.`, error);
      }
    }
    return summary;
  }

  #conclude({ kind }: Stage, exit: NodeExit, output: StageOutput, rawSummary: string): StageResult {
    const isSuccess = exit.exitCode === 0 && !exit.canceled && !output.failed;
    const { log, annotations, outputs, state, masks } = output;
    const { exitCode, signal, canceled, stdout, stderr } = exit;
    return {
      ...{ exitCode, signal, canceled, stdout, stderr, log, annotations, state, masks, rawSummary },
      conclusion: isSuccess ? 'success' : 'failure',
      outputs: kind === 'main' ? outputs : {},
      // The runner masks it line by line.
      summary: linesOf(rawSummary)
        .map((line) => `${this.masker.mask(line)}\n`)
        .join(''),
    };
  }
}

/** No action here sets a variable of later steps, or adds a folder to their path. */
function rejectAny(text: string): void {
  if (text !== '') throw new Error('No action here uses it.');
}

/** Adds the manifest's defaults; input names are case-insensitive. An input without a default is empty. */
function readInputs({ manifest, options }: Step): Map<string, string> {
  const inputs = new Map(Object.entries(options.inputs ?? {}));
  const given = new Set([...inputs.keys()].map((name) => name.toLowerCase()));
  for (const [name, value] of manifest.inputs) {
    if (!given.has(name.toLowerCase()))
      inputs.set(name, evaluate(value, { 'github.token': 'ghs_ofTheJob', ...options.expressions }));
  }
  return inputs;
}

/** Only warns: the runner doesn't reject unknown inputs or enforce required ones. */
function warnAboutInputs({ manifest }: Step, inputs: Map<string, string>, output: StageOutput): void {
  const declared = new Set([...manifest.inputs.keys()].map((name) => name.toLowerCase()));
  const unexpected = [...inputs.keys()].filter((name) => !declared.has(name.toLowerCase()));
  if (unexpected.length === 0) return;
  const valid = [...manifest.inputs.keys()].join("', '");
  output.issue('warning', `Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${valid}']`);
}

function writeEvent(temp: string, options: StepOptions): Record<string, string> {
  const folder = join(temp, '_github_workflow');
  mkdirSync(folder, { recursive: true });
  // A file for each stage: tests run steps of one job at the same time.
  const path = join(folder, `event-${randomUUID()}.json`);
  writeFileSync(path, JSON.stringify(options.event ?? pushEvent, null, 2));
  return { GITHUB_EVENT_PATH: path };
}

/** A module that records what a process writes, for `--import`. */
export function observerFor(recording: string): string {
  const observer = pathToFileURL(join(import.meta.dirname, 'observer.js'));
  observer.searchParams.set('recording', resolve(recording));
  return observer.href;
}

function prefixed(prefix: string, values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}
