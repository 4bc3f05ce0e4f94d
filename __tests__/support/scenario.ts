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
import { type JournalEvent, readJournal, recordInJournal } from './runner/journal.ts';
import { Job, type Patience, type StageResult, type StepOptions } from './runner/run.ts';

export const root = resolve(import.meta.dirname, '../..');

export interface ScenarioOptions {
  emulator?: EmulatorOptions;
  faults?: Fault[];
  patience?: Partial<Patience>;
}

/** An emulated Capture and a job that runs the built action against it. */
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
    const onRequest = ({ method, path }: { method: string; path: string }): void =>
      recordInJournal(join(folder, 'journal'), { http: `${method} ${path}` });
    const emulator = await startEmulator({ onRequest, ...options.emulator });
    for (const fault of options.faults ?? []) emulator.inject(fault);
    return new Scenario(emulator, new Job(options.patience), folder);
  }

  /** The inputs without which create does nothing. */
  get requiredInputs(): Record<string, string> {
    return {
      capture_domain: this.emulator.domain,
      owner_client_id: this.emulator.owner.client_id,
      owner_client_secret: this.emulator.owner.client_secret,
    };
  }

  /** Runs the create action's main; what is given comes on top of the required inputs. */
  create(inputs: Record<string, string> = {}, options: Partial<StepOptions> = {}): Promise<StageResult> {
    return this.job.step({ action: root, inputs: { ...this.requiredInputs, ...inputs }, ...options });
  }

  /** Runs the delete action; what is given comes on top of the required inputs. */
  delete(inputs: Record<string, string>, options: Partial<StepOptions> = {}): Promise<StageResult> {
    return this.job.step({
      action: join(root, 'delete'),
      inputs: { ...this.requiredInputs, ...inputs },
      ...options,
    });
  }

  /** Runs the sweep action; what is given comes on top of the required inputs. */
  sweep(inputs: Record<string, string> = {}, options: Partial<StepOptions> = {}): Promise<StageResult> {
    return this.job.step({
      action: join(root, 'sweep'),
      inputs: { ...this.requiredInputs, ...inputs },
      ...options,
    });
  }

  /** Runs the unseal action in another job. */
  unseal(job: Job, inputs: Record<string, string>, options: Partial<StepOptions> = {}): Promise<StageResult> {
    return job.step({ action: join(root, 'unseal'), inputs, ...options });
  }

  /** The post step of the only step that was run. */
  async post(): Promise<StageResult> {
    const [post] = await this.job.post();
    if (post === undefined) throw new Error('no post step ran');
    return post;
  }

  /** All requests of one call so far, or of all calls whose names begin so. */
  callsOf(call: string): RecordedRequest[] {
    return this.emulator.requests.filter((request) => request.call.startsWith(call));
  }

  /** All clients but the owner. */
  get clients(): EmulatedClient[] {
    return this.emulator.clients().slice(1);
  }

  /** Where a step told to keep a journal finds the requests as well. */
  get journal(): string {
    return join(this.#folder, 'journal');
  }

  get events(): JournalEvent[] {
    return readJournal(this.journal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.job.dispose();
    await this.emulator.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A step of a workflow that a pull request of the repository itself started. */
export function onPullRequest(number: number): Pick<StepOptions, 'event' | 'env'> {
  const repo = { id: 123456 };
  return {
    event: { pull_request: { number, head: { repo }, base: { repo } } },
    env: { GITHUB_EVENT_NAME: 'pull_request' },
  };
}

/** The raw output of a stage without the lines that only tell the runner what to mask. */
export function printed({ stdout, stderr }: StageResult): string {
  return `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => !line.startsWith('::add-mask::'))
    .join('\n');
}

/** The forms of a secret that nobody may read, made here anew: not by the code under test. */
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
