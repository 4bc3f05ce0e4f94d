/**
 * Measures whole steps, from the start of the process to its end: `npm run bench [-- --rounds N] [--save]`. All steps run
 * in turn, against emulators in processes of their own, over HTTP and over TLS. `--save` makes the figures the baseline
 * of later runs.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { generate } from 'selfsigned';
import { keyValuePairs } from '../__tests__/support/runner/file-commands.ts';
import type { EmulatorOptions } from '../emulator/emulator.ts';

/** In milliseconds. */
interface Time {
  readonly median: number;
  readonly least: number;
}

type Times = Record<string, Time>;

interface Figures {
  readonly http: Times;
  readonly tls: Times;
  /** In bytes. */
  readonly sizes: Record<string, number>;
}

interface Emulator {
  readonly domain: string;
  readonly process: ReturnType<typeof spawn>;
  /** What a client needs to trust it. */
  readonly env: Record<string, string>;
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '25' }, save: { type: 'boolean', default: false } },
});
const rounds = Number(values.rounds);
const root = resolve(import.meta.dirname, '..');
const baselineFile = join(import.meta.dirname, 'bench-baseline.json');
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const owner = { id: 'benchowner', secret: 'benchsecretbenchsecretbenchsecre' };
const sealKey = 'k'.repeat(32);
const floor = 'the floor: one POST';

