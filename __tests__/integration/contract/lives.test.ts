import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type Emulator, startEmulator } from '../../../emulator/emulator.ts';
import { authSchemes } from '../../../src/capture/authentication.ts';
import { CaptureError } from '../../../src/capture/capture-error.ts';
import { type Capture, openCapture } from '../../../src/capture/client.ts';
import type { Clock } from '../../../src/capture/clock.ts';
import { withRetries } from '../../../src/capture/retry.ts';
import { startTimeLimit } from '../../../src/capture/time-limit.ts';
import { openTransport, type Transport } from '../../../src/capture/transport.ts';
import { cleanUp, needsCleanUp } from '../../../src/lifecycle/cleanup.ts';
import { type Creation, Journal } from '../../../src/lifecycle/creation.ts';
import { deleteClients } from '../../../src/lifecycle/delete.ts';
import { formatPurpose, labelOf, type Origin, type Purpose } from '../../../src/lifecycle/label.ts';
import { Pace } from '../../../src/lifecycle/pace.ts';
import { NotHandedOut, type Provided, provide } from '../../../src/lifecycle/provide.ts';
import { type SubjectState, sweep } from '../../../src/lifecycle/sweep.ts';
import { drawFaults, lookalikes, seeded } from '../../soak/hazards.ts';

/** So many seconds pass in one: the post step's patience becomes a second. */
const speed = 15;
const rounds = 10;
const livesInRound = 30;
const atOnce = 6;
/** In real time; a post step's patience is four times as long. */
const latestCommitMs = 250;
const lives = rounds * livesInRound;

const seed = Number(process.env.LIVES_SEED ?? Math.floor(Math.random() * 2 ** 31));
const chance = seeded(seed);
const { random, pick } = chance;
const origin: Origin = { host: 'github.com', id: '123456', name: 'acme/shop' };

test(`${lives} lives with faults and kills, from seed ${seed} (LIVES_SEED repeats it)`, async () => {
  const world = await World.start();
  try {
    const results = await world.live();
    const left = world.ours();
    for (const client of left) expect(labelOf(client)?.origin).toEqual(origin);
    await world.sweepAfterExpiry();
    console.log(`seed ${seed}: ${JSON.stringify(results)}`);
    expect(results.kills).toBeGreaterThan(lives / 10);
    expect(results.handedOver).toBeGreaterThan(lives / 4);
    expect(world.broken).toEqual([]);
    expect(world.foreign()).toEqual(world.foreignAtStart);
    expect(results.swept).toBeGreaterThan(0);
    expect(world.ours()).toEqual([]);
    for (const { form } of world.emulator.requests.filter(({ call }) => /set_|reset_/.test(call))) {
      expect(form.for_client_id).toMatch(/^[a-z0-9]{32}$/);
    }
  } finally {
    await world.end();
  }
}, 300_000);

class World {
  readonly emulator: Emulator;
  readonly clock: Clock;
  readonly foreignAtStart: object[];
  readonly broken: string[] = [];
  readonly results = {
    handedOver: 0,
    reused: 0,
    failed: 0,
    kills: 0,
    cleanedUp: 0,
    deleted: 0,
    swept: 0,
    faults: 0,
  };
  readonly #transports: Transport[] = [];
  readonly #foreignIds: ReadonlySet<string>;

  #skippedMs = 0;

