import * as z from 'zod/mini';
import { type AuthScheme, authenticate, type Credentials, type EmptySignature } from './authentication.ts';
import { type Body, ResultsBody, WholeBody } from './body.ts';
import { CaptureError, isUnknownClient } from './capture-error.ts';
import type { Clock } from './clock.ts';
import { noResponse, timeIsUp } from './network-error.ts';
import { type Call, clockOffset, parseResponse } from './response.ts';
import type { TimeLimit } from './time-limit.ts';
import { type HttpRequest, NoResponseError, type Transport } from './transport.ts';

/** Which Capture application to use, and as which client. */
export interface CaptureAccess {
  /** An origin, as `parseCaptureDomain` returns it. */
  readonly domain: URL;
  /** The owner client: no other client may call `clients/*`. */
  readonly owner: Credentials;
  readonly authScheme: AuthScheme;
}

export interface NewClient {
  /** Also the client's name, unique in its application. */
  readonly description: string;
  readonly features: readonly string[];
}

/** A client as Capture describes it. In a list, its secret is empty if it couldn't be read. */
export interface Client extends NewClient, Credentials {
  /** The IPv4 ranges that may use the client, undefined if Capture doesn't say. */
  readonly whitelist?: readonly string[] | undefined;
}

export interface Picked<T> {
  readonly picked: readonly T[];
  readonly total: number;
}

export type Capture = ReturnType<typeof openCapture>;

export interface CaptureOptions extends CaptureAccess {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly timeLimit: TimeLimit;
  readonly userAgent: string;
  /** The variable that names the proxy, for errors. */
  readonly proxyVariable?: Call['proxyVariable'];
}

/** Capture's IDs have 32 lowercase letters and digits. Older documents show others. */
const clientIdSchema = () => z.string().check(z.regex(/^[A-Za-z0-9._-]{1,128}$/));
const secretSchema = () => z.string().check(z.regex(/^.{1,1024}$/s));

const addSchema = () =>
  z.object({
    client_id: clientIdSchema(),
    client_secret: secretSchema(),
    description: z.optional(z.string()),
    features: z.optional(z.array(z.string())),
    whitelist: z.catch(z.optional(z.array(z.string())), undefined),
  });
const listSchema = () => z.object({ results: z.array(z.unknown()) });
/** Lenient beyond id and description: a client of ours must be seen even if something else about it is odd. */
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
/** Values are strings. Anything else can't be set either. */
const itemsSchema = () => z.object({ result: z.record(z.string(), z.unknown()) });

type Parameters = Readonly<Record<string, string>>;

/**
 * Opens the API on a transport. Each call is sent once and throws a CaptureError if it fails. The caller decides what may
 * be sent again (`createRetry`).
 */
