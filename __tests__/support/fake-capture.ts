import { CaptureError, isUnknownClient, maxEffectDelayMs } from '../../src/capture/capture-error.ts';
import { type Capture, type Client, openCapture } from '../../src/capture/client.ts';
import type { TimeLimit } from '../../src/capture/clock.ts';
import type { Repeat } from '../../src/capture/retry.ts';
import type { Attempt, Sender } from '../../src/capture/sender.ts';
import { type Creation, startCreationRecord } from '../../src/lifecycle/creation-record.ts';
import { formatDescription, type Label, labelOf } from '../../src/lifecycle/label.ts';
import { captureError, now } from './basics.ts';

/** Another run's. */
export const otherMarker = 'f'.repeat(24);

/** The client that authenticates. */
export const ownerId = 'owner';

/**
 * An in-memory Capture, and a step that uses it with the real client, but without the pauses between attempts. Anything
 * can happen before and after each call.
 */
export class Tenant {
  readonly clients = new Map<string, Client>();
  /** By client ID. */
  readonly settings = new Map<string, Readonly<Record<string, string>>>();
  /** Every call, with what matters of its parameters. */
  readonly calls: string[] = [];
  readonly sleeps: number[] = [];
  /** The messages that were logged. */
  readonly log: string[] = [];
  readonly notices: string[] = [];
  /** Every secret that was masked, and how many calls had been made by then. */
  readonly masked: [string, number][] = [];
  /** What the step saved last. */
  saved: Creation | undefined;
  now = now;
  /** How far Capture's clock is ahead, known from the first response on. */
  clockOffsetMs = 0;
  /** What happens when the n-th call (from 1) is made. It may throw instead of the call. */
  readonly before: Record<number, () => void> = {};
  /** What happens when it has taken effect. It may throw instead of the response. */
  readonly after: Record<number, () => void> = {};
  readonly #cancellation = new AbortController();
  #made = 0;
  #markers = 0;

  add(clientId: string, label: Label, changes: Partial<Client> = {}): Client {
    const description = formatDescription({ text: 'words', label });
    const client = {
      clientId,
      clientSecret: `secret of ${clientId}`,
      description,
      features: ['login_client'],
    };
    this.clients.set(clientId, { ...client, ...changes });
    return this.#get(clientId);
  }

  /** Another run takes the client over. */
  takeOver(clientId: string): void {
    const label = { ...(this.labelOf(clientId) as Label), marker: otherMarker, expiresAt: now + 9e8 };
    this.#get(clientId, { description: formatDescription({ text: 'words', label }) });
  }

  labelOf(clientId: string): Label | undefined {
    return labelOf(this.#get(clientId));
  }

  readonly cancel = (): void => this.#cancellation.abort();

  get dependencies() {
    return {
      capture: this.capture,
      record: startCreationRecord((creation) => {
        this.saved = creation;
      }),
      clock: this.clock,
      newMarker: () => {
        this.#markers += 1;
        return String(this.#markers).padStart(24, '0');
      },
      signal: this.#cancellation.signal,
      timeLimit: this.timeLimit,
      log: this.#log,
    };
  }

  /** How much time is left for calls. */
  remainingMs = 60_000;

  readonly timeLimit: TimeLimit = {
    totalMs: 60_000,
    remainingMs: () => this.remainingMs,
    attemptMs: () => 20_000,
    canceled: this.#cancellation.signal,
    attemptOver: new AbortController().signal,
  };

  readonly clock = {
    now: () => this.now,
    sleep: async (ms: number) => {
      this.sleeps.push(ms);
      this.now += ms;
    },
  };

  readonly #log = {
    info: (message: string) => {
      this.log.push(message);
    },
    notice: (message: string) => {
      this.notices.push(message);
    },
    show: (text: string) => text,
    mask: ({ clientSecret }: { readonly clientSecret: string }) => {
      this.masked.push([clientSecret, this.calls.length]);
    },
  };

  get capture(): Capture {
    return openCapture({
      owner: { clientId: ownerId, clientSecret: 'the owner secret' },
      authScheme: 'basic-auth',
      sender: this.#sender,
      repeat: this.#repeat,
      clock: this.clock,
      log: this.#log,
    });
  }

  /** At most six attempts. A client that is too new to be gone gets older between them. */
  readonly #repeat: Repeat = async (send, { createdAt = -Infinity, check } = {}) => {
    for (let attempt = 1; ; attempt += 1) {
      const result = await check?.();
      if (result !== undefined) return result;
      try {
        return await send(attempt);
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
        const isDoubtful = isUnknownClient(error) && this.now < createdAt + maxEffectDelayMs;
        if (isDoubtful) this.now += maxEffectDelayMs / 3;
        if (attempt === 6 || !(isDoubtful || error.details.retryable)) throw error;
      }
    }
  };

