import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readExample } from '../support/examples.ts';
import { Job, type StageResult } from '../support/runner/run.ts';
import { formsOf, printed, root, Scenario } from '../support/scenario.ts';

const seal_key = 'S0v8Tn4lmPDvKNJgIDHsPdvHAn6XuAVL1CWy8jI0LzM=';
const masks = [seal_key];

test('the next job gets the sealed credentials, but not the secret, and no log shows it', async () => {
  await using scenario = await Scenario.start();
  await using later = new Job();
  const main = await scenario.create({ seal_key }, { masks });
  await scenario.post();
  const { client_id, client_secret = '', sealed_credentials = '' } = main.outputs;

  const passed = scenario.job.outputs({ client_id: client_id ?? '', client_secret, sealed_credentials });
  expect(passed).toEqual({
    outputs: { client_id, sealed_credentials },
    warnings: ["Skip output 'client_secret' since it may contain secret."],
  });

  const opened = await scenario.unseal(later, { sealed_credentials, seal_key }, { masks });
  expect(opened.conclusion).toBe('success');
  expect(opened.outputs).toEqual({ client_id, client_secret, capture_domain: scenario.emulator.domain });
  expect(opened.log).toContain(
    `Decrypted the credentials of client ${client_id} at ${scenario.emulator.domain}`,
  );
  expect(opened.annotations).toEqual([]);
  for (const form of [...formsOf(client_id ?? '', client_secret), ...formsOf('', seal_key)]) {
    for (const stage of [main, opened]) expect(printed(stage)).not.toContain(form);
    expect(later.masker.mask(`a later step says ${form}`)).not.toContain(form);
  }
});

test('the masks come before the outputs, with nothing in between', async () => {
  await using scenario = await Scenario.start();
  await using later = new Job();
  const { sealed_credentials = '' } = (await scenario.create({ seal_key })).outputs;
  const before = scenario.events.length;
  const opened = await scenario.unseal(
    later,
    { sealed_credentials, seal_key },
    { recording: scenario.recording },
  );
  const events = scenario.events.slice(before);
  const places = events.map((event) => ('file' in event ? String(event.file) : String(event.text)));
  const outputs = places.indexOf('GITHUB_OUTPUT');
  const lastMask = places.findLastIndex((place) => place.startsWith('::add-mask::'));
  expect(lastMask).toBeGreaterThan(0);
  expect(outputs).toBe(lastMask + 1);
  expect(opened.masks).toContain(opened.outputs.client_secret);
});

