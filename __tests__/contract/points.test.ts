import { afterAll, expect, test } from '@jest/globals';
import { points } from './points.ts';
import { enterEmulator, enterLiveTenant, isLive, type Tenant } from './tenant.ts';

/** What the documents leave open: the emulator's choices, and beside them what a live tenant does. */
const findings: { question: string; emulator: string; tenant: string | undefined }[] = [];

let emulated: Promise<Tenant> | undefined;
let live: Promise<Tenant> | undefined;

afterAll(async () => {
  for (const tenant of [emulated, live]) await (await tenant)?.leave();
  if (live !== undefined) console.log(report());
});

test.each(points)('$question', async (point) => {
  emulated ??= enterEmulator();
  const emulator = await point.ask(await emulated);
  expect(emulator).toMatchSnapshot();
  if (!isLive()) return;
  live ??= enterLiveTenant();
  const tenant = await point.ask(await live);
  findings.push({ question: point.question, emulator, tenant });
});

function report(): string {
  const lines = findings.map(({ question, emulator, tenant }) =>
    emulator === tenant
      ? `same   ${question}: ${tenant}`
      : `OTHER  ${question}: ${tenant} (the emulator: ${emulator})`,
  );
  return ['What this tenant did where the documents are silent:', ...lines].join('\n');
}
