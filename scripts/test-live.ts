/** The contract suite on a live tenant: `npm run test:live [-- --wait]`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { consent, removeLeftovers } from '../__tests__/integration/contract/tenant.ts';

const variables = {
  CAPTURE_DOMAIN: 'host of a Capture domain, such as example.us-dev.janraincapture.com; not production',
  OWNER_CLIENT_ID: "id of the application's owner client",
  OWNER_CLIENT_SECRET: 'secret of the owner client',
};

const missing = Object.entries(variables).filter(([name]) => !process.env[name]);
if (missing.length > 0) {
  console.error(
    [
      'This runs the contract suite, which the emulator passes, on a live tenant, and tells what the tenant does where',
      'the documents are silent. It creates clients whose descriptions begin with "capture-client-action contract",',
      'some of them with the feature owner, sends up to 20 calls at once, and deletes those clients at its end, also',
      'after Ctrl+C; what a run before has left it deletes first, so let one run end before the next. It changes',
      'nothing else. With "-- --wait" it stays an hour longer, to see a reset secret end. It needs, in the environment:',
      ...missing.map(([name, meaning]) => `  ${name.padEnd(20)} ${meaning}`),
    ].join('\n'),
  );
  process.exitCode = 2;
} else {
  const begun = await clearUp('A run before had left');
  const code = begun ? await runSuite(process.argv.slice(2)) : 1;
  const ended = begun && (await clearUp('The suite left'));
  process.exitCode = ended ? code : 1;
}

/** Ctrl+C ends the suite alone, so that what it leaves is still deleted. */
async function runSuite(given: readonly string[]): Promise<number> {
  const jest = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ];
  const suite = ['--runInBand', '__tests__/contract/capture', '__tests__/contract/points'];
  const options = given.filter((option) => option !== '--wait');
  const wait = options.length < given.length ? { CONTRACT_WAIT: '1' } : {};
  const child = spawn(process.execPath, [...jest, ...suite, ...options], {
    stdio: 'inherit',
    env: { ...process.env, ...wait, [consent]: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'close');
  return code ?? 1;
}

/** Says what it deleted, or what is in its way; gives whether nothing is left. */
async function clearUp(who: string): Promise<boolean> {
  try {
    const count = await removeLeftovers();
    if (count > 0) console.error(`${who} ${count} clients; they are deleted.`);
    return true;
  } catch (error) {
    const reasons = error instanceof AggregateError ? error.errors : [error];
    const texts = reasons.map((reason) => (reason instanceof Error ? reason.message : String(reason)));
    console.error(['What runs leave on the tenant could not be deleted:', ...texts].join('\n  '));
    return false;
  }
}
