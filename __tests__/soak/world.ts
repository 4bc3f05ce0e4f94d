import { EventEmitter } from 'node:events';
import {
  type EmulatedClient,
  type Emulator,
  type RecordedRequest,
  startEmulator,
} from '../../emulator/emulator.ts';
import { EmulatedGitHub } from '../support/github-api.ts';
import { type StageControl, type StageResult, StageTimeoutError } from '../support/runner/run.ts';
import { formsOf, printed } from '../support/scenario.ts';
import { lookalikes } from './hazards.ts';
import { Ledger } from './ledger.ts';
import type { Kill } from './plan.ts';

/** A stage of a step, and what ends it early. */
export interface Stage {
  /** Describes the stage in a breach. */
  what: string;
  kind: 'main' | 'post';
  runId: string;
  kill?: Kill | undefined;
  /** Must not be printed, in addition to the secrets that Capture has. */
  secrets?: string[];
  run(onStart: (control: StageControl) => void): Promise<StageResult | undefined>;
}

/** The parts of a label. Parsed here, not by the code under test. */
export interface ReadLabel {
  purpose: string;
  name: string;
  until: number;
  marker: string;
}

/** An emulated Capture with foreign clients, an emulated GitHub, and the checks of every stage. */
export class World {
  readonly emulator: Emulator;
  readonly github: EmulatedGitHub;
  readonly ledger = new Ledger();
  readonly foreignIds: ReadonlySet<string>;
  readonly #foreignAtStart: string;
  readonly #arrivals: EventEmitter;
  readonly #skipped: { ms: number };

  private constructor(
    emulator: Emulator,
    github: EmulatedGitHub,
    arrivals: EventEmitter,
    skipped: { ms: number },
  ) {
    this.emulator = emulator;
    this.github = github;
    this.#arrivals = arrivals.setMaxListeners(0);
    this.#skipped = skipped;
    for (const description of lookalikes) emulator.addClient({ description, features: ['login_client'] });
    this.foreignIds = new Set(emulator.clients().map(({ client_id }) => client_id));
    this.#foreignAtStart = this.#foreign();
  }

  static async start(uniqueDescriptions: boolean): Promise<World> {
    const arrivals = new EventEmitter();
    const skipped = { ms: 0 };
    const emulator = await startEmulator({
      uniqueDescriptions,
      latencyMs: 40,
      now: () => Date.now() + skipped.ms,
      onRequest: (request) => arrivals.emit(runIdOf(request)),
    });
    return new World(emulator, await EmulatedGitHub.start(), arrivals, skipped);
  }

  get requiredInputs(): Record<string, string> {
    const { domain, owner } = this.emulator;
    return {
      capture_domain: domain,
      owner_client_id: owner.client_id,
      owner_client_secret: owner.client_secret,
    };
  }

  /** Advances the time of Capture and of processes that start with `shiftedClock`. */
  skip(ms: number): void {
    this.#skipped.ms += ms;
  }

