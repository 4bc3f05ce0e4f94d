import * as z from 'zod/mini';
import { type AuthScheme, authenticate, type Credentials, type EmptySignature } from './authentication.ts';
import { CaptureError, isUnknownClient } from './capture-error.ts';
import { noAnswer, timeIsUp } from './network-error.ts';
import { type Call, parseResponse } from './response.ts';
import { type RetryOptions, withRetries } from './retry.ts';
import { NoResponseError, type Transport } from './transport.ts';

/** Which Capture application to speak to, and as whom. */
export interface CaptureAccess {
  /** An origin, as `parseCaptureDomain` returns it. */
  readonly domain: URL;
  /** The owner client: no other may call `clients/*`. */
  readonly owner: Credentials;
  readonly authScheme: AuthScheme;
}

/** What `clients/add` is sent. */
export interface NewClient {
  /** Also the client's name, unique in its application (capture-api.md §1). */
  readonly description: string;
  readonly features: readonly string[];
}

/** A client as Capture has it; in a list its secret is empty where it could not be read. */
export interface Client extends NewClient, Credentials {
  /** The IPv4 ranges from where it may be used; undefined where Capture does not tell. */
  readonly whitelist?: readonly string[] | undefined;
}

/** What was picked from a list of clients. */
export interface Picked<T> {
  readonly picked: readonly T[];
  /** How many clients the list had. */
  readonly total: number;
}

/** The calls of the Capture API that this action makes. Each throws CaptureError when it fails. */
export interface Capture {
  /** `clients/add`, sent once: it is not idempotent, so whoever calls decides what to do after a failure. */
  addClient(client: NewClient): Promise<Client>;
  /**
   * `clients/list`, which answers with the secrets of all clients, the owner's too: nothing of it outlives this call
   * but what `pick` returns.
   * @param hasFeatures lists only clients that have one of these; all clients if it is empty
   */
  listClients<T>(
    pick: (client: Client) => T | undefined,
    hasFeatures?: readonly string[],
  ): Promise<Picked<T>>;
  /** `clients/delete`. `gone` if there is no such client (any more). */
  deleteClient(clientId: string): Promise<'deleted' | 'gone'>;
  /** `clients/set_description` */
  setDescription(clientId: string, description: string): Promise<void>;
  /** `clients/set_features` */
  setFeatures(clientId: string, features: readonly string[]): Promise<void>;
  /**
   * `clients/reset_secret`: not idempotent, so sent again only after a failure without effect.
   * @param hoursToLive how long the old secret stays valid, 0 to 168
   * @returns the new secret
   */
  resetSecret(clientId: string, hoursToLive: number): Promise<string>;
  /**
   * `clients/set_whitelist`
   * @param ranges IPv4 ranges in CIDR notation
   */
  setWhitelist(clientId: string, ranges: readonly string[]): Promise<void>;
  /** `settings/items`: the client's own settings over the application's defaults. */
  listSettings(clientId: string): Promise<ReadonlyMap<string, string>>;
  /** `settings/get_default`: what every client has that does not say otherwise; undefined if there is none. */
  getDefaultSetting(key: string): Promise<string | undefined>;
  /** `settings/set_multi`; no value is told in an error. */
  setSettings(clientId: string, settings: ReadonlyMap<string, string>): Promise<void>;
}

/** What the API needs of its surroundings. */
export interface CaptureOptions extends CaptureAccess, RetryOptions {
  readonly transport: Transport;
  readonly userAgent: string;
  /** `false`: every call is sent once, for a caller who repeats by rules of its own. Default, true. */
  readonly retries?: boolean;
}

/** Larger than any list of clients, small enough to hold in memory. */
export const maxResponseBytes = 16 * 1024 * 1024;

/** Capture's ids are 32 lower-case letters and digits (capture-api.md §5); older documents print others. */
const clientIdSchema = () => z.string().check(z.regex(/^[A-Za-z0-9._-]{1,128}$/));
const secretSchema = () => z.string().check(z.regex(/^.{1,1024}$/s));

