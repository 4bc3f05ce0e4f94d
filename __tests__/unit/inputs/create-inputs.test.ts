import { describe, expect, test } from '@jest/globals';
import { readContext } from '../../../src/github/context.ts';
import {
  complaint,
  createInputs,
  type Given,
  pullRequestEnvironment,
  pullRequestEvent,
  requiredInputs,
} from '../../support/fixtures.ts';

const day = 24 * 3600;
const pullRequestContext = readContext(pullRequestEnvironment, pullRequestEvent());

describe('with only the required inputs', () => {
  test('the create action uses the documented defaults', () => {
    expect(createInputs()).toEqual({
      capture: {
        domain: new URL('https://example.us-dev.janraincapture.com/'),
        owner: {
          clientId: requiredInputs.owner_client_id,
          clientSecret: requiredInputs.owner_client_secret,
        },
        authScheme: 'basic-auth',
        timeoutMs: 60_000,
      },
      description: undefined,
      features: undefined,
      purpose: { lifetime: 'run', runId: '5678' },
      name: 'preview',
      expiresInSeconds: day,
      enforcedHours: undefined,
      rotateHours: undefined,
      sealKey: undefined,
      configuration: { whitelist: undefined, settings: new Map(), copySettingsFrom: undefined },
      showSummary: true,
    });
  });

  test.each([
    'auth_scheme',
    'timeout',
    'description',
    'features',
    'lifetime',
    'name',
    'pull_request',
    'expires_in',
    'enforce_expiry',
    'rotate_secret',
    'seal_key',
    'ip_allow_list',
    'settings',
    'copy_settings_from',
    'allow_privileged_features',
    'show_summary',
  ])('an empty %s is not given', (name) => {
    for (const lifetime of ['run', 'pull_request']) {
      const others = name === 'lifetime' ? {} : { lifetime };
      const inputs = createInputs(others, pullRequestContext);
      expect(createInputs({ ...others, [name]: '' }, pullRequestContext)).toEqual(inputs);
      expect(createInputs({ ...others, [name]: ' \n' }, pullRequestContext)).toEqual(inputs);
    }
  });
});

test('the create action reads all its inputs', () => {
  const given: Given = {
    capture_domain: 'http://localhost:8080',
    owner_client_id: 'id',
    owner_client_secret: 'a: "b" ü',
    auth_scheme: 'janrain-signed',
    timeout: '1.5m',
    description: 'for the e2e tests',
    features: 'login_client',
    lifetime: 'pull_request',
    name: 'the second',
    pull_request: '7',
    expires_in: '90m',
    rotate_secret: '24h',
    seal_key: 'k'.repeat(32),
    ip_allow_list: '203.0.113.0/24',
    settings: 'site_name=Preview',
    copy_settings_from: 'template',
    allow_privileged_features: 'false',
    show_summary: 'false',
  };
  expect(createInputs(given, pullRequestContext)).toEqual({
    capture: {
      domain: new URL('http://localhost:8080/'),
      owner: { clientId: 'id', clientSecret: 'a: "b" ü' },
      authScheme: 'janrain-signed',
      timeoutMs: 90_000,
    },
    description: 'for the e2e tests',
    features: ['login_client'],
    purpose: { lifetime: 'pull_request', pullRequest: 7 },
    name: 'the second',
    expiresInSeconds: 5400,
    enforcedHours: undefined,
    rotateHours: 24,
    sealKey: 'k'.repeat(32),
    configuration: {
      whitelist: ['203.0.113.0/24'],
      settings: new Map([['site_name', 'Preview']]),
      copySettingsFrom: 'template',
    },
    showSummary: false,
  });
});

test('all problems are reported at once, each with the name of its input', () => {
  const wrong: Given = {
    description: 'two\nlines',
    features: 'onwer',
    lifetime: 'forever',
    name: 'two\nlines',
    expires_in: '0s',
    enforce_expiry: 'maybe',
    rotate_secret: '1d',
    seal_key: 'short',
    ip_allow_list: 'localhost',
    settings: 'site_name',
    copy_settings_from: '00000000-0000-0000-0000-000000000000',
    allow_privileged_features: 'yes',
    show_summary: '1',
  };
  const text = complaint(wrong);
  for (const name of Object.keys(wrong)) expect(text).toMatch(new RegExp(`^- ${name}: .*[.?}-]$`, 'm'));
});

