import { describe, expect, test } from '@jest/globals';
import { inputTable } from '../../../src/inputs/input-table.ts';
import {
  oneLine,
  parseBoolean,
  parseClientId,
  parseFeatures,
  parseHours,
  parseLifetime,
  parseName,
  parsePullRequest,
  parseRepositories,
  parseSealKey,
} from '../../../src/inputs/parsers.ts';
import { pushContext, thrownBy } from '../../support/fixtures.ts';

/** What a parser says about a text. */
function problem(parse: (text: string) => unknown, text: string): string {
  const error = thrownBy(() => parse(text));
  expect(error).toBeInstanceOf(RangeError);
  return error.message;
}

const { timeout, expires_in } = inputTable.create;
const shell = { ...pushContext, hasPostStep: false };
const parseShellLifetime = (text: string) => parseLifetime(text, shell);

type Parsing = [string, (text: string) => unknown, string, unknown];

describe('a value is parsed:', () => {
  test.each<Parsing>([
    ['boolean', parseBoolean, 'True', true],
    ['boolean', parseBoolean, 'FALSE', false],
    ...[
      'apkrahlfumwse2e9nvrrotv6vchuptzw',
      'short',
      '{client}',
      'x7f1b4f0e-9c1d-4b5e-8a2f-0123456789ab',
      '7f1b4f0e-9c1d-4b5e-8a2f-0123456789abc',
    ].map((id): Parsing => ['client ID', parseClientId, id, id]),
    ['timeout', timeout.parse, '1s', 1000],
    ['timeout', timeout.parse, '1h', 3_600_000],
    ['expiry', expires_in.parse, '1s', 1],
    ['expiry', expires_in.parse, '36500d', 36_500 * 86_400],
    ['pull request', parsePullRequest, '9007199254740991', 9_007_199_254_740_991],
    ['hours', parseHours, '0h', 0],
    ['hours', parseHours, '168h', 168],
    ['key', parseSealKey, 'k'.repeat(32), 'k'.repeat(32)],
    ['lifetime', parseLifetime, 'job', 'job'],
    ['lifetime of a shell', parseShellLifetime, 'run', 'run'],
    ...['second', 'e2e tests', '☕', 'x'.repeat(64), 'é'.repeat(32)].map(
      (name): Parsing => ['name', parseName, name, name],
    ),
    ...[
      'words',
      'a "quoted" [bracketed] word',
      'ünï ☕ \u{1f468}\u200d\u{1f467}',
      '::add-mask::x',
      'x'.repeat(500),
      'é'.repeat(250),
      'תיאור\u200f!',
      'لوحة\u061c (1)\u200e',
    ].map((text): Parsing => ['line', oneLine(500), text, text]),
  ])('%s %p %j', (_, parse, text, value) => {
    expect(parse(text)).toBe(value);
  });
});

describe('a value is rejected:', () => {
  const breaks = 'the text has a line break or control character. Use one line of plain text.';

  test.each<[string, (text: string) => unknown, readonly string[], (text: string) => string]>([
    [
      'boolean',
      parseBoolean,
      ['yes', '1', 'truely', 'untrue', 't'],
      (text) => `"${text}" isn't valid. Use true or false.`,
    ],
    [
      'client ID',
      parseClientId,
      ['7f1b4f0e-9c1d-4b5e-8a2f-0123456789ab', '7F1B4F0E-9C1D-4B5E-8A2F-0123456789AB'],
      () => 'a UUID is the ID of a Hosted Login (OIDC) client. Use the ID of an API client.',
    ],
    [
      'client ID',
      parseClientId,
      ['id:secret', 'two words', 'ünicode', 'tab\tbed', 'line\nbreak'],
      () => "the value contains a character that isn't valid in a client ID. Copy only the client ID.",
    ],
    [
      'timeout',
      timeout.parse,
      ['3601s', '61m', '2h', '1d'],
      (text) => `"${text}" is too long. Use at most 1h.`,
    ],
    [
      'expiry',
      expires_in.parse,
      ['36501d', '9999999d'],
      (text) => `"${text}" is too long. Use at most 36500d.`,
    ],
    [
      'pull request',
      parsePullRequest,
      ['0', '-1', '1.5', '#42', '042', '4 2', '9007199254740992', '1e3', 'x'],
      (text) => `"${text}" isn't the number of a pull request. Use a number such as 42.`,
    ],
    [
      'hours',
      parseHours,
      ['169h', '1.5h', '90m', '7d', '24', '-1h', 'true', '24hours', 'x24h'],
      (text) => `"${text}" isn't valid. Use whole hours, from 0h to 168h.`,
    ],
    [
      'lifetime',
      parseLifetime,
      ['forever', 'Run', 'runs', 'pr'],
      (text) => `"${text}" isn't valid. Use run, job, or pull_request.`,
    ],
    [
      'lifetime of a shell',
      parseShellLifetime,
      ['forever', 'pr', 'job'],
      (text) => `"${text}" isn't valid. Use run or pull_request.`,
    ],
    ['name', parseName, ['two\nlines'], () => breaks],
    [
      'name',
      parseName,
      ['x'.repeat(65), 'é'.repeat(33)],
      (text) =>
        `the name is too long: ${text.length} characters, which take ${text[0] === 'x' ? 65 : 198} bytes in the label. Use at most 64 characters and 192 bytes.`,
    ],
    [
      'line',
      oneLine(500),
      [
        ...['two\nlines', 'two\rlines', 'tab\tbed', 'nul\u0000', 'esc\u001b[31m', 'del\u007f', 'c1\u0085x'],
        ...['line\u2028separator', 'rtl\u202eoverride', 'isolate\u2066d'],
      ],
      () => breaks,
    ],
    [
      'line',
      oneLine(500),
      ['x'.repeat(501), `${'é'.repeat(250)}x`],
      () => '501 bytes is too long. Use at most 500.',
    ],
    [
      'key',
      parseSealKey,
      ['Z'.repeat(31)],
      () =>
        'the key is too short: 31 characters, and the minimum is 32. Anyone who can read the log can try keys offline. Generate a key with openssl rand -base64 32.',
    ],
  ])('%s %p %j', (_, parse, texts, message) => {
    expect(texts.map((text) => problem(parse, text))).toEqual(texts.map(message));
  });

  test('a duration without a unit or that is not positive', () => {
    for (const parse of [timeout.parse, expires_in.parse])
      for (const text of ['60', '0s', '-1h', 'soon']) expect(problem(parse, text)).toMatch(`"${text}" is`);
  });
});

