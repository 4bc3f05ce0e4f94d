/**
 * Runs lives of clients with faults, kills, and post steps that never run: dist/ in its own processes against the
 * emulator. `npm run soak`, or `npm run soak -- --lives 200 --seed 7`. See docs/development/testing.md.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { seeded } from '../__tests__/soak/hazards.ts';
import { Janitor } from '../__tests__/soak/janitor.ts';
import { Lives } from '../__tests__/soak/life.ts';
import { latestCommitMs, planLife } from '../__tests__/soak/plan.ts';
import { World } from '../__tests__/soak/world.ts';

/** Longer than any expires_in. */
const pastEveryExpiryMs = 15 * 86_400_000;
const nights = 5;
const progressEvery = 50;

const { values } = parseArgs({
  options: {
    lives: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    'at-once': { type: 'string', default: '40' },
  },
});
const [count, seed, atOnce] = [Number(values.lives), Number(values.seed), Number(values['at-once'])];

const started = performance.now();
// The emulator runs in this process. If a pause takes seconds, the machine may have caused a breach.
const pauses = monitorEventLoopDelay();
pauses.enable();
let finished = 0;
console.log(`Soak: ${count} lives from seed ${seed}, ${atOnce} at a time.`);
const world = await World.start(seeded(seed).happens(0.5));
try {
  await soak();
  report();
} finally {
  await world.end();
}

async function soak(): Promise<void> {
  const template = world.emulator.owner.client_id;
  const plans = Array.from({ length: count }, (_, n) => planLife(n, seed, template));
  const lives = new Lives(world);
  const janitor = new Janitor(world, plans, seed);
  const waiting = plans.values();
  const worker = async (): Promise<void> => {
    for (const plan of waiting) {
      await lives.live(plan);
      janitor.finish(plan);
      await janitor.maybeWork();
      progress();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  // Requests of killed processes can still arrive.
  await sleep(latestCommitMs);
  lives.checkSettled();
  world.ledger.count('our clients after all lives', world.ours().length);
  world.skip(pastEveryExpiryMs);
  lives.checkEnforced();
  await janitor.sweepAfterExpiry(nights);
  world.checkForeign();
  world.ledger.count('faults that struck', world.emulator.strikes.length);
  world.ledger.count('requests to Capture', world.emulator.requests.length);
  world.ledger.count("longest pause of the emulator's process, ms", Math.round(pauses.max / 1e6));
}

function progress(): void {
  finished += 1;
  if (finished % progressEvery > 0) return;
  const { ledger } = world;
  const now = `${world.ours().length} clients of ours, ${ledger.breaches.length} broken promises`;
  console.log(`${seconds()} s: ${finished} lives finished, ${now}`);
}

function report(): void {
  const { counts, broken, breaches } = world.ledger;
  for (const { promise, what } of breaches) console.log(`BROKEN (${promise}): ${what}\n`);
  console.log(`\n| what | number |\n| --- | --- |`);
  for (const [what, number] of Object.entries({ ...counts, ...broken }))
    console.log(`| ${what} | ${number} |`);
  console.log(`\n${JSON.stringify({ seed, seconds: seconds(), ...counts, ...broken })}`);
  const isConclusive =
    counts['new clients handed over'] > count / 5 && counts['faults that struck'] > count / 5;
  if (!isConclusive)
    console.log('Too few clients were handed over, or too few faults struck, to draw a conclusion.');
  if (breaches.length > 0 || !isConclusive) process.exitCode = 1;
}

function seconds(): number {
  return Math.round((performance.now() - started) / 1000);
}
