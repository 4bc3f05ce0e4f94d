import { afterAll, expect, test } from '@jest/globals';
import { points, unasked } from './points.ts';
import { enterEmulator, enterLiveTenant, isLive, type Tenant } from './tenant.ts';

/** Set by `npm run test:live -- --wait`: whether a live tenant is asked what takes it an hour. */
const waits = process.env.CONTRACT_WAIT === '1';
const timeoutMs = isLive() ? 90 * 60_000 : 60_000;

/** What the documents leave open: the emulator's choices, and beside them what a live tenant does. */
const answers = new Map<string, { emulator: string; tenant: string }>();

let emulated: Promise<Tenant> | undefined;
let live: Tenant | undefined;

afterAll(async () => {
  const left = await Promise.allSettled([emulated, live].map(async (tenant) => (await tenant)?.leave()));
  if (live !== undefined) console.log(report());
  for (const end of left) if (end.status === 'rejected') throw end.reason;
}, 120_000);

test.each(points)(
  '$question',
  async (point) => {
    emulated ??= enterEmulator();
    const emulator = await point.ask(await emulated);
    expect(emulator).toMatchSnapshot();
    if (!isLive() || (point.minutes !== undefined && !waits)) return;
    live ??= enterLiveTenant();
    answers.set(point.question, { emulator, tenant: await point.ask(live) });
  },
  timeoutMs,
);

function report(): string {
  const lines = points.map(({ question, minutes }) => {
    const answer = answers.get(question);
    if (answer === undefined) {
      const why = minutes === undefined || waits ? 'see above' : `takes ${minutes} minutes: --wait`;
      return `NOT ASKED  ${question} (${why})`;
    }
    const { emulator, tenant } = answer;
    return emulator === tenant
      ? `same       ${question}: ${tenant}`
      : `OTHER      ${question}: ${tenant} (the emulator: ${emulator})`;
  });
  const others = unasked.map(({ question, why }) => `NOT ASKED  ${question} (${why})`);
  return ['What this tenant did where the documents are silent:', ...lines, ...others].join('\n');
}
