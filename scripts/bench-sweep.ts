/**
 * How fast the built sweep action empties an application: `npm run bench:sweep`. The emulator has 50 ms latency and
 * refuses more than 5 simultaneous calls; it runs in a thread of its own, the action in a process of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  inputVariables,
  machineEnvironment,
  pushEnvironment,
} from '../__tests__/support/runner/environment.ts';
import { startEmulator } from '../emulator/emulator.ts';

const latencyMs = 50;
const maxSimultaneousCalls = 5;
const worstRatio = 1.3;

interface Tenant {
  domain: string;
  owner: { client_id: string; client_secret: string };
}

if (isMainThread) await bench();
else await serve(workerData);

async function bench(): Promise<void> {
  console.log('clients  deleted  failed  left  seconds  ideal  ratio  refused (510)  peak RSS');
  for (const count of [1000, 4000]) {
    const { deleted, failed, left, seconds, refused, peakMiB } = await sweepOf(count);
    const ideal = (count * latencyMs) / maxSimultaneousCalls / 1000;
    const ratio = seconds / ideal;
    const cells = [count, deleted, failed, left, seconds.toFixed(2), ideal, ratio.toFixed(2)];
    console.log([...cells, refused, `${peakMiB.toFixed(0)} MiB`].join('\t '));
    if (ratio > worstRatio || failed !== '0' || left !== 0) process.exitCode = 1;
  }
}

async function sweepOf(count: number) {
  const emulator = new Worker(new URL(import.meta.url), { workerData: count });
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const [tenant] = (await once(emulator, 'message')) as [Tenant];
    const { seconds, peakMiB } = await runSweep(tenant, folder);
    emulator.postMessage('done');
    const [{ left, refused }] = await once(emulator, 'message');
    const outputs = readFileSync(join(folder, 'output'), 'utf8');
    const output = (name: string) => new RegExp(`^${name}<<.*\n(.*)`, 'm').exec(outputs)?.[1];
    return { deleted: output('deleted'), failed: output('failed'), left, seconds, refused, peakMiB };
  } finally {
    await emulator.terminate();
    rmSync(folder, { recursive: true });
  }
}

/** From the start of the process to its end, as a workflow waits for it. */
async function runSweep({ domain, owner }: Tenant, folder: string) {
  const inputs = {
    capture_domain: domain,
    owner_client_id: owner.client_id,
    owner_client_secret: owner.client_secret,
    timeout: '10m',
  };
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const env = {
    ...machineEnvironment(),
    ...pushEnvironment({ workspace: folder, temp: folder }, 'sweep'),
    ...inputVariables(new Map(Object.entries(inputs))),
    ...files,
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

/** The emulator's thread: an application full of expired clients. */
async function serve(count: number): Promise<void> {
  const emulator = await startEmulator({ latencyMs, maxSimultaneousCalls });
  for (let n = 0; n < count; n += 1) {
    const marker = n.toString(16).padStart(24, '0');
    emulator.addClient({
      description: `[capture-client-action/1 github.com id 123456 acme/shop, run ${n}, name bench, until 2026-01-01T00:00:00Z, ${marker}]`,
    });
  }
  parentPort?.postMessage({ domain: emulator.domain, owner: emulator.owner });
  await once(parentPort as NonNullable<typeof parentPort>, 'message');
  const calls = emulator.requests.filter(({ call }) => call === 'clients/delete').length;
  const left = emulator.clients().length - 1;
  parentPort?.postMessage({ left, refused: calls - (count - left) });
  await emulator.close();
}
