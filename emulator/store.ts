import { EVERY_ADDRESS } from './allow-list.ts';
import { newIdentifier } from './identifiers.ts';

/** A client, with the fields of clients/list. `client_secret` is the current one. */
export interface EmulatedClient {
  client_id: string;
  client_secret: string;
  description: string;
  features: string[];
  whitelist: string[];
}

/** What a new client is made from; the rest is generated, or the API's default. */
export type ClientSeed = Pick<EmulatedClient, 'description'> & Partial<EmulatedClient>;

/** A client as the emulator keeps it. */
export interface StoredClient extends EmulatedClient {
  /** The secret before the last reset and when it stops working, in milliseconds since the epoch. */
  previous?: { secret: string; until: number };
  /** Its own, without the application's defaults. */
  settings: Settings;
}

/** Keys and values of settings/*. */
export type Settings = Map<string, string>;

const HOUR_MS = 60 * 60 * 1000;

/** The clients of the one application that the emulator has, in order of creation. */
export class ClientStore {
  /** What every client has that does not say otherwise. */
  readonly defaultSettings: Settings = new Map();
  readonly #clients = new Map<string, StoredClient>();
  readonly #newIdentifier: () => string;

  constructor(makeIdentifier: () => string = newIdentifier) {
    this.#newIdentifier = makeIdentifier;
  }

  /** Adds a client. Throws if its id is taken; the description is the caller's affair. */
  add(seed: ClientSeed): StoredClient {
    const client: StoredClient = {
      client_id: seed.client_id ?? this.#newIdentifier(),
      client_secret: seed.client_secret ?? this.#newIdentifier(),
      description: seed.description,
      features: [...(seed.features ?? [])],
      whitelist: [...(seed.whitelist ?? [EVERY_ADDRESS])],
      settings: new Map(),
    };
    if (this.#clients.has(client.client_id)) throw new Error(`there is a client ${client.client_id} already`);
    this.#clients.set(client.client_id, client);
    return client;
  }

  all(): StoredClient[] {
    return [...this.#clients.values()];
  }

  find(clientId: string): StoredClient | undefined {
    return this.#clients.get(clientId);
  }

  delete(client: StoredClient): void {
    this.#clients.delete(client.client_id);
  }
}

/** A copy with the fields of clients/list, in the order in which the documents show them. */
export function copyOf(client: StoredClient): EmulatedClient {
  return {
    client_id: client.client_id,
    client_secret: client.client_secret,
    description: client.description,
    whitelist: [...client.whitelist],
    features: [...client.features],
  };
}

/** The secrets that work at this time: the current one, and the one before it while its hours last. */
export function validSecrets(client: StoredClient, now: number): string[] {
  const { client_secret, previous } = client;
  return previous !== undefined && now < previous.until ? [client_secret, previous.secret] : [client_secret];
}

/**
 * Gives the client a new secret, valid at once; the one before it works for `hoursToLive` more hours.
 * "Two valid secrets: the old secret and the new secret" (capture-api.md §1, reset_secret, and the page of
 * /clients/reset_secret): so a second reset ends a secret that was kept alive by the first.
 */
export function resetSecret(client: StoredClient, hoursToLive: number, now: number): string {
  client.previous = { secret: client.client_secret, until: now + hoursToLive * HOUR_MS };
  client.client_secret = newIdentifier();
  return client.client_secret;
}
