import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Fault, startEmulator } from '../../emulator/emulator.ts';
import { runNode } from '../support/runner/process.ts';
import { expectSafe } from '../support/safe.ts';
import { formsOf, root, Scenario } from '../support/scenario.ts';

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
  [
    'a secret in the content type',
    {
      kind: 'response',
      status: 404,
      body: 'x',
      headers: { 'Content-Type': Buffer.from(owner.client_secret).toString('base64') },
    },
  ],
  ['JSON cut off before its end', { kind: 'cut-off' }],
  [
    'JSON that ends too early',
    { kind: 'response', body: '{"stat":"ok","client_secret":"newsecretnewsecret","cl' },
  ],
  ['bytes that are not text', { kind: 'response', body: Buffer.from([0xff, 0xfe, 0x00, 0x80]) }],
  ['a success without an id', respond({ stat: 'ok', client_secret: 'newsecretnewsecret' })],
  [
    'an id that is a workflow command',
    respond({ stat: 'ok', client_id: '::error::x', client_secret: 'newsecretnewsecret' }),
  ],
  ['80 MB of JSON', { kind: 'huge', bytes: 80_000_000 }],
  ['nothing at all', { kind: 'reset-after-commit' }],
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

test('a redirect is not followed, so the other host gets no request', async () => {
  const other = await startEmulator();
  try {
    await using scenario = await Scenario.start({ emulator: { owner } });
    for (const status of [301, 302, 303, 307, 308]) {
      scenario.emulator.inject({
        kind: 'response',
        status,
        headers: { Location: `${other.domain}/clients/add` },
      });
      const main = await scenario.create();
      expectSafe(main, owner);
      expect(main.log).toMatch(new RegExp(`redirect \\(HTTP ${status}\\)`));
    }
    expect(other.requests).toEqual([]);
  } finally {
    await other.close();
  }
});

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

test('an invalid input is reported without the secret', async () => {
  await using scenario = await Scenario.start({ emulator: { owner } });
  const main = await scenario.create({
    capture_domain: `https://u:${owner.client_secret}@x.example`,
    timeout: 'x',
  });
  expectSafe(main, owner);
  expect(scenario.emulator.requests).toEqual([]);
});

/** Blank lines would end the HTML of the summary, and Markdown would begin. */
test('a feature name with blank lines and Markdown is inert in the job summary', async () => {
  await using scenario = await Scenario.start({ emulator: { owner } });
  const hostile =
    'x\n\n# Heading\n\n[link](https://evil.example) ![image](https://evil.example/i) `code`\u2028<b>y</b>';
  scenario.emulator.inject(
    respond({
      stat: 'ok',
      client_id: 'newid',
      client_secret: 'hush',
      description: hostile,
      features: [hostile],
    }),
  );
  const main = await scenario.create();
  expect(main.conclusion).toBe('success');
  expect(main.rawSummary).toContain('# Heading');
  expect(main.rawSummary).not.toMatch(/\n\s*\n|\[link|!\[|`|<b>|:\/\/evil/);
  expect(main.rawSummary).toMatch(/^(?:<.*>\n)+$/);
});

test('without a job summary, as in act, the step says nothing about it', async () => {
  await using scenario = await Scenario.start({ emulator: { owner } });
  const main = await scenario.create({}, { commandFiles: { GITHUB_STEP_SUMMARY: undefined } });
  expect(main.conclusion).toBe('success');
  expect(main.annotations.filter(({ level }) => level !== 'notice')).toEqual([]);
  expect(main.log).not.toMatch(/summary|ENOENT/i);
});

test('a later step can print the secret inside base64 of a longer text: the runner hides it', async () => {
  await using scenario = await Scenario.start({ emulator: { owner } });
  const { client_id = '', client_secret = '' } = (await scenario.create()).outputs;
  for (let offset = 0; offset < 12; offset += 1) {
    for (const text of [
      `${JSON.stringify({ [`k${'x'.repeat(offset)}`]: client_id, client_secret })}`,
      `A${'x'.repeat(offset)}=${client_id}\nCAPTURE_CLIENT_SECRET=${client_secret}\n`,
    ]) {
      for (const encoding of ['base64', 'base64url'] as const) {
        const shown = scenario.job.masker.mask(Buffer.from(text).toString(encoding));
        for (const part of shown.split('***')) {
          for (const skip of [0, 1, 2, 3]) {
            const decoded = Buffer.from(part.slice(skip), encoding).toString('latin1');
            // One byte at each edge can be partly readable.
            for (let at = 0; at + 4 <= client_secret.length; at += 1) {
              expect(decoded).not.toContain(client_secret.slice(at, at + 4));
            }
          }
        }
      }
    }
  }
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
      expect(stage.stdout).toMatch(
        /^::error title=Capture client%3A not a workflow step::GITHUB_(?:OUTPUT|STATE) isn't set\. Nothing was sent\. .*\r?\n$/,
      );
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
      timeouts: { interrupt: 1000, terminate: 1000, streams: 1000, stage: 30_000 },
      onLine: () => {},
    });
    expect(exit.exitCode).toBe(0);
    expect(exit.stdout).toMatch(
      /^::warning title=Capture client%3A cleanup failed::Cleanup failed\. GITHUB_OUTPUT isn't set\. .*\r?\n$/,
    );
  });
});

describe('a command file on a full disk fails the step with the name of the file and the cause', () => {
  const message = (variable: string) =>
    new RegExp(
      `^Could not write ${variable} \\(/dev/full\\): ENOSPC: no space left on device, write\\. .* free disk space `,
    );

  test('GITHUB_STATE: nothing is sent', async () => {
    await using scenario = await Scenario.start({ emulator: { owner } });
    const main = await scenario.create({}, { commandFiles: { GITHUB_STATE: '/dev/full' } });
    expectSafe(main, owner);
    expect(main.annotations).toEqual([
      {
        level: 'error',
        title: 'Capture client: unwritable file',
        message: expect.stringMatching(message('GITHUB_STATE')),
      },
    ]);
    expect(scenario.emulator.requests).toEqual([]);
  });

  test('GITHUB_OUTPUT: the post step deletes the client', async () => {
    await using scenario = await Scenario.start({ emulator: { owner } });
    const main = await scenario.create({}, { commandFiles: { GITHUB_OUTPUT: '/dev/full' } });
    expectSafe(main, owner);
    expect(main.annotations).toEqual([
      {
        level: 'error',
        title: 'Capture client: unwritable file',
        message: expect.stringMatching(message('GITHUB_OUTPUT')),
      },
    ]);
    expect(scenario.clients).toHaveLength(1);
    const post = await scenario.post();
    expect(post.conclusion).toBe('success');
    expect(scenario.clients).toEqual([]);
  });
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
