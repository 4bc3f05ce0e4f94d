import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EmulatedClient,
  type Emulator,
  type EmulatorOptions,
  type RecordedRequest,
  startEmulator,
} from '../../emulator/emulator.ts';
import { Place } from '../integration/cli/command.ts';
import { EmulatedGitHub } from '../support/github-api.ts';
import { type StageControl, type StageResult, StageTimeoutError } from '../support/runner/run.ts';
import { formsOf, printed } from '../support/scenario.ts';
import { lookalikes } from './hazards.ts';
import type { Ledger } from './ledger.ts';
import type { Kill } from './plan.ts';

/** What ends a process early. */
interface KillPlan {
  kind: 'main' | 'configure' | 'post' | 'exec';
  runId: string;
  kill?: Kill | undefined;
}

/** A stage of a step, and what ends it early. */
export interface Stage extends KillPlan {
  /** Describes the stage in a breach. */
  what: string;
  kind: 'main' | 'configure' | 'post';
  /** Must not be printed, in addition to the secrets that Capture has. */
  secrets?: string[];
  run(onStart: (control: StageControl) => void): Promise<StageResult | undefined>;
}

/** The parts of a label. Parsed here, not by the code under test. */
export interface ReadLabel {
  /** Host and name. */
  place: string;
  purpose: string;
  name: string;
  until: number;
  marker: string;
}

/** An emulated Capture with foreign clients, an emulated GitHub, and the checks of every stage. */
export class World {
  readonly emulator: Emulator;
  readonly github: EmulatedGitHub;
  readonly ledger: Ledger;
  /** Where the packed command runs. */
  readonly place: Place;
  readonly foreignIds: ReadonlySet<string>;
  readonly #rules: EmulatorOptions;
  readonly #foreignAtStart: string;
  readonly #arrivals: EventEmitter;
  readonly #skipped: { ms: number };
  /** By marker: which run asked for a client with it, and whether it has listed the clients since. */
  readonly #asked = new Map<string, { runId: string; lookedUp: boolean }>();

  private constructor(
    parts: Pick<World, 'emulator' | 'github' | 'ledger'>,
    rules: EmulatorOptions,
    arrivals: EventEmitter,
    skipped: { ms: number },
  ) {
    const { emulator } = parts;
    this.emulator = emulator;
    this.github = parts.github;
    this.ledger = parts.ledger;
    this.place = Place.at(emulator);
    this.#rules = rules;
    this.#arrivals = arrivals.setMaxListeners(0);
    this.#skipped = skipped;
    for (const description of lookalikes) emulator.addClient({ description, features: ['login_client'] });
    this.foreignIds = new Set(emulator.clients().map(({ client_id }) => client_id));
    this.#foreignAtStart = this.#foreign();
    arrivals.on('request', (request: RecordedRequest) => {
      this.#checkTarget(request);
      this.#checkLookup(request);
    });
  }

