import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { exampleOf } from '../e2e/readme.ts';
import { Job, type StageResult } from '../support/runner/run.ts';
import { formsOf, printed, root, Scenario } from '../support/scenario.ts';

const seal_key = 'S0v8Tn4lmPDvKNJgIDHsPdvHAn6XuAVL1CWy8jI0LzM=';
const masks = [seal_key];

test('the sealed credentials cross to the next job, the secret does not, and no log shows it', async () => {
  await using scenario = await Scenario.start();
  await using later = new Job();
  const main = await scenario.create({ seal_key }, { masks });
  await scenario.post();
  const { client_id, client_secret = '', sealed_credentials = '' } = main.outputs;

  const crossing = scenario.job.outputs({ client_id: client_id ?? '', client_secret, sealed_credentials });
  expect(crossing).toEqual({
    outputs: { client_id, sealed_credentials },
    warnings: ["Skip output 'client_secret' since it may contain secret."],
  });

  const opened = await scenario.unseal(later, { sealed_credentials, seal_key }, { masks });
  expect(opened.conclusion).toBe('success');
  expect(opened.outputs).toEqual({ client_id, client_secret, capture_domain: scenario.emulator.domain });
  expect(opened.log).toContain(
    `Opened the credentials of client ${client_id} at ${scenario.emulator.domain}`,
  );
  expect(opened.annotations).toEqual([]);
  for (const form of [...formsOf(client_id ?? '', client_secret), ...formsOf('', seal_key)]) {
    for (const stage of [main, opened]) expect(printed(stage)).not.toContain(form);
    expect(later.masker.mask(`a later step says ${form}`)).not.toContain(form);
  }
});

test('the masks come before the outputs, and nothing else is said in between', async () => {
  await using scenario = await Scenario.start();
  await using later = new Job();
  const { sealed_credentials = '' } = (await scenario.create({ seal_key })).outputs;
  const before = scenario.events.length;
  const opened = await scenario.unseal(
    later,
    { sealed_credentials, seal_key },
    { journal: scenario.journal },
  );
  const events = scenario.events.slice(before);
  const places = events.map((event) => ('file' in event ? String(event.file) : String(event.text)));
  const outputs = places.indexOf('GITHUB_OUTPUT');
  const lastMask = places.findLastIndex((place) => place.startsWith('::add-mask::'));
  expect(lastMask).toBeGreaterThan(0);
  expect(outputs).toBe(lastMask + 1);
  expect(opened.masks).toContain(opened.outputs.client_secret);
});

test('a secret with every awkward character crosses, and is masked there in all its forms', async () => {
  const secret = 'p&ss"w%r::d\'<ö ##[x]+/=end';
  await using scenario = await Scenario.start();
  await using later = new Job();
  scenario.emulator.inject({
    kind: 'answer',
    body: JSON.stringify({ stat: 'ok', client_id: 'newid', client_secret: secret }),
  });
  const main = await scenario.create({ seal_key });
  const { sealed_credentials = '' } = scenario.job.outputs(main.outputs).outputs;
  const opened = await scenario.unseal(later, { sealed_credentials, seal_key });
  expect(opened.outputs.client_secret).toBe(secret);
  for (const form of formsOf('newid', secret)) {
    expect(printed(opened)).not.toContain(form);
    expect(later.masker.mask(form)).not.toContain(form);
  }
});

test.each([
  ['web', 'mobile'],
  ['mobile', 'web'],
])(
  "the README's matrix, leg %s before %s: each consumer opens the client of its own leg",
  async (...order) => {
    await using scenario = await Scenario.start();
    const { provision, test: consumers } = parse(exampleOf('Matrix')).jobs;
    for (const job of [provision, consumers])
      expect(order).toEqual(expect.arrayContaining(job.strategy.matrix.name));
    const handedOn: Record<string, string> = {};
    const ids: Record<string, string | undefined> = {};
    for (const name of order) {
      await using leg = new Job();
      const inputs = {
        ...scenario.requiredInputs,
        name: fill(inputOf(provision, 'name'), { matrix: { name } }),
        seal_key,
      };
      const main = await leg.step({ action: root, inputs });
      expect(main.outputs.description).toContain(`, name ${name}, `);
      ids[name] = main.outputs.client_id;
      const contexts = { matrix: { name }, steps: { client: { outputs: main.outputs } } };
      const outputs = Object.entries<string>(provision.outputs).map(([key, value]) => [
        key,
        fill(value, contexts),
      ]);
      // The runner leaves the empty ones out, so no leg overwrites another's.
      Object.assign(handedOn, leg.outputs(Object.fromEntries(outputs)).outputs);
    }
    for (const name of order) {
      await using consumer = new Job();
      const contexts = { matrix: { name }, needs: { provision: { outputs: handedOn } } };
      const sealed_credentials = fill(inputOf(consumers, 'sealed_credentials'), contexts);
      const opened = await scenario.unseal(consumer, { sealed_credentials, seal_key });
      expect(opened.outputs.client_id).toBe(ids[name]);
      expect(scenario.emulator.authenticates(ids[name] ?? '', opened.outputs.client_secret ?? '')).toBe(true);
    }
  },
);

