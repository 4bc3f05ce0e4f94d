import {
  type CallContext,
  type CallTable,
  clientOrCaller,
  parseJson,
  parseStrings,
  required,
} from './call.ts';
import { invalidArgument } from './responses.ts';
import type { Settings } from './store.ts';

/** The calls of settings/* that concern keys and values. Those of the old widget are left out. */
export const settingsCalls: CallTable = {
  'settings/get': { reads: true, run: (context) => ({ result: merged(context)[key(context)] ?? null }) },
  'settings/get_multi': { reads: true, run: getMulti },
  'settings/items': { reads: true, run: (context) => ({ result: merged(context) }) },
  'settings/keys': { reads: true, run: (context) => ({ result: Object.keys(merged(context)) }) },
  'settings/get_default': {
    reads: true,
    run: (context) => ({ result: defaults(context).get(key(context)) ?? null }),
  },
  'settings/get_all': { reads: true, run: getAll },
  'settings/set': { run: (context) => setOne(context, own(context)) },
  'settings/set_multi': { run: (context) => setMulti(context, own(context)) },
  'settings/delete': { run: (context) => remove(context, own(context)) },
  'settings/set_default': { run: (context) => setOne(context, defaults(context)) },
  'settings/set_default_multi': { run: (context) => setMulti(context, defaults(context)) },
  'settings/delete_default': { run: (context) => remove(context, defaults(context)) },
};

/** Hosted Login sets it. The documents call it immutable; the code and the words are ours. */
const IMMUTABLE = 'janrainOidcClientId';

function getMulti(context: CallContext): object {
  const values = merged(context);
  const keys = parseStrings('keys', required(context, 'keys'));
  return { result: Object.fromEntries(keys.map((name) => [name, values[name] ?? null])) };
}

function setOne(context: CallContext, settings: Settings): object {
  const name = key(context);
  // Unlike other parameters, an empty value is a value.
  const { value = required(context, 'value') } = context.form;
  rejectImmutable('key', [name]);
  return { result: set(settings, name, value) };
}

function setMulti(context: CallContext, settings: Settings): object {
  const items = parseItems(required(context, 'items'));
  rejectImmutable('items', Object.keys(items));
  const results = Object.entries(items).map(([name, value]) => [name, set(settings, name, value)]);
  return { result: Object.fromEntries(results) };
}

function remove(context: CallContext, settings: Settings): object {
  const name = key(context);
  rejectImmutable('key', [name]);
  return { result: settings.delete(name) };
}

// No document has it; the vendor's own client library calls it.
function getAll({ store }: CallContext): object {
  const clients = store.all().map(({ client_id, settings }) => [client_id, Object.fromEntries(settings)]);
  return {
    client_settings: Object.fromEntries(clients),
    default_settings: Object.fromEntries(store.defaultSettings),
  };
}

/** Returns whether there was a value before. */
function set(settings: Settings, name: string, value: string): boolean {
  const existed = settings.has(name);
  settings.set(name, value);
  return existed;
}

/** A client's settings override the application's, key by key. */
function merged(context: CallContext): Record<string, string> {
  return Object.fromEntries([...defaults(context), ...own(context)]);
}

const own = (context: CallContext): Settings => clientOrCaller(context).settings;

const defaults = ({ store }: CallContext): Settings => store.defaultSettings;

const key = (context: CallContext): string => required(context, 'key');

function rejectImmutable(argument: string, names: readonly string[]): void {
  if (names.includes(IMMUTABLE)) throw invalidArgument(argument, `${IMMUTABLE} may not be changed`);
}

/** Parses a JSON object whose values are strings. Throws code 200 for anything else. */
function parseItems(json: string): Record<string, string> {
  const items = parseJson(json);
  if (typeof items !== 'object' || items === null || Array.isArray(items)) {
    throw invalidArgument('items', 'items is not a JSON object');
  }
  const wrong = Object.entries(items).find(([, value]) => typeof value !== 'string');
  if (wrong !== undefined) throw invalidArgument('items', `the value of ${wrong[0]} is not a string`);
  return items as Record<string, string>;
}