  readonly #sender: Sender = {
    clockOffsetMs: () => (this.calls.length === 0 ? undefined : this.clockOffsetMs),
    send: async (attempt, parse) => {
      if (this.calls.length === 100) throw new Error('the step never ends');
      this.calls.push(nameOf(attempt));
      const n = this.calls.length;
      this.before[n]?.();
      const json = JSON.stringify({ stat: 'ok', ...this.#respond(attempt) });
      this.after[n]?.();
      return parse(JSON.parse(json)) as never;
    },
  };

  #respond({ name, parameters }: Attempt): object {
    const { for_client_id: clientId = '', description = '', features, whitelist, items } = parameters;
    if (name === 'clients/list') return { results: [...this.clients.values()].map(toJson) };
    if (name === 'clients/add') {
      this.#made += 1;
      const id = `m${this.#made}`;
      const given = { description, features: JSON.parse(features ?? '[]') };
      this.clients.set(id, { clientId: id, clientSecret: `secret of ${id}`, ...given });
      return toJson(this.#get(id));
    }
    if (name === 'clients/delete') {
      if (!this.clients.delete(parameters.client_id_for_deletion ?? '')) throw unknownClient();
      return {};
    }
    this.#get(clientId);
    if (name === 'settings/items') return { result: this.settings.get(clientId) ?? {} };
    if (name === 'settings/set_multi') {
      this.settings.set(clientId, { ...this.settings.get(clientId), ...JSON.parse(items ?? '{}') });
    }
    if (name === 'clients/set_description') this.#get(clientId, { description });
    if (name === 'clients/set_features') this.#get(clientId, { features: JSON.parse(features ?? '[]') });
    if (name === 'clients/set_whitelist') this.#get(clientId, { whitelist: JSON.parse(whitelist ?? '[]') });
    if (name !== 'clients/reset_secret') return {};
    return { new_secret: this.#get(clientId, { clientSecret: `new secret of ${clientId}` }).clientSecret };
  }

  #get(clientId: string, changes: Partial<Client> = {}): Client {
    const client = this.clients.get(clientId);
    if (client === undefined) throw unknownClient();
    this.clients.set(clientId, { ...client, ...changes });
    return this.clients.get(clientId) as Client;
  }
}

/** `reset_secret 1` */
function nameOf({ name, parameters: { features, hours_to_live } }: Attempt): string {
  const words: readonly string[] = name === 'clients/set_features' ? JSON.parse(features ?? '[]') : [];
  const call = name === 'settings/items' ? 'settings' : name.replace(/^(?:clients|settings)\//, '');
  return [call, ...words, ...(hours_to_live === undefined ? [] : [hours_to_live])].join(' ');
}

function toJson({ clientId, clientSecret, ...client }: Client): object {
  return { client_id: clientId, client_secret: clientSecret, ...client };
}

type Act = (tenant: Tenant) => void;

/** Prepares a tenant: this happens when the n-th call is made. */
export const beforeCall =
  (n: number, act: Act): Act =>
  (tenant) => {
    tenant.before[n] = () => act(tenant);
  };

/** The same, when it has taken effect. */
export const afterCall =
  (n: number, act: Act): Act =>
  (tenant) => {
    tenant.after[n] = () => act(tenant);
  };

/** Loses the response, so that the outcome of the call is unknown. */
export function loseResponse(): never {
  throw captureError({ retryable: true, applied: 'unknown' });
}

/** How Capture rejects a client ID that doesn't exist. */
export function unknownClient(): CaptureError {
  return captureError({ code: 200, isUnknownClient: true, retryable: false });
}