  static async start(rules: EmulatorOptions, ledger: Ledger): Promise<World> {
    const arrivals = new EventEmitter();
    const skipped = { ms: 0 };
    const emulator = await startEmulator({
      latencyMs: 40,
      ...rules,
      now: () => Date.now() + skipped.ms,
      onRequest: (request) => {
        arrivals.emit('request', request);
        arrivals.emit(runIdOf(request));
      },
    });
    const github = await EmulatedGitHub.start();
    return new World({ emulator, github, ledger }, rules, arrivals, skipped);
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
  advance(ms: number): void {
    this.#skipped.ms += ms;
  }

  /** The environment of a process whose Date.now is ahead by the skipped time. */
  get shiftedClock(): Record<string, string> {
    if (this.#skipped.ms === 0) return {};
    const module = `const now = Date.now; Date.now = () => now() + ${this.#skipped.ms};`;
    return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(module)}` };
  }

  /** By Capture's clock. */
  now(): number {
    return Date.now() + this.#skipped.ms + (this.#rules.clockOffsetMs ?? 0);
  }

  /** By the clock that is behind, Capture's or the processes': a sweep deletes what has expired by both. */
  sweepNow(): number {
    return Math.min(this.now(), Date.now() + this.#skipped.ms);
  }

  /** Waits until every client that exists now is known and listed, and its secret is accepted. */
  async settle(): Promise<void> {
    const { newListedAfterMs = 0, newAcceptedAfterMs = 0, newKnownAfterMs = 0 } = this.#rules;
    await sleep(Math.max(newListedAfterMs, newAcceptedAfterMs, newKnownAfterMs));
  }

  /** The clients of one place. Without one: all clients except the owner and the foreign ones. */
  ours(place?: string): EmulatedClient[] {
    const all = this.emulator.clients().filter(({ client_id }) => !this.foreignIds.has(client_id));
    return place === undefined
      ? all
      : all.filter(({ description }) => readLabel(description)?.place === place);
  }

  isThere(clientId: string | undefined): boolean {
    return this.emulator.clients().some(({ client_id }) => client_id === clientId);
  }

  clientsWith(marker: string): EmulatedClient[] {
    return this.ours().filter(({ description }) => description.endsWith(`, ${marker}]`));
  }

  /** The labels that a run sent to clients/add. What it saved or logged can be wrong. */
  labelsSent(runId: string): ReadLabel[] {
    return this.emulator.requests
      .filter((request) => request.call === 'clients/add' && runIdOf(request) === runId)
      .flatMap(({ form }) => readLabel(form.description ?? '') ?? []);
  }

  /** Runs a stage, kills it if planned, and checks how it ended and what it printed. */
  async observe(stage: Stage): Promise<StageResult | undefined> {
    let disarm = (): void => {};
    try {
      const result = await stage.run((control) => {
        disarm = this.arm(stage, control);
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

  /** Checks that a request changes only a client whose label has the place of the sender. */
  #checkTarget(request: RecordedRequest): void {
    const { call, form } = request;
    const named = form.client_id_for_deletion ?? form.for_client_id;
    if (!writes(call) || named === undefined) return;
    const client = this.ours().find(({ client_id }) => client_id === named);
    const place = readLabel(client?.description ?? '')?.place;
    const sender = senderOf(request);
    if (client === undefined || place === sender) return;
    this.ledger.breach('foreign', `${sender} sent ${call} for ${client.description}`);
  }

  /** Checks that no run asks again for a client that exists, unless it has looked for it. */
  #checkLookup(request: RecordedRequest): void {
    const runId = runIdOf(request);
    if (request.call === 'clients/list') {
      for (const asked of this.#asked.values()) if (asked.runId === runId) asked.lookedUp = true;
    }
    const marker = readLabel(request.form.description ?? '')?.marker;
    if (request.call !== 'clients/add' || marker === undefined) return;
    if (this.#asked.get(marker)?.lookedUp === false && this.clientsWith(marker).length > 0)
      this.ledger.breach('blind', request.form.description ?? '');
    this.#asked.set(marker, { runId, lookedUp: false });
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
    await this.place[Symbol.asyncDispose]();
    await this.github[Symbol.asyncDispose]();
  }

  #foreign(): string {
    const clients = this.emulator.clients().filter(({ client_id }) => this.foreignIds.has(client_id));
    return JSON.stringify(
      clients.map((client) => ({ ...client, settings: this.emulator.settings(client.client_id) })),
    );
  }

  /** Kills a process if planned. Returns a function that ends the plan. */
  arm({ kill, kind, runId }: KillPlan, control: Pick<StageControl, 'cancel' | 'kill'>): () => void {
    if (kill === undefined) return () => {};
    let timer: NodeJS.Timeout | undefined;
    const strike = (): void => {
      this.ledger.count(`${kind} processes that got ${kill.how}`);
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
    const { client_id = '', client_secret = '' } = result.outputs;
    this.checkSecrets(what, shown, [...secrets, ...formsIfAny(client_id, client_secret)]);
  }

  /** Checks that a process printed none of these, no form of the owner's secret, and no client's secret. */
  checkSecrets(what: string, shown: string, own: readonly string[]): void {
    const { client_id, client_secret } = this.emulator.owner;
    const others = this.emulator.clients().map((client) => client.client_secret);
    for (const secret of [...own, ...formsOf(client_id, client_secret), ...others]) {
      if (shown.includes(secret)) this.ledger.breach('secret', `${what} printed ${secret}:\n${shown}`);
    }
  }
}

export function formsIfAny(clientId: string, secret: string): string[] {
  return secret === '' ? [] : formsOf(clientId, secret);
}

/** Returns undefined if a description doesn't end with a label. */
export function readLabel(description: string): ReadLabel | undefined {
  const [, host = '', name = '', purpose = '', clientName = '', until = '', marker = ''] =
    /\[capture-client-action\/1 (\S+) id \S+ (\S+), ([^,]+), name ([^ ,]+), until ([^ ,]+), ([0-9a-f]{24})\]$/.exec(
      description,
    ) ?? [];
  if (marker === '') return undefined;
  return { place: `${host}/${name}`, purpose, name: clientName, until: Date.parse(until), marker };
}

/** Returns the run that sent a request, from the user agent. */
export function runIdOf({ headers }: RecordedRequest): string {
  return /; run (\d+)\)$/.exec(headers['user-agent'] ?? '')?.[1] ?? '';
}

/** Returns the host and the name of the repository that sent a request, from the user agent. */
function senderOf({ headers }: RecordedRequest): string {
  return /\((\S+); run /.exec(headers['user-agent'] ?? '')?.[1] ?? '';
}

function writes(call: string): boolean {
  return !/^(?:clients\/list|settings\/(?:items|get|keys)\w*)$/.test(call);
}