export function openCapture(options: CaptureOptions) {
  const { domain, owner, authScheme, transport, clock, timeLimit, userAgent, proxyVariable } = options;
  const isSigned = authScheme === 'janrain-signed';
  /** Reads that this tenant takes as GET only. */
  const getOnly = new Set<string>();
  let emptySignature: EmptySignature = 'code';
  let offsetMs: number | undefined;

  const requestFor = (name: string, parameters: Parameters): HttpRequest => {
    const signed = { path: `/${name}`, parameters, emptySignature };
    const form = new URLSearchParams(parameters).toString();
    const headers = {
      ...authenticate(authScheme, owner, signed, clock.now()),
      Accept: 'application/json',
      'Accept-Encoding': 'identity',
      'User-Agent': userAgent,
    };
    return getOnly.has(name)
      ? { method: 'GET', path: form === '' ? signed.path : `${signed.path}?${form}`, headers }
      : {
          method: 'POST',
          path: signed.path,
          headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
          body: form,
        };
  };

  const send = async <T>(
    name: string,
    parameters: Parameters,
    schema: z.ZodMiniType<T>,
    body: Body = new WholeBody(),
  ): Promise<T> => {
    const call: Call = { name, host: domain.host, isSigned, proxyVariable };
    const limitMs = timeLimit.attemptMs();
    if (limitMs <= 0) throw timeIsUp(call, timeLimit);
    try {
      const exchange = { limitMs, canceled: timeLimit.attemptOver, body };
      const response = await transport.send(requestFor(name, parameters), exchange);
      const now = clock.now();
      offsetMs = clockOffset(response, now) ?? offsetMs;
      return parseResponse(call, { ...response, bytes: body.bytes, json: body.json() }, schema, now);
    } catch (error) {
      throw error instanceof NoResponseError ? noResponse(call, error, limitMs) : error;
    }
  };

  /** Sends a read in another form if only its form was rejected. The documents leave open which one a tenant takes. */
  const read = async <T>(
    name: string,
    parameters: Parameters,
    schema: z.ZodMiniType<T>,
    openBody?: () => Body,
  ): Promise<T> => {
    for (;;) {
      try {
        return await send(name, parameters, schema, openBody?.());
      } catch (error) {
        if (!(error instanceof CaptureError) || !switchForm(error, parameters)) throw error;
      }
    }
  };

  /** Each form is left at most once, and for the rest of this connection. */
  const switchForm = ({ details: { call, code, status } }: CaptureError, parameters: Parameters): boolean => {
    if (code === 402 && isSigned && emptySignature === 'code' && Object.keys(parameters).length === 0) {
      emptySignature = 'documents';
      return true;
    }
    if ((code !== 404 && status !== 405) || getOnly.has(call)) return false;
    getOnly.add(call);
    return true;
  };

  const change = async (name: string, clientId: string, parameters: Parameters): Promise<void> => {
    await send(name, { ...forClient(clientId), ...parameters }, doneSchema());
  };

  return {
    /** `clients/add`, which isn't idempotent. */
    async addClient({ description, features }: NewClient): Promise<Client> {
      const given = features.length === 0 ? {} : { features: JSON.stringify(features) };
      const parameters = { description, ...given };
      const added = await send('clients/add', parameters, addSchema());
      return {
        clientId: added.client_id,
        clientSecret: added.client_secret,
        description: added.description ?? description,
        features: added.features ?? features,
        whitelist: added.whitelist,
      };
    },

    /**
     * `clients/list`. The response contains the secrets of all clients, the owner's too. It is reduced as it arrives:
     * only what `pick` returns is kept.
     * @param pick is called for each client, also if the call fails in the end
     */
    async listClients<T>(pick: (client: Client) => T | undefined): Promise<Picked<T>> {
      const schema = listedSchema();
      let body: ResultsBody<T> | undefined;
      const openBody = () => {
        body = new ResultsBody((element) => {
          // Whatever doesn't look like a client isn't ours: it's left out, and never shown.
          const { data } = schema.safeParse(element);
          return data && pick(toClient(data));
        });
        return body;
      };
      const { results } = await read('clients/list', {}, listSchema(), openBody);
      return { picked: body?.picked ?? [], total: results.length };
    },

    /** `clients/delete`. Returns `gone` if the client doesn't exist. */
    async deleteClient(clientId: string): Promise<'deleted' | 'gone'> {
      try {
        await send('clients/delete', { client_id_for_deletion: clientId }, doneSchema());
        return 'deleted';
      } catch (error) {
        if (error instanceof CaptureError && isUnknownClient(error)) return 'gone';
        throw error;
      }
    },

    /** `clients/set_description` */
    setDescription: (clientId: string, description: string): Promise<void> =>
      change('clients/set_description', clientId, { description }),

    /** `clients/set_features` */
    setFeatures: (clientId: string, features: readonly string[]): Promise<void> =>
      change('clients/set_features', clientId, { features: JSON.stringify(features) }),

    /**
     * `clients/reset_secret`, which isn't idempotent.
     * @param hoursToLive how long the old secret stays valid, 0 to 168
     * @returns the new secret
     */
    async resetSecret(clientId: string, hoursToLive: number): Promise<string> {
      const parameters = { ...forClient(clientId), hours_to_live: String(hoursToLive) };
      return (await send('clients/reset_secret', parameters, resetSchema())).new_secret;
    },

    /**
     * `clients/set_whitelist`
     * @param ranges IPv4 ranges in CIDR notation
     */
    setWhitelist: (clientId: string, ranges: readonly string[]): Promise<void> =>
      change('clients/set_whitelist', clientId, { whitelist: JSON.stringify(ranges) }),

    /** `settings/items`: the client's own settings over the application's defaults. */
    async listSettings(clientId: string): Promise<ReadonlyMap<string, string>> {
      const { result } = await read('settings/items', forClient(clientId), itemsSchema());
      const isText = (item: [string, unknown]): item is [string, string] => typeof item[1] === 'string';
      return new Map(Object.entries(result).filter(isText));
    },

    /** `settings/set_multi`. Its errors contain no value. */
    setSettings: (clientId: string, settings: ReadonlyMap<string, string>): Promise<void> =>
      change('settings/set_multi', clientId, { items: JSON.stringify(Object.fromEntries(settings)) }),

    /**
     * How far Capture's clock is ahead of this machine's, in milliseconds, by the Date header of the latest response. It's
     * accurate to a second and the time that the response traveled. Undefined before there is one.
     */
    clockOffsetMs: (): number | undefined => offsetMs,
  };
}

function toClient(listed: z.infer<ReturnType<typeof listedSchema>>): Client {
  const { client_id: clientId, client_secret: clientSecret, ...rest } = listed;
  return { clientId, clientSecret, ...rest };
}

/** Without `for_client_id` Capture changes the owner client itself, so an empty one is never sent. */
function forClient(clientId: string): Parameters {
  if (clientId === '') throw new TypeError('The client ID is empty: the call would change the owner client.');
  return { for_client_id: clientId };
}