describe('lifetime', () => {
  test.each(['run', 'job'])('%s belongs to the workflow run', (lifetime) => {
    expect(createInputs({ lifetime }).purpose).toEqual({ lifetime, runId: '5678' });
  });

  test('pull_request belongs to the event’s pull request', () => {
    const { purpose } = createInputs({ lifetime: 'pull_request' }, pullRequestContext);
    expect(purpose).toEqual({ lifetime: 'pull_request', pullRequest: 42 });
  });

  test('pull_request needs a pull request', () => {
    expect(complaint({ lifetime: 'pull_request' })).toMatch(
      /^lifetime: the event push belongs to no pull request\. Set pull_request to its number, or run this step only on/,
    );
  });

  test('pull_request needs an open one', () => {
    const closed = { ...pullRequestContext, pullRequestState: 'closed' } as const;
    const given = { lifetime: 'pull_request' };
    expect(complaint(given, closed)).toMatch(
      /^lifetime: pull request 42 is closed, .* run the delete action then\./,
    );
    expect(complaint({ ...given, pull_request: '42' }, closed)).toContain('pull request 42 is closed');
    expect(createInputs({ ...given, pull_request: '7' }, closed).purpose).toMatchObject({ pullRequest: 7 });
    expect(createInputs({ lifetime: 'run' }, closed).purpose).toMatchObject({ lifetime: 'run' });
    const open = { ...pullRequestContext, pullRequestState: 'open' } as const;
    expect(createInputs(given, open).purpose).toMatchObject({ pullRequest: 42 });
  });

  test.each(['forever', 'Run', 'runs', 'pull request'])('may not be %s', (lifetime) => {
    expect(complaint({ lifetime })).toContain(
      `lifetime: "${lifetime}" isn't valid. Use run, job, or pull_request.`,
    );
  });
});

describe('pull_request', () => {
  test('is the given one, whatever the event', () => {
    for (const context of [pullRequestContext, undefined]) {
      const { purpose } = createInputs({ lifetime: 'pull_request', pull_request: '7' }, context);
      expect(purpose).toEqual({ lifetime: 'pull_request', pullRequest: 7 });
    }
  });

  test.each(['0', '-1', '1.5', '#42', '042', '4 2', '9007199254740992', '1e3', 'x'])(
    'may not be %s',
    (text) => {
      const message = complaint({ lifetime: 'pull_request', pull_request: text }, pullRequestContext);
      expect(message).toBe(
        `pull_request: "${text}" isn't the number of a pull request. Use a number such as 42. Nothing was sent to Capture.`,
      );
    },
  );
});

test('an invalid lifetime is one problem, whatever depends on it', () => {
  expect(complaint({ lifetime: 'x', pull_request: '7', rotate_secret: '24h' })).toBe(
    'lifetime: "x" isn\'t valid. Use run, job, or pull_request. Nothing was sent to Capture.',
  );
});

describe('name', () => {
  test.each(['second', 'e2e tests', '☕', 'x'.repeat(64)])('may be %s', (name) => {
    expect(createInputs({ name }).name).toBe(name);
  });

  test.each([
    ['two\nlines', /^name: the text has a line break/],
    ['x'.repeat(65), /^name: 65 characters is too long\. Use at most 64\./],
  ])('may not be %j', (name, fault) => {
    expect(complaint({ name })).toMatch(fault);
  });
});

