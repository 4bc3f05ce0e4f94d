import { ExpectedError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AuthScheme, Credentials, EmptySignature } from './authentication.ts';
import { CaptureError, isUnknownClient, SecretUnknown } from './capture-error.ts';
import type { Clock } from './clock.ts';
import { isStringArray } from './features.ts';
import type { Json, Parse } from './response.ts';
import type { Repeat } from './retry.ts';
import type { Sender } from './sender.ts';

/** Which Capture application to use, and as which client. */
export interface CaptureAccess {
  /** An origin, as `parseCaptureDomain` returns it. */
  readonly domain: URL;
  /** The owner client: no other client may call `clients/*`. */
  readonly owner: Credentials;
  readonly authScheme: AuthScheme;
}

/** A client as `clients/list` describes it, without its secret. */
export interface ListedClient {
  readonly clientId: string;
  /** Also the client's name, unique in its application. */
  readonly description: string;
  readonly features: readonly string[];
  /** The IPv4 ranges that may use the client, undefined if Capture doesn't say. */
  readonly whitelist?: readonly string[] | undefined;
}

export interface Client extends ListedClient {
  /** Masked. */
  readonly clientSecret: string;
}

export interface ClientReference {
  readonly clientId: string;
  /** When this project created it, in milliseconds since the epoch. Until it's old enough, Capture may not know it. */
  readonly createdAt?: number | undefined;
}

export type Capture = ReturnType<typeof openCapture>;

export interface CaptureOptions extends Omit<CaptureAccess, 'domain'> {
  readonly sender: Sender;
  readonly repeat: Repeat;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'mask'>;
}

// Checked without zod: loading it would add 5 ms to every create.
const parseDone: Parse<Json> = (json) => json;
const parseResults: Parse<unknown[]> = ({ results }) => (Array.isArray(results) ? results : undefined);
const parseSecret: Parse<string> = (json) => (isSecret(json.new_secret) ? json.new_secret : undefined);
/** Values are strings. Anything else can't be set either. */
const parseItems: Parse<object> = ({ result }) =>
  typeof result === 'object' && result !== null && !Array.isArray(result) ? result : undefined;

/** Capture's IDs have 32 lowercase letters and digits. Older documents show others. */
const isId = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(value);
const isSecret = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 1024;

/** Lenient beyond id and description: a client of ours must be seen even if something else about it is odd. */
function parseClient(json: unknown): Client | undefined {
  const { client_id: clientId, client_secret, description, ...rest }: Json = Object(json);
  if (!isId(clientId) || typeof description !== 'string') return undefined;
  return {
    ...{ clientId, description, clientSecret: isSecret(client_secret) ? client_secret : '' },
    features: isStringArray(rest.features) ? rest.features : [],
    whitelist: isStringArray(rest.whitelist) ? rest.whitelist : undefined,
  };
}

type Parameters = Readonly<Record<string, string>>;

/**
 * Opens the Capture API. Each call is repeated as often as that is safe and can help, and throws a CaptureError if it fails.
 * Every secret is masked before it's returned.
 *
 * These are all calls that can destroy something: `deleteClient`, `setDescription`, `setFeatures`, `setWhitelist`,
 * `setSettings`, and `resetSecret`. They refuse the client that authenticates, and no list shows it.
 * @param credentials of another client that authenticates instead of the owner
 */
