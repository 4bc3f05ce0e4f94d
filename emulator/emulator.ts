import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError, errorAnswer, htmlAnswer, writeAnswer } from './answers.ts';
import type { SignatureRules } from './authentication.ts';
import { type Application, perform } from './calls.ts';
import { Exchange } from './exchange.ts';
import { type Fault, FaultQueue, strike } from './faults.ts';
import { newIdentifier } from './identifiers.ts';
import { type ReceivedRequest, type RecordedRequest, readRequest } from './requests.ts';
import { type ClientSeed, ClientStore, copyOf, type EmulatedClient, validSecrets } from './store.ts';
import { Timers } from './timers.ts';

export type { Fault } from './faults.ts';
export type { RecordedRequest } from './requests.ts';
export type { ClientSeed, EmulatedClient } from './store.ts';

/** How an emulator is set up; every part has a default. */
export interface EmulatorOptions {
  /** Default 0: any free one. It listens on 127.0.0.1 only. */
  port?: number;
  /** The emulator's clock, in milliseconds since the epoch; default `Date.now`. */
  now?: () => number;
  /** Whether a description can be given only once; default true. */
  uniqueDescriptions?: boolean;
  /** The credentials of the owner client; default: random. */
  owner?: { client_id: string; client_secret: string };
  /** Every answer takes at least this long; default 0. */
  latencyMs?: number;
  /** Any more calls at a time are answered with 510 api_limit_error; default: unlimited. */
  maxSimultaneousCalls?: number;
  /** How far the Date header of a signed request may be from the clock; default 10 minutes. */
  clockToleranceMs?: number;
  /** Which form of signature is accepted for a request without parameters; default `both`. */
  emptySignature?: SignatureRules['emptySignature'];
  /** The application's default settings; default: none. */
  defaultSettings?: Record<string, string>;
  /** Makes the ids and secrets of new clients; default: 32 random characters of the API's alphabet. */
  newIdentifier?: () => string;
  /** Called when a request has been read whole, before it is answered. */
  onRequest?: (request: RecordedRequest) => void;
}

/** A Capture server that runs in this process. */
export interface Emulator {
  /** Such as `http://127.0.0.1:40123`. */
  domain: string;
  owner: { client_id: string; client_secret: string };
  /** Every request that was read, in order. */
  requests: RecordedRequest[];
  /** The fault of every request that one struck, in order. */
  strikes: Fault[];
  /** Copies, in order of creation, the owner first. */
  clients(): EmulatedClient[];
  /** Puts a client there without a request. Throws if its `client_id` is taken. */
  addClient(client: ClientSeed): EmulatedClient;
  /** Takes a client away without a request, if it is there. */
  removeClient(client_id: string): void;
  /** Whether these credentials work now, by the emulator's clock; features and allow list are not asked. */
  authenticates(client_id: string, client_secret: string): boolean;
  /** A copy of a client's own settings, without the defaults; none if there is no such client. */
  settings(client_id: string): Record<string, string>;
  /** Gives a client settings without a request. Throws if there is no such client. */
  setSettings(client_id: string, settings: Record<string, string>): void;
  /** A copy of the application's default settings. */
  defaultSettings(): Record<string, string>;
  /** Queues a fault. Throws a RangeError or TypeError if it could not be carried out. */
  inject(fault: Fault): void;
  /** Ends all connections; further ones are refused until `goOnline`. Clients stay. */
  goOffline(): Promise<void>;
  /** Listens on the same port again. Rejects after `close`, or if the port was taken meanwhile. */
  goOnline(): Promise<void>;
  /** Ends the server, all connections and everything that was still to happen. May be called again. */
  close(): Promise<void>;
}

const DEFAULT_CLOCK_TOLERANCE_MS = 10 * 60 * 1000;