const addSchema = () =>
  z.object({
    client_id: clientIdSchema(),
    client_secret: secretSchema(),
    description: z.optional(z.string()),
    features: z.optional(z.array(z.string())),
  });

const listSchema = () => z.object({ results: z.array(z.unknown()) });
/** Lenient beyond id and description: a client of ours must be seen even where something else of it is odd. */
const listedSchema = () =>
  z.object({
    client_id: clientIdSchema(),
    client_secret: z.catch(secretSchema(), ''),
    description: z.string(),
    features: z.catch(z.array(z.string()), []),
    whitelist: z.catch(z.optional(z.array(z.string())), undefined),
  });

const doneSchema = () => z.object({});
const resetSchema = () => z.object({ new_secret: secretSchema() });
/** Values are strings (capture-api.md §2); what is none cannot be set either, so nobody asks for it. */
const itemsSchema = () => z.object({ result: z.record(z.string(), z.unknown()) });
const defaultSchema = () => z.object({ result: z.unknown() });

/** Opens the API on a transport. */
export function openCapture(options: CaptureOptions): Capture {
  return new CaptureClient(options);
}

/** No effect: even what is not idempotent can be sent again. */
export function hadNoEffect(error: CaptureError): boolean {
  return error.details.applied === 'no' && error.details.retryable;
}

/** What is idempotent can be sent again whenever that may help. */
function mayHelp(error: CaptureError): boolean {
  return error.details.retryable;
}

type Parameters = Readonly<Record<string, string>>;