test('the attempt before handed it on: the step warns, and goes on', async () => {
  await using scenario = await Scenario.start();
  await using later = new Job();
  const { sealed_credentials = '' } = (await scenario.create({ seal_key })).outputs;
  const env = { GITHUB_RUN_ATTEMPT: '2' };
  const opened = await scenario.unseal(later, { sealed_credentials, seal_key }, { env });
  expect(opened.conclusion).toBe('success');
  expect(opened.annotations).toEqual([
    {
      level: 'warning',
      message: expect.stringMatching(/from attempt 1 .* this is attempt 2: .* re-run all/),
    },
  ]);
});

test('log and summary tell how credentials cross: with a key, without one, and with a client of its job', async () => {
  await using scenario = await Scenario.start();
  const sealed = await scenario.create({ seal_key });
  const plain = await scenario.create();
  const ofJob = await scenario.create({ lifetime: 'job' });
  const hints: [StageResult, string][] = [
    [sealed, 'hand on the output sealed_credentials'],
    [plain, 'set seal_key, and the output sealed_credentials crosses'],
    [ofJob, 'nothing, as this client is gone before they start'],
  ];
  for (const [{ log, summary }, hint] of hints) {
    expect(log).toContain(hint);
    expect(summary).toContain(hint);
  }
  expect(plain.outputs).not.toHaveProperty('sealed_credentials');
});

describe('what does not open fails in one sentence, without a stack, a secret or an output', () => {
  const mistakes: [string, (text: string) => Record<string, string>, RegExp][] = [
    [
      'a wrong key',
      (text) => ({ sealed_credentials: text, seal_key: 'x'.repeat(40) }),
      /does not open: seal_key/,
    ],
    [
      'a tampered text',
      (text) => ({ sealed_credentials: tampered(text), seal_key }),
      /does not open: seal_key/,
    ],
    ['no text', () => ({ seal_key }), /sealed_credentials is empty\. Does the job/],
    ['the masked secret', () => ({ sealed_credentials: '***', seal_key }), /is not a sealed text/],
    [
      'a short key',
      (text) => ({ sealed_credentials: text, seal_key: 'short' }),
      /seal_key is 5 characters long/,
    ],
  ];

  test.each(mistakes)('%s', async (_, inputsFor, message) => {
    await using scenario = await Scenario.start();
    await using later = new Job();
    const { client_id = '', client_secret = '', ...rest } = (await scenario.create({ seal_key })).outputs;
    const opened = await scenario.unseal(later, inputsFor(rest.sealed_credentials ?? ''));
    expectRefused(opened, message);
    for (const form of [...formsOf(client_id, client_secret), ...formsOf('', seal_key)]) {
      expect(printed(opened)).not.toContain(form);
    }
  });

  test("another repository's", async () => {
    await using scenario = await Scenario.start();
    await using later = new Job();
    const { sealed_credentials = '' } = (await scenario.create({ seal_key })).outputs;
    const env = { GITHUB_REPOSITORY_ID: '999' };
    const opened = await scenario.unseal(later, { sealed_credentials, seal_key }, { env });
    expectRefused(opened, /sealed in the repository with the id 123456, and this is 999/);
  });

  test('an expired one', async () => {
    await using scenario = await Scenario.start();
    await using later = new Job();
    const { sealed_credentials = '' } = (await scenario.create({ seal_key, expires_in: '1s' })).outputs;
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const opened = await scenario.unseal(later, { sealed_credentials, seal_key });
    expectRefused(
      opened,
      /sealed_credentials expired at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, and its client with it/,
    );
  });
});

test('a short key is refused by create before any request', async () => {
  await using scenario = await Scenario.start();
  const main = await scenario.create({ seal_key: 'x'.repeat(31) });
  expectRefused(main, /seal_key is 31 characters long/);
  expect(scenario.emulator.requests).toEqual([]);
});

function expectRefused(stage: StageResult, message: RegExp): void {
  expect(stage).toMatchObject({ conclusion: 'failure', outputs: {} });
  expect(stage.annotations).toEqual([{ level: 'error', message: expect.stringMatching(message) }]);
  expect(printed(stage)).not.toMatch(/\n\s+at /);
}

/** The same text with another first character of its ciphertext. */
function tampered(text: string): string {
  const parts = text.split('.');
  const [, , , ciphertext = ''] = parts;
  return parts.with(3, (ciphertext.startsWith('A') ? 'B' : 'A') + ciphertext.slice(1)).join('.');
}

/** What a job gives the step `client` as an input. */
function inputOf(job: { readonly steps: readonly { id?: string; with?: Inputs }[] }, input: string): string {
  return job.steps.find(({ id }) => id === 'client')?.with?.[input] ?? '';
}

type Inputs = Record<string, string>;

/** The value of `${{ … }}`, as GitHub's own evaluator has it. */
function fill(value: string, contexts: object): string {
  const [, expression = ''] = /^\$\{\{(.*)\}\}$/.exec(value) ?? [];
  const parsed = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), []).parse();
  const known = JSON.parse(JSON.stringify(contexts), data.reviver);
  return new Evaluator(parsed, known).evaluate().coerceString();
}
