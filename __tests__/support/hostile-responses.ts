import fc from 'fast-check';
import type { Fault } from '../../emulator/emulator.ts';
import { anyText } from './arbitraries.ts';
import { future, labelText, past } from './labels.ts';
import { formsOf } from './scenario.ts';

/** Whose secret a server may echo. */
export const owner = { client_id: 'ownerownerowner', client_secret: 'p&ss"w%r::d\'<ö ##[x]+/=end' };
/** The client in a success. */
export const made = { client_id: 'madebyhostileserver', client_secret: 'n3w&s "ecret::x' };

const commands = [
  '::set-output name=client_id::stolen',
  'a\n::add-mask::e\r\n##[save-state name=creation]{}\u2028::error::b ##[error]c',
  '::stop-commands::x',
  'x\r::warning::y',
];

/** Any text, and whatever has a meaning for the action, the log, or the runner. */
const hostileText = fc.oneof(
  anyText,
  fc.constantFrom(...commands),
  fc.constantFrom(...formsOf(owner.client_id, owner.client_secret)),
  fc.constantFrom('x'.repeat(5000)),
);

const labels = ['pull request 42', 'run 1001'].flatMap((subject) =>
  [past, future].map((until) => `x ${labelText(subject, until)}`),
);

/** A valid field, or anything in its place. */
const mostly = <T>(good: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: good, weight: 30 }, { arbitrary: fc.jsonValue({ maxDepth: 2 }), weight: 1 });

const client = fc.record(
  {
    client_id: mostly(fc.oneof(fc.constantFrom(made.client_id, owner.client_id, '::error::x'), fc.string())),
    client_secret: mostly(fc.constant(made.client_secret)),
    description: mostly(fc.oneof(hostileText, fc.constantFrom(...labels))),
    features: mostly(fc.array(fc.oneof(fc.constantFrom('login_client', 'owner'), hostileText))),
    whitelist: mostly(fc.array(hostileText)),
  },
  { requiredKeys: ['client_id', 'client_secret', 'description', 'features'] },
);
const failure = fc.record(
  {
    stat: mostly(fc.constant('error')),
    code: mostly(fc.constantFrom(200, 402, 403, 480, 500, 504, 510, 999, 1e300, -1)),
    error: mostly(hostileText),
    error_description: mostly(hostileText),
    message: mostly(hostileText),
    request_id: mostly(hostileText),
    argument_name: mostly(fc.oneof(fc.constantFrom('client_id_for_deletion', 'for_client_id'), hostileText)),
  },
  { requiredKeys: ['stat', 'code'] },
);
/** A success of any call, also of GitHub's. */
const success = fc.tuple(client, fc.array(client, { maxLength: 4 })).map(([one, results]) => ({
  ...{ stat: 'ok', ...one, results, result: { site_name: 'x' }, new_secret: made.client_secret },
  ...{ id: 123456, full_name: 'acme/shop', state: 'closed', status: 'completed' },
}));

const json = fc
  .oneof({ arbitrary: success, weight: 8 }, { arbitrary: failure, weight: 4 }, fc.jsonValue())
  .map((value) => JSON.stringify(value));
const body: fc.Arbitrary<string | Buffer> = fc.oneof(
  { arbitrary: json, weight: 15 },
  json.map((text) => `\ufeff${text}`),
  fc.tuple(json, fc.nat({ max: 60 })).map(([text, length]) => text.slice(0, -1 - length)),
  fc.constantFrom('[', '{"stat":', '{"results":[').map((start) => start.repeat(50_000)),
  hostileText,
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);

/** Most responses let the step continue. */
const headers = fc.oneof(
  { arbitrary: fc.constant({ 'Content-Type': 'application/json' }), weight: 6 },
  fc.constantFrom(
    { 'Content-Type': '::error::x' },
    { 'Content-Type': Buffer.from(owner.client_secret).toString('base64') },
    { 'Content-Encoding': 'gzip' },
    { Location: 'http://127.0.0.1:9/' },
    { 'Retry-After': '1' },
    { 'Retry-After': '99999999999999999999' },
    { 'Retry-After': '::stop-commands::x' },
    { 'X-Long': 'x'.repeat(20_000) },
  ),
);
const status = fc.oneof(
  { arbitrary: fc.constant(200), weight: 8 },
  fc.integer({ min: 200, max: 599 }),
  fc.constantFrom(429, 503, 510),
);

/** What is wrong below HTTP is the subject of unit/capture/transport.test.ts. */
export const hostileResponse: fc.Arbitrary<Fault> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('response' as const), status, headers, body }), weight: 12 },
  fc.constantFrom<Fault>({ kind: 'reset-before-commit' }, { kind: 'hang-before-commit' }),
);
