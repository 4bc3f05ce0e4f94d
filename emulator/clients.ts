import { EVERY_ADDRESS, isAllowed, rangeProblem } from './allow-list.ts';
import { invalidArgument } from './answers.ts';
import type { CallContext, CallTable } from './calls.ts';
import { clientNamedBy, clientOrCaller, optional, readStrings, required } from './parameters.ts';
import { copyOf, resetSecret, type StoredClient } from './store.ts';

/** The eight calls of clients/* (capture-api.md §1). */
export const clientsCalls: CallTable = {
  'clients/add': { methods: ['POST'], run: add },
  // Documented as GET; the API's older clients all send POST (capture-api.md §1, table).
  'clients/list': { methods: ['GET', 'POST'], run: list },
  'clients/delete': { methods: ['POST'], run: remove },
  'clients/reset_secret': { methods: ['POST'], run: reset },
  'clients/set_description': { methods: ['POST'], run: setDescription },
  'clients/set_features': { methods: ['POST'], run: setFeatures },
  'clients/set_whitelist': { methods: ['POST'], run: setWhitelist },
  'clients/clear_whitelist': { methods: ['POST'], run: clearWhitelist },
};

/** clients-add.txt. Whether others (such as `metadata`) exist matters not: they cannot be given with this API. */
const FEATURES = ['owner', 'access_issuer', 'direct_read_access', 'direct_access', 'login_client'];

const MAX_HOURS_TO_LIVE = 168;

// No `whitelist` in the answer: the document shows none (capture-api.md §1, "add response").
function add(context: CallContext): object {
  const description = required(context, 'description');
  const features = readFeatures(optional(context, 'features') ?? '[]');
  refuseTakenDescription(context, description);
  const client = context.store.add({ description, features });
  return {
    features: client.features,
    description: client.description,
    client_id: client.client_id,
    client_secret: client.client_secret,
  };
}

function list(context: CallContext): object {
  const wanted = optional(context, 'has_features');
  const clients = context.store.all().map(copyOf);
  if (wanted === undefined) return { results: clients };
  // "At least one of" (capture-api.md §1, table). A name that no client has finds nothing and is no error:
  // the documents show that error for assigning features only.
  const names = readStrings('has_features', wanted);
  return { results: clients.filter((client) => client.features.some((feature) => names.includes(feature))) };
}

function remove(context: CallContext): object {
  const client = clientNamedBy(context, 'client_id_for_deletion');
  // That owner clients cannot be deleted is documented, the code is not (capture-api.md §1, delete).
  if (isOwner(client)) throw invalidArgument('client_id_for_deletion', 'owner clients may not be deleted');
  context.store.delete(client);
  return {};
}

function reset(context: CallContext): object {
  const client = clientNamedBy(context, 'for_client_id');
  const hours = readHours(required(context, 'hours_to_live'));
  return { new_secret: resetSecret(client, hours, context.now) };
}

function setDescription(context: CallContext): object {
  const client = clientOrCaller(context);
  const description = required(context, 'description');
  refuseTakenDescription(context, description, client);
  client.description = description;
  return {};
}

function setFeatures(context: CallContext): object {
  const client = clientOrCaller(context);
  const features = readFeatures(required(context, 'features'));
  // capture-api.md §1, set_features; the code and the words around it are not documented.
  if (client === context.caller && !features.includes('owner')) {
    throw invalidArgument('features', 'the owner client may not remove the owner feature from itself');
  }
  client.features = features;
  return {};
}

function setWhitelist(context: CallContext): object {
  const client = clientOrCaller(context);
  const whitelist = readWhitelist(required(context, 'whitelist'));
  // capture-api.md §1, set_whitelist; the code and the words are not documented.
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

const isOwner = (client: StoredClient): boolean => client.features.includes('owner');

// Names are unique (capture-api.md §1, "description == name"); that this call refuses, and how, is not documented.
function refuseTakenDescription(context: CallContext, description: string, self?: StoredClient): void {
  if (!context.uniqueDescriptions) return;
  const isTaken = context.store.all().some((other) => other !== self && other.description === description);
  if (isTaken) throw invalidArgument('description', 'description is already in use');
}

// login_client beside another feature is let through: the rule against it is that of another API (capture-api.md §1).
function readFeatures(json: string): string[] {
  const features = readStrings('features', json);
  const unknown = features.find((feature) => !FEATURES.includes(feature));
  if (unknown !== undefined) throw invalidArgument('features', `${unknown} is not a valid feature name`);
  return [...new Set(features)];
}

function readWhitelist(json: string): string[] {
  const ranges = readStrings('whitelist', json);
  const problem = ranges.map(rangeProblem).find((reason) => reason !== undefined);
  if (problem !== undefined) throw invalidArgument('whitelist', problem);
  return ranges;
}

function readHours(text: string): number {
  const hours = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (hours <= MAX_HOURS_TO_LIVE) return hours;
  throw invalidArgument(
    'hours_to_live',
    `hours_to_live must be an integer between 0 and ${MAX_HOURS_TO_LIVE}, inclusive`,
  );
}
