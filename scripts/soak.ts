/**
 * Runs lives of clients with faults, kills, and post steps that never run: dist/ and the packed command in their own
 * processes against emulators. `npm run soak`, or `npm run soak -- --lives 200 --seed 7`.
 * See docs/development/testing.md.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildOnce } from '../__tests__/integration/cli/command.ts';
import { liveExec } from '../__tests__/soak/exec.ts';
import { latestCommitMs, tenants } from '../__tests__/soak/hazards.ts';
import { Janitor } from '../__tests__/soak/janitor.ts';
import { Ledger } from '../__tests__/soak/ledger.ts';
import { Lives } from '../__tests__/soak/life.ts';
import { type LifePlan, planLife } from '../__tests__/soak/plan.ts';
import { World } from '../__tests__/soak/world.ts';
import type { EmulatorOptions } from '../emulator/emulator.ts';

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

buildOnce();

const started = performance.now();
// The emulators run in this process. If a pause takes seconds, the machine may have caused a breach.
const pauses = monitorEventLoopDelay();
pauses.enable();
const ledger = new Ledger();
let finished = 0;
console.log(`Soak: ${count} lives from seed ${seed}, ${atOnce} at a time, in ${tenants.length} tenants.`);
const plans = Array.from({ length: count }, (_, n) => planLife(n, seed));
await Promise.all(tenants.map((rules, n) => soak(rules, shareOf(n))));
ledger.count("longest pause of the emulators' process, ms", Math.round(pauses.max / 1e6));
report();

/** A tenant's lives. Those of a run stay together. */
function shareOf(tenant: number): LifePlan[] {
  const size = Math.ceil(plans.length / tenants.length / 5) * 5;
  return plans.slice(tenant * size, (tenant + 1) * size);
}

async function soak(rules: EmulatorOptions, share: readonly LifePlan[]): Promise<void> {
  const world = await World.start(rules, ledger);
  try {
    const lives = new Lives(world);
    const janitor = new Janitor(world, share, seed);
    const waiting = share.values();
    const worker = async (): Promise<void> => {
      for (const plan of waiting) {
        ledger.count('lives run');
        ledger.count('faults injected', plan.faults.length);
        for (const fault of plan.faults) world.emulator.inject(fault);
        await (plan.kind === 'exec' ? liveExec(world, plan) : lives.live(plan));
        janitor.finish(plan);
        await janitor.maybeWork();
        progress();
      }
    };
    await Promise.all(Array.from({ length: Math.ceil(atOnce / tenants.length) }, worker));
    // Requests of killed processes can still arrive.
    await sleep(latestCommitMs);
    await world.settle();
    lives.checkSettled();
    ledger.count('our clients after all lives', world.ours().length);
    world.advance(pastEveryExpiryMs);
    lives.checkEnforced();
    await janitor.sweepAfterExpiry(nights);
    world.checkForeign();
    ledger.count('faults that struck', world.emulator.strikes.length);
    ledger.count('requests to Capture', world.emulator.requests.length);
    ledger.count('requests to GitHub', world.github.requests.length);
  } finally {
    await world.end();
  }
}

function progress(): void {
  finished += 1;
  if (finished % progressEvery > 0) return;
  console.log(`${seconds()} s: ${finished} lives finished, ${ledger.broken} broken promises`);
}

function report(): void {
  const { broken, table } = ledger;
  console.log(`\n| what | number |\n| --- | --- |`);
  for (const [what, number] of Object.entries(table)) console.log(`| ${what} | ${number} |`);
  console.log(`\n${JSON.stringify({ seed, seconds: seconds(), ...table })}`);
  const isConclusive =
    ledger.countOf('new clients handed over') > count / 5 &&
    ledger.countOf('commands that exec served') > count / 20 &&
    ledger.countOf('clients configured') > count / 20 &&
    ledger.countOf('faults that struck') > count / 5;
  if (!isConclusive)
    console.log(
      'Too few clients were handed over or configured, or too few faults struck, to draw a conclusion.',
    );
  if (broken > 0 || !isConclusive) process.exitCode = 1;
}

function seconds(): number {
  return Math.round((performance.now() - started) / 1000);
}