const emulators: Emulator[] = [];
try {
  emulators.push(await startEmulator({}, {}), await startTlsEmulator());
  const [http, tls] = emulators.map(measure) as [Times, Times];
  const figures: Figures = { http, tls, sizes: sizes() };
  report(figures, readBaseline());
  writeFileSync(join(root, 'bench.json'), `${JSON.stringify(figures, null, 2)}\n`);
  if (values.save) writeFileSync(baselineFile, `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  for (const { process } of emulators) process.kill();
  rmSync(folder, { recursive: true, force: true });
}

function measure(emulator: Emulator): Times {
  const run = (step: string, inputs: Record<string, string> = {}) => runStep(step, inputs, emulator);
  const sealed = run('create', { seal_key: sealKey }).outputs;
  const shell = writeShellStep(emulator);
  const program = writeFloor(emulator);
  const steps: Record<string, () => number> = {
    'bare Node': () => time(process.execPath, ['-e', '0'], emulator.env),
    [floor]: () => time(process.execPath, [program], emulator.env),
    // As the runner starts a `run` step with `shell: bash`.
    'curl and jq': () => time('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', shell], emulator.env),
    create: () => run('create').ms,
    'create, reused': () => run('create', { lifetime: 'pull_request', pull_request: '1' }).ms,
    'post with nothing to do': () => run('post').ms,
    delete: () => run('delete', { client_id: String(run('create').outputs.client_id) }).ms,
    unseal: () =>
      run('unseal', { seal_key: sealKey, sealed_credentials: String(sealed.sealed_credentials) }).ms,
  };
  if (['curl', 'jq'].some((name) => spawnSync(name, ['--version']).status !== 0)) {
    console.log("curl or jq isn't installed, so the shell step is left out.");
    delete steps['curl and jq'];
  }
  const samples = Object.fromEntries(Object.keys(steps).map((name) => [name, [] as number[]]));
  // The first round warms up.
  for (let round = -1; round < rounds; round += 1) {
    for (const [name, step] of Object.entries(steps)) {
      const ms = step();
      if (round >= 0) samples[name]?.push(ms);
    }
  }
  return Object.fromEntries(Object.entries(samples).map(([name, all]) => [name, summarize(all)]));
}

function summarize(samples: readonly number[]): Time {
  const sorted = samples.toSorted((a, b) => a - b);
  const rounded = (ms = Number.NaN): number => Math.round(ms * 10) / 10;
  return { median: rounded(sorted[Math.floor(sorted.length / 2)]), least: rounded(sorted[0]) };
}

/** Without standard input, as the runner starts a step. */
function time(command: string, args: string[], env: Record<string, string>): number {
  const start = performance.now();
  const { status, stderr, stdout } = spawnSync(command, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`${command} failed: ${stdout}${stderr}`);
  return ms;
}

/** Runs a step as the runner does. The time excludes reading its outputs. */
function runStep(
  step: string,
  inputs: Record<string, string>,
  emulator: Emulator,
): { ms: number; outputs: Record<string, string | undefined> } {
  const all = {
    ...(step === 'unseal' || step === 'post'
      ? {}
      : { capture_domain: emulator.domain, owner_client_id: owner.id, owner_client_secret: owner.secret }),
    ...inputs,
  };
  const file = (name: string): string => join(folder, name);
  for (const name of ['output', 'state', 'summary']) writeFileSync(file(name), '');
  const env = {
    ...emulator.env,
    ...Object.fromEntries(Object.entries(all).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    GITHUB_ACTIONS: 'true',
    GITHUB_OUTPUT: file('output'),
    GITHUB_STATE: file('state'),
    GITHUB_STEP_SUMMARY: file('summary'),
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_REPOSITORY_ID: '123456',
    GITHUB_RUN_ID: '1001',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_WORKFLOW_REF: 'acme/shop/.github/workflows/preview.yml@refs/heads/main',
  };
  const ms = time(process.execPath, [join(root, 'dist', step, 'index.js')], env);
  return { ms, outputs: Object.fromEntries(keyValuePairs(readFileSync(file('output'), 'utf8'))) };
}

/** The least that a Node program needs for one call: Node's own HTTP, without checks, masks, and outputs. */
function writeFloor({ domain }: Emulator): string {
  const file = join(folder, 'floor.cjs');
  const authorization = `Basic ${Buffer.from(`${owner.id}:${owner.secret}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
  writeFileSync(
    file,
    `const { request } = require('node:${new URL(domain).protocol.slice(0, -1)}');
request('${domain}/clients/add', ${JSON.stringify({ method: 'POST', headers })}, (response) => {
  let text = '';
  response.on('data', (chunk) => { text += chunk; }).on('end', () => JSON.parse(text).client_id);
}).end('description=' + Math.random());
`,
  );
  return file;
}

function writeShellStep({ domain }: Emulator): string {
  const file = join(folder, 'step.sh');
  writeFileSync(
    file,
    `response=$(curl --fail --silent --user ${owner.id}:${owner.secret} --data-urlencode description=$RANDOM$RANDOM ${domain}/clients/add)
echo "::add-mask::$(jq --raw-output .client_secret <<< "$response")"
jq --raw-output .client_id <<< "$response" > ${folder}/id
`,
  );
  return file;
}

function sizes(): Figures['sizes'] {
  const files = readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const bundles = files.filter((file) => file.endsWith('.js') && statSync(file).size > 1000);
  const archive = execFileSync('git', ['archive', '--worktree-attributes', 'HEAD'], {
    cwd: root,
    maxBuffer: 2 ** 30,
  });
  return {
    ...Object.fromEntries(bundles.map((file) => [file.slice(root.length + 1), statSync(file).size])),
    'all of dist/': files.reduce((sum, file) => sum + statSync(file).size, 0),
    'the download (git archive, gzip -6)': gzipSync(archive, { level: 6 }).length,
  };
}

function report({ http, tls, sizes }: Figures, baseline: Figures | undefined): void {
  console.log('Over HTTP:');
  console.table(table(http, baseline?.http));
  console.log('Over TLS:');
  console.table(table(tls, baseline?.tls));
  console.log('curl and jq start faster than any action that runs on Node.');
  const rows = Object.entries(sizes).map(([name, bytes]) => {
    const before = baseline?.sizes[name];
    return [name, { bytes, 'since the baseline': before ? percent(bytes / before - 1) : '' }];
  });
  console.table(Object.fromEntries(rows));
}

/** Compares machines by the floor: another machine has another floor. */
function table(times: Times, baseline: Times | undefined): Record<string, object> {
  const bare = times['bare Node']?.median ?? Number.NaN;
  const rows = Object.entries(times).map(([name, { median, least }]) => {
    const ratio = timesTheFloor(times, name);
    const before = baseline === undefined ? Number.NaN : timesTheFloor(baseline, name);
    const row = {
      'median ms': median,
      'least ms': least,
      'over bare Node': (median - bare).toFixed(1),
      'times the floor': ratio.toFixed(2),
      'since the baseline': percent(ratio / before - 1),
    };
    return [name, row];
  });
  return Object.fromEntries(rows);
}

function timesTheFloor(times: Times, name: string): number {
  return (times[name]?.median ?? Number.NaN) / (times[floor]?.median ?? Number.NaN);
}

function percent(part: number): string {
  return Number.isNaN(part) ? '' : `${part < 0 ? '' : '+'}${(part * 100).toFixed(0)} %`;
}

function readBaseline(): Figures | undefined {
  try {
    return JSON.parse(readFileSync(baselineFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Its certificate is its own authority. */
async function startTlsEmulator(): Promise<Emulator> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const file = join(folder, 'ca.pem');
  writeFileSync(file, cert);
  return await startEmulator({ tls: { key, cert } }, { NODE_EXTRA_CA_CERTS: file, CURL_CA_BUNDLE: file });
}

/** In a process of its own, so that it shares no thread with what is measured. */
async function startEmulator(options: EmulatorOptions, env: Emulator['env']): Promise<Emulator> {
  const json = JSON.stringify({ ...options, owner: { client_id: owner.id, client_secret: owner.secret } });
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bench-emulator.ts'), json]);
  const [domain] = await once(child.stdout, 'data');
  return { domain: String(domain).trim(), process: child, env };
}