class CaptureClient implements Capture {
  readonly #options: CaptureOptions;
  #emptySignature: EmptySignature = 'code';

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  async addClient(client: NewClient): Promise<Client> {
    const added = await this.#callOnce(
      'clients/add',
      { description: client.description, ...featuresParameter('features', client.features) },
      addSchema(),
    );
    return {
      clientId: added.client_id,
      clientSecret: added.client_secret,
      description: added.description ?? client.description,
      features: added.features ?? client.features,
    };
  }

  async listClients<T>(
    pick: (client: Client) => T | undefined,
    hasFeatures: readonly string[] = [],
  ): Promise<Picked<T>> {
    const parameters = featuresParameter('has_features', hasFeatures);
    const { results } = await this.#repeat(() => this.#listOnce(parameters), mayHelp);
    const picked = toClients(results).map(pick);
    return { picked: picked.filter((one) => one !== undefined), total: results.length };
  }

  async deleteClient(clientId: string): Promise<'deleted' | 'gone'> {
    try {
      await this.#call('clients/delete', { client_id_for_deletion: clientId }, mayHelp, doneSchema());
      return 'deleted';
    } catch (error) {
      if (error instanceof CaptureError && isUnknownClient(error)) return 'gone';
      throw error;
    }
  }

  async setDescription(clientId: string, description: string): Promise<void> {
    await this.#call(
      'clients/set_description',
      { ...forClient(clientId), description },
      mayHelp,
      doneSchema(),
    );
  }

  async setFeatures(clientId: string, features: readonly string[]): Promise<void> {
    const parameters = { ...forClient(clientId), features: JSON.stringify(features) };
    await this.#call('clients/set_features', parameters, mayHelp, doneSchema());
  }

  async resetSecret(clientId: string, hoursToLive: number): Promise<string> {
    const parameters = { ...forClient(clientId), hours_to_live: String(hoursToLive) };
    const { new_secret } = await this.#call('clients/reset_secret', parameters, hadNoEffect, resetSchema());
    return new_secret;
  }

  async setWhitelist(clientId: string, ranges: readonly string[]): Promise<void> {
    const parameters = { ...forClient(clientId), whitelist: JSON.stringify(ranges) };
    await this.#call('clients/set_whitelist', parameters, mayHelp, doneSchema());
  }

  async listSettings(clientId: string): Promise<ReadonlyMap<string, string>> {
    const { result } = await this.#call('settings/items', forClient(clientId), mayHelp, itemsSchema());
    return new Map(Object.entries(result).filter((item): item is [string, string] => isText(item[1])));
  }

  async getDefaultSetting(key: string): Promise<string | undefined> {
    const { result } = await this.#call('settings/get_default', { key }, mayHelp, defaultSchema());
    return isText(result) ? result : undefined;
  }

  async setSettings(clientId: string, settings: ReadonlyMap<string, string>): Promise<void> {
    const items = JSON.stringify(Object.fromEntries(settings));
    await this.#call('settings/set_multi', { ...forClient(clientId), items }, mayHelp, doneSchema());
  }

  /** Which of the two forms a tenant takes is not known: where one is refused, the other is tried once. */
  async #listOnce(parameters: Parameters): Promise<z.infer<ReturnType<typeof listSchema>>> {
    try {
      return await this.#callOnce('clients/list', parameters, listSchema());
    } catch (error) {
      const isOpen =
        this.#options.authScheme === 'janrain-signed' &&
        Object.keys(parameters).length === 0 &&
        this.#emptySignature === 'code';
      if (!isOpen || !(error instanceof CaptureError) || error.details.code !== 402) throw error;
      this.#emptySignature = 'documents';
      return await this.#callOnce('clients/list', parameters, listSchema());
    }
  }

  #call<T>(
    name: string,
    parameters: Parameters,
    mayRepeat: (error: CaptureError) => boolean,
    schema: z.ZodMiniType<T>,
  ): Promise<T> {
    return this.#repeat(() => this.#callOnce(name, parameters, schema), mayRepeat);
  }

  #repeat<T>(attempt: () => Promise<T>, mayRepeat: (error: CaptureError) => boolean): Promise<T> {
    return this.#options.retries === false ? attempt() : withRetries(attempt, mayRepeat, this.#options);
  }

  async #callOnce<T>(name: string, parameters: Parameters, schema: z.ZodMiniType<T>): Promise<T> {
    const { domain, clock, timeLimit, transport } = this.#options;
    const call: Call = { name, host: domain.host };
    const path = `/${name}`;
    const limitMs = timeLimit.attemptMs();
    if (limitMs <= 0) throw timeIsUp(call, timeLimit.totalMs);
    const body = new URLSearchParams(parameters).toString();
    try {
      const headers = this.#headers(path, parameters);
      const answer = await transport.post(path, headers, body, limitMs, timeLimit.attemptOver);
      return parseResponse(call, answer, schema, clock.now());
    } catch (error) {
      throw error instanceof NoResponseError ? noAnswer(call, error, limitMs) : error;
    }
  }

  #headers(path: string, parameters: Parameters): Record<string, string> {
    const { authScheme, owner, clock, userAgent } = this.#options;
    const signed = { path, parameters, emptySignature: this.#emptySignature };
    return {
      ...authenticate(authScheme, owner, signed, clock.now()),
      'Content-Type': 'application/x-www-form-urlencoded',
      Accept: 'application/json',
      'User-Agent': userAgent,
    };
  }
}

/** A client that does not look like one is not ours: it is left out, and never shown. */
function toClients(results: readonly unknown[]): Client[] {
  const schema = listedSchema();
  return results.flatMap((result) => {
    const listed = schema.safeParse(result);
    if (!listed.success) return [];
    const { client_id, client_secret, ...rest } = listed.data;
    return [{ clientId: client_id, clientSecret: client_secret, ...rest }];
  });
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function featuresParameter(name: string, features: readonly string[]): Parameters {
  return features.length === 0 ? {} : { [name]: JSON.stringify(features) };
}

/** Without `for_client_id` Capture changes the owner itself (capture-api.md §1), so an empty one is never sent. */
function forClient(clientId: string): Parameters {
  if (clientId === '') throw new TypeError('a client id is empty: the call would change the owner client');
  return { for_client_id: clientId };
}
