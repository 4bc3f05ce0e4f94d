import { describe, expect, test } from '@jest/globals';
import { InputError } from '../../../src/inputs/inputs.ts';
import { readSweepInputs } from '../../../src/inputs/sweep-inputs.ts';
import {
  createInputs,
  type Given,
  inputSource,
  pushContext,
  requiredInputs,
  thrownBy,
} from '../../support/fixtures.ts';

function read(given: Given = {}) {
  return readSweepInputs(inputSource({ ...requiredInputs, ...given }), pushContext);
}

test('the sweep takes this repository alone, and deletes, unless told otherwise', () => {
  expect(read()).toEqual({
    capture: createInputs().capture,
    githubToken: undefined,
    scope: { own: pushContext.origin, repositories: undefined },
    dryRun: false,
  });
});

test('the sweep takes what it is given', () => {
  const given = { github_token: 'token', dry_run: 'True', repositories: 'acme/*, acme-2/my.repo_1\nx/y' };
  expect(read(given)).toMatchObject({
    githubToken: 'token',
    scope: { repositories: ['acme/*', 'acme-2/my.repo_1', 'x/y'] },
    dryRun: true,
  });
});

describe('repositories', () => {
  test.each([
    ['acme', '"acme"'],
    ['*', '"*"'],
    ['*/*', '"*/*"'],
    ['acme/we*', '"acme/we*"'],
    ['acme/web/x', '"acme/web/x"'],
    ['x/acme/*', '"x/acme/*"'],
    ['acme/', '"acme/"'],
    ['/web', '"/web"'],
    ['acme/a, b c/d', '"b c/d"'],
    ['acme/a b, c', '"acme/a b", "c"'],
    [',', 'nothing'],
  ])('may not be %j', (repositories, told) => {
    const error = thrownBy(() => read({ repositories }));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toBe(
      `repositories names ${told}; it takes owner/name or owner/*, separated by commas or newlines. Nothing was sent to Capture.`,
    );
  });
});

test('every mistake comes to light at once', () => {
  const { message } = thrownBy(() => read({ capture_domain: '', dry_run: 'yes' }));
  expect(message).toContain('- capture_domain is empty.');
  expect(message).toContain('- dry_run is "yes"; it takes true or false.');
});
