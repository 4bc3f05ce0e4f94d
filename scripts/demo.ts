/** Shows a client's life: runs the built actions as a runner does, against an emulated Capture on this machine. */
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { styleText } from 'node:util';
import { Job, type StageResult, type StepOptions } from '../__tests__/support/runner/run.ts';
import { startEmulator } from '../emulator/emulator.ts';

const root = resolve(import.meta.dirname, '..');
const repo = { id: 123456 };
const pullRequest: Pick<StepOptions, 'event' | 'env'> = {
  event: { pull_request: { number: 42, head: { repo }, base: { repo } } },
  env: { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/42/merge', GITHUB_REF_NAME: '42/merge' },
};

const emulator = await startEmulator();
const jobs: Job[] = [];
const owner = {
  capture_domain: emulator.domain,
  owner_client_id: emulator.owner.client_id,
  owner_client_secret: emulator.owner.client_secret,
};
const seal_key = randomBytes(32).toString('base64');
const inputs = { ...owner, lifetime: 'pull_request', features: 'login_client', seal_key };

try {
  say('Pull request 42 of acme/shop gets an API client of its own, keeps it, and loses it when it closes.');
  say(
    'This runs the real actions as a runner would. The Capture server is emulated: nothing leaves this machine.',
  );

  title('The pull request is opened: its workflow has this step');
  show(asYaml(inputs));
  title('Its log');
  const opened = newJob();
  const created = await run(opened, '.', inputs);
  const { client_id = '', client_secret = '', sealed_credentials = '' } = created.outputs;
  title('Later steps of the job use its outputs');
  show(`client_id      ${client_id}`);
  show(`client_secret  ${opened.masker.mask(client_secret)}  (a log shows *** instead of the secret)`);
  confirm('These credentials work', emulator.authenticates(client_id, client_secret));
  title('The job summary');
  show(asText(created.summary));
  await opened.post();
  title('The job ends');
  confirm('The client is still there, because the pull request is open', exists(client_id));

  title('A later job gets the credentials, too');
  const crossed = opened.outputs({ client_secret, sealed_credentials });
  for (const warning of crossed.warnings) show(styleText('yellow', `Warning: ${warning}`));
  say('GitHub prints that because it passes no secret to another job. The sealed, encrypted form passes:');
  show(`sealed_credentials  ${sealed_credentials.slice(0, 40)}…`);
  const later = newJob();
  const sealed = { sealed_credentials: crossed.outputs.sealed_credentials ?? '', seal_key };
  const unsealed = await run(later, 'unseal', sealed);
  confirm('The unseal action opened it', unsealed.outputs.client_secret === client_secret);

  title('The next push: the same step in a new run');
  const pushed = await run(newJob(), '.', inputs);
  confirm('The client is the same as before', pushed.outputs.client_id === client_id);

  title('The pull request is closed: a workflow runs the delete action');
  await run(newJob(), 'delete', { ...owner, lifetime: 'pull_request' });
  confirm('The client is gone, and only the owner client is left', emulator.clients().length === 1);

  title('What Capture was asked');
  show(emulator.requests.map(({ method, path }) => `${method} ${path}`).join('\n'));

  title('What to do next');
  show('Add it to your repository     README.md, "A preview for each pull request"');
  show('Copy a workflow               docs/recipes/README.md');
  show('Try it by hand                node emulator/main.ts');
} finally {
  for (const job of jobs) await job.dispose();
  await emulator.close();
}

function newJob(): Job {
  const job = new Job();
  jobs.push(job);
  return job;
}

/** Runs the main of an action, and shows its log. */
async function run(job: Job, folder: string, given: Record<string, string>): Promise<StageResult> {
  const masks = [owner.owner_client_secret, seal_key];
  const result = await job.step({ ...pullRequest, action: join(root, folder), inputs: given, masks });
  show(result.log);
  if (result.conclusion === 'failure') throw new Error(`The step failed with exit code ${result.exitCode}.`);
  return result;
}

function exists(id: string): boolean {
  return emulator.clients().some(({ client_id }) => client_id === id);
}

function asYaml(given: Record<string, string>): string {
  const secrets: Record<string, string> = {
    owner_client_secret: '$' + '{{ secrets.CAPTURE_OWNER_CLIENT_SECRET }}',
    seal_key: '$' + '{{ secrets.CAPTURE_SEAL_KEY }}',
  };
  const lines = Object.entries(given).map(([name, value]) => `    ${name}: ${secrets[name] ?? value}`);
  return ['- uses: org/capture-client-action@v1', '  id: client', '  with:', ...lines].join('\n');
}

/** The summary's HTML as lines for a terminal, one for each row. */
function asText(html: string): string {
  return html
    .replaceAll('</th><td>', ': ')
    .replaceAll(/<\/(?:tr|h\d|p|summary)>/g, '\n')
    .replaceAll(/<[^>]+>/g, '')
    .trim();
}

function title(text: string): void {
  console.log(`\n${styleText(['bold', 'cyan'], `== ${text}`)}`);
}

function say(text: string): void {
  console.log(styleText('italic', text));
}

function show(text: string): void {
  console.log(text.trimEnd());
}

/** Says what is true. If it isn't, the demo fails. */
function confirm(text: string, isTrue: boolean): void {
  console.log(isTrue ? styleText('green', `✓ ${text}.`) : styleText('red', `✗ NOT TRUE: ${text}.`));
  if (!isTrue) process.exitCode = 1;
}
