import { describe, expect, test } from '@jest/globals';
import { parseFeatures, parsePullRequest, parseRepositories } from '../../../src/inputs/parsers.ts';
import { thrownBy } from '../../support/fixtures.ts';

const everyFeature = 'Use owner, access_issuer, direct_read_access, direct_access, or login_client.';

describe('the number of a pull request', () => {
  test.each([
    ['7', 7],
    ['42', 42],
    ['9007199254740991', 9_007_199_254_740_991],
  ])('may be %s', (text, number) => {
    expect(parsePullRequest(text)).toBe(number);
  });
});

describe('features', () => {
  test.each([
    ['[1]', 'the value isn\'t a JSON array of strings. Use, for example, ["login_client"].'],
    ['log', `unknown feature "log". ${everyFeature}`],
    ['own', `unknown feature "own". Did you mean owner?`],
    ['logi', 'unknown feature "logi". Did you mean login_client?'],
    [
      'logi, onwer',
      'unknown feature "logi". Did you mean login_client? unknown feature "onwer". Did you mean owner?',
    ],
  ])('%j are rejected with a hint', (text, message) => {
    expect(thrownBy(() => parseFeatures(text)).message).toBe(message);
  });

  test('that are unknown are named up to the tenth', () => {
    const names = Array.from({ length: 11 }, (_, n) => `superuser${n}`);
    expect(thrownBy(() => parseFeatures(names.join())).message).toBe(
      names
        .slice(0, 10)
        .map((name) => `unknown feature "${name}". ${everyFeature}`)
        .join(' '),
    );
  });
});

describe('repositories', () => {
  test('may have .git in their names, but not at the end', () => {
    expect(parseRepositories('acme/shop.github.io')).toEqual(['acme/shop.github.io']);
    expect(thrownBy(() => parseRepositories('acme/shop.git')).message).toBe(
      '"acme/shop.git" isn\'t a repository. Use owner/name or owner/*, without .git, separated by commas or newlines.',
    );
  });

  test('that are invalid are named up to the tenth', () => {
    const names = 'abcdefghijk'.split('');
    expect(thrownBy(() => parseRepositories(names.join())).message).toBe(
      '"a", "b", "c", "d", "e", "f", "g", "h", "i", "j" aren\'t repositories. Use owner/name or owner/*, without .git, separated by commas or newlines.',
    );
  });
});
