import { CaptureError } from '../../src/capture/capture-error.ts';
import type { Capture, Client } from '../../src/capture/client.ts';
import { type Creation, startCreationRecord } from '../../src/lifecycle/creation.ts';
import type { Dependencies } from '../../src/lifecycle/dependencies.ts';
import { formatDescription, type Label, labelOf } from '../../src/lifecycle/label.ts';
import { captureError, now } from './fixtures.ts';

/** Another run's. */
export const otherMarker = 'f'.repeat(24);

/** An in-memory Capture, and a step that uses it. Anything can happen before and after each call. */
export class Tenant {
  readonly clients = new Map<string, Client>();
  /** Every call, with what matters of its parameters. */
  readonly calls: string[] = [];
  readonly sleeps: number[] = [];
  /** The messages that were logged. */
  readonly log: string[] = [];
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

  get dependencies(): Dependencies {
    return {
      capture: this.#capture,
      async retry(send, policy) {
        for (let left = 5; ; left -= 1) {
          try {
            return await send();
          } catch (error) {
            if (left === 0 || !(error instanceof CaptureError) || !policy(error)) throw error;
          }
        }
      },
      record: startCreationRecord((creation) => {
        this.saved = creation;
      }),
      clock: {
        now: () => this.now,
        sleep: async (ms) => {
          this.sleeps.push(ms);
          this.now += ms;
        },
      },
      newMarker: () => {
        this.#markers += 1;
        return String(this.#markers).padStart(24, '0');
      },
      signal: this.#cancellation.signal,
      log: {
        info: (message) => this.log.push(message),
        notice: () => {},
        mask: ({ clientSecret }) => this.masked.push([clientSecret, this.calls.length]),
      },
    };
  }

  get #capture(): Capture {
    return {
      addClient: (given) =>
        this.#does('add', () => {
          this.#made += 1;
          const clientId = `m${this.#made}`;
          this.clients.set(clientId, { clientId, clientSecret: `secret of ${clientId}`, ...given });
          return this.#get(clientId);
        }),
      listClients: (pick) =>
        this.#does('list', () => {
          const all = [...this.clients.values()];
          return { picked: all.map(pick).filter((one) => one !== undefined), total: all.length };
        }),
      deleteClient: (clientId) =>
        this.#does('delete', () => (this.clients.delete(clientId) ? 'deleted' : 'gone')),
      setDescription: (clientId, description) =>
        this.#does('set_description', () => {
          this.#get(clientId, { description });
        }),
      setFeatures: (clientId, features) =>
        this.#does(['set_features', ...features].join(' '), () => {
          this.#get(clientId, { features });
        }),
      resetSecret: (clientId, hoursToLive) =>
        this.#does(`reset_secret ${hoursToLive}`, () => {
          return this.#get(clientId, { clientSecret: `new secret of ${clientId}` }).clientSecret;
        }),
      setWhitelist: (clientId, whitelist) =>
        this.#does('set_whitelist', () => {
          this.#get(clientId, { whitelist });
        }),
      listSettings: () => this.#does('settings', () => new Map()),
      clockOffsetMs: () => (this.calls.length === 0 ? undefined : this.clockOffsetMs),
      setSettings: () => Promise.reject(new Error('no settings here')),
    };
  }

  #get(clientId: string, changes: Partial<Client> = {}): Client {
    const client = this.clients.get(clientId);
    if (client === undefined) throw unknownClient();
    this.clients.set(clientId, { ...client, ...changes });
    return this.clients.get(clientId) as Client;
  }

  async #does<T>(call: string, act: () => T): Promise<T> {
    if (this.calls.length === 100) throw new Error('the step never ends');
    this.calls.push(call);
    const n = this.calls.length;
    this.before[n]?.();
    const response = act();
    this.after[n]?.();
    return response;
  }
}

/** Loses the response, so that the outcome of the call is unknown. */
export function loseResponse(): never {
  throw captureError({ retryable: true, applied: 'unknown' });
}

/** How Capture rejects a client ID that doesn't exist. */
export function unknownClient(): CaptureError {
  const rejection = {
    code: 200,
    argumentName: 'for_client_id',
    description: 'id is not a valid id',
    retryable: false,
  };
  return captureError(rejection);
}
