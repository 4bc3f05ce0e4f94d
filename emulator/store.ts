import { EVERY_ADDRESS } from './allow-list.ts';
import { newIdentifier } from './identifiers.ts';
import type { Rules } from './options.ts';

/** A client, with the fields of clients/list. `client_secret` is the current one. */
export interface EmulatedClient {
  client_id: string;
  client_secret: string;
  description: string;
  features: string[];
  whitelist: string[];
}

/** What a new client is made from. What is missing is generated, or is the API's default. */
export type ClientSeed = Pick<EmulatedClient, 'description'> & Partial<EmulatedClient>;

/** Keys and values of settings/*. */
export type Settings = Map<string, string>;

/** A span of the emulator's clock, in milliseconds since the epoch. The end doesn't belong to it. */
interface Span {
  from: number;
  until: number;
}

/** From when on a new client shows. */
type Visibility = Record<'listed' | 'known' | 'accepted', Span>;

const ALWAYS: Span = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };
const HOUR_MS = 60 * 60 * 1000;

/** A client as the emulator keeps it. */
export class StoredClient implements EmulatedClient {
  readonly client_id: string;
  client_secret: string;
  description: string;
  features: string[];
  whitelist: string[];
  /** Its own settings, without the application's defaults. */
  readonly settings: Settings = new Map();
  /** The current secret is the last one. */
  secrets: { text: string; accepted: Span }[];
  listed: Span;
  /** When calls that name it find it. */
  readonly known: Span;
  isDeleted = false;

  constructor(seed: Required<ClientSeed>, { listed, known, accepted }: Visibility) {
    this.client_id = seed.client_id;
    this.client_secret = seed.client_secret;
    this.description = seed.description;
    this.features = [...seed.features];
    this.whitelist = [...seed.whitelist];
    this.secrets = [{ text: seed.client_secret, accepted }];
    this.listed = listed;
    this.known = known;
  }

  /** The fields of clients/list, in the order that the documents show. */
  toJSON(): EmulatedClient {
    return {
      client_id: this.client_id,
      client_secret: this.client_secret,
      description: this.description,
      whitelist: [...this.whitelist],
      features: [...this.features],
    };
  }
}

/** How long changes of the store take to show. */
export type StoreRules = Pick<
  Rules,
  | 'newAcceptedAfterMs'
  | 'newListedAfterMs'
  | 'newKnownAfterMs'
  | 'deletedAcceptedForMs'
  | 'deletedListedForMs'
  | 'oldSecretMs'
  | 'keepsOlderSecrets'
>;

/** The clients of the one application that the emulator has, in order of creation. */
export class ClientStore {
  /** What every client has unless it has a setting of its own. */
  readonly defaultSettings: Settings = new Map();
  /** Deleted ones too, as long as they are listed or accepted. */
  readonly #clients = new Map<string, StoredClient>();
  readonly #rules: StoreRules;
  readonly #newIdentifier: () => string;

  constructor(rules: StoreRules, makeIdentifier: () => string = newIdentifier) {
    this.#rules = rules;
    this.#newIdentifier = makeIdentifier;
  }

  /** Adds a client that has existed for a while. Throws if its id is taken. */
  put(seed: ClientSeed): StoredClient {
    return this.#add(seed, { listed: ALWAYS, known: ALWAYS, accepted: ALWAYS });
  }

  /** Creates a client now. */
  create(seed: ClientSeed, now: number): StoredClient {
    const { newListedAfterMs, newKnownAfterMs, newAcceptedAfterMs } = this.#rules;
    return this.#add(seed, {
      listed: since(now + newListedAfterMs),
      known: since(now + newKnownAfterMs),
      accepted: since(now + newAcceptedAfterMs),
    });
  }

  /** The clients that exist. */
  all(): StoredClient[] {
    return [...this.#clients.values()].filter(({ isDeleted }) => !isDeleted);
  }

  /** The clients that clients/list shows. */
  listed(now: number): StoredClient[] {
    return [...this.#clients.values()].filter(({ listed }) => includes(listed, now));
  }

  /** The client with this id, if it exists. */
  find(clientId: string): StoredClient | undefined {
    const client = this.#clients.get(clientId);
    return client?.isDeleted ? undefined : client;
  }

  /** The client with this id, if it exists and calls that name it find it now. */
  findKnown(clientId: string, now: number): StoredClient | undefined {
    const client = this.find(clientId);
    return client !== undefined && includes(client.known, now) ? client : undefined;
  }

  /** The client with this id if one of its secrets is the right one and is accepted now. */
  findAccepted(
    clientId: string,
    isRight: (secret: string) => boolean,
    now: number,
  ): StoredClient | undefined {
    const client = this.#clients.get(clientId);
    const isAccepted = client?.secrets.some(({ text, accepted }) => includes(accepted, now) && isRight(text));
    return isAccepted ? client : undefined;
  }

  /** Deletes a client now. */
  delete(client: StoredClient, now: number): void {
    const { deletedAcceptedForMs, deletedListedForMs } = this.#rules;
    client.isDeleted = true;
    client.listed = until(client.listed, now + deletedListedForMs);
    for (const secret of client.secrets) {
      secret.accepted = until(secret.accepted, now + deletedAcceptedForMs);
    }
    if (Math.max(deletedAcceptedForMs, deletedListedForMs) <= 0) this.remove(client);
  }

  /** Removes every trace of a client. */
  remove(client: StoredClient): void {
    this.#clients.delete(client.client_id);
  }

  /**
   * Gives the client a new secret and returns it. The one before it is accepted for `hoursToLive` more hours.
   * The API keeps two secrets, so a second reset ends the secret that the first one kept alive.
   */
  resetSecret(client: StoredClient, hoursToLive: number, now: number): string {
    const { keepsOlderSecrets, newAcceptedAfterMs, oldSecretMs } = this.#rules;
    const oldMs = oldSecretMs === 'as-asked' ? hoursToLive * HOUR_MS : oldSecretMs;
    const old = client.secrets.at(-1) as StoredClient['secrets'][number];
    old.accepted = until(old.accepted, now + oldMs);
    client.client_secret = this.#newIdentifier();
    client.secrets = [
      ...(keepsOlderSecrets ? client.secrets : [old]),
      { text: client.client_secret, accepted: since(now + newAcceptedAfterMs) },
    ];
    return client.client_secret;
  }

  #add(seed: ClientSeed, visibility: Visibility): StoredClient {
    const whole = {
      client_id: seed.client_id ?? this.#newIdentifier(),
      client_secret: seed.client_secret ?? this.#newIdentifier(),
      description: seed.description,
      features: seed.features ?? [],
      whitelist: seed.whitelist ?? [EVERY_ADDRESS],
    };
    if (this.#clients.has(whole.client_id)) throw new Error(`client ${whole.client_id} already exists`);
    const client = new StoredClient(whole, visibility);
    this.#clients.set(client.client_id, client);
    return client;
  }
}

const includes = ({ from, until }: Span, now: number): boolean => from <= now && now < until;
const since = (from: number): Span => ({ from, until: Number.POSITIVE_INFINITY });
const until = ({ from, until: end }: Span, time: number): Span => ({ from, until: Math.min(end, time) });
