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

test('by default, the sweep deletes, and only clients of this repository', () => {
  expect(read()).toEqual({
    capture: createInputs().capture,
    githubToken: undefined,
    scope: { thisOrigin: pushContext.origin, repositories: undefined },
    dryRun: false,
  });
});

test('the sweep reads all its inputs', () => {
  const given = { github_token: 'token', dry_run: 'True', repositories: 'acme/*, acme-2/my.repo_1\nx/y' };
  expect(read(given)).toMatchObject({
    githubToken: 'token',
    scope: { repositories: ['acme/*', 'acme-2/my.repo_1', 'x/y'] },
    dryRun: true,
  });
});

describe('repositories', () => {
  const invalid = (names: string, count = 1) =>
    `${names} ${count === 1 ? "isn't a repository" : "aren't repositories"}. Use owner/name or owner/*, without .git, separated by commas or newlines.`;

  test.each([
    ['acme', invalid('"acme"')],
    ['*', invalid('"*"')],
    ['*/*', invalid('"*/*"')],
    ['acme/we*', invalid('"acme/we*"')],
    ['acme/web/x', invalid('"acme/web/x"')],
    ['x/acme/*', invalid('"x/acme/*"')],
    ['acme/', invalid('"acme/"')],
    ['/web', invalid('"/web"')],
    ['acme/a, b c/d', invalid('"b c/d"')],
    ['acme/a b, c', invalid('"acme/a b", "c"', 2)],
    ['acme/web.git', invalid('"acme/web.git"')],
    [',', 'the list is empty. Use owner/name or owner/*.'],
  ])('%j is invalid', (repositories, problem) => {
    const error = thrownBy(() => read({ repositories }));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toBe(`repositories: ${problem} Nothing was sent to Capture.`);
  });
});

describe('repositories on a server that has subgroups', () => {
  const context = { ...pushContext, hasSubgroups: true };
  const read = (repositories: string) =>
    readSweepInputs(inputSource({ ...requiredInputs, repositories }), context);

  test('can have more parts', () => {
    const { scope } = read('acme/web/shop, acme/web/*, acme.org/shop');
    expect(scope.repositories).toEqual(['acme/web/shop', 'acme/web/*', 'acme.org/shop']);
  });

  test.each(['acme', '*', '*/*', 'acme/*/shop', 'acme//shop', 'acme/', 'acme/web.git', 'a b/c/d'])(
    '%j is invalid',
    (repositories) => {
      const { message } = thrownBy(() => read(repositories));
      expect(message).toContain(
        `repositories: "${repositories}" isn't a repository. Use group/name, group/subgroup/name, or group/*, without .git`,
      );
    },
  );
});

test('all problems are reported at once', () => {
  const { message } = thrownBy(() => read({ capture_domain: '', dry_run: 'yes' }));
  expect(message).toContain('- capture_domain is empty.');
  expect(message).toContain('- dry_run: "yes" isn\'t valid. Use true or false.');
});