describe('features', () => {
  test.each([
    ['["login_client","direct_access"]', ['login_client', 'direct_access']],
    [' [ "login_client" ,\n "direct_access" ] ', ['login_client', 'direct_access']],
    ['login_client,direct_access', ['login_client', 'direct_access']],
    ['login_client\ndirect_access\n', ['login_client', 'direct_access']],
    ['login_client\r\n  direct_access', ['login_client', 'direct_access']],
    [' login_client , direct_access, ', ['login_client', 'direct_access']],
    ['login_client, login_client', ['login_client']],
    ['["login_client","login_client"]', ['login_client']],
    ['direct_read_access', ['direct_read_access']],
    ['[]', []],
    [' [ ] ', []],
  ])('may be written %j', (text, features) => {
    expect(createInputs({ features: text }).features).toEqual(features);
  });

  test.each([
    ['login', 'login_client'],
    ['onwer', 'owner'],
    ['Direct_Access', 'direct_access'],
    ['direct_read', 'direct_read_access'],
    ['access-issuer', 'access_issuer'],
    ['superuser_owner', 'owner'],
  ])('that do not exist are rejected with the nearest one: %s', (name, nearest) => {
    for (const features of [name, `["${name}"]`, `login_client\n${name}`]) {
      expect(complaint({ features })).toMatch(
        new RegExp(`^features: unknown feature "${name}"\\. Did you mean ${nearest}\\?`),
      );
    }
  });

  test.each(['ownnnner', 'acces_isuerrr', 'superuser'])(
    'that resemble none are rejected with all of them, and a privileged one is not suggested: %s',
    (name) => {
      expect(complaint({ features: name })).toBe(
        `features: unknown feature "${name}". Use owner, access_issuer, direct_read_access, direct_access, or login_client. Nothing was sent to Capture.`,
      );
    },
  );

  test.each([',', ' , \n,', '[""]', '["login_client",""]'])('may not be unnamed: %j', (features) => {
    expect(complaint({ features })).toMatch(
      /^features: a name is missing\. .*use \[\] to give the client no features/,
    );
  });

  test('that do not exist are all named', () => {
    const message = complaint({ features: 'loginclient, drect_access' });
    expect(message).toContain('"loginclient"');
    expect(message).toContain('"drect_access"');
  });

  test.each([
    '["login_client"',
    '[login_client]',
    '[1]',
    '[["login_client"]]',
    '["login_client"],x',
    '[null]',
  ])('may not be written %j', (features) => {
    expect(complaint({ features })).toMatch(/^features: the value isn't a JSON array of strings\./);
  });

  test.each([
    ['owner', 'owner'],
    ['login_client,access_issuer', 'access_issuer'],
    ['owner,access_issuer', 'owner and access_issuer'],
  ])('that act for others, %s, have to be allowed', (features, named) => {
    expect(complaint({ features })).toContain(`features: ${named} can act for every other client.`);
    expect(complaint({ features })).toContain('set allow_privileged_features: true.');
    expect(complaint({ features, allow_privileged_features: 'false' })).toContain('features: ');
    expect(createInputs({ features, allow_privileged_features: 'true' }).features).toEqual(
      features.split(','),
    );
  });

  test.each(['owner', 'access_issuer'])('of a pull request are never %s', (features) => {
    const given = { lifetime: 'pull_request', features, allow_privileged_features: 'true' };
    expect(complaint(given, pullRequestContext)).toContain(
      `features: ${features} can act for every other client. Remove it: lifetime pull_request never allows that.`,
    );
  });

  test.each(['direct_access', 'direct_read_access', 'login_client'])(
    'that act for none, %s, need not',
    (name) => {
      expect(createInputs({ features: name }).features).toEqual([name]);
    },
  );
});

describe('description', () => {
  test.each([
    'words',
    'a "quoted" [bracketed] word',
    'ünï ☕',
    '::add-mask::x',
    'x'.repeat(500),
    'תיאור\u200f!',
    'لوحة\u061c (1)\u200e',
  ])('may be %j', (description) => {
    expect(createInputs({ description }).description).toBe(description);
  });

  test.each([
    ...['two\nlines', 'two\rlines', 'tab\tbed', 'nul\u0000', 'esc\u001b[31m', 'del\u007f', 'c1\u0085x'],
    ...[
      'line\u2028separator',
      'para\u2029graph',
      'rtl\u202eoverride',
      'embedding\u202bx',
      'isolate\u2066d',
      'isolate\u2069d',
    ],
  ])('may not have a line break or control character: %j', (description) => {
    expect(complaint({ description })).toMatch(
      /^description: the text has a line break or control character\. Use one line of plain text\./,
    );
  });

  test('has at most 500 characters', () => {
    expect(complaint({ description: 'x'.repeat(501) })).toMatch(
      /^description: 501 characters is too long\. Use at most 500\./,
    );
  });
});

describe('expires_in', () => {
  test.each([
    ['run', day],
    ['job', day],
    ['pull_request', 14 * day],
  ])('has a default for lifetime %s: %i seconds', (lifetime, seconds) => {
    expect(createInputs({ lifetime }, pullRequestContext).expiresInSeconds).toBe(seconds);
  });

  test.each([
    ['1s', 1],
    ['90m', 5400],
    ['14d', 14 * day],
    ['36500d', 36_500 * day],
  ])('may be %s', (text, seconds) => {
    expect(createInputs({ expires_in: text }).expiresInSeconds).toBe(seconds);
  });

  test.each(['36501d', '9999999d', `${'9'.repeat(400)}d`])('may not be longer than a century: %s', (text) => {
    expect(complaint({ expires_in: text })).toMatch(
      /^expires_in: "\d+d?…?" is too long\. Use at most 36500d\./,
    );
  });

  test.each(['24', '0s', '-1h', 'never'])('may not be %s', (text) => {
    expect(complaint({ expires_in: text })).toMatch(/^expires_in: "/);
  });

  test('of a client of a pull request is more than the five minutes in which it would be replaced', () => {
    const given = (expires_in: string) => ({ lifetime: 'pull_request', expires_in });
    expect(complaint(given('5m'), pullRequestContext)).toMatch(
      /^expires_in: 300s is too short for lifetime pull_request\. Use more than 5m/,
    );
    expect(createInputs(given('301s'), pullRequestContext).expiresInSeconds).toBe(301);
    expect(createInputs({ expires_in: '5m' }).expiresInSeconds).toBe(300);
  });
});

describe('enforce_expiry', () => {
  test.each([
    ['1s', 1],
    ['90m', 2],
    ['24h', 24],
    ['168h', 168],
    ['7d', 168],
  ])('ends the secret of a client for %s after %i whole hours', (text, hours) => {
    const { enforcedHours, expiresInSeconds } = createInputs({ expires_in: text, enforce_expiry: 'true' });
    expect([enforcedHours, expiresInSeconds]).toEqual([hours, hours * 3600]);
  });

  test('shortens the default expiry to what Capture supports', () => {
    const given = { lifetime: 'pull_request', enforce_expiry: 'true' };
    expect(createInputs(given, pullRequestContext).enforcedHours).toBe(168);
    expect(createInputs({ enforce_expiry: 'true' }).enforcedHours).toBe(24);
  });

  test.each(['169h', '168.1h', '8d'])('may not end after more than 168 hours: %s', (text) => {
    expect(complaint({ expires_in: text, enforce_expiry: 'true' })).toMatch(
      /^expires_in: \d+h is too long with enforce_expiry\. Use at most 168h/,
    );
    expect(createInputs({ expires_in: text, enforce_expiry: 'false' }).enforcedHours).toBeUndefined();
  });
});

describe('rotate_secret', () => {
  test('and enforce_expiry exclude each other', () => {
    const given = { lifetime: 'pull_request', rotate_secret: '24h', enforce_expiry: 'true' };
    expect(complaint(given, pullRequestContext)).toMatch(
      /^rotate_secret has no effect with enforce_expiry, which already issues a new secret on every reuse\. Remove one of them\./,
    );
  });

  const rotated = (text: string) => ({ lifetime: 'pull_request', rotate_secret: text });

  test.each([
    ['0h', 0],
    ['24h', 24],
    ['168h', 168],
  ])('may be %s', (text, hours) => {
    expect(createInputs(rotated(text), pullRequestContext).rotateHours).toBe(hours);
  });

  test.each(['169h', '1.5h', '90m', '7d', '24', '-1h', 'true', '24hours', 'x24h'])(
    'may not be %s',
    (text) => {
      expect(complaint(rotated(text), pullRequestContext)).toBe(
        `rotate_secret: "${text}" isn't valid. Use whole hours, from 0h to 168h. Nothing was sent to Capture.`,
      );
    },
  );

  test.each(['run', 'job'])('is for clients that are reused, not for those of a %s', (lifetime) => {
    expect(complaint({ lifetime, rotate_secret: '24h' })).toMatch(
      new RegExp(
        `^rotate_secret has no effect with lifetime ${lifetime}\\. Remove it, or set lifetime: pull_request\\.`,
      ),
    );
  });
});

describe('seal_key', () => {
  test('is rejected if it is short, with its length but not its text', () => {
    const message = complaint({ seal_key: 'Z'.repeat(31) });
    expect(message).toContain('seal_key: 31 characters is too short; the minimum is 32.');
    expect(message).not.toContain('ZZ');
  });

  test('has no effect with lifetime job, whose client no later job can use', () => {
    expect(complaint({ seal_key: 'k'.repeat(32), lifetime: 'job' })).toBe(
      'seal_key is for later jobs, but with lifetime job the client is deleted before they start. Remove it, or set lifetime: run. Nothing was sent to Capture.',
    );
    expect(createInputs({ seal_key: '', lifetime: 'job' }).sealKey).toBeUndefined();
  });

  test('is not the owner secret', () => {
    const secret = 's'.repeat(32);
    expect(complaint({ seal_key: secret, owner_client_secret: secret })).toContain(
      'seal_key is the same as owner_client_secret',
    );
  });
});