/** Starts an emulator; rejects if its port is taken. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const running = new RunningEmulator(options);
  await running.listen(options.port ?? 0);
  return running;
}

function applicationFor(options: EmulatorOptions, store: ClientStore): Application {
  return {
    store,
    now: options.now ?? Date.now,
    uniqueDescriptions: options.uniqueDescriptions ?? true,
    clockToleranceMs: options.clockToleranceMs ?? DEFAULT_CLOCK_TOLERANCE_MS,
    emptySignature: options.emptySignature ?? 'both',
  };
}

class RunningEmulator implements Emulator {
  domain = '';
  readonly owner: { client_id: string; client_secret: string };
  readonly requests: RecordedRequest[] = [];
  readonly strikes: Fault[] = [];
  readonly #options: EmulatorOptions;
  readonly #now: () => number;
  readonly #store: ClientStore;
  readonly #faults = new FaultQueue();
  readonly #timers = new Timers();
  readonly #underWay = new Set<ServerResponse>();
  readonly #application: Application;
  readonly #server: Server;
  #port = 0;
  #closing: Promise<void> | undefined;

  constructor(options: EmulatorOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#store = new ClientStore(options.newIdentifier);
    this.owner = { ...(options.owner ?? { client_id: newIdentifier(), client_secret: newIdentifier() }) };
    // The features of an application's owner in the documents' example (capture-api.md §1, metadata feature).
    const features = ['access_issuer', 'direct_access', 'owner'];
    this.#store.add({ ...this.owner, description: 'application owner', features });
    for (const [key, value] of Object.entries(options.defaultSettings ?? {})) {
      this.#store.defaultSettings.set(key, value);
    }
    this.#application = applicationFor(options, this.#store);
    this.#server = createServer((incoming, response) => {
      // A client that goes away in the middle of its request is none of the emulator's business.
      response.on('error', () => {});
      this.#serve(incoming, response).catch(() => incoming.socket.destroy());
    });
  }

  clients(): EmulatedClient[] {
    return this.#store.all().map(copyOf);
  }

  addClient(client: ClientSeed): EmulatedClient {
    return copyOf(this.#store.add(client));
  }

  removeClient(clientId: string): void {
    const client = this.#store.find(clientId);
    if (client !== undefined) this.#store.delete(client);
  }

  authenticates(clientId: string, clientSecret: string): boolean {
    const client = this.#store.find(clientId);
    return client !== undefined && validSecrets(client, this.#now()).includes(clientSecret);
  }

  settings(clientId: string): Record<string, string> {
    return Object.fromEntries(this.#store.find(clientId)?.settings ?? []);
  }

  setSettings(clientId: string, settings: Record<string, string>): void {
    const client = this.#store.find(clientId);
    if (client === undefined) throw new Error(`there is no client ${clientId}`);
    for (const [key, value] of Object.entries(settings)) client.settings.set(key, value);
  }

  defaultSettings(): Record<string, string> {
    return Object.fromEntries(this.#store.defaultSettings);
  }

  inject(fault: Fault): void {
    this.#faults.add(fault);
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#port = (this.#server.address() as AddressInfo).port;
    this.domain = `http://127.0.0.1:${this.#port}`;
  }

  async goOffline(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async goOnline(): Promise<void> {
    if (this.#closing !== undefined) throw new Error('the emulator is closed');
    if (!this.#server.listening) await this.listen(this.#port);
  }

  close(): Promise<void> {
    this.#timers.close();
    this.#closing ??= this.goOffline();
    return this.#closing;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    response.once('close', () => this.#underWay.delete(response));
    const request = await readRequest(incoming, this.#now);
    // Nothing is documented about the size of a request; a server in front of the API would answer like this.
    if (request === undefined) return writeAnswer(response, htmlAnswer(413));
    const problem = this.#record(request) ?? this.#admit(response);
    const exchange = this.#exchange(request, incoming, response);
    if (problem !== undefined) return exchange.reply(errorAnswer(problem));
    const fault = this.#faults.take(request.call);
    if (fault === undefined) return exchange.reply(exchange.commit());
    this.strikes.push(fault);
    strike(fault, exchange);
  }

  // An `onRequest` that throws must not end the emulator; whoever wrote it finds the reason in the answer.
  #record({ remoteAddress, repeated, ...request }: ReceivedRequest): ApiError | undefined {
    this.requests.push(request);
    try {
      this.#options.onRequest?.(request);
      return undefined;
    } catch (error) {
      return new ApiError(500, `emulator: onRequest threw ${String(error)}`);
    }
  }

  // "Limit on total number of simultaneous API calls" (capture-api.md §4, 510). Here it comes as HTTP 200; as an
  // HTTP status, which one client expects, it can be had as a fault.
  #admit(response: ServerResponse): ApiError | undefined {
    const limit = this.#options.maxSimultaneousCalls ?? Number.POSITIVE_INFINITY;
    if (this.#underWay.size >= limit) return new ApiError(510);
    if (!response.destroyed) this.#underWay.add(response);
    return undefined;
  }

  #exchange(request: ReceivedRequest, incoming: IncomingMessage, response: ServerResponse): Exchange {
    return new Exchange({
      incoming,
      response,
      timers: this.#timers,
      latencyMs: this.#options.latencyMs ?? 0,
      commit: () => perform(request, this.#application),
    });
  }
}
