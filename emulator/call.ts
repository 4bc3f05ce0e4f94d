import type { Rules } from './options.ts';
import { ApiError, invalidArgument, missingArgument } from './responses.ts';
import type { ClientStore, StoredClient } from './store.ts';

/** What a call works with. */
export interface CallContext {
  form: Record<string, string>;
  caller: StoredClient;
  remoteAddress: string;
  store: ClientStore;
  rules: Rules;
  /** Milliseconds since the epoch. */
  now: number;
}

/** A call of the API. */
export interface Call {
  /** It changes nothing, so it may be a GET. */
  reads?: true;
  /** Takes effect in the store and returns the fields of its response, or throws an `ApiError`. */
  run: (context: CallContext) => object;
}

export type CallTable = Record<string, Call>;

/** The value of a parameter. Throws code 100 if there is none. */
export function required(context: CallContext, name: string): string {
  const value = optional(context, name);
  if (value === undefined) throw missingArgument(name);
  return value;
}

/**
 * The value of a parameter. An empty value counts as none. The documents don't say, and for `for_client_id` this is
 * the reading that does the most harm, so a caller who sends an empty one finds out.
 */
export function optional(context: CallContext, name: string): string | undefined {
  return context.form[name] || undefined;
}

/** The client that `for_client_id` names, or without that parameter the caller, as the API has it. */
export function clientOrCaller(context: CallContext): StoredClient {
  const isNamed = optional(context, 'for_client_id') !== undefined;
  return isNamed ? clientNamedBy(context, 'for_client_id') : context.caller;
}

/** The client that the parameter names. Throws code 100 without one, and code 200 if there is no such client. */
export function clientNamedBy(context: CallContext, name: string): StoredClient {
  const client = context.store.findKnown(required(context, name), context.now);
  if (client !== undefined) return client;
  const error = invalidArgument(name, `${name} is not a valid id`);
  throw context.rules.unknownClientArgument ? error : new ApiError(error.code, error.message);
}

/** Parses a JSON array of strings. Throws code 200 for anything else. */
export function parseStrings(name: string, json: string): string[] {
  const value = parseJson(json);
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
  throw invalidArgument(name, `${name} is not a JSON array of strings`);
}

/** Parses JSON; undefined if the text isn't JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