  /** The environment of a process whose Date.now is ahead by the skipped time. */
  get shiftedClock(): Record<string, string> {
    const module = `const now = Date.now; Date.now = () => now() + ${this.#skipped.ms};`;
    return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(module)}` };
  }

  now(): number {
    return Date.now() + this.#skipped.ms;
  }

  /** All clients except the owner and the foreign ones. */
  ours(): EmulatedClient[] {
    return this.emulator.clients().filter(({ client_id }) => !this.foreignIds.has(client_id));
  }

  isThere(clientId: string | undefined): boolean {
    return this.emulator.clients().some(({ client_id }) => client_id === clientId);
  }

  clientsWith(marker: string): EmulatedClient[] {
    return this.ours().filter(({ description }) => description.endsWith(`, ${marker}]`));
  }

  /** Runs a stage, kills it if planned, and checks how it ended and what it printed. */
  async observe(stage: Stage): Promise<StageResult | undefined> {
    let disarm = (): void => {};
    try {
      const result = await stage.run((control) => {
        disarm = this.#arm(stage, control);
      });
      if (result !== undefined) this.#inspect(stage, result);
      return result;
    } catch (error) {
      if (!(error instanceof StageTimeoutError)) throw error;
      this.ledger.breach('manners', `${stage.what}: ${error.message}`);
      return error.result;
    } finally {
      disarm();
    }
  }

  /** The requests of a run and those that name a client, as text for a breach. */
  story(runId: string, clientId: string): string {
    const requests = this.emulator.requests.filter((request) => {
      const { client_id_for_deletion, for_client_id } = request.form;
      return runIdOf(request) === runId || [client_id_for_deletion, for_client_id].includes(clientId);
    });
    return requests
      .map((request) => {
        const { at, call, form } = request;
        return `  ${new Date(at).toISOString()} run ${runIdOf(request)}: ${call} ${form.description?.slice(-60) ?? ''}`;
      })
      .join('\n');
  }

  /** Checks that no step has changed a foreign client. */
  checkForeign(): void {
    if (this.#foreign() !== this.#foreignAtStart) this.ledger.breach('foreign', 'they have changed');
    for (const { call, form } of this.emulator.requests.filter(({ call }) => writes(call))) {
      const named = form.client_id_for_deletion ?? form.for_client_id ?? '';
      if (call === 'clients/add') continue;
      // Without an ID, the API changes the owner.
      if (named === '' || this.foreignIds.has(named)) {
        this.ledger.breach('foreign', `${call} named "${named}"`);
      }
    }
  }

  async end(): Promise<void> {
    await this.emulator.close();
    await this.github[Symbol.asyncDispose]();
  }

  #foreign(): string {
    const clients = this.emulator.clients().filter(({ client_id }) => this.foreignIds.has(client_id));
    return JSON.stringify(
      clients.map((client) => ({ ...client, settings: this.emulator.settings(client.client_id) })),
    );
  }

  #arm({ kill, kind, runId }: Stage, control: StageControl): () => void {
    if (kill === undefined) return () => {};
    let timer: NodeJS.Timeout | undefined;
    const strike = (): void => {
      this.ledger.count(kind === 'post' ? 'posts killed' : kills[kill.how]);
      if (kill.how === 'cancel') control.cancel();
      else control.kill(kill.how);
    };
    let left = kill.atRequest ?? 0;
    const onRequest = (): void => {
      left -= 1;
      if (left === 0) timer = setTimeout(strike, kill.afterMs);
    };
    if (left === 0) timer = setTimeout(strike, kill.afterMs);
    else this.#arrivals.on(runId, onRequest);
    return () => {
      clearTimeout(timer);
      this.#arrivals.off(runId, onRequest);
    };
  }

  #inspect({ what, kind, kill, secrets = [] }: Stage, result: StageResult): void {
    const { exitCode, signal, annotations, conclusion } = result;
    const shown = [printed(result), result.log, result.rawSummary, JSON.stringify(annotations)].join('\n');
    const complain = (reason: string): void =>
      this.ledger.breach('manners', `${what}: ${reason} (exit code ${exitCode}, ${signal})\n${shown}`);
    if (/^\s+at |Unexpected error: /m.test(shown)) complain('an unexpected error');
    if (kill === undefined) {
      const hasMessage = annotations.some(({ level, message }) => level === 'error' && message !== '');
      if (signal !== null || (exitCode !== 0 && exitCode !== 1)) complain('crashed');
      else if (exitCode === 1 && !hasMessage) complain('failed without a message');
      if (kind === 'post' && conclusion !== 'success') complain('the post step failed');
    }
    for (const secret of [...secrets, ...this.#secretsOf(result)]) {
      if (shown.includes(secret)) this.ledger.breach('secret', `${what} printed ${secret}:\n${shown}`);
    }
  }

  /** The owner's and the step's own secrets in every form, and the secrets of all clients. */
  #secretsOf({ outputs }: StageResult): string[] {
    const { client_id: ownerId, client_secret: ownerSecret } = this.emulator.owner;
    const { client_id = '', client_secret = '' } = outputs;
    return [
      ...formsOf(ownerId, ownerSecret),
      ...(client_secret === '' ? [] : formsOf(client_id, client_secret)),
      ...this.emulator.clients().map((client) => client.client_secret),
    ];
  }
}

const kills = {
  cancel: 'mains canceled as the runner does',
  SIGTERM: 'mains killed by SIGTERM',
  SIGKILL: 'mains killed by SIGKILL',
} as const;

/** Returns undefined if a description doesn't end with a label of acme/shop. */
export function readLabel(description: string): ReadLabel | undefined {
  const [, purpose = '', name = '', until = '', marker = ''] =
    /\[capture-client-action\/1 github\.com id 123456 acme\/shop, ([^,]+), name ([^ ,]+), until ([^ ,]+), ([0-9a-f]{24})\]$/.exec(
      description,
    ) ?? [];
  return marker === '' ? undefined : { purpose, name, until: Date.parse(until), marker };
}

/** Returns the run that sent a request, from the user agent. */
export function runIdOf({ headers }: RecordedRequest): string {
  return /; run (\d+)\)$/.exec(headers['user-agent'] ?? '')?.[1] ?? '';
}

function writes(call: string): boolean {
  return !/^(?:clients\/list|settings\/(?:items|get|keys)\w*)$/.test(call);
}
