import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { EmulatedGitLab } from '../support/gitlab-api.ts';
import type { Credentials } from './act.ts';

const root = resolve(import.meta.dirname, '../..');
const timeoutMs = 120_000;

const nodeFolder = join(root, 'node_modules/.bin');
const npm = execFileSync('which', ['npm'], { encoding: 'utf8' }).trim();

/** The command, installed from the package that gets published. */
export class Installation {
  readonly #folder = mkdtempSync(join(tmpdir(), 'command-'));

  constructor() {
    const build = [join(root, 'scripts/package.ts'), this.#folder];
    const archive =
      execFileSync(process.execPath, build, { encoding: 'utf8' }).trim().split('\n').at(-1) ?? '';
    const install = ['install', '--global', '--offline', '--prefix', this.#folder, archive];
    execFileSync('npm', install, { stdio: 'ignore' });
  }

  /** The folder of the executable file `capture-client`. */
  get bin(): string {
    return join(this.#folder, 'bin');
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** The variables that GitLab sets and gitlab-ci-local doesn't, or sets differently. */
export type Variables = Readonly<Record<string, string>>;

/** The result of a pipeline. */
export interface PipelineResult {
  readonly succeeded: boolean;
  /** What the jobs printed. */
  readonly log: string;
  /** The credentials that the project's own commands got, in order. Each worked at that time. */
  readonly used: readonly (Credentials & { readonly variables: readonly string[] })[];
}

/** A GitLab project whose pipelines run in gitlab-ci-local, an emulated Capture, and a stand-in for GitLab's API. */
export class Project {
  readonly emulator: Emulator;
  readonly gitlab: EmulatedGitLab;
  readonly sealKey = 'S0v8Tn4lmPDvKNJgIDHsPdvHAn6XuAVL1CWy8jI0LzM=';
  readonly #folder: string;
  #runs = 0;

  private constructor(emulator: Emulator, gitlab: EmulatedGitLab, folder: string) {
    this.emulator = emulator;
    this.gitlab = gitlab;
    this.#folder = folder;
  }

  /** @param files those that the pipeline includes, by their path */
  static async create(pipeline: string, bin: string, files: Variables = {}): Promise<Project> {
    const folder = mkdtempSync(join(tmpdir(), 'gitlab-'));
    const project = new Project(await startEmulator({}), await EmulatedGitLab.start(), folder);
    project.#prepare({ '.gitlab-ci.yml': pipeline, ...files }, bin);
    return project;
  }

  /** Runs all jobs of a pipeline, or only the named one. */
  async run(variables: Variables, job?: string): Promise<PipelineResult> {
    const program = join(root, 'node_modules/gitlab-ci-local/dist/index.js');
    this.#runs += 1;
    const predefined = {
      GITLAB_CI: 'true',
      CI_API_V4_URL: this.gitlab.url,
      CI_PIPELINE_ID: String(1000 + this.#runs),
    };
    const all = { ...predefined, ...variables };
    const options = [
      ...['--force-shell-executor', '--shell-isolation', '--no-artifacts-to-source', '--no-color'],
      ...['--ignore-predefined-vars', Object.keys(all).join(',')],
    ];
    const settings = Object.entries(all).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
    rmSync(this.#records, { force: true });
    const { code, log } = await this.#start([
      program,
      ...options,
      ...settings,
      ...(job === undefined ? [] : [job]),
    ]);
    return { succeeded: code === 0, log, used: this.#used() };
  }

  /** Everything that jobs pass to later jobs. */
  get artifacts(): string[] {
    const folder = join(this.#work, '.gitlab-ci-local/artifacts');
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.emulator.close();
    await this.gitlab[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  get #work(): string {
    return join(this.#folder, 'work');
  }

  get #records(): string {
    return join(this.#folder, 'records');
  }

  #used(): PipelineResult['used'] {
    if (!existsSync(this.#records)) return [];
    return readFileSync(this.#records, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  }

  #prepare(files: Variables, bin: string): void {
    for (const [path, text] of Object.entries(files)) this.#write(`work/${path}`, text);
    this.#write('work/package.json', JSON.stringify({ scripts: { test: './use-credentials' } }));
    for (const name of ['use-credentials', 'deploy-preview']) this.#write(`work/${name}`, this.#command());
    this.#write('work/.gitlab-ci-local-variables.yml', stringify(this.#projectVariables()));
    // Each job installs the command. This one is installed already.
    this.#write(
      'programs/npm',
      `#!/bin/sh
[ "$1 $2 $3" = 'install --global command.tgz' ] || exec ${npm} "$@"
`,
    );
    symlinkSync(join(bin, 'capture-client'), join(this.#folder, 'programs/capture-client'));
    const git = (...args: string[]) => execFileSync('git', args, { cwd: this.#work, stdio: 'ignore' });
    git('init', '--initial-branch', 'main');
    git('remote', 'add', 'origin', 'https://gitlab.com/acme/web/shop.git');
    git('add', ...Object.keys(files), 'package.json', 'use-credentials', 'deploy-preview');
    git('-c', 'user.name=e2e', '-c', 'user.email=e2e@example.com', 'commit', '-m', 'x');
  }

  /** The owner's secret is scoped to the environments whose jobs need it, as the recipe says. */
  #projectVariables(): object {
    const { domain, owner } = this.emulator;
    return {
      CAPTURE_DOMAIN: domain,
      CAPTURE_OWNER_CLIENT_ID: owner.client_id,
      CAPTURE_OWNER_CLIENT_SECRET: {
        values: { capture: owner.client_secret, 'preview/*': owner.client_secret },
      },
      CAPTURE_SEAL_KEY: this.sealKey,
      CAPTURE_CLIENT_PACKAGE: 'command.tgz',
      CAPTURE_GITLAB_TOKEN: { values: { capture: 'glpat-token' } },
    };
  }

  /** Tries its credentials, and records them if they work. */
  #command(): string {
    return `#!/usr/bin/env node
const { CAPTURE_CLIENT_ID: id, CAPTURE_CLIENT_SECRET: secret } = process.env;
const authorization = 'Basic ' + Buffer.from(id + ':' + secret).toString('base64');
console.log('the secret is ' + secret);
fetch(process.env.CAPTURE_DOMAIN + '/clients/list', { method: 'POST', headers: { authorization } })
  .then((response) => response.json())
  .then(({ code }) => {
    // 403 means known, but not an owner. 402 would mean that the credentials don't work.
    if (code !== 403) throw new Error('these credentials do not work: ' + code);
    const record = JSON.stringify({ id, secret, variables: Object.keys(process.env) });
    require('fs').appendFileSync(${JSON.stringify(this.#records)}, record + '\\n');
    process.exit(Number(process.env.EXIT_CODE ?? 0));
  });
`;
  }

  #write(path: string, text: string): void {
    const file = join(this.#folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, 0o755);
  }

  #start(args: readonly string[]): Promise<{ code: number | null; log: string }> {
    const path = [join(this.#folder, 'programs'), nodeFolder, process.env.PATH];
    const env = { PATH: path.join(delimiter), HOME: this.#folder };
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, args, { cwd: this.#work, env, detached: true });
      let log = '';
      const append = (chunk: Buffer): void => {
        log += chunk;
      };
      child.stdout.on('data', append);
      child.stderr.on('data', append);
      const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), timeoutMs);
      child.on('error', reject).on('close', (code) => {
        clearTimeout(timer);
        resolve({ code, log });
      });
    });
  }
}
