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

test('reads the text and the key', () => {
  const source = inputSource({ sealed_credentials: ' a.b.c.d.e\n', seal_key: sealKey });
  expect(readUnsealInputs(source, pushContext)).toEqual({ sealedCredentials: 'a.b.c.d.e', sealKey });
});

test('an empty text names the causes', () => {
  const message = complaint({ seal_key: sealKey });
  expect(message).toMatch(
    /^sealed_credentials is empty\. Check that \(1\) the create step sets seal_key, \(2\) its job lists sealed_credentials under outputs, and \(3\) this job lists that job under needs\. /,
  );
  expect(message).toContain('the warning "Skip output", a repository secret of one or two characters');
  expect(message).toMatch(/Nothing was decrypted\.$/);
});

test('an empty key may be that of a fork', () => {
  const fork = readContext(pullRequestEnvironment, pullRequestEvent({ id: 99 }));
  expect(complaint({ sealed_credentials: 'x' })).toContain("seal_key is empty. Check the secret's name.");
  expect(complaint({ sealed_credentials: 'x' }, fork)).toContain(
    'seal_key is empty: this run comes from a fork',
  );
});

test('a short key and a hyphen are reported at once', () => {
  const message = complaint({ 'sealed-credentials': 'x', seal_key: 'short' });
  expect(message).toContain('- seal_key: 5 characters is too short; the minimum is 32.');
  expect(message).toContain('- sealed-credentials: unknown input. Did you mean sealed_credentials?');
  expect(message).toContain('- sealed_credentials is empty.');
});
