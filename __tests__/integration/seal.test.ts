import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readExample } from '../support/examples.ts';
import { Job } from '../support/runner/run.ts';
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
  const { capture_domain, expires_at } = main.outputs;
  expect(opened.outputs).toEqual({ capture_domain, client_id, client_secret, expires_at });
  expect(opened.annotations).toEqual([]);
  for (const form of [...formsOf(client_id ?? '', client_secret), ...formsOf('', seal_key)]) {
    for (const stage of [main, opened]) expect(printed(stage)).not.toContain(form);
    expect(later.masker.mask(`a later step says ${form}`)).not.toContain(form);
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

test.each<[string, Record<string, string>, Record<string, string>]>([
  ['a wrong key', { seal_key: 'x'.repeat(40) }, {}],
  ['the masked secret', { sealed_credentials: '***' }, {}],
  ['credentials of another repository', {}, { GITHUB_REPOSITORY_ID: '999' }],
])('%s: the step fails with one message, without a secret or an output', async (_, inputs, env) => {
  await using scenario = await Scenario.start();
  await using other = new Job();
  const { outputs } = await scenario.create({ seal_key });
  const { client_id = '', client_secret = '', sealed_credentials = '' } = outputs;
  const opened = await scenario.unseal(other, { sealed_credentials, seal_key, ...inputs }, { env });
  expect(opened).toMatchObject({ conclusion: 'failure', outputs: {} });
  expect(opened.annotations.map(({ level }) => level)).toEqual(['error']);
  expect(printed(opened)).not.toMatch(/\n\s+at /);
  for (const form of [...formsOf(client_id, client_secret), ...formsOf('', seal_key)])
    expect(printed(opened)).not.toContain(form);
});

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
