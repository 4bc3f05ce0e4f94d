import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPrivileged } from '../../../src/capture/features.ts';
import { readContext } from '../../../src/github/workflow-context.ts';
import { readCreateInputs } from '../../../src/inputs/create-inputs.ts';
import { readDeleteInputs } from '../../../src/inputs/delete-inputs.ts';
import { inputsOf } from '../../../src/inputs/input-table.ts';
import { InputError, type InputReader, readInputs } from '../../../src/inputs/read-inputs.ts';
import { anyText } from '../../support/arbitraries.ts';
import {
  type Given,
  inputReader,
  pullRequestEnvironment,
  pullRequestEvent,
  pushContext,
  requiredInputs,
} from '../../support/fixtures.ts';

const contexts = fc.constantFrom(pushContext, readContext(pullRequestEnvironment, pullRequestEvent()));

/** Is in every value that no error may contain. */
const hush = 'hu$h';
const secretText = anyText.map((text) => `${hush}${text.replaceAll('=', '').toWellFormed()}`);

/** Valid values of each input of create. Values that are one slip away from them are the most interesting. */
const good: Given = {
  capture_domain: 'https://x.example:8443',
  owner_client_id: 'abc',
  auth_scheme: 'janrain-signed',
  timeout: '1.5m',
  description: 'words',
  features: 'owner,access_issuer',
  lifetime: 'pull_request',
  name: 'e2e tests',
  pull_request: '42',
  expires_in: '14d',
  enforce_expiry: 'true',
  rotate_secret: '168h',
  ip_allow_list: '0.0.0.0/0, 10.0.0.1',
  copy_settings_from: 'template',
  allow_privileged_features: 'true',
  show_summary: 'false',
};

const secrets = {
  owner_client_secret: secretText,
  seal_key: fc.oneof(secretText, fc.constant(hush.repeat(8))),
  settings: fc.oneof(
    secretText.map((value) => `site_name=${value}\nother=${hush}`),
    fc
      .tuple(secretText, fc.nat())
      .map(([value, length]) => JSON.stringify({ a: value, b: hush }).slice(0, length)),
    fc.tuple(anyText, secretText).map(([key, value]) => JSON.stringify({ [key]: value })),
  ),
};

/** Some valid inputs, and one with a slip in it or any text: a second problem would hide whether the first was found. */
const given: fc.Arbitrary<Given> = fc
  .tuple(
    fc.subarray(Object.keys(good)),
    fc.record(secrets, { requiredKeys: [] }),
    fc.constantFrom(...Object.keys(good)),
    fc.tuple(
      fc.nat({ max: 20 }),
      fc.nat({ max: 2 }),
      fc.oneof(anyText, fc.constantFrom('', '0', '.5', ',', '-')),
    ),
  )
  .map(([names, hidden, changed, [at, cut, put]]) => {
    const word = good[changed] ?? '';
    const slip = { [changed]: (word.slice(0, at) + put + word.slice(at + cut)).toWellFormed() };
    const kept = Object.fromEntries(names.map((name) => [name, good[name]]));
    return { ...requiredInputs, owner_client_secret: hush, ...kept, ...hidden, ...slip } as Given;
  });

/** Reads inputs. Invalid ones must cause an InputError that names inputs and repeats no secret. */
function readOrReject<T>(read: (reader: InputReader) => T, all: Given, context = pushContext): T | undefined {
  try {
    return read(inputReader(all, context));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const problems = error.lines.length === 1 ? error.lines : error.lines.slice(1, -1);
    for (const problem of problems) expect(problem).toMatch(/^(?:- )?`?[\w-]+`?(?::| )/);
    expect(`${error.message}${error.stack}`).not.toContain(hush);
    return undefined;
  }
}

test('whatever the inputs are, they are rejected, or a client is privileged only if allowed and expires in time', () => {
  let accepted = 0;
  fc.assert(
    fc.property(given, contexts, (all, context) => {
      const inputs = readOrReject(readCreateInputs, all, context);
      if (inputs === undefined) return;
      accepted += 1;
      const { features = [], expiresInSeconds, enforcedHours = 1 } = inputs;
      const { purpose } = inputs.label;
      if (features.some(isPrivileged)) {
        expect(all.allow_privileged_features?.trim()).toMatch(/^true$/i);
        expect(purpose.lifetime).not.toBe('pull_request');
      }
      if (purpose.lifetime === 'pull_request') expect(Number.isSafeInteger(purpose.pullRequest)).toBe(true);
      expect(Number.isInteger(expiresInSeconds)).toBe(true);
      expect(expiresInSeconds).toBeGreaterThan(0);
      expect([enforcedHours >= 1, enforcedHours <= 168]).toEqual([true, true]);
    }),
    { numRuns: 1000 },
  );
  // A property of inputs that are never accepted would show nothing.
  expect(accepted).toBeGreaterThan(20);
});

test('an input as long as a variable can be is read in linear time', () => {
  const names = new Set([...Object.keys(inputsOf('create', 'workflow')), 'client_id', 'repositories']);
  const pieces = [
    'a',
    '1',
    ',',
    '[',
    '\n',
    '=',
    'a=\n',
    '{"',
    '1.',
    '/',
    'a/b,',
    '%',
    '.A',
    '$(',
    '$' + '{{',
  ];
  for (const piece of pieces) {
    const text = piece.repeat(131_000 / piece.length);
    const all = { ...requiredInputs, ...Object.fromEntries([...names].map((name) => [name, text])) };
    const own = (command: 'create' | 'delete' | 'sweep') => {
      const inputs = Object.keys(inputsOf(command, 'workflow'));
      return Object.fromEntries(Object.entries(all).filter(([name]) => inputs.includes(name)));
    };
    readOrReject(readCreateInputs, own('create'));
    readOrReject(readDeleteInputs, own('delete'));
    readOrReject((reader) => readInputs('sweep', [], reader), own('sweep'));
  }
});
