/** The faults and foreign descriptions of the soak (scripts/soak.ts). */
import type { Fault } from '../../emulator/emulator.ts';

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

const calls = [
  'clients/add',
  'clients/list',
  'clients/delete',
  'clients/set_description',
  'clients/reset_secret',
];

const faults: ((chance: Chance, latestCommitMs: number) => Fault)[] = [
  ({ pick }) => ({ kind: 'reset-before-commit', call: pick(calls) }),
  ({ pick }) => ({ kind: 'reset-after-commit', call: pick(calls) }),
  () => ({ kind: 'hang-before-commit', call: 'clients/add' }),
  () => ({ kind: 'hang-after-commit', call: 'clients/add' }),
  ({ pick }) => ({ kind: 'cut-off', call: pick(calls) }),
  ({ pick }) => ({ kind: 'garbled', call: pick(calls) }),
  ({ pick }) => ({ kind: 'http-after-commit', status: 502, call: pick(calls) }),
  ({ pick }) => ({ kind: 'http-before-commit', status: 503, call: pick(calls) }),
  ({ pick }) => ({ kind: 'api-before-commit', code: pick([480, 500, 504, 510]), call: pick(calls) }),
  ({ pick }) => ({ kind: 'api-after-commit', code: 500, call: pick(calls) }),
  ({ random }, latestCommitMs) => ({
    kind: 'late-commit',
    ms: random() * latestCommitMs,
    call: 'clients/add',
  }),
];

/** Draws no fault, one, or several. */
export function drawFaults(chance: Chance, latestCommitMs: number): Fault[] {
  const drawn: Fault[] = [];
  while (chance.happens(0.45)) drawn.push(chance.pick(faults)(chance, latestCommitMs));
  return drawn;
}

const rest = 'pull request 1, name preview, until 2026-01-01T00:00:00Z, 0123456789abcdef01234567]';

/** Descriptions of foreign clients. Some look almost like a label of acme/shop, ID 123456, on github.com. */
export const lookalikes: readonly string[] = [
  'made by hand',
  'pull request 1 of acme/shop',
  `x [capture-client-action/1 github.com id 1234567 acme/shop, ${rest}`,
  `x [capture-client-action/1 github.com id 12345 acme/shop, ${rest}`,
  `x [capture-client-action/1 ghe.example.com id 123456 acme/shop, ${rest}`,
  `x [capture-client-action/2 github.com id 123456 acme/shop, ${rest}`,
  // A Cyrillic letter in "capture".
  `x [c\u0430pture-client-action/1 github.com id 123456 acme/shop, ${rest}`,
  `[capture-client-action/1 github.com id 123456 acme/shop, ${rest} `,
];
