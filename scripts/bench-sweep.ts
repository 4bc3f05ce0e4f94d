/**
 * Measures the built sweep action, which runs in a process of its own against an emulator in a thread of its own:
 * `npm run bench:sweep`. Shows how fast it empties an application whose limit is 5 simultaneous calls of 50 ms, how many
 * requests it makes to GitHub, and what it takes to read a long list.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { EmulatedGitHub } from '../__tests__/support/github-api.ts';
import {
  inputVariables,
  machineEnvironment,
  pushEnvironment,
} from '../__tests__/support/runner/environment.ts';
import { type EmulatorOptions, startEmulator } from '../emulator/emulator.ts';

const latencyMs = 50;
const maxSimultaneousCalls = 5;
/** How many clients the sweep deletes at the same time. */
const atOnce = 4;
const maxRatio = 1.3;
/** The peak memory that the longest list may add to that of an empty one. */
const maxListMiB = 128;

const past = '2026-01-01T00:00:00Z';
const future = '2999-01-01T00:00:00Z';

/** The clients of an application, in the emulator's thread: `count` of them, without a label unless it's given. */
interface Tenant {
  readonly count: number;
  readonly label?: { readonly subject: 'run' | 'pull request'; readonly until: string };
  readonly options?: EmulatorOptions;
}

interface Access {
  readonly domain: string;
  readonly owner: { readonly client_id: string; readonly client_secret: string };
}

interface Measured {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly left: number;
  readonly deletions: number;
  output(name: string): string | undefined;
}

if (isMainThread) await bench();
else await serve(workerData);

async function bench(): Promise<void> {
  console.log('clients  deleted  failed  left  seconds  ideal  ratio  rejected (510)  peak RSS');
  for (const count of [1000, 4000]) await benchDeletions(count);
  console.log('\npull requests  closed  deleted  kept  GitHub requests  seconds');
  await benchGitHub(500, 20);
  console.log('\nclients in the list  seconds  peak RSS  over an empty list');
  const { peakMiB: emptyMiB } = await measureSweep({ count: 0 });
  for (const count of [20_000, 50_000]) await benchList(count, emptyMiB);
}

async function benchDeletions(count: number): Promise<void> {
  const options = { latencyMs, maxSimultaneousCalls };
  const label = { subject: 'run', until: past } as const;
  const { output, left, deletions, seconds, peakMiB } = await measureSweep({ count, label, options });
  const ideal = (count * latencyMs) / atOnce / 1000;
  const ratio = seconds / ideal;
  const rejected = deletions - (count - left);
  const cells = [
    count,
    output('deleted'),
    output('failed'),
    left,
    seconds.toFixed(2),
    ideal,
    ratio.toFixed(2),
  ];
  print(...cells, rejected, formatMiB(peakMiB));
  check(ratio <= maxRatio && output('failed') === '0' && left === 0);
}

async function benchGitHub(count: number, closed: number): Promise<void> {
  const pulls = Array.from({ length: count }, (_, n) => ({
    state: n % (count / closed) === 0 ? 'closed' : 'open',
  }));
  await using github = await EmulatedGitHub.start(
    Object.fromEntries(pulls.map((pull, n) => [`/repos/acme/shop/pulls/${n}`, pull])),
  );
  const label = { subject: 'pull request', until: future } as const;
  const { output, seconds } = await measureSweep({ count, label }, { GITHUB_API_URL: github.url });
  print(count, closed, output('deleted'), output('kept'), github.requests.length, seconds.toFixed(2));
  check(output('deleted') === String(closed) && github.requests.length <= count);
}

async function benchList(count: number, emptyMiB: number): Promise<void> {
  const { seconds, peakMiB, left } = await measureSweep({ count });
  print(count, seconds.toFixed(2), formatMiB(peakMiB), formatMiB(peakMiB - emptyMiB));
  check(left === count && peakMiB - emptyMiB <= maxListMiB);
}

function print(...cells: unknown[]): void {
  console.log(cells.join('\t '));
}

function formatMiB(mebibytes: number): string {
  return `${mebibytes.toFixed(0)} MiB`;
}

function check(isGood: boolean): void {
  if (!isGood) process.exitCode = 1;
}

async function measureSweep(tenant: Tenant, env: Record<string, string> = {}): Promise<Measured> {
  const emulator = new Worker(new URL(import.meta.url), { workerData: tenant });
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const [access] = (await once(emulator, 'message')) as [Access];
    const usage = await runSweep(access, folder, env);
    emulator.postMessage('done');
    const [{ left, deletions }] = await once(emulator, 'message');
    const outputs = readFileSync(join(folder, 'output'), 'utf8');
    const output = (name: string) => new RegExp(`^${name}<<.*\n(.*)`, 'm').exec(outputs)?.[1];
    return { ...usage, left, deletions, output };
  } finally {
    await emulator.terminate();
    rmSync(folder, { recursive: true });
  }
}

/** From the start of the process to its end, as a workflow waits for it. */
async function runSweep({ domain, owner }: Access, folder: string, variables: Record<string, string>) {
  const inputs = {
    capture_domain: domain,
    owner_client_id: owner.client_id,
    owner_client_secret: owner.client_secret,
    github_token: 'ghs_16C7e42F292c6912E7710c838347Ae178B4a',
    timeout: '10m',
  };
  const files = {
    GITHUB_OUTPUT: join(folder, 'output'),
    GITHUB_STATE: join(folder, 'state'),
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
  };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const env = {
    ...machineEnvironment(),
    ...pushEnvironment({ workspace: folder, temp: folder }, 'sweep'),
    ...inputVariables(new Map(Object.entries(inputs))),
    ...files,
    ...variables,
  };
  const report = 'process.on("exit", () => console.error(process.resourceUsage().maxRSS))';
  const script = resolve(import.meta.dirname, '../dist/sweep/index.js');
  const started = performance.now();
  const action = spawn(process.execPath, ['--import', `data:text/javascript,${report}`, script], { env });
  let [log, errors] = ['', ''];
  action.stdout.on('data', (chunk) => {
    log += chunk;
  });
  action.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const [exitCode] = await once(action, 'close');
  const seconds = (performance.now() - started) / 1000;
  if (exitCode !== 0) throw new Error(`the sweep failed:\n${log}${errors}`);
  return { seconds, peakMiB: Number(errors.trim().split('\n').at(-1)) / 1024 };
}

/** The emulator's thread. */
async function serve({ count, label, options }: Tenant): Promise<void> {
  const emulator = await startEmulator(options);
  for (let n = 0; n < count; n += 1) {
    const marker = n.toString(16).padStart(24, '0');
    const description =
      label === undefined
        ? `made by hand, number ${n}`
        : `[capture-client-action/1 github.com id 123456 acme/shop, ${label.subject} ${n}, name bench, until ${label.until}, ${marker}]`;
    emulator.addClient({ description });
  }
  parentPort?.postMessage({ domain: emulator.domain, owner: emulator.owner });
  await once(parentPort as NonNullable<typeof parentPort>, 'message');
  const deletions = emulator.requests.filter(({ call }) => call === 'clients/delete').length;
  parentPort?.postMessage({ left: emulator.clients().length - 1, deletions });
  await emulator.close();
}
