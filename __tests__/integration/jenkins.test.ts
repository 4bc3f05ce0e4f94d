import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import type { EmulatedClient } from '../../emulator/emulator.ts';
import { formsOf } from '../support/scenario.ts';
import { buildOnce, Place } from './cli/command.ts';

const root = resolve(import.meta.dirname, '../..');
const jenkinsfile = readFileSync(join(root, 'examples/jenkins/Jenkinsfile'), 'utf8');
const sealKey = 'S0v8Tn4lmPDvKNJgIDHsPdvHAn6XuAVL1CWy8jI0LzM=';

/** A shell step of the Jenkinsfile, with the IDs of the credentials that are variables there. */
interface ShellStep {
  readonly stage: string;
  readonly script: string;
  readonly credentials: Readonly<Record<string, string>>;
}

function shellSteps(): ShellStep[] {
  return [...jenkinsfile.matchAll(/\bsh (?:'''(.*?)'''|'(.*?)')/gs)].map(({ 1: long, 2: short, index }) => {
    const blocks = blocksAround(index);
    const bound = blocks.flatMap((head) => [
      ...head.matchAll(/credentialsId: '([^']*)', variable: '([^']*)'/g),
    ]);
    return {
      stage: blocks.flatMap((head) => /stage\('(.*)'\)|^\s*(post) $/s.exec(head)?.slice(1) ?? []).join(''),
      script: long ?? short ?? '',
      credentials: Object.fromEntries(bound.map(([, id = '', variable = '']) => [variable, id])),
    };
  });
}

/** What stands before the brace of each block that is open at this place, the outermost first. */
function blocksAround(place: number): string[] {
  const open: string[] = [];
  let start = 0;
  for (const { 0: brace, index } of jenkinsfile.slice(0, place).matchAll(/[{}]/g)) {
    if (brace === '{') open.push(jenkinsfile.slice(start, index));
    else open.pop();
    start = index + 1;
  }
  return open;
}

/** A build on an agent that has `capture-client` and a project whose tests print the secret. */
class Build {
  readonly #place: Place;
  readonly #tag: string;
  log = '';

  constructor(place: Place, number: number, exitCode = 0) {
    this.#place = place;
    this.#tag = `jenkins-shop-${number}`;
    const bin = join(place.folder, 'bin');
    if (!existsSync(bin)) {
      mkdirSync(bin);
      symlinkSync(join(buildOnce(), 'package/bin.js'), join(bin, 'capture-client'));
    }
    const print = 'node -e "console.log(process.env.CAPTURE_CLIENT_ID, process.env.CAPTURE_CLIENT_SECRET)"';
    const project = { scripts: { test: `${print} && exit ${exitCode}` } };
    writeFileSync(join(place.folder, 'package.json'), JSON.stringify(project));
  }

  /** Runs the shell steps of a stage as Jenkins does. Returns whether all succeeded. */
  async run(stage: string): Promise<boolean> {
    const steps = shellSteps().filter((step) => step.stage === stage);
    expect(steps).not.toEqual([]);
    for (const step of steps) if (!(await this.#runStep(step))) return false;
    return true;
  }

  #runStep({ script, credentials }: ShellStep): Promise<boolean> {
    const options = { cwd: this.#place.folder, env: this.#environment(credentials), timeout: 30_000 };
    return new Promise((done) => {
      execFile('sh', ['-xe', '-c', script], options, (error, stdout, stderr) => {
        this.log += stdout + stderr;
        done(error === null);
      });
    });
  }

  #environment(credentials: ShellStep['credentials']): Record<string, string> {
    const { CAPTURE_OWNER_CLIENT_SECRET: owner = '', ...identity } = this.#place.owner;
    const stored: Record<string, string> = { 'capture-owner': owner, 'capture-seal-key': sealKey };
    const secrets = Object.entries(credentials).map(([variable, id]) => [variable, stored[id] as string]);
    return {
      PATH: [join(this.#place.folder, 'bin'), join(root, 'node_modules/.bin'), process.env.PATH].join(
        delimiter,
      ),
      HOME: this.#place.folder,
      JENKINS_URL: 'https://jenkins.example.com/',
      GIT_URL: 'https://git.example.com/acme/shop.git',
      BUILD_URL: `https://jenkins.example.com/job/${this.#tag}/`,
      ...identity,
      ...Object.fromEntries(secrets),
    };
  }
}

/** The log has neither a client's secret nor the owner's nor the seal key, in any form. */
function expectSecrecy({ log }: Build, { emulator }: Place, deleted: readonly EmulatedClient[] = []): void {
  const clients = [...emulator.clients(), ...deleted].map((one) => [one.client_id, one.client_secret]);
  for (const [id = '', secret = ''] of [...clients, ['', sealKey]]) {
    for (const form of formsOf(id, secret)) expect(log).not.toContain(form);
  }
}

test.each([
  ['succeed', 0],
  ['fail', 3],
])('a build whose tests %s shows no secret, and leaves no client', async (_, exitCode) => {
  await using place = await Place.open();
  const build = new Build(place, 7, exitCode);
  expect(await build.run('Provision')).toBe(true);
  const created = place.clients;
  expect(created).toHaveLength(1);
  expect(await build.run('Test')).toBe(exitCode === 0);
  expect(build.log).toContain(`${created[0]?.client_id} ***`);
  expect(await build.run('post')).toBe(true);
  expect(place.clients).toEqual([]);
  expectSecrecy(build, place, created);
});

test('the nightly build deletes what expired, and keeps what another build uses', async () => {
  await using place = await Place.open();
  expect(await new Build(place, 7).run('Provision')).toBe(true);
  const inUse = place.clients;
  const description = inUse[0]?.description.replace(/until [^,]+/, 'until 2026-01-01T00:00:00Z') ?? '';
  place.emulator.addClient({ description });
  const night = new Build(place, 9);
  expect(await night.run('Sweep')).toBe(true);
  expect(await night.run('post')).toBe(true);
  expect(place.clients).toEqual(inUse);
  expectSecrecy(night, place);
});

test('every block of the Jenkinsfile that runs a shell has only the credentials that it needs', () => {
  const owner = { CAPTURE_OWNER_CLIENT_SECRET: 'capture-owner' };
  const key = { CAPTURE_SEAL_KEY: 'capture-seal-key' };
  expect(shellSteps().map(({ stage, credentials }) => [stage, credentials])).toEqual([
    ['Provision', { ...owner, ...key }],
    ['Test', key],
    ['Sweep', owner],
    ['post', owner],
  ]);
});