  private constructor(emulator: Emulator, clock: Clock) {
    this.emulator = emulator;
    this.clock = { ...clock, now: () => clock.now() + this.#skippedMs };
    for (const description of lookalikes) {
      emulator.addClient({ description, features: ['login_client'] });
    }
    this.#foreignIds = new Set(emulator.clients().map(({ client_id }) => client_id));
    this.foreignAtStart = this.foreign();
  }

  static async start(): Promise<World> {
    const began = performance.now();
    const now = (): number => Date.UTC(2026, 10, 23) + (performance.now() - began) * speed;
    const clock: Clock = { now, sleep: (ms) => sleep(ms / speed) };
    return new World(await startEmulator({ now, uniqueDescriptions: random() < 0.5 }), clock);
  }

  async live(): Promise<World['results']> {
    for (let round = 0; round < rounds; round += 1) {
      await this.#liveAtOnce();
      // Requests of the killed may still come late.
      await sleep(latestCommitMs);
      await this.#deleteAll(pick(purposes));
      this.#injectFaults();
      await this.#sweep(() => pick(['over', 'going on', 'unknown']));
    }
    return this.results;
  }

  async #liveAtOnce(): Promise<void> {
    let left = livesInRound;
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await this.#oneLife();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  /** When all is over, a few nights' sweeps remove whatever is left of ours: faults that are left may spoil one. */
  async sweepAfterExpiry(): Promise<void> {
    for (let night = 0; night < 5; night += 1) {
      this.#skippedMs += 7 * 86_400_000;
      await this.#sweep(() => 'unknown');
    }
  }

  /** What a sweep step does: what is over goes, the rest stays, and it says what failed. */
  async #sweep(stateOf: () => SubjectState): Promise<void> {
    const { now, sleep } = this.clock;
    const connection = this.#connect(60_000);
    const before = new Set(this.ours().map(({ client_id }) => client_id));
    try {
      const { swept } = await sweep({ own: origin, repositories: undefined }, false, {
        ...connection,
        pace: new Pace(random),
        deadline: now() + 60_000,
        now,
        sleep,
        info: () => {},
        ask: async (labels) => {
          const states = new Map(labels.map((label) => [formatPurpose(label.purpose), stateOf()]));
          return ({ purpose }) => states.get(formatPurpose(purpose)) ?? 'unknown';
        },
      });
      this.results.swept += swept.filter(({ result }) => result === 'deleted').length;
      const left = new Set(this.ours().map(({ client_id }) => client_id));
      for (const { client, result } of swept) {
        if (result !== 'failed' && left.has(client.clientId) !== (result === 'kept')) {
          this.broken.push(`${result}, but not so: ${client.description}`);
        }
      }
      if (swept.length !== before.size) this.broken.push(`swept ${swept.length} of ${before.size}`);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.results.failed += 1;
    }
  }

