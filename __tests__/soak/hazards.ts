/** What the lives of the soak meet: faults, tenants with their own rules, and descriptions of others. */
import type { EmulatorOptions, Fault } from '../../emulator/emulator.ts';
import { GitHubReply } from '../support/github-api.ts';

/** Random draws; the same seed draws the same. */
export interface Chance {
  /** From 0 up to, but not including, 1. */
  random(): number;
  happens(probability: number): boolean;
  pick<T>(values: readonly T[]): T;
}

/** A small seeded generator: mulberry32. */
export function seeded(seed: number): Chance {
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    random,
    happens: (probability) => random() < probability,
    pick: <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T,
  };
}

/**
 * The tenants that the lives are spread over. A client may be visible late, but only so late that it's listed within the
 * 15 seconds after which the action concludes that there is none: `latestCommitMs` + `newListedAfterMs` stays below that.
 * A deleted client may be listed for less than the 5 seconds that a run waits for a rival to withdraw.
 */
export const tenants: readonly EmulatorOptions[] = [
  { uniqueDescriptions: true },
  {
    uniqueDescriptions: false,
    readMethods: 'GET',
    wrongMethod: 'http-405',
    clockOffsetMs: 240_000,
  },
  {
    uniqueDescriptions: false,
    newListedAfterMs: 2_500,
    newAcceptedAfterMs: 1_500,
    newKnownAfterMs: 2_000,
    wrongCredentialsStat: 'fail',
    deletedListedForMs: 2_500,
    deletedAcceptedForMs: 2_500,
  },
  {
    uniqueDescriptions: true,
    readMethods: 'GET',
    newListedAfterMs: 500,
    clockOffsetMs: -240_000,
    maxSimultaneousCalls: 4,
    limitResponse: 'http-429',
    retryAfterSeconds: 1,
  },
];

/** Later than the 15 seconds that a post step waits, nothing may take effect. A busy machine adds to this. */
export const latestCommitMs = 10_000;

const calls = [
  ...['clients/add', 'clients/add', 'clients/list', 'clients/list', 'clients/delete'],
  ...['clients/set_description', 'clients/reset_secret', 'clients/set_whitelist'],
  ...['settings/items', 'settings/set_multi'],
];

const faults: ((chance: Chance) => Fault)[] = [
  ({ pick }) => ({ kind: 'reset-before-commit', call: pick(calls) }),
  ({ pick }) => ({ kind: 'reset-after-commit', call: pick(calls) }),
  () => ({ kind: 'hang-before-commit', call: 'clients/add' }),
  () => ({ kind: 'hang-after-commit', call: 'clients/add' }),
  ({ pick }) => ({ kind: 'cut-off', call: pick(calls) }),
  ({ pick }) => ({ kind: 'garbled', call: pick(calls) }),
  ({ pick }) => ({ kind: 'http-after-commit', status: 502, call: pick(calls) }),
  ({ pick }) => ({ kind: 'http-before-commit', status: 503, call: pick(calls) }),
  ({ pick }) => ({ kind: 'response', body: failure(pick([402, 500, 510])), call: pick(calls) }),
  ({ pick }) => ({ kind: 'chunked', bytes: 1, call: pick(calls) }),
  ({ pick }) => ({ kind: 'api-before-commit', code: pick([480, 500, 504, 510]), call: pick(calls) }),
  ({ pick }) => ({ kind: 'api-after-commit', code: 500, call: pick(calls) }),
  // Only clients/add: a change of a label that takes effect late would undo what another run wrote in between.
  ({ random }) => ({ kind: 'late-commit', ms: random() * latestCommitMs, call: 'clients/add' }),
  // Longer than the shortest attempt, which is a third of 15 seconds.
  ({ pick, random }) => ({ kind: 'slow', ms: random() * 7_000, call: pick(calls) }),
  ({ pick }) => ({
    kind: 'http-before-commit',
    status: pick([429, 510]),
    headers: { 'retry-after': pick(['1', '2', '120']) },
    call: pick(calls),
  }),
  // The page of another host.
  ({ pick }) => ({
    kind: pick(['http-before-commit', 'http-after-commit'] as const),
    status: 200,
    times: pick([1, 3]),
    call: pick(calls),
  }),
];

/** As a published client shows it. */
function failure(code: number): string {
  return JSON.stringify({ stat: 'fail', code, error: 'failure', error_description: 'of the soak' });
}

/** Draws no fault, one, or several. */
export function drawFaults(chance: Chance): Fault[] {
  const drawn: Fault[] = [];
  while (chance.happens(0.45)) drawn.push(chance.pick(faults)(chance));
  if (chance.happens(0.01)) drawn.push(outage);
  return drawn;
}

/** More requests in a row than a step can always wait for. */
const outage: Fault = { kind: 'http-before-commit', status: 503, times: 25 };

/** Draws how GitHub fails to respond to the next requests of a sweep, if at all. */
export function drawGitHubReplies({ happens, pick }: Chance): GitHubReply[] {
  if (happens(0.5)) return [];
  const headers: Record<string, string> = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2000000000' };
  return pick([
    [new GitHubReply(502, {}, {}, 1)],
    [new GitHubReply(502, {}, {}, 4)],
    [new GitHubReply(429, { 'retry-after': '60' }, {}, 1)],
    [new GitHubReply(403, headers, { message: 'API rate limit exceeded' }, 1)],
    [new GitHubReply(401, {}, { message: 'Bad credentials' }, 1)],
  ]);
}

/** Descriptions of foreign clients. Some look almost like a label of acme/shop, ID 123456, on github.com. */
export const lookalikes: readonly string[] = [
  'made by hand',
  'pull request 1 of acme/shop',
  ...[
    'capture-client-action/1 github.com id 1234567 acme/shop',
    'capture-client-action/1 github.com id 12345 acme/shop',
    'capture-client-action/1 ghe.example.com id 123456 acme/shop',
    'capture-client-action/1 gitlab.example.com id 12345 acme/shop',
    'capture-client-action/1 git.example.com id acme/shop2 acme/shop2',
    'capture-client-action/2 github.com id 123456 acme/shop',
    // A Cyrillic letter in "capture".
    'c\u0430pture-client-action/1 github.com id 123456 acme/shop',
  ].map(
    (start) =>
      `x [${start}, pull request 1, name preview, until 2026-01-01T00:00:00Z, 0123456789abcdef01234567]`,
  ),
];
