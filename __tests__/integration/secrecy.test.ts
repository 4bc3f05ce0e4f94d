import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Fault } from '../../emulator/emulator.ts';
import { runNode } from '../support/runner/process.ts';
import { expectSafe } from '../support/safe.ts';
import { formsOf, printed, root, Scenario } from '../support/scenario.ts';

const owner = { client_id: 'ownerownerowner', client_secret: 'p&ss"w%r::d\'<ö ##[x]+/=end' };
const echoed = formsOf(owner.client_id, owner.client_secret);

const html = { headers: { 'Content-Type': 'text/html' } };

const hostileResponses: [string, Fault][] = [
  [
    'error text with workflow commands in it',
    respond({
      stat: 'error',
      code: 200,
      error: '::set-output name=client_id::stolen',
      error_description: 'a\n::add-mask::e\r\n##[save-state name=creation]{}\u2028::error::b ##[error]c',
      request_id: '::stop-commands::x',
      argument_name: '##[set-output name=client_secret]stolen',
    }),
  ],
  [
    'the owner secret echoed in every form',
    respond({
      stat: 'error',
      code: 402,
      error: 'invalid_client_credentials',
      error_description: echoed.join(' '),
    }),
  ],
  [
    'the owner secret with invisible characters in it',
    respond({
      stat: 'error',
      code: 402,
      error_description:
        [...owner.client_secret].join('\u200b') + [...echoed].map((form) => [...form].join('\u2060')),
    }),
  ],
  [
    'HTML that echoes the secret',
    { kind: 'response', status: 500, body: `<html>${echoed.join('<br>')}</html>`, ...html },
  ],
  ['80 MB of JSON', { kind: 'huge', bytes: 80_000_000 }],
];

test.each(hostileResponses)(
  '%s: the step fails with a message that has no secret and no workflow command',
  async (_, fault) => {
    await using scenario = await Scenario.start({
      emulator: { owner },
      faults: [{ ...fault, times: Infinity }],
    });
    const main = await scenario.create({ timeout: '3s' });
    expectSafe(main, owner);
    expect(main.conclusion).toBe('failure');
    expect(main.annotations.at(-1)).toMatchObject({
      level: 'error',
      message: expect.stringMatching(/\.$/),
      title: expect.stringMatching(/^Capture client/),
    });
    expect(main.outputs).toEqual({});
    expect(main.masks.length).toBeGreaterThan(0);
    expect(scenario.callsOf('clients/add')).toHaveLength(1);
  },
);

test('a description that echoes secrets and workflow commands is shown without them', async () => {
  await using scenario = await Scenario.start({ emulator: { owner } });
  const secret = 'n3w&s "ecret::x';
  scenario.emulator.inject(
    respond({
      stat: 'ok',
      client_id: 'newid',
      client_secret: secret,
      description: `${formsOf('newid', secret).join(' ')}\n::error::injected ##[error]injected`,
      features: ['::warning::injected', secret],
    }),
  );
  const main = await scenario.create();
  expectSafe(main, owner);
  expectSafe(main, { client_id: 'newid', client_secret: secret });
  const shown = decodeEntities(main.summary);
  for (const form of formsOf('newid', secret)) expect(shown).not.toContain(form);
  expect(main.conclusion).toBe('success');
  expect(main.annotations.filter(({ level }) => level !== 'notice')).toEqual([
    expect.objectContaining({
      level: 'warning',
      message: expect.stringContaining('without the label at its end'),
    }),
  ]);
  expect(main.outputs.client_secret).toBe(secret);
});

test('a secret with a NUL in it is hidden in every form, also in errors of Node', async () => {
  await using scenario = await Scenario.start({ emulator: { owner } });
  const fields = { client_secret: 'new\0secret' };
  scenario.emulator.inject({ kind: 'edited', call: 'clients/add', fields });
  const main = await scenario.create({ lifetime: 'job', seal_key: '' });
  expect(main.annotations.map(({ title }) => title)).not.toContainEqual(expect.stringMatching(/bug/));
  expect(printed(main)).not.toMatch(/new(?:\0|\\0|\\x00|\\u0000)secret/);
  await scenario.post();
  expect(scenario.clients).toEqual([]);
});

describe('a script that is run by hand prints no secret, and says that it is not a workflow step', () => {
  const inputs = {
    capture_domain: 'http://127.0.0.1:9',
    owner_client_id: owner.client_id,
    owner_client_secret: owner.client_secret,
  };
  const sealed = { sealed_credentials: 'a.b.c.d.e', seal_key: owner.client_secret.padEnd(40, 'k') };

  test.each([
    ['create', '.', inputs],
    ['delete', 'delete', { ...inputs, client_id: 'id' }],
    ['sweep', 'sweep', inputs],
    ['unseal', 'unseal', sealed],
  ])('%s', async (_, folder, given) => {
    await using scenario = await Scenario.start();
    const action = join(root, folder);
    for (const surroundings of [
      { byHand: true },
      { commandFiles: { GITHUB_OUTPUT: undefined } },
      { commandFiles: { GITHUB_STATE: undefined } },
    ]) {
      const stage = await scenario.job.step({ action, inputs: given, ...surroundings });
      expect(stage.conclusion).toBe('failure');
      expect(stage.masks).toEqual([]);
      expect(stage.stdout).toMatch(/^::error [^\n]*GITHUB_(?:OUTPUT|STATE) isn't set\.[^\n]*\n$/);
      expect(stage.stderr).toBe('');
    }
  });

  test('the post step', async () => {
    await using scenario = await Scenario.start({ emulator: { owner } });
    // Main fails before it hands the client over, so it leaves post something to do.
    const { state } = await scenario.create({}, { commandFiles: { GITHUB_OUTPUT: '/dev/full' } });
    const env = { STATE_creation: state.creation ?? '' };
    expect(env.STATE_creation).toContain('owner');
    const exit = await runNode({
      script: join(root, 'dist/post/index.js'),
      nodeOptions: [],
      folder: root,
      environment: { PATH: process.env.PATH ?? '', ...env },
      limitMs: 30_000,
      onLine: () => {},
    });
    expect(exit.exitCode).toBe(0);
    expect(exit.stdout).toMatch(/^::warning [^\n]*GITHUB_OUTPUT isn't set\.[^\n]*\n$/);
  });
});

test.each([
  ['GITHUB_STATE', 0],
  ['GITHUB_OUTPUT', 1],
])('%s on a full disk fails the step; clients until the post step: %d', async (variable, created) => {
  await using scenario = await Scenario.start({ emulator: { owner } });
  const main = await scenario.create({}, { commandFiles: { [variable]: '/dev/full' } });
  expectSafe(main, owner);
  expect(main.annotations).toEqual([
    expect.objectContaining({
      level: 'error',
      message: expect.stringContaining(`${variable} (/dev/full): ENOSPC`),
    }),
  ]);
  expect(scenario.clients).toHaveLength(created);
  expect((await scenario.post()).conclusion).toBe('success');
  expect(scenario.clients).toEqual([]);
});

function decodeEntities(html: string): string {
  const named: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&' };
  return html.replace(/&(?:#(\d+)|(\w+));/g, (entity, code, name) =>
    code === undefined ? (named[name] ?? entity) : String.fromCharCode(Number(code)),
  );
}

function respond(body: unknown): Fault {
  return { kind: 'response', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
}
