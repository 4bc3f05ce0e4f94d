import { expect, test } from '@jest/globals';
import { readContext } from '../../../src/github/context.ts';
import { InputError } from '../../../src/inputs/inputs.ts';
import { readUnsealInputs } from '../../../src/inputs/unseal-inputs.ts';
import {
  type Given,
  inputSource,
  pullRequestEnvironment,
  pullRequestEvent,
  pushContext,
  thrownBy,
} from '../../support/fixtures.ts';

const sealKey = 'k'.repeat(32);

function complaint(given: Given, context = pushContext): string {
  const error = thrownBy(() => readUnsealInputs(inputSource(given), context));
  expect(error).toBeInstanceOf(InputError);
  return error.message;
}

test('takes the text and the key', () => {
  const source = inputSource({ sealed_credentials: ' a.b.c.d.e\n', seal_key: sealKey });
  expect(readUnsealInputs(source, pushContext)).toEqual({ sealedCredentials: 'a.b.c.d.e', sealKey });
});

test('an empty text names the mistakes that make it empty', () => {
  const message = complaint({ seal_key: sealKey });
  expect(message).toMatch(/^sealed_credentials is empty\. Does the job .* list it under its outputs/);
  expect(message).toContain('the id of the create step');
  expect(message).toMatch(/Nothing was opened\.$/);
});

test('an empty key may be that of a fork', () => {
  const fork = readContext(pullRequestEnvironment, pullRequestEvent({ id: 99 }));
  expect(complaint({ sealed_credentials: 'x' })).toContain('seal_key is empty. Is the secret spelt as');
  expect(complaint({ sealed_credentials: 'x' }, fork)).toContain(
    'seal_key is empty: this run comes from a fork',
  );
});

test('a short key and a hyphen come to light at once', () => {
  const message = complaint({ 'sealed-credentials': 'x', seal_key: 'short' });
  expect(message).toContain('- seal_key is 5 characters long');
  expect(message).toContain('- Unknown input sealed-credentials: did you mean sealed_credentials?');
  expect(message).toContain('- sealed_credentials is empty.');
});