  /** What a delete step does: nothing of the purpose is left, or it says what is. */
  async #deleteAll(purpose: Purpose): Promise<void> {
    this.#injectFaults();
    const { capture } = this.#connect(60_000);
    try {
      const { deleted, failures } = await deleteClients({ purpose, name: undefined }, origin, capture);
      this.results.deleted += deleted.length;
      const failed = new Set(failures.map(({ clientId }) => clientId));
      for (const client of this.ours()) {
        const isOfPurpose = JSON.stringify(labelOf(client)?.purpose) === JSON.stringify(purpose);
        if (isOfPurpose && !failed.has(client.client_id))
          this.broken.push(`not deleted: ${client.description}`);
      }
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.results.failed += 1;
    }
  }

  /** What no step of this repository has made, as it is now. */
  foreign(): object[] {
    return this.emulator.clients().filter(({ client_id }) => this.#foreignIds.has(client_id));
  }

  ours(): { client_id: string; description: string }[] {
    return this.emulator.clients().filter(({ client_id }) => !this.#foreignIds.has(client_id));
  }

  async end(): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.close()));
    await this.emulator.close();
  }

  /** Main and post of one step; any of them may meet faults, and either may not come to its end. */
  async #oneLife(): Promise<void> {
    const purpose = this.#purpose();
    let saved: Creation | undefined;
    const journal = new Journal((creation) => {
      saved = creation;
    });
    this.#injectFaults();
    const killAt = random() < 0.3 ? 1 + Math.floor(random() * 6) : Infinity;
    const provided = await this.#main(purpose, journal, killAt);
    if (provided !== undefined) {
      journal.handedOver();
      this.#checkAnnounced(provided);
    }
    if (saved !== undefined && needsCleanUp(saved) && random() < 0.9) await this.#post(saved, purpose);
  }

  async #main(purpose: Purpose, journal: Journal, killAt: number): Promise<Provided | undefined> {
    const { capture, captureOnce, repeat, transport } = this.#connect(60_000);
    let kill: (value: undefined) => void = () => {};
    const killed = new Promise<undefined>((resolve) => {
      kill = resolve;
    });
    const life = {
      callsLeft: killAt,
      die: () => {
        this.results.kills += 1;
        // With a process go its connections: what it had sent again later is not sent.
        transport.close().catch(() => {});
        kill(undefined);
      },
    };
    const request = {
      text: { words: 'life', given: random() < 0.5 },
      features: random() < 0.5 ? undefined : ['login_client'],
      label: { origin, purpose, name: 'preview', expiresAt: this.#soon() },
      enforcedHours: random() < 0.15 ? 2 : undefined,
      rotateHours: random() < 0.15 ? 1 : undefined,
      configuration: {
        whitelist: random() < 0.2 ? ['203.0.113.0/24'] : undefined,
        settings: new Map(random() < 0.2 ? [['site_name', String(random())]] : []),
        copySettingsFrom: random() < 0.1 ? this.emulator.owner.client_id : undefined,
      },
    };
    const main = provide(request, {
      capture: mortal(capture, life),
      captureOnce: mortal(captureOnce, life),
      repeat,
      journal,
      now: this.clock.now,
      sleep: this.clock.sleep,
      newMarker: () => Array.from({ length: 24 }, () => Math.floor(random() * 16).toString(16)).join(''),
      mask: () => {},
      interrupted: new AbortController().signal,
      info: () => {},
      notice: () => {},
    }).catch((error: unknown) => {
      if (!(error instanceof CaptureError || error instanceof NotHandedOut)) throw error;
      this.results.failed += 1;
      return undefined;
    });
    return await Promise.race([main, killed]);
  }

  async #post(creation: Creation, purpose: Purpose): Promise<void> {
    const { now, sleep } = this.clock;
    const connection = this.#connect(60_000);
    const leftovers = await cleanUp(creation, { ...connection, now, sleep, info: () => {} });
    if (leftovers.length > 0) return;
    this.results.cleanedUp += 1;
    const left = this.ours().filter((client) => labelOf(client)?.marker === creation.marker);
    const allowed = creation.handedOver && purpose.lifetime !== 'job' ? 1 : 0;
    if (left.length > allowed) {
      this.broken.push(`${left.length} clients left of ${JSON.stringify(creation)}`);
    }
  }

  #checkAnnounced({ client, label, created }: Provided): void {
    this.results.handedOver += 1;
    if (!created) this.results.reused += 1;
    // Another run of the pull request may replace a client this close to its end at any moment.
    if (label.expiresAt - this.clock.now() < 300_000) return;
    if (!this.emulator.clients().some(({ client_id }) => client_id === client.clientId)) {
      this.broken.push(`handedOver client ${client.clientId} is gone: ${client.description}`);
    }
    // Capture keeps two secrets: a rotation by another run at the same moment may have pushed this one out.
    const isRotated = this.emulator.requests.some(
      ({ call, form }) => call === 'clients/reset_secret' && form.for_client_id === client.clientId,
    );
    if (!isRotated && !this.emulator.authenticates(client.clientId, client.clientSecret)) {
      this.broken.push(`handedOver credentials of ${client.clientId} do not work`);
    }
  }

  #purpose(): Purpose {
    return random() < 0.25 ? { lifetime: 'job', runId: '1001' } : pick(purposes);
  }

  #soon(): number {
    return Math.floor(this.clock.now() / 1000) * 1000 + (random() < 0.1 ? 310_000 : 86_400_000);
  }

  #injectFaults(): void {
    for (const fault of drawFaults(chance, latestCommitMs)) {
      this.results.faults += 1;
      this.emulator.inject(fault);
    }
  }

  #connect(timeoutMs: number): {
    capture: Capture;
    captureOnce: Capture;
    transport: Transport;
    repeat: <T>(attempt: () => Promise<T>, mayRepeat: (error: CaptureError) => boolean) => Promise<T>;
  } {
    const { clock } = this;
    const domain = new URL(this.emulator.domain);
    const transport = openTransport(domain, { httpProxy: '', httpsProxy: '', noProxy: '' }, 2 ** 20);
    this.#transports.push(transport);
    const options = { timeLimit: startTimeLimit(timeoutMs, clock), clock, random, onRetry: () => {} };
    const captureOptions = {
      ...options,
      domain,
      owner: {
        clientId: this.emulator.owner.client_id,
        clientSecret: this.emulator.owner.client_secret,
      },
      authScheme: pick(authSchemes),
      transport: {
        ...transport,
        post: (path: string, headers: Record<string, string>, body: string, limitMs: number) =>
          transport.post(path, headers, body, limitMs / speed),
      },
      userAgent: 'lives',
    };
    return {
      capture: openCapture(captureOptions),
      captureOnce: openCapture({ ...captureOptions, retries: false }),
      transport,
      repeat: (attempt, mayRepeat) => withRetries(attempt, mayRepeat, options),
    };
  }
}

const purposes: Purpose[] = [
  { lifetime: 'run', runId: '1001' },
  { lifetime: 'pull_request', pullRequest: 1 },
  { lifetime: 'pull_request', pullRequest: 2 },
  { lifetime: 'pull_request', pullRequest: 11 },
];

interface Life {
  callsLeft: number;
  die(): void;
}

/** A process that dies at one of its calls: before it is sent, or while its answer is awaited. */
function mortal(capture: Capture, life: Life): Capture {
  return new Proxy(capture, {
    get(target, name) {
      const call = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]): Promise<unknown> => {
        life.callsLeft -= 1;
        if (life.callsLeft > 0) return call.apply(target, args);
        if (random() < 0.5) call.apply(target, args).catch(() => {});
        setTimeout(() => life.die(), random() * 20);
        return new Promise(() => {});
      };
    },
  });
}
