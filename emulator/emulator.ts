import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Application, perform } from './calls.ts';
import { createExchange, createTimers } from './exchange.ts';
import { type Fault, FaultQueue, strike } from './faults.ts';
import { newIdentifier } from './identifiers.ts';
import { DEFAULT_RULES, type EmulatorOptions } from './options.ts';
import { type ReceivedRequest, type RecordedRequest, readRequest } from './requests.ts';
import { ApiError, errorResponse, type HttpResponse, htmlResponse } from './responses.ts';
import { type ClientSeed, ClientStore, type EmulatedClient, type StoredClient } from './store.ts';

export type { Fault } from './faults.ts';
export type { EmulatorOptions } from './options.ts';
export type { RecordedRequest } from './requests.ts';
export type { ClientSeed, EmulatedClient } from './store.ts';

/** A Capture server that runs in this process. */
export interface Emulator {
  /** Such as `http://127.0.0.1:40123`. */
  domain: string;
  owner: { client_id: string; client_secret: string };
  /** Every request that was read, in order. */
  requests: RecordedRequest[];
  /** The fault of every request that one struck, in order. */
  strikes: Fault[];
  /** Copies of the clients that exist, in order of creation, the owner first. */
  clients(): EmulatedClient[];
  /** Adds a client without a request. It is listed and accepted at once. Throws if its `client_id` is taken. */
  addClient(client: ClientSeed): EmulatedClient;
  /** Removes a client without a request, if it exists. */
  removeClient(client_id: string): void;
  /** Whether these credentials are accepted now. Features and the allow list don't matter. */
  authenticates(client_id: string, client_secret: string): boolean;
  /** A copy of a client's own settings, without the defaults. Empty if there is no such client. */
  settings(client_id: string): Record<string, string>;
  /** Sets settings of a client without a request. Throws if there is no such client. */
  setSettings(client_id: string, settings: Record<string, string>): void;
  /** A copy of the application's default settings. */
  defaultSettings(): Record<string, string>;
  /** Queues a fault. Throws a RangeError or TypeError if it isn't possible. */
  inject(fault: Fault): void;
  /** Ends all connections and refuses others until `goOnline`. Clients stay. */
  goOffline(): Promise<void>;
  /** Listens on the same port again. Rejects after `close`, or if the port was taken meanwhile. */
  goOnline(): Promise<void>;
  /** Ends the server, all connections, and everything that was still to happen. Can be called again. */
  close(): Promise<void>;
}

/** Starts an emulator. Rejects if its port is taken. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const running = new RunningEmulator(options);
  await running.listen(options.port ?? 0);
  return running;
}

class RunningEmulator implements Emulator {
  domain = '';
  readonly owner: { client_id: string; client_secret: string };
  readonly requests: RecordedRequest[] = [];
  readonly strikes: Fault[] = [];
  readonly #options: EmulatorOptions;
  readonly #now: () => number;
  readonly #store: ClientStore;
  readonly #application: Application;
  readonly #faults = new FaultQueue();
  readonly #timers = createTimers();
  readonly #underWay = new Set<ServerResponse>();
  readonly #server: ReturnType<typeof createHttpServer>;
  #port = 0;
  #closing: Promise<void> | undefined;

  constructor(options: EmulatorOptions) {
    this.#options = options;
    const { now = Date.now, clockOffsetMs = 0 } = options;
    this.#now = () => now() + clockOffsetMs;
    const rules = { ...DEFAULT_RULES, ...options };
    this.#store = new ClientStore(rules, options.newIdentifier);
    this.#application = { store: this.#store, rules, now: this.#now };
    this.owner = { ...(options.owner ?? { client_id: newIdentifier(), client_secret: newIdentifier() }) };
    // The features of the owner in the documents' example.
    const features = ['access_issuer', 'direct_access', 'owner'];
    this.#store.put({ ...this.owner, description: 'application owner', features });
    for (const [key, value] of Object.entries(options.defaultSettings ?? {})) {
      this.#store.defaultSettings.set(key, value);
    }
    const serve = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
      // A client can go away in the middle of its request.
      outgoing.on('error', () => {});
      this.#serve(incoming, outgoing).catch(() => incoming.socket.destroy());
    };
    this.#server =
      options.tls === undefined ? createHttpServer(serve) : createHttpsServer(options.tls, serve);
  }

  clients(): EmulatedClient[] {
    return this.#store.all().map((client) => client.toJSON());
  }

  addClient(client: ClientSeed): EmulatedClient {
    return this.#store.put(client).toJSON();
  }

  removeClient(clientId: string): void {
    const client = this.#store.find(clientId);
    if (client !== undefined) this.#store.remove(client);
  }

  authenticates(clientId: string, clientSecret: string): boolean {
    const isRight = (secret: string): boolean => secret === clientSecret;
    return this.#store.findAccepted(clientId, isRight, this.#now()) !== undefined;
  }

  settings(clientId: string): Record<string, string> {
    return Object.fromEntries(this.#store.find(clientId)?.settings ?? []);
  }

  setSettings(clientId: string, settings: Record<string, string>): void {
    const client: StoredClient | undefined = this.#store.find(clientId);
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
      this.#server.listen(port, this.#options.host ?? '127.0.0.1', () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address() as AddressInfo;
    this.#port = address.port;
    this.domain = `${this.#options.tls === undefined ? 'http' : 'https'}://${hostOf(address)}:${address.port}`;
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

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    outgoing.once('close', () => this.#underWay.delete(outgoing));
    const request = await readRequest(incoming, this.#now);
    const exchange = createExchange({
      incoming,
      outgoing,
      timers: this.#timers,
      now: this.#now,
      latencyMs: this.#options.latencyMs ?? 0,
    });
    // The documents have no limit; a server in front of the API would respond like this.
    if (request === undefined) return exchange.reply(htmlResponse(413));
    const commit = (): HttpResponse => perform(request, this.#application);
    const rejection = this.#record(request) ?? this.#admit(outgoing);
    if (rejection !== undefined) return exchange.reply(rejection);
    const fault = this.#faults.take(request.call);
    if (fault === undefined) return exchange.reply(commit());
    this.strikes.push(fault);
    strike(fault, exchange, commit);
  }

  // An `onRequest` that throws must not end the emulator. Its author finds the reason in the response.
  #record({ remoteAddress, repeated, ...request }: ReceivedRequest): HttpResponse | undefined {
    this.requests.push(request);
    try {
      this.#options.onRequest?.(request);
      return undefined;
    } catch (error) {
      return errorResponse(new ApiError(500, `emulator: onRequest threw ${String(error)}`));
    }
  }

  #admit(outgoing: ServerResponse): HttpResponse | undefined {
    const limit = this.#options.maxSimultaneousCalls ?? Number.POSITIVE_INFINITY;
    if (this.#underWay.size >= limit) return limitResponse(this.#options);
    if (!outgoing.destroyed) this.#underWay.add(outgoing);
    return undefined;
  }
}

function limitResponse({ limitResponse: kind, retryAfterSeconds }: EmulatorOptions): HttpResponse {
  const response =
    kind === 'http-510' || kind === 'http-429'
      ? htmlResponse(kind === 'http-510' ? 510 : 429)
      : errorResponse(new ApiError(510));
  if (retryAfterSeconds !== undefined) response.headers['retry-after'] = String(retryAfterSeconds);
  return response;
}

/** The host to connect to. A server that listens on every address is on the loopback address, too. */
function hostOf({ address, family }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1';
  return family === 'IPv6' ? `[${address}]` : address;
}