test('a secret with awkward characters is masked in all its forms in the next job, too', async () => {
  const secret = 'p&ss"w%r::d\'<ö ##[x]+/=end';
  await using scenario = await Scenario.start();
  await using later = new Job();
  scenario.emulator.inject({
    kind: 'response',
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
  'the matrix example, %s before %s: each consumer opens the client of its own matrix job',
  async (...order) => {
    await using scenario = await Scenario.start();
    const { provision, test: consumers } = parse(readExample('matrix/matrix.yml')).jobs;
    for (const job of [provision, consumers])
      expect(order).toEqual(expect.arrayContaining(job.strategy.matrix.name));
    const passedOn: Record<string, string> = {};
    const ids: Record<string, string | undefined> = {};
    for (const name of order) {
      await using matrixJob = new Job();
      const inputs = {
        ...scenario.requiredInputs,
        name: fill(inputOf(provision, 'name'), { matrix: { name } }),
        seal_key,
      };
      const main = await matrixJob.step({ action: root, inputs });
      expect(main.outputs.description).toContain(`, name ${name}, `);
      ids[name] = main.outputs.client_id;
      const contexts = { matrix: { name }, steps: { client: { outputs: main.outputs } } };
      const outputs = Object.entries<string>(provision.outputs).map(([key, value]) => [
        key,
        fill(value, contexts),
      ]);
      // The runner leaves out empty outputs, so no matrix job overwrites another's.
      Object.assign(passedOn, matrixJob.outputs(Object.fromEntries(outputs)).outputs);
    }
    for (const name of order) {
      await using consumer = new Job();
      const contexts = { matrix: { name }, needs: { provision: { outputs: passedOn } } };
      const sealed_credentials = fill(inputOf(consumers, 'sealed_credentials'), contexts);
      const opened = await scenario.unseal(consumer, { sealed_credentials, seal_key });
      expect(opened.outputs.client_id).toBe(ids[name]);
      expect(scenario.emulator.authenticates(ids[name] ?? '', opened.outputs.client_secret ?? '')).toBe(true);
    }
  },
);

test('credentials of an earlier attempt: the step warns and continues', async () => {
  await using scenario = await Scenario.start();
  await using later = new Job();
  const { sealed_credentials = '' } = (await scenario.create({ seal_key })).outputs;
  const env = { GITHUB_RUN_ATTEMPT: '2' };
  const opened = await scenario.unseal(later, { sealed_credentials, seal_key }, { env });
  expect(opened.conclusion).toBe('success');
  expect(opened.annotations).toEqual([
    {
      level: 'warning',
      title: 'Capture client: credentials of an earlier attempt',
      message: expect.stringMatching(/from attempt 1 .* this is attempt 2\. .* re-run all/),
    },
  ]);
});

test('log and summary say how to use the client in later jobs, unless it is deleted before', async () => {
  await using scenario = await Scenario.start();
  const sealed = await scenario.create({ seal_key });
  const plain = await scenario.create();
  const ofJob = await scenario.create({ lifetime: 'job' });
  const hints: [StageResult, string][] = [
    [sealed, 'in a later job, pass sealed_credentials to the unseal action'],
    [plain, 'in a later job, set seal_key and pass sealed_credentials to the unseal action'],
  ];
  for (const [{ log, summary }, hint] of hints) {
    expect(log).toContain(hint);
    expect(summary).toContain(hint);
  }
  for (const text of [ofJob.log, ofJob.summary]) expect(text).not.toContain('later job');
  expect(plain.outputs).not.toHaveProperty('sealed_credentials');
});

describe('what cannot be opened fails with one message, without a stack, a secret, or an output', () => {
  const cases: [string, (text: string) => Record<string, string>, RegExp][] = [
    [
      'a wrong key',
      (text) => ({ sealed_credentials: text, seal_key: 'x'.repeat(40) }),
      /^sealed_credentials can't be decrypted: it was sealed with a different seal_key/,
    ],
    [
      'a changed text',
      (text) => ({ sealed_credentials: changed(text), seal_key }),
      /^sealed_credentials can't be decrypted: it was sealed with a different seal_key/,
    ],
    ['no text', () => ({ seal_key }), /sealed_credentials is empty\. Check that/],
    [
      'the masked secret',
      () => ({ sealed_credentials: '***', seal_key }),
      /^sealed_credentials doesn't contain sealed credentials/,
    ],
    ['a short key', (text) => ({ sealed_credentials: text, seal_key: 'short' }), /seal_key.* 5 characters/],
  ];

  test.each(cases)('%s', async (_, inputsFor, message) => {
    await using scenario = await Scenario.start();
    await using later = new Job();
    const { client_id = '', client_secret = '', ...rest } = (await scenario.create({ seal_key })).outputs;
    const opened = await scenario.unseal(later, inputsFor(rest.sealed_credentials ?? ''));
    expectRejected(opened, message);
    for (const form of [...formsOf(client_id, client_secret), ...formsOf('', seal_key)]) {
      expect(printed(opened)).not.toContain(form);
    }
  });

  test('credentials of another repository', async () => {
    await using scenario = await Scenario.start();
    await using later = new Job();
    const { sealed_credentials = '' } = (await scenario.create({ seal_key })).outputs;
    const env = { GITHUB_REPOSITORY_ID: '999' };
    const opened = await scenario.unseal(later, { sealed_credentials, seal_key }, { env });
    expectRejected(
      opened,
      /^sealed_credentials belongs to the repository with the ID 123456\. This repository has the ID 999/,
    );
  });

  test('expired credentials', async () => {
    await using scenario = await Scenario.start();
    await using later = new Job();
    const { sealed_credentials = '' } = (await scenario.create({ seal_key, expires_in: '1s' })).outputs;
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const opened = await scenario.unseal(later, { sealed_credentials, seal_key });
    expectRejected(opened, /^sealed_credentials and its client expired at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\./);
  });
});

test('create rejects a short key before any request', async () => {
  await using scenario = await Scenario.start();
  const main = await scenario.create({ seal_key: 'x'.repeat(31) });
  expectRejected(main, /seal_key.* 31 characters/);
  expect(scenario.emulator.requests).toEqual([]);
});

function expectRejected(stage: StageResult, message: RegExp): void {
  expect(stage).toMatchObject({ conclusion: 'failure', outputs: {} });
  expect(stage.annotations).toEqual([
    expect.objectContaining({ level: 'error', message: expect.stringMatching(message) }),
  ]);
  expect(printed(stage)).not.toMatch(/\n\s+at /);
}

/** The same text with another first character of its ciphertext. */
function changed(text: string): string {
  const parts = text.split('.');
  const [, , , ciphertext = ''] = parts;
  return parts.with(3, (ciphertext.startsWith('A') ? 'B' : 'A') + ciphertext.slice(1)).join('.');
}

/** The value of an input of the step `client`. */
function inputOf(job: { readonly steps: readonly { id?: string; with?: Inputs }[] }, input: string): string {
  return job.steps.find(({ id }) => id === 'client')?.with?.[input] ?? '';
}

type Inputs = Record<string, string>;

/** Evaluates `${{ … }}` with GitHub's own evaluator. */
function fill(value: string, contexts: object): string {
  const [, expression = ''] = /^\$\{\{(.*)\}\}$/.exec(value) ?? [];
  const parsed = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), []).parse();
  const known = JSON.parse(JSON.stringify(contexts), data.reviver);
  return new Evaluator(parsed, known).evaluate().coerceString();
}
