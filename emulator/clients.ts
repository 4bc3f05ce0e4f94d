import { EVERY_ADDRESS, isAllowed, rangeProblem } from './allow-list.ts';
import {
  type CallContext,
  type CallTable,
  clientNamedBy,
  clientOrCaller,
  optional,
  parseStrings,
  required,
} from './call.ts';
import { invalidArgument, rejected } from './responses.ts';
import type { StoredClient } from './store.ts';

/** The eight calls of clients/*. */
export const clientsCalls: CallTable = {
  'clients/add': { run: add },
  'clients/list': { reads: true, run: list },
  'clients/delete': { run: remove },
  'clients/reset_secret': { run: reset },
  'clients/set_description': { run: setDescription },
  'clients/set_features': { run: setFeatures },
  'clients/set_whitelist': { run: setWhitelist },
  'clients/clear_whitelist': { run: clearWhitelist },
};

/** The features that this API can give. */
const FEATURES = ['owner', 'access_issuer', 'direct_read_access', 'direct_access', 'login_client'];

const MAX_HOURS_TO_LIVE = 168;

function add(context: CallContext): object {
  const description = readDescription(context);
  const features = parseFeatures(context, optional(context, 'features') ?? '[]');
  rejectTakenDescription(context, description);
  const client = context.store.create({ description, features }, context.now);
  return {
    features: client.features,
    description: client.description,
    client_id: client.client_id,
    client_secret: client.client_secret,
  };
}

// A client is listed if it has at least one of the features. A name that no client has finds nothing and is no
// error: the documents show that error only where features are assigned.
function list(context: CallContext): { results: StoredClient[] } {
  const clients = context.store.listed(context.now);
  const wanted = optional(context, 'has_features');
  if (wanted === undefined) return { results: clients };
  const names = parseStrings('has_features', wanted);
  return { results: clients.filter(({ features }) => features.some((feature) => names.includes(feature))) };
}

function remove(context: CallContext): object {
  const argument = 'client_id_for_deletion';
  const client = clientNamedBy(context, argument);
  const { deletion, ownerDeletion } = context.rules;
  const rule = client.features.includes('owner') ? ownerDeletion : deletion;
  if (rule !== 'accept') throw rejected(rule, argument);
  context.store.delete(client, context.now);
  return {};
}

function reset(context: CallContext): object {
  const client = clientNamedBy(context, 'for_client_id');
  const hours = parseHours(required(context, 'hours_to_live'));
  return { new_secret: context.store.resetSecret(client, hours, context.now) };
}

function setDescription(context: CallContext): object {
  const client = clientOrCaller(context);
  const description = readDescription(context);
  rejectTakenDescription(context, description, client);
  client.description = description;
  return {};
}

function setFeatures(context: CallContext): object {
  const client = clientOrCaller(context);
  const features = parseFeatures(context, required(context, 'features'));
  // The documents have the rule; the code and the words are ours.
  if (client === context.caller && !features.includes('owner')) {
    throw invalidArgument('features', 'the owner client may not remove the owner feature from itself');
  }
  client.features = features;
  return {};
}

function setWhitelist(context: CallContext): object {
  const client = clientOrCaller(context);
  const whitelist = parseWhitelist(required(context, 'whitelist'));
  // The documents have the rule; the code and the words are ours.
  if (client === context.caller && !isAllowed(context.remoteAddress, whitelist)) {
    throw invalidArgument('whitelist', 'whitelist must allow access from the IP address making the call');
  }
  client.whitelist = whitelist;
  return {};
}

function clearWhitelist(context: CallContext): object {
  clientOrCaller(context).whitelist = [EVERY_ADDRESS];
  return {};
}

function readDescription(context: CallContext): string {
  const description = required(context, 'description');
  const { maxDescriptionLength: length, longDescriptions, descriptionUnit } = context.rules;
  const shortened = descriptionUnit === 'bytes' ? cutBytes(description, length) : cut(description, length);
  if (shortened === description || longDescriptions === 'truncate') return shortened;
  throw invalidArgument('description', `description is longer than ${length} ${descriptionUnit}`);
}

const cut = (text: string, length: number): string => [...text].slice(0, length).join('');

/** A character of which not all bytes fit is left out. */
function cutBytes(text: string, length: number): string {
  let bytes = 0;
  const fitting = [...text].filter((character) => {
    bytes += Buffer.byteLength(character);
    return bytes <= length;
  });
  return fitting.join('');
}

// The documents say that names are unique, and not how this call rejects a second one.
function rejectTakenDescription(
  { store, rules }: CallContext,
  description: string,
  self?: StoredClient,
): void {
  if (!rules.uniqueDescriptions) return;
  const isTaken = store.all().some((other) => other !== self && other.description === description);
  if (isTaken) throw invalidArgument('description', 'description is already in use');
}

function parseFeatures({ rules }: CallContext, json: string): string[] {
  const features = [...new Set(parseStrings('features', json))];
  const unknown = features.find((feature) => !FEATURES.includes(feature));
  if (unknown !== undefined) throw invalidArgument('features', `${unknown} is not a valid feature name`);
  // The documents have the rule; the code and the words are ours.
  if (features.includes('login_client') && features.length > 1 && !rules.loginClientWithOthers) {
    throw invalidArgument('features', 'login_client may not be combined with other features');
  }
  return features;
}

function parseWhitelist(json: string): string[] {
  const ranges = parseStrings('whitelist', json);
  const problem = ranges.map(rangeProblem).find((reason) => reason !== undefined);
  if (problem !== undefined) throw invalidArgument('whitelist', problem);
  return ranges;
}

function parseHours(text: string): number {
  const hours = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (hours <= MAX_HOURS_TO_LIVE) return hours;
  throw invalidArgument(
    'hours_to_live',
    `hours_to_live must be an integer between 0 and ${MAX_HOURS_TO_LIVE}, inclusive`,
  );
}
