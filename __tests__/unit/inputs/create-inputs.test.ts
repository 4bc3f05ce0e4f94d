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

describe('without more than it needs', () => {
  test('the create action takes the defaults of the contract', () => {
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
  ])('an empty %s counts as not given', (name) => {
    for (const lifetime of ['run', 'pull_request']) {
      const others = name === 'lifetime' ? {} : { lifetime };
      const inputs = createInputs(others, pullRequestContext);
      expect(createInputs({ ...others, [name]: '' }, pullRequestContext)).toEqual(inputs);
      expect(createInputs({ ...others, [name]: ' \n' }, pullRequestContext)).toEqual(inputs);
    }
  });
});

test('the create action takes what it is given', () => {
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

test('mistakes come to light all at once, each naming its input', () => {
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
  for (const name of Object.keys(wrong)) expect(text).toMatch(new RegExp(`^- ${name} .*[.?]$`, 'm'));
});

describe('lifetime', () => {
  test.each(['run', 'job'])('%s is that of the workflow run', (lifetime) => {
    expect(createInputs({ lifetime }).purpose).toEqual({ lifetime, runId: '5678' });
  });

  test('pull_request is that of the pull request which the event belongs to', () => {
    const { purpose } = createInputs({ lifetime: 'pull_request' }, pullRequestContext);
    expect(purpose).toEqual({ lifetime: 'pull_request', pullRequest: 42 });
  });

  test('pull_request needs one', () => {
    const message = complaint({ lifetime: 'pull_request' });
    expect(message).toContain('the event push belongs to no pull request');
    expect(message).toContain('Give its number in pull_request');
  });

  test.each(['forever', 'Run', 'runs', 'pull request'])('may not be %s', (lifetime) => {
    expect(complaint({ lifetime })).toContain(
      `lifetime is "${lifetime}"; it takes run or job or pull_request.`,
    );
  });
});

describe('pull_request', () => {
  test('is the one that was named, whatever the event', () => {
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
        `pull_request is "${text}", which is not the number of a pull request. Nothing was sent to Capture.`,
      );
    },
  );
});

describe('name', () => {
  test.each(['second', 'e2e tests', '☕', 'x'.repeat(64)])('may be %s', (name) => {
    expect(createInputs({ name }).name).toBe(name);
  });

  test.each([
    ['two\nlines', /^name holds a line break/],
    ['x'.repeat(65), /^name is 65 characters long; the most is 64\./],
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
    [',', []],
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
  ])('that do not exist are refused with the nearest one: %s', (name, nearest) => {
    for (const features of [name, `["${name}"]`, `login_client\n${name}`]) {
      expect(complaint({ features })).toMatch(
        new RegExp(`^features .*"${name}".*did you mean ${nearest}\\?`),
      );
    }
  });

  test.each(['ownnnner', 'acces_isuerrr'])(
    'lead nobody to a privileged one by a far likeness: %s',
    (name) => {
      const [, nearest] = /did you mean (\w+)\?/.exec(complaint({ features: name })) ?? [];
      expect(['direct_read_access', 'direct_access', 'login_client']).toContain(nearest);
    },
  );

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
    expect(complaint({ features })).toMatch(/^features is not a JSON array of names/);
  });

  test.each([
    ['owner', 'owner'],
    ['login_client,access_issuer', 'access_issuer'],
    ['owner,access_issuer', 'owner and access_issuer'],
  ])('that act for others, %s, have to be allowed', (features, named) => {
    expect(complaint({ features })).toContain(`features names ${named}, which can act`);
    expect(complaint({ features })).toContain('set allow_privileged_features: true.');
    expect(complaint({ features, allow_privileged_features: 'false' })).toContain('features names');
    expect(createInputs({ features, allow_privileged_features: 'true' }).features).toEqual(
      features.split(','),
    );
  });

  test.each(['owner', 'access_issuer'])('of a pull request are never %s', (features) => {
    const given = { lifetime: 'pull_request', features, allow_privileged_features: 'true' };
    expect(complaint(given, pullRequestContext)).toContain(`features names ${features}, which can act`);
  });

  test.each(['direct_access', 'direct_read_access', 'login_client'])(
    'that act for none, %s, need not',
    (name) => {
      expect(createInputs({ features: name }).features).toEqual([name]);
    },
  );
});

