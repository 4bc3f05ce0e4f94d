import { invalidArgument, missingArgument } from './answers.ts';
import type { CallContext } from './calls.ts';
import type { StoredClient } from './store.ts';

/** The value of a parameter. Throws 100 if there is none. */
export function required(context: CallContext, name: string): string {
  const value = optional(context, name);
  if (value === undefined) throw missingArgument(name);
  return value;
}

// An empty value counts as none: the documents do not say, and for `for_client_id` it is the reading that does the
// most harm, so that a caller who sends one by mistake finds out.
export function optional(context: CallContext, name: string): string | undefined {
  return context.form[name] || undefined;
}

// "If this parameter is not present", the calling owner client is meant (capture-api.md §1, "WITHOUT for_client_id").
export function clientOrCaller(context: CallContext): StoredClient {
  const isNamed = optional(context, 'for_client_id') !== undefined;
  return isNamed ? clientNamedBy(context, 'for_client_id') : context.caller;
}

/** The client whose id the parameter is. Throws 100 without one, 200 if there is no such client. */
export function clientNamedBy(context: CallContext, name: string): StoredClient {
  const client = context.store.find(required(context, name));
  if (client === undefined) throw invalidArgument(name, `${name} is not a valid id`);
  return client;
}

/** A JSON array of strings. Throws 200 for anything else. */
export function readStrings(name: string, json: string): string[] {
  const value = parseJson(json);
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
  throw invalidArgument(name, `${name} is not a JSON array of strings`);
}

/** What the text is as JSON; undefined if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
