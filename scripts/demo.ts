/** Runs the built action as a runner does, against an emulated Capture on this machine, and shows what a user sees. */
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { Job, type StageResult } from '../__tests__/support/runner/run.ts';
import { startEmulator } from '../emulator/emulator.ts';

const action = resolve(import.meta.dirname, '..');
const emulator = await startEmulator();
const job = new Job();
const laterJob = new Job();
try {
  title('A workflow step');
  const inputs = {
    capture_domain: emulator.domain,
    owner_client_id: emulator.owner.client_id,
    owner_client_secret: emulator.owner.client_secret,
    lifetime: 'job',
    features: 'login_client',
  };
  print(stepAsYaml(inputs));

  title('Its log');
  const main = await job.step({ action, inputs, masks: [emulator.owner.client_secret] });
  print(main.log);
  if (main.conclusion === 'failure') throw new Error(`The step failed with exit code ${main.exitCode}.`);

  title('Its outputs (the log masks client_secret)');
  for (const [name, value] of Object.entries(main.outputs))
    print(`${name.padEnd(14)}${job.masker.mask(value)}`);

  title('The job summary');
  print(tableAsText(main.summary));

  title('The new client in the emulated Capture');
  const created = emulator.clients().find(({ client_id }) => client_id === main.outputs.client_id);
  if (created === undefined) throw new Error('The client does not exist.');
  print(job.masker.mask(JSON.stringify(created, null, 2)));
  const works = emulator.authenticates(created.client_id, main.outputs.client_secret ?? '');
  print(`The credentials in the outputs ${works ? 'work' : 'DO NOT WORK'}.`);

  title('The post step at the end of the job');
  const posts = await job.post();
  print(posts.map(({ log }) => log).join(''));
  const isGone = !emulator.clients().some(({ client_id }) => client_id === created.client_id);
  print(`The client ${isGone ? 'no longer exists' : 'STILL EXISTS'}.`);

  title('With seal_key: the job outputs that a later job gets');
  const seal_key = randomBytes(32).toString('base64');
  const { outputs } = await job.step({ action, inputs: { ...inputs, lifetime: 'run', seal_key } });
  const { client_id = '', client_secret = '', sealed_credentials = '' } = outputs;
  const crossed = job.outputs({ client_secret, sealed_credentials });
  for (const warning of crossed.warnings) print(`Warning: ${warning}`);
  print(`sealed_credentials: ${crossed.outputs.sealed_credentials}`);

  title('The log of the unseal step in the later job');
  const unsealInputs = { sealed_credentials: crossed.outputs.sealed_credentials ?? '', seal_key };
  const unsealed = await laterJob.step({ action: join(action, 'unseal'), inputs: unsealInputs });
  print(unsealed.log);
  const crosses = emulator.authenticates(client_id, unsealed.outputs.client_secret ?? '');
  print(`The credentials in the later job ${crosses ? 'work' : 'DO NOT WORK'}.`);

  title('All requests to Capture');
  for (const { method, path } of emulator.requests) print(`${method} ${path}`);
  if (!works || !isGone || !crosses || failed(posts)) process.exitCode = 1;
} finally {
  await job.dispose();
  await laterJob.dispose();
  await emulator.close();
}

function failed(stages: StageResult[]): boolean {
  return stages.some(({ conclusion }) => conclusion === 'failure');
}

function stepAsYaml(inputs: Record<string, string>): string {
  const shown = { ...inputs, owner_client_secret: '$' + '{{ secrets.CAPTURE_OWNER_CLIENT_SECRET }}' };
  const lines = Object.entries(shown).map(([name, value]) => `    ${name}: ${value}`);
  return ['- uses: org/capture-client-action@v1', '  id: client', '  with:', ...lines].join('\n');
}

/** The summary's HTML as lines for a terminal, one for each row. */
function tableAsText(html: string): string {
  return html
    .replaceAll('</th><td>', ': ')
    .replaceAll(/<\/(?:tr|h3)>/g, '\n')
    .replaceAll(/<[^>]+>/g, '')
    .trim();
}

function title(text: string): void {
  console.log(`\n== ${text}`);
}

function print(text: string): void {
  console.log(text.trimEnd());
}
