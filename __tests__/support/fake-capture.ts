import { CaptureError } from '../../src/capture/capture-error.ts';
import type { Capture, Client } from '../../src/capture/client.ts';
import { type Creation, Journal } from '../../src/lifecycle/creation.ts';
import { formatDescription, type Label, labelOf } from '../../src/lifecycle/label.ts';
import type { Collaborators } from '../../src/lifecycle/provision.ts';
import { captureError, now } from './fixtures.ts';

/** Another run's. */
export const otherMarker = 'f'.repeat(24);

/** A Capture in memory and a step that uses it, where something else can happen before and after each call. */
export class Tenant {
  readonly clients = new Map<string, Client>();
  /** Every call, with what matters of its parameters. */
  readonly calls: string[] = [];
  readonly sleeps: number[] = [];
  /** What the log was told. */
  readonly told: string[] = [];
  /** Every secret that was masked, and how many calls had been made by then. */
  readonly masked: [string, number][] = [];
  /** What the step saved last. */
  saved: Creation | undefined;
  now = now;
  /** What happens when the n-th call, counted from 1, is made; it may throw in the call's place. */
  readonly before: Record<number, () => void> = {};
  /** What happens when it has taken effect; it may throw in the answer's place. */
  readonly after: Record<number, () => void> = {};
  readonly #interruption = new AbortController();
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

  readonly interrupt = (): void => this.#interruption.abort();

  get collaborators(): Collaborators {
    return {
      capture: this.#capture,
      captureOnce: this.#capture,
      async repeat<T>(attempt: () => Promise<T>, mayRepeat: (error: CaptureError) => boolean): Promise<T> {
        for (let left = 5; ; left -= 1) {
          try {
            return await attempt();
          } catch (error) {
            if (left === 0 || !(error instanceof CaptureError) || !mayRepeat(error)) throw error;
          }
        }
      },
      journal: new Journal((creation) => {
        this.saved = creation;
      }),
      now: () => this.now,
      sleep: async (ms: number) => {
        this.sleeps.push(ms);
        this.now += ms;
      },
      newMarker: () => {
        this.#markers += 1;
        return String(this.#markers).padStart(24, '0');
      },
      mask: ({ clientSecret }) => this.masked.push([clientSecret, this.calls.length]),
      interrupted: this.#interruption.signal,
      info: (message) => this.told.push(message),
      notice: () => {},
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
      listClients: (pick, hasFeatures = []) =>
        this.#does(['list', ...hasFeatures].join(' '), () => {
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
      getDefaultSetting: () => Promise.reject(new Error('no settings here')),
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
    if (this.calls.length === 100) throw new Error('the step comes to no end');
    this.calls.push(call);
    const n = this.calls.length;
    this.before[n]?.();
    const answer = act();
    this.after[n]?.();
    return answer;
  }
}

/** Leaves open what came of the call. */
export function loseAnswer(): never {
  throw captureError({ retryable: true, applied: 'unknown' });
}

/** What Capture says of a client that is not there. */
export function unknownClient(): CaptureError {
  const { details } = captureError({ code: 200, argumentName: 'for_client_id', retryable: false });
  return new CaptureError('Capture refused the call (200): id is not a valid id.', 'Correct it.', details);
}
