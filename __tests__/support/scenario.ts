import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type EmulatedClient,
  type Emulator,
  type EmulatorOptions,
  type Fault,
  type RecordedRequest,
  startEmulator,
} from '../../emulator/emulator.ts';
import { type RecordedEvent, readRecording, record } from './runner/recording.ts';
import { Job, type StageResult, type StepOptions } from './runner/run.ts';

export const root = resolve(import.meta.dirname, '../..');

export interface ScenarioOptions {
  emulator?: EmulatorOptions;
  faults?: Fault[];
}

type Inputs = Record<string, string>;

/** An emulated Capture, and a job that runs dist/ against it. */
export class Scenario {
  readonly emulator: Emulator;
  readonly job: Job;
  readonly #folder: string;

  private constructor(emulator: Emulator, job: Job, folder: string) {
    this.emulator = emulator;
    this.job = job;
    this.#folder = folder;
  }

  static async start(options: ScenarioOptions = {}): Promise<Scenario> {
    const folder = mkdtempSync(join(tmpdir(), 'scenario-'));
    const onRequest = ({ call, form }: RecordedRequest): void => {
      const client = form.for_client_id ?? form.client_id_for_deletion ?? '';
      record(join(folder, 'recording'), { request: call, client });
    };
    const emulator = await startEmulator({ onRequest, ...options.emulator });
    for (const fault of options.faults ?? []) emulator.inject(fault);
    return new Scenario(emulator, new Job(), folder);
  }

  /** The inputs that create, delete, and sweep require. */
  get requiredInputs(): Record<string, string> {
    return {
      capture_domain: this.emulator.domain,
      owner_client_id: this.emulator.owner.client_id,
      owner_client_secret: this.emulator.owner.client_secret,
    };
  }

  /** Runs the main of the action in a folder with the required inputs and these. */
  run(folder: string, inputs: Inputs = {}, options: Partial<StepOptions> = {}): Promise<StageResult> {
    const action = join(root, folder);
    return this.job.step({ action, inputs: { ...this.requiredInputs, ...inputs }, ...options });
  }

  create(inputs: Inputs = {}, options: Partial<StepOptions> = {}): Promise<StageResult> {
    return this.run('.', inputs, options);
  }

  delete(inputs: Inputs, options: Partial<StepOptions> = {}): Promise<StageResult> {
    return this.run('delete', inputs, options);
  }

  sweep(inputs: Inputs = {}, options: Partial<StepOptions> = {}): Promise<StageResult> {
    return this.run('sweep', inputs, options);
  }

  /** Runs the unseal action in another job. */
  unseal(job: Job, inputs: Inputs, options: Partial<StepOptions> = {}): Promise<StageResult> {
    return job.step({ action: join(root, 'unseal'), inputs, ...options });
  }

  /** Runs the post step of the only step. */
  async post(): Promise<StageResult> {
    const [post] = await this.job.post();
    if (post === undefined) throw new Error('no post step ran');
    return post;
  }

  /** Returns the requests so far whose call has this name or starts with it. */
  callsOf(call: string): RecordedRequest[] {
    return this.emulator.requests.filter((request) => request.call.startsWith(call));
  }

  /** All clients except the owner. */
  get clients(): EmulatedClient[] {
    return this.emulator.clients().slice(1);
  }

  /** The recording that has the requests. Pass it to a step to add what the step writes. */
  get recording(): string {
    return join(this.#folder, 'recording');
  }

  get events(): RecordedEvent[] {
    return readRecording(this.recording);
  }

  /** The clients' IDs, in the order of their creation. */
  get ids(): string[] {
    return this.clients.map(({ client_id }) => client_id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.job.dispose();
    await this.emulator.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Options for a step of a workflow that a pull request from the repository itself started. */
export function onPullRequest(number: number): Pick<StepOptions, 'event' | 'env'> {
  const repo = { id: 123456 };
  return {
    event: { pull_request: { number, head: { repo }, base: { repo } } },
    env: { GITHUB_EVENT_NAME: 'pull_request' },
  };
}

/** The raw output of a stage without its add-mask commands. */
export function printed({ stdout, stderr }: StageResult): string {
  return `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => !line.startsWith('::add-mask::'))
    .join('\n');
}

/** The forms of a secret that must never be readable. Computed here, not by the code under test. */
export function formsOf(clientId: string, secret: string): string[] {
  const bytes = [secret, `${secret}\n`, `${clientId}:${secret}`, `${clientId}:${secret}\n`].map((text) =>
    Buffer.from(text),
  );
  const hex = Buffer.from(secret).toString('hex');
  return [
    secret,
    hex,
    hex.toUpperCase(),
    encodeURIComponent(secret),
    new URLSearchParams({ secret }).toString().slice('secret='.length),
    JSON.stringify(secret).slice(1, -1),
    ...bytes.flatMap((value) => [
      value.toString('base64'),
      value.toString('base64').replace(/=+$/, ''),
      value.toString('base64url'),
    ]),
  ];
}
