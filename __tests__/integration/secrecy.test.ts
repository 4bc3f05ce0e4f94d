import { expect, test } from '@jest/globals';
import { type Fault, startEmulator } from '../../emulator/emulator.ts';
import { expectSafe } from '../support/safe.ts';
import { formsOf, Scenario } from '../support/scenario.ts';

const owner = { client_id: 'ownerownerowner', client_secret: 'p&ss"w%r::d\'<ö ##[x]+/=end' };
const echoed = formsOf(owner.client_id, owner.client_secret);

const html = { headers: { 'Content-Type': 'text/html' } };

const hostileAnswers: [string, Fault][] = [
  [
    'error text with workflow commands in it',
    answer({
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
    answer({
      stat: 'error',
      code: 402,
      error: 'invalid_client_credentials',
      error_description: echoed.join(' '),
    }),
  ],
  [
    'HTML that echoes the secret',
    { kind: 'answer', status: 500, body: `<html>${echoed.join('<br>')}</html>`, ...html },
  ],
  [
    'a secret in the content type',
    {
      kind: 'answer',
      status: 404,
      body: 'x',
      headers: { 'Content-Type': Buffer.from(owner.client_secret).toString('base64') },
    },
  ],
  ['JSON cut off before its end', { kind: 'cut-off' }],
  [
    'JSON that ends too early',
    { kind: 'answer', body: '{"stat":"ok","client_secret":"newsecretnewsecret","cl' },
  ],
  ['bytes that are no text', { kind: 'answer', body: Buffer.from([0xff, 0xfe, 0x00, 0x80]) }],
  ['a success without an id', answer({ stat: 'ok', client_secret: 'newsecretnewsecret' })],
  [
    'an id that is a workflow command',
    answer({ stat: 'ok', client_id: '::error::x', client_secret: 'newsecretnewsecret' }),
  ],
  ['80 MB of JSON', { kind: 'huge', bytes: 80_000_000 }],
  ['nothing at all', { kind: 'reset-after-commit' }],
];

test.each(hostileAnswers)(
  '%s: the step fails in a sentence, without a secret or a command',
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
      message: expect.stringMatching(/[.?]$/),
    });
    expect(main.outputs).toEqual({});
    expect(main.masks.length).toBeGreaterThan(0);
    expect(scenario.callsOf('clients/add')).toHaveLength(1);
  },
);

test('a redirect is not followed: the other host never hears of us', async () => {
  const other = await startEmulator();
  try {
    await using scenario = await Scenario.start({ emulator: { owner } });
    for (const status of [301, 302, 303, 307, 308]) {
      scenario.emulator.inject({
        kind: 'answer',
        status,
        headers: { Location: `${other.domain}/clients/add` },
      });
      const main = await scenario.create();
      expectSafe(main, owner);
      expect(main.log).toContain(`with a redirect (HTTP ${status}), which is never followed`);
    }
    expect(other.requests).toEqual([]);
  } finally {
    await other.close();
  }
});

test('a description that echoes secrets and commands is shown without them', async () => {
  await using scenario = await Scenario.start({ emulator: { owner } });
  const secret = 'n3w&s "ecret::x';
  scenario.emulator.inject(
    answer({
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
  expect(main.conclusion).toBe('success');
  expect(main.annotations.filter(({ level }) => level !== 'notice')).toEqual([
    { level: 'warning', message: expect.stringContaining('back without the label at its end') },
  ]);
  expect(main.outputs.client_secret).toBe(secret);
});

test('an input mistake is told without the secret', async () => {
  await using scenario = await Scenario.start({ emulator: { owner } });
  const main = await scenario.create({
    capture_domain: `https://u:${owner.client_secret}@x.example`,
    timeout: 'x',
  });
  expectSafe(main, owner);
  expect(scenario.emulator.requests).toEqual([]);
});

function answer(body: unknown): Fault {
  return { kind: 'answer', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
}