describe('description', () => {
  test.each(['words', 'a "quoted" [bracketed] word', 'ünï ☕', '::add-mask::x', 'x'.repeat(500)])(
    'may be %j',
    (description) => {
      expect(createInputs({ description }).description).toBe(description);
    },
  );

  test.each([
    ...['two\nlines', 'two\rlines', 'tab\tbed', 'nul\u0000', 'esc\u001b[31m', 'del\u007f', 'c1\u0085x'],
    ...['line\u2028separator', 'para\u2029graph', 'rtl\u202eoverride', 'isolate\u2066d', 'mark\u200fed'],
  ])('may hold no line break or control character: %j', (description) => {
    expect(complaint({ description })).toMatch(
      /^description holds a line break or another control character/,
    );
  });

  test('has at most 500 characters', () => {
    expect(complaint({ description: 'x'.repeat(501) })).toMatch(
      /^description is 501 characters long; the most is 500\./,
    );
  });
});

describe('expires_in', () => {
  test.each([
    ['run', day],
    ['job', day],
    ['pull_request', 14 * day],
  ])('of a client that lives for a %s is %i seconds where it is not given', (lifetime, seconds) => {
    expect(createInputs({ lifetime }, pullRequestContext).expiresInSeconds).toBe(seconds);
  });

  test.each([
    ['1s', 1],
    ['90m', 5400],
    ['14d', 14 * day],
    ['3650d', 3650 * day],
  ])('may be %s', (text, seconds) => {
    expect(createInputs({ expires_in: text }).expiresInSeconds).toBe(seconds);
  });

  test.each(['9999999d', `${'9'.repeat(400)}d`])('may not end after the year 9999: %s', (text) => {
    expect(complaint({ expires_in: text })).toMatch(/^expires_in is "9+d", which ends after the year 9999\./);
  });

  test.each(['24', '0s', '-1h', 'never'])('may not be %s', (text) => {
    expect(complaint({ expires_in: text })).toMatch(/^expires_in is "/);
  });

  test('of a client of a pull request is more than the five minutes in which it would be replaced', () => {
    const given = (expires_in: string) => ({ lifetime: 'pull_request', expires_in });
    expect(complaint(given('5m'), pullRequestContext)).toMatch(/^expires_in is 300 seconds; .*more than 5m/);
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

  test('takes the default expiry as far as Capture can', () => {
    const given = { lifetime: 'pull_request', enforce_expiry: 'true' };
    expect(createInputs(given, pullRequestContext).enforcedHours).toBe(168);
    expect(createInputs({ enforce_expiry: 'true' }).enforcedHours).toBe(24);
  });

  test.each(['169h', '168.1h', '8d'])('may not end after more than 168 hours: %s', (text) => {
    expect(complaint({ expires_in: text, enforce_expiry: 'true' })).toMatch(
      /^expires_in is \d+ hours; .*168h/,
    );
    expect(createInputs({ expires_in: text, enforce_expiry: 'false' }).enforcedHours).toBeUndefined();
  });
});

describe('rotate_secret', () => {
  test('and enforce_expiry exclude each other', () => {
    const given = { lifetime: 'pull_request', rotate_secret: '24h', enforce_expiry: 'true' };
    expect(complaint(given, pullRequestContext)).toMatch(/^rotate_secret says nothing beside enforce_expiry/);
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
        `rotate_secret is "${text}"; it takes whole hours from 0h to 168h. Nothing was sent to Capture.`,
      );
    },
  );

  test.each(['run', 'job'])('is for clients that are reused, not for those of a %s', (lifetime) => {
    expect(complaint({ lifetime, rotate_secret: '24h' })).toMatch(
      /^rotate_secret is for clients of a pull request/,
    );
  });
});

describe('seal_key', () => {
  test('is refused where it is short, and its length is said, not its text', () => {
    const message = complaint({ seal_key: 'Z'.repeat(31) });
    expect(message).toContain('seal_key is 31 characters long; it takes 32 or more');
    expect(message).not.toContain('ZZ');
  });

  test('says nothing with lifetime job, whose client no later job can use', () => {
    expect(complaint({ seal_key: 'k'.repeat(32), lifetime: 'job' })).toContain('seal_key is for later jobs');
    expect(createInputs({ seal_key: '', lifetime: 'job' }).sealKey).toBeUndefined();
  });

  test('is not the owner secret', () => {
    const secret = 's'.repeat(32);
    expect(complaint({ seal_key: secret, owner_client_secret: secret })).toContain(
      'seal_key is the owner secret',
    );
  });
});
