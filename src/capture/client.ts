import * as z from 'zod/mini';
import { type Call, noAnswer, readAnswer } from './answers.ts';
import { type AuthScheme, authenticate, type Credentials } from './authentication.ts';
import type { CaptureError } from './errors.ts';
import { type RetryOptions, withRetries } from './retry.ts';
import { NoAnswerError, type Transport } from './transport.ts';

/** Which Capture application to speak to, and as whom. */
export interface CaptureAccess {
  /** An origin, as `parseCaptureDomain` returns it. */
  readonly domain: URL;
  /** The owner client: no other may call `clients/*`. */
  readonly owner: Credentials;
  readonly authScheme: AuthScheme;
}

export interface NewClient {
  /** Also the client's name, unique in its application (capture-api.md §1). */
  readonly description: string;
  readonly features: readonly string[];
}

export interface CreatedClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** As Capture has it. */
  readonly description: string;
  readonly features: readonly string[];
}

/** The calls of the Capture API that this action makes. Every one throws CaptureError when it fails. */
export interface Capture {
  /**
   * `clients/add`. Not idempotent: sent again only after a failure without effect.
   * @param beforeSend called before every send, with its number
   */
  addClient(client: NewClient, beforeSend: (send: number) => void): Promise<CreatedClient>;
}

export interface CaptureOptions extends CaptureAccess, RetryOptions {
  readonly transport: Transport;
  readonly userAgent: string;
}

/** Larger than any list of clients, small enough to hold in memory. */
export const maxAnswerBytes = 16 * 1024 * 1024;

/** Capture's ids are 32 lower-case letters and digits (capture-api.md §5); older documents print others. */
const clientIdSchema = z.string().check(z.regex(/^[A-Za-z0-9._-]{1,128}$/));

const addSchema = z.object({
  stat: z.literal('ok'),
  client_id: clientIdSchema,
  client_secret: z.string().check(z.minLength(1), z.maxLength(1024)),
  description: z.optional(z.string()),
  features: z.optional(z.array(z.string())),
});

export function openCapture(options: CaptureOptions): Capture {
  return {
    async addClient(client, beforeSend) {
      const parameters = {
        description: client.description,
        ...(client.features.length === 0 ? {} : { features: JSON.stringify(client.features) }),
      };
      const added = await withRetries(
        (send) => {
          beforeSend(send);
          return callOnce(options, 'clients/add', parameters, addSchema);
        },
        hadNoEffect,
        options,
      );
      return {
        clientId: added.client_id,
        clientSecret: added.client_secret,
        description: added.description ?? client.description,
        features: added.features ?? client.features,
      };
    },
  };
}

function hadNoEffect(error: CaptureError): boolean {
  return error.details.effect === 'none' && error.details.transient;
}

async function callOnce<T>(
  options: CaptureOptions,
  name: string,
  parameters: Readonly<Record<string, string>>,
  schema: z.ZodMiniType<T>,
): Promise<T> {
  const { domain, clock, budget } = options;
  const call: Call = { name, host: domain.host };
  const path = `/${name}`;
  const headers = {
    ...authenticate(options.authScheme, options.owner, path, parameters, clock.now()),
    'Content-Type': 'application/x-www-form-urlencoded',
    Accept: 'application/json',
    'User-Agent': options.userAgent,
  };
  const limitMs = budget.attemptMs();
  try {
    const answer = await options.transport.post(
      path,
      headers,
      new URLSearchParams(parameters).toString(),
      limitMs,
    );
    return readAnswer(call, answer, schema, clock.now());
  } catch (error) {
    throw error instanceof NoAnswerError ? noAnswer(call, error, limitMs) : error;
  }
}