describe('features', () => {
  test.each([
    ['["login_client","direct_access"]', ['login_client', 'direct_access']],
    ['[ "login_client" ,\n "direct_access" ]', ['login_client', 'direct_access']],
    ['login_client,direct_access', ['login_client', 'direct_access']],
    ['login_client\r\n  direct_access\n', ['login_client', 'direct_access']],
    [' login_client , direct_access, ', ['login_client', 'direct_access']],
    ['login_client, login_client', ['login_client']],
    ['["login_client","login_client"]', ['login_client']],
    ['[]', []],
    ['[ ]', []],
  ])('can be written %j', (text, features) => {
    expect(parseFeatures(text)).toEqual(features);
  });

  test.each([
    ['login', 'login_client'],
    ['logi', 'login_client'],
    ['own', 'owner'],
    ['onwer', 'owner'],
    ['Direct_Access', 'direct_access'],
    ['direct_read', 'direct_read_access'],
    ['access-issuer', 'access_issuer'],
  ])('that do not exist are rejected with the nearest one: %s', (name, nearest) => {
    for (const features of [name, `["${name}"]`, `login_client\n${name}`])
      expect(problem(parseFeatures, features)).toBe(`unknown feature "${name}". Did you mean ${nearest}?`);
  });

  const useOne = 'Use login_client, direct_access, direct_read_access, access_issuer, or owner.';

  test.each(['log', 'ownnnner', 'acces_isuerrr', 'superuser'])(
    'that resemble none are rejected with all of them, the least powerful first: %s',
    (name) => {
      const unknown = (one: string) => `unknown feature "${one}". ${useOne}`;
      expect(problem(parseFeatures, `${name}, x`)).toBe(`${unknown(name)} ${unknown('x')}`);
    },
  );

  test.each([',', ' , \n,', '[""]', '["login_client",""]'])('are not unnamed: %j', (text) => {
    expect(problem(parseFeatures, text)).toBe(
      'a name is missing. Name each feature, or use [] to give the client no features.',
    );
  });

  test.each(['["login_client"', '[login_client]', '[1]', '[["a"]]', '["login_client"],x', '[null]'])(
    'are not written %j',
    (text) => {
      expect(problem(parseFeatures, text)).toBe(
        'the value isn\'t a JSON array of strings. Use, for example, ["login_client"].',
      );
    },
  );
});

describe('repositories', () => {
  const parseWithSubgroups = (text: string) =>
    parseRepositories(text, { ...pushContext, hasSubgroups: true });

  test.each([
    ['owner/name', parseRepositories, 'acme/shop.github.io, acme-2/my.repo_1\nx/*'],
    ['group/name', parseWithSubgroups, 'acme/web/shop, acme/web/*, acme.org/shop'],
  ] as const)('are names like %s', (_, parse, text) => {
    expect(parse(text)).toEqual(text.split(/[,\n] ?/));
  });

  test.each([
    ['owner/name', parseRepositories, ['acme/we*', 'acme/web/x', 'x/acme/*', '/web', 'b c/d', 'acme.org/x']],
    ['group/name', parseWithSubgroups, ['acme/*/shop', 'acme//shop', 'a b/c/d']],
  ] as const)('are no other names than %s', (forms, parse, names) => {
    for (const name of [...names, 'acme', '*', '*/*', 'acme/', 'acme/web.git'])
      expect(problem(parse, name)).toMatch(`not valid: "${name}". Use ${forms}`);
  });

  test('that are invalid are all named', () => {
    expect(problem(parseRepositories, 'acme/shop, a, b')).toBe(
      'not valid: "a", "b". Use owner/name or owner/*, without .git, separated by commas or newlines.',
    );
    expect(problem(parseRepositories, ',')).toBe('the list is empty. Use owner/name or owner/*.');
  });
});
