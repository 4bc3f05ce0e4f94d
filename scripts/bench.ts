/**
 * What a step costs, from the start of its process to its end: `npm run bench [-- --rounds N] [--save]`. All are run in
 * turn, against an emulator in a process of its own, and compared by their medians; `--save` makes the figures the
 * baseline that later runs are compared with.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { keyValuePairs } from '../__tests__/support/runner/file-commands.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '25' }, save: { type: 'boolean', default: false } },
});
const rounds = Number(values.rounds);
const root = resolve(import.meta.dirname, '..');
const baselineFile = join(import.meta.dirname, 'bench-baseline.json');
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const owner = { id: 'benchowner', secret: 'benchsecretbenchsecretbenchsecre' };
const emulator = await startEmulator();

interface Figures {
  /** Median and least of each, in milliseconds. */
  readonly times: Record<string, { readonly median: number; readonly least: number }>;
  /** In bytes. */
  readonly sizes: Record<string, number>;
}

try {
  const figures: Figures = { times: measure(), sizes: sizes() };
  report(figures, readBaseline());
  writeFileSync(join(root, 'bench.json'), `${JSON.stringify(figures, null, 2)}\n`);
  if (values.save) writeFileSync(baselineFile, `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  emulator.process.kill();
  rmSync(folder, { recursive: true, force: true });
}

function measure(): Figures['times'] {
  const sealed = run('create', { seal_key: 'k'.repeat(32) }).outputs;
  const steps: Record<string, () => number> = {
    'bare Node': () => time(process.execPath, ['-e', '0']),
    'the floor: one POST': () => time(process.execPath, [floor()]),
    'curl and jq': () => time('bash', ['-c', curlAndJq()]),
    create: () => run('create', {}).ms,
    'create, reused': () => run('create', { lifetime: 'pull_request', pull_request: '1' }).ms,
    'post with nothing to do': () => run('cleanup', {}).ms,
    delete: () => run('delete', { client_id: String(run('create', {}).outputs.client_id) }).ms,
    unseal: () =>
      run('unseal', {
        seal_key: 'k'.repeat(32),
        sealed_credentials: String(sealed.sealed_credentials),
      }).ms,
  };
  if (['curl', 'jq'].some((name) => spawnSync(name, ['--version']).status !== 0)) {
    console.log('curl or jq is missing here, so what they cost is left out.');
    delete steps['curl and jq'];
  }
  const samples = Object.fromEntries(Object.keys(steps).map((name) => [name, [] as number[]]));
  for (let round = -1; round < rounds; round += 1) {
    for (const [name, step] of Object.entries(steps)) {
      const ms = step();
      if (round >= 0) samples[name]?.push(ms);
    }
  }
  return Object.fromEntries(Object.entries(samples).map(([name, all]) => [name, summarize(all)]));
}

function summarize(samples: readonly number[]): { median: number; least: number } {
  const sorted = samples.toSorted((a, b) => a - b);
  const round = (ms = Number.NaN): number => Math.round(ms * 10) / 10;
  return { median: round(sorted[Math.floor(sorted.length / 2)]), least: round(sorted[0]) };
}

function time(command: string, args: string[], env: Record<string, string> = {}): number {
  const start = performance.now();
  const { status, stderr, stdout } = spawnSync(command, args, { env: { PATH: process.env.PATH, ...env } });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`${command} failed: ${stdout}${stderr}`);
  return ms;
}

/** Starts a step as the runner does; the file that its outputs go to is read outside the time that is taken. */
function run(
  step: string,
  inputs: Record<string, string>,
): { ms: number; outputs: Record<string, string | undefined> } {
  const all = {
    ...(step === 'unseal' || step === 'cleanup'
      ? {}
      : { capture_domain: emulator.domain, owner_client_id: owner.id, owner_client_secret: owner.secret }),
    ...inputs,
  };
  const file = (name: string): string => join(folder, name);
  for (const name of ['output', 'state', 'summary']) writeFileSync(file(name), '');
  const env = {
    ...Object.fromEntries(Object.entries(all).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
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

/** The least that a program for Node needs for one call: its own HTTP, no check, no mask, no output. */
function floor(): string {
  const file = join(folder, 'floor.cjs');
  const authorization = `Basic ${Buffer.from(`${owner.id}:${owner.secret}`).toString('base64')}`;
  const options = {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
  };
  writeFileSync(
    file,
    `const { request } = require('node:http');
const body = 'description=' + Math.random();
request(${JSON.stringify(`${emulator.domain}/clients/add`)}, ${JSON.stringify(options)}, (answer) => {
  let text = '';
  answer.on('data', (chunk) => { text += chunk; }).on('end', () => JSON.parse(text).client_id);
}).end(body);
`,
  );
  return file;
}

function curlAndJq(): string {
  return `answer=$(curl --silent --user ${owner.id}:${owner.secret} --data-urlencode description=$RANDOM$RANDOM ${emulator.domain}/clients/add)
echo "::add-mask::$(jq --raw-output .client_secret <<< "$answer")" && jq --raw-output .client_id <<< "$answer" > ${folder}/id`;
}

function sizes(): Figures['sizes'] {
  const files = readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const bundles = files.filter((file) => file.endsWith('.js') && statSync(file).size > 1000);
  const archive = execFileSync('git', ['archive', 'HEAD'], { cwd: root, maxBuffer: 2 ** 30 });
  return {
    ...Object.fromEntries(bundles.map((file) => [file.slice(root.length + 1), statSync(file).size])),
    'dist/ in all': files.reduce((sum, file) => sum + statSync(file).size, 0),
    'the repository as shipped (git archive, gzip -6)': gzipSync(archive, { level: 6 }).length,
  };
}

function report({ times, sizes }: Figures, baseline: Figures | undefined): void {
  const floorOf = (figures: Figures): number => figures.times['the floor: one POST']?.median ?? Number.NaN;
  const bare = times['bare Node']?.median ?? Number.NaN;
  console.table(
    Object.fromEntries(
      Object.entries(times).map(([name, { median, least }]) => {
        const before = baseline?.times[name];
        const ratio = median / floorOf({ times, sizes });
        const change = baseline && before ? ratio / (before.median / floorOf(baseline)) - 1 : Number.NaN;
        const row = {
          'median ms': median,
          'least ms': least,
          'over bare Node': (median - bare).toFixed(1),
          'times the floor': ratio.toFixed(2),
        };
        return [name, baseline === undefined ? row : { ...row, 'since the baseline': percent(change) }];
      }),
    ),
  );
  console.table(
    Object.fromEntries(
      Object.entries(sizes).map(([name, bytes]) => {
        const before = baseline?.sizes[name];
        return [name, { bytes, 'since the baseline': before ? percent(bytes / before - 1) : '' }];
      }),
    ),
  );
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

/** In a process of its own, so that it does not share a thread with what is measured. */
async function startEmulator(): Promise<{ domain: string; process: ReturnType<typeof spawn> }> {
  const credentials = ['--owner-client-id', owner.id, '--owner-client-secret', owner.secret];
  const child = spawn(process.execPath, [join(root, 'emulator/main.ts'), ...credentials]);
  for await (const chunk of child.stdout) {
    const [, domain] = /capture_domain: +(\S+)/.exec(String(chunk)) ?? [];
    if (domain !== undefined) return { domain, process: child };
  }
  throw new Error('the emulator did not start');
}
