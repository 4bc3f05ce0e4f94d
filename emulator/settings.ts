import { invalidArgument } from './answers.ts';
import type { CallContext, CallTable } from './calls.ts';
import { clientOrCaller, parseJson, readStrings, required } from './parameters.ts';
import type { Settings } from './store.ts';

// Reads are documented as GET; the API's older clients all send POST (capture-api.md §2).
const read = ['GET', 'POST'];
const write = ['POST'];

/** The calls of settings/* that concern keys and values (capture-api.md §2); those of the old widget are left out. */
export const settingsCalls: CallTable = {
  'settings/get': { methods: read, run: (context) => ({ result: merged(context)[key(context)] ?? null }) },
  'settings/get_multi': { methods: read, run: getMulti },
  'settings/items': { methods: read, run: (context) => ({ result: merged(context) }) },
  'settings/keys': { methods: read, run: (context) => ({ result: Object.keys(merged(context)) }) },
  'settings/set': { methods: write, run: (context) => setOne(context, own(context)) },
  'settings/set_multi': { methods: write, run: (context) => setMulti(context, own(context)) },
  'settings/delete': { methods: write, run: (context) => remove(context, own(context)) },
  'settings/get_default': {
    methods: read,
    run: (context) => ({ result: defaults(context).get(key(context)) ?? null }),
  },
  'settings/set_default': { methods: write, run: (context) => setOne(context, defaults(context)) },
  'settings/set_default_multi': { methods: write, run: (context) => setMulti(context, defaults(context)) },
  'settings/delete_default': { methods: write, run: (context) => remove(context, defaults(context)) },
  'settings/get_all': { methods: read, run: getAll },
};

/** Belongs to Hosted Login (capture-api.md §2); code and words are not documented. */
const IMMUTABLE = 'janrainOidcClientId';

function getMulti(context: CallContext): object {
  const values = merged(context);
  const keys = readStrings('keys', required(context, 'keys'));
  return { result: Object.fromEntries(keys.map((name) => [name, values[name] ?? null])) };
}

function setOne(context: CallContext, settings: Settings): object {
  const name = key(context);
  // An empty value is one: nothing but its absence can be told from "not given" here.
  const { value = required(context, 'value') } = context.form;
  refuseImmutable('key', [name]);
  return { result: set(settings, name, value) };
}

function setMulti(context: CallContext, settings: Settings): object {
  const items = readItems(required(context, 'items'));
  refuseImmutable('items', Object.keys(items));
  const results = Object.entries(items).map(([name, value]) => [name, set(settings, name, value)]);
  return { result: Object.fromEntries(results) };
}

function remove(context: CallContext, settings: Settings): object {
  const name = key(context);
  refuseImmutable('key', [name]);
  return { result: settings.delete(name) };
}

// Not documented; the vendor's own client library calls it (capture-api.md §2).
function getAll({ store }: CallContext): object {
  const clients = store.all().map(({ client_id, settings }) => [client_id, Object.fromEntries(settings)]);
  return {
    client_settings: Object.fromEntries(clients),
    default_settings: Object.fromEntries(store.defaultSettings),
  };
}

/** Whether there was one before. */
function set(settings: Settings, name: string, value: string): boolean {
  const existed = settings.has(name);
  settings.set(name, value);
  return existed;
}

/** "Client settings override app defaults key by key" (capture-api.md §2). */
function merged(context: CallContext): Record<string, string> {
  return Object.fromEntries([...defaults(context), ...own(context)]);
}

const own = (context: CallContext): Settings => clientOrCaller(context).settings;

const defaults = ({ store }: CallContext): Settings => store.defaultSettings;

const key = (context: CallContext): string => required(context, 'key');

function refuseImmutable(argument: string, names: readonly string[]): void {
  if (names.includes(IMMUTABLE)) throw invalidArgument(argument, `${IMMUTABLE} may not be changed`);
}

/** "Must be passed as strings inside quotations" (capture-api.md §2). */
function readItems(json: string): Record<string, string> {
  const items = parseJson(json);
  if (typeof items !== 'object' || items === null || Array.isArray(items)) {
    throw invalidArgument('items', 'items is not a JSON object');
  }
  const wrong = Object.entries(items).find(([, value]) => typeof value !== 'string');
  if (wrong !== undefined) throw invalidArgument('items', `the value of ${wrong[0]} is not a string`);
  return items as Record<string, string>;
}