export function openCapture(
  { owner, authScheme, sender, repeat, clock, log }: CaptureOptions,
  credentials: Credentials = owner,
) {
  const isSigned = authScheme === 'janrain-signed';
  /** Reads that this tenant takes as GET only. */
  const getOnly = new Set<string>();
  let emptySignature: EmptySignature = 'code';

  const isProtected = (clientId: string): boolean =>
    [owner.clientId, credentials.clientId].includes(clientId);

  const send = <T>(name: string, parameters: Parameters, parse: Parse<T>, number: number): Promise<T> => {
    const method = getOnly.has(name) ? 'GET' : 'POST';
    return sender.send({ name, parameters, method, credentials, authScheme, emptySignature, number }, parse);
  };

  /** Sends a read in another form if only its form was rejected. The documents leave open which one a tenant takes. */
  const read = <T>(name: string, parameters: Parameters, parse: Parse<T>, createdAt?: number) => {
    const attempt = (number: number): Promise<T> =>
      send(name, parameters, parse, number).catch((error: unknown) => {
        if (!switchForm(error, parameters)) throw error;
        return attempt(number);
      });
    return repeat(attempt, { createdAt });
  };

  /** Each form is left at most once, and for the rest of this session. */
  const switchForm = (error: unknown, parameters: Parameters): boolean => {
    if (!(error instanceof CaptureError)) return false;
    const { call, code, status } = error.details;
    if (code === 402 && isSigned && emptySignature === 'code' && Object.keys(parameters).length === 0) {
      emptySignature = 'documents';
      return true;
    }
    if ((code !== 404 && status !== 405) || getOnly.has(call)) return false;
    getOnly.add(call);
    return true;
  };

  /** The clients in a list. Whatever doesn't look like a client isn't ours: it's left out, and never shown. */
  const list = async <T>(pick: (client: Client) => T | undefined) => {
    const results = await read('clients/list', {}, parseResults);
    const picked = results.flatMap((element) => {
      const client = parseClient(element);
      const kept = client === undefined || isProtected(client.clientId) ? undefined : pick(client);
      return kept === undefined ? [] : [kept];
    });
    return { picked, total: results.length };
  };

  const readClients = async (pick: (client: Client) => boolean): Promise<readonly Client[]> => {
    const { picked } = await list((client) => (pick(client) ? client : undefined));
    for (const client of picked) {
      if (client.clientSecret === '') throw withoutSecret(client);
      log.mask(client);
    }
    return picked;
  };

  /** @throws ExpectedError for a client that must never be changed */
  const changeable = (client: ClientReference): Parameters => {
    if (!isProtected(client.clientId)) return forClient(client);
    throw new ExpectedError(
      `Client ${client.clientId} is the owner client, so it's never changed or deleted.`,
      'Use the ID of another client.',
      { title: 'not changed' },
    );
  };

  const change = async <C = undefined>(
    name: string,
    client: ClientReference,
    parameters: Parameters,
    check?: () => Promise<C | undefined>,
  ): Promise<C | undefined> => {
    const all = { ...changeable(client), ...parameters };
    const sendOnce = (number: number) => send(name, all, parseDone, number).then(() => undefined);
    return await repeat(sendOnce, { createdAt: client.createdAt, check });
  };

  return {
    /** `clients/add`, which isn't idempotent. @param attempt sends once, and may return the client after a lost response */
    async addClient(
      { description, features }: Pick<ListedClient, 'description' | 'features'>,
      attempt: (send: () => Promise<Client>) => Promise<Client>,
    ): Promise<Client & { readonly createdAt: number }> {
      const given = features.length === 0 ? {} : { features: JSON.stringify(features) };
      // If the response has no description or features, what was sent counts. An allow list is sent later.
      const parse: Parse<Client> = (json) => {
        const added: Json = { description, features, ...json, whitelist: undefined };
        const client = isStringArray(added.features) ? parseClient(added) : undefined;
        return client?.clientSecret && !isProtected(client.clientId) ? client : undefined;
      };
      const sendOnce = (number: number): Promise<Client> =>
        send('clients/add', { description, ...given }, parse, number);
      const client = await repeat((number) => attempt(() => sendOnce(number)));
      log.mask(client);
      return { ...client, createdAt: clock.now() };
    },

    listClients: <T>(pick: (client: ListedClient) => T | undefined) =>
      list(({ clientSecret: _, ...client }) => pick(client)),

    /** `clients/list`, for clients whose secrets aren't known. */
    readClients,

    /**
     * `clients/delete`. The feature owner is removed first (docs/development/capture-api.md).
     * @param check runs before every attempt. Any value but undefined is the result, and nothing is sent.
     * @returns `gone` if the client no longer existed, unless a request with a lost response may have deleted it
     */
    async deleteClient<C = never>(
      client: ClientReference & Pick<ListedClient, 'features'>,
      check?: () => Promise<C | undefined>,
    ): Promise<'deleted' | 'gone' | C> {
      const { clientId, createdAt, features } = client;
      const target = changeable(client);
      let mayBeDeleted = false;
      const deleteOnce = async (number: number): Promise<'deleted'> => {
        if (features.includes('owner')) {
          await send('clients/set_features', { ...target, features: '[]' }, parseDone, number);
        }
        try {
          await send('clients/delete', { client_id_for_deletion: clientId }, parseDone, number);
        } catch (error) {
          mayBeDeleted ||= error instanceof CaptureError && error.details.applied === 'unknown';
          throw error;
        }
        return 'deleted';
      };
      try {
        return await repeat(deleteOnce, { createdAt, check });
      } catch (error) {
        if (!isUnknownClient(error)) throw error;
        return mayBeDeleted ? 'deleted' : 'gone';
      }
    },

    /** `clients/set_description`. @param check as for `deleteClient` */
    setDescription: <C = never>(
      client: ClientReference,
      description: string,
      check?: () => Promise<C | undefined>,
    ): Promise<C | undefined> => change('clients/set_description', client, { description }, check),

    setFeatures: (client: ClientReference, features: readonly string[]): Promise<void> =>
      change('clients/set_features', client, { features: JSON.stringify(features) }),

    /** `clients/set_whitelist`. @param ranges IPv4 ranges in CIDR notation */
    setWhitelist: (client: ClientReference, ranges: readonly string[]): Promise<void> =>
      change('clients/set_whitelist', client, { whitelist: JSON.stringify(ranges) }),

    /**
     * `clients/reset_secret`, which isn't idempotent: after an indeterminate failure, the list shows the current secret.
     * @param hoursToLive how long the current secret stays valid, 0 to 168
     * @throws SecretUnknown; CaptureError if the secret certainly wasn't reset
     */
    async resetSecret(client: Client & ClientReference, hoursToLive: number): Promise<string> {
      const { clientId, clientSecret: current, createdAt } = client;
      const parameters = { ...changeable(client), hours_to_live: String(hoursToLive) };
      const findSecret = async (lost: CaptureError): Promise<string> => {
        log.info(`${lost.problem} Checking whether client ${clientId} has a new secret.`);
        const unknown = (cause: CaptureError, why = ''): SecretUnknown => {
          const problem = `${lost.problem} It's unknown whether client ${clientId} has a new secret.${why}`;
          return new SecretUnknown(problem, cause.hint, { ...lost.details, retryable: false }, cause);
        };
        const [listed] = await readClients((one) => one.clientId === clientId).catch((error: unknown) => {
          if (!(error instanceof CaptureError)) throw error;
          throw unknown(error, ` The check for it failed: ${error.problem}`);
        });
        if (listed === undefined || listed.clientSecret === current) throw unknown(lost);
        return listed.clientSecret;
      };
      const reset = async (number: number): Promise<string> => {
        try {
          return await send('clients/reset_secret', parameters, parseSecret, number);
        } catch (error) {
          if (!(error instanceof CaptureError) || error.details.applied === 'no') throw error;
          return await findSecret(error);
        }
      };
      const clientSecret = await repeat(reset, { createdAt });
      log.mask({ clientId, clientSecret });
      return clientSecret;
    },

    /** `settings/items`: the client's own settings over the application's defaults. */
    async listSettings(client: ClientReference): Promise<ReadonlyMap<string, string>> {
      const result = await read('settings/items', forClient(client), parseItems, client.createdAt);
      const isText = (item: [string, unknown]): item is [string, string] => typeof item[1] === 'string';
      return new Map(Object.entries(result).filter(isText));
    },

    /** `settings/set_multi`. Its errors contain no value. */
    setSettings: (client: ClientReference, settings: ReadonlyMap<string, string>): Promise<void> =>
      change('settings/set_multi', client, { items: JSON.stringify(Object.fromEntries(settings)) }),

    clockOffsetMs: sender.clockOffsetMs,

    /** Which forms this tenant takes, as far as calls of these forms were made. */
    forms: () => ({ getOnly: getOnly.size > 0, emptySignature }),
  };
}

function withoutSecret({ clientId }: Client): CaptureError {
  return new CaptureError(
    `clients/list returned no secret for client ${clientId}.`,
    "Check that no proxy changes Capture's responses.",
    { call: 'clients/list', applied: 'no', retryable: false },
  );
}

/** Without `for_client_id` Capture changes the owner client itself, so an empty one is never sent. */
function forClient({ clientId }: ClientReference): Parameters {
  if (clientId === '') throw new TypeError('The client ID is empty: the call would change the owner client.');
  return { for_client_id: clientId };
}
