import { expect, test } from '@jest/globals';
import { Job, type StageResult } from '../support/runner/run.ts';
import { linesOf } from '../support/runner/text.ts';
import { formsOf, printed, Scenario } from '../support/scenario.ts';

/** Secrets that no one should choose, and that someone will. */
const secrets: Readonly<Record<string, string>> = {
  ampersands: 'first&second&+third',
  'both quotes': `'it's "quoted"'`,
  percent: '100%25%0A%',
  'a line break': 'first line\nsecond line',
  'a carriage return': 'first\r\nsecond\rthird',
  'a tab': 'before\tafter',
  Unicode: 'naïve ☕ \u{1f600} 東京',
  'separators that JSON can escape': 'back\\slash\u2028\u0085"quote"',
  'a workflow command': '::set-output name=x::y',
  'an old workflow command': 'x##[add-mask]y',
  'the end of a mask': 'a::add-mask::b',
  'base64 with padding': 'c2VjcmV0IHNlY3JldA==',
  plus: 'a+b/c=d e',
  markup: '<secret attr="x">&amp;</secret>',
  'a pattern': '$& $1 .* [a-z]+ (?:x)',
  backslashes: '\\n\\\\"',
  asterisks: '*** ***',
  'a thousand characters': 'long secret/'.repeat(80),
  'one character': 'x',
  'one sign': ':',
};

/** The forms of a secret that belongs to no client, so those that depend on no ID. */
function formsOfKey(secret: string): string[] {
  const others = new Set(formsOf('other', secret));
  return formsOf('one', secret).filter((form) => others.has(form));
}

/** Expects that no stage shows a form, not even in debug mode, and that the runner hides each in any other step. */
function expectHidden(
  job: Job,
  stages: readonly StageResult[],
  secret: string,
  forms: readonly string[],
): void {
  for (const form of forms) {
    for (const line of linesOf(form)) expect(job.masker.mask(line)).toMatch(/^[*\s]*=*$/);
  }
  // A secret of one character is in every word.
  if (secret.length === 1) return;
  for (const stage of stages) {
    for (const form of forms) {
      expect(printed(stage)).not.toContain(form);
      for (const text of [stage.log, stage.summary]) {
        for (const line of linesOf(form)) if (line.trim().length > 3) expect(text).not.toContain(line);
      }
    }
  }
}

test.each(Object.entries(secrets))('%s: every form is masked, and all actions work', async (_, secret) => {
  const sealKey = `key${secret}`.padEnd(32, `k${secret.slice(0, 1)}y`);
  let identifiers = 0;
  const owner = { client_id: 'ownerownerowner', client_secret: secret };
  await using scenario = await Scenario.start({
    // The emulator draws IDs and secrets in turn.
    emulator: {
      owner,
      newIdentifier: () => (++identifiers % 2 === 1 ? `client${identifiers}` : `new${secret}`),
    },
    // Main leaves post something to do, so it saves the owner's secret.
    faults: [{ kind: 'reset-after-commit', call: 'clients/add' }],
  });
  const debug = { RUNNER_DEBUG: '1' };
  const main = await scenario.create({ seal_key: sealKey, features: 'login_client' }, { env: debug });
  expect(main).toMatchObject({ conclusion: 'success', exitCode: 0 });
  expect(main.outputs.client_secret).toBe(`new${secret}`);
  const id = main.outputs.client_id ?? '';

  await using other = new Job();
  const sealed = main.outputs.sealed_credentials ?? '';
  const opened = await scenario.unseal(
    other,
    { sealed_credentials: sealed, seal_key: sealKey },
    { env: debug },
  );
  expect(opened.outputs).toMatchObject({ client_id: id, client_secret: `new${secret}` });
  expectHidden(other, [opened], `new${secret}`, formsOf(id, `new${secret}`));
  expectHidden(other, [opened], sealKey, formsOfKey(sealKey));

  const gone = await scenario.delete({ client_id: id }, { env: debug });
  expect(gone.outputs).toEqual({ deleted: '1', client_ids: JSON.stringify([id]) });
  expectHidden(scenario.job, [main, gone], secret, formsOf(owner.client_id, secret));
  expectHidden(scenario.job, [main], `new${secret}`, formsOf(id, `new${secret}`));
  expectHidden(scenario.job, [main], sealKey, formsOfKey(sealKey));
});

test.each(['\n', ' ', '\r\n', '\ufeff'])(
  '%j around a secret, as in a file, is not a part of it',
  async (edge) => {
    const owner = { client_id: 'ownerownerowner', client_secret: 'from a file' };
    await using scenario = await Scenario.start({ emulator: { owner } });
    const main = await scenario.create({ owner_client_secret: `${edge}${owner.client_secret}${edge}` });
    expect(main.conclusion).toBe('success');
    const { client_id, client_secret } = owner;
    expectHidden(scenario.job, [main], client_secret, formsOf(client_id, client_secret));
  },
);
