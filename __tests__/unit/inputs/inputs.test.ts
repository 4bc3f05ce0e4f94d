import { describe, expect, test } from '@jest/globals';
import { readContext } from '../../../src/github/context.ts';
import { readCreateInputs } from '../../../src/inputs/create-inputs.ts';
import { readDeleteInputs } from '../../../src/inputs/delete-inputs.ts';
import { InputError } from '../../../src/inputs/inputs.ts';
import {
  complaint,
  createInputs,
  type Given,
  inputSource,
  pullRequestEnvironment,
  pullRequestEvent,
  pushContext,
  requiredInputs,
  thrownBy,
} from '../../support/fixtures.ts';

describe('problems', () => {
  const wrong: Given = {
    capture_domain: 'http://example.com',
    owner_client_id: '7f1b4f0e-9c1d-4b5e-8a2f-0123456789ab',
    owner_client_secret: '',
    auth_scheme: 'basic',
    timeout: '2h',
    show_summary: '1',
    'capture-domain': 'example.com',
  };

  test('are reported all at once, each with the name of its input', () => {
    const lines = complaint(wrong).split('\n');
    const names = Object.keys(wrong);
    expect(lines.shift()).toBe(`${names.length} problems with the inputs:`);
    expect(lines.pop()).toBe('Nothing was sent to Capture.');
    expect(lines).toHaveLength(names.length);
    for (const name of names) {
      const own = lines.filter((line) => line.startsWith(`- ${name} `) || line.startsWith(`- ${name}:`));
      expect([name, own]).toEqual([name, [expect.stringMatching(/[.?]$/)]]);
    }
  });

  test('are not a list if there is only one', () => {
    expect(complaint({ show_summary: 'maybe' })).toBe(
      'show_summary: "maybe" isn\'t valid. Use true or false. Nothing was sent to Capture.',
    );
  });

  test('have one line each, and a title', () => {
    const error = thrownBy(() => createInputs({ timeout: '60', lifetime: 'x' })) as InputError;
    expect(error.lines).toEqual([
      '2 problems with the inputs:',
      `- timeout: "60" isn't a duration. Add a unit (s, m, h, or d), for example 60s.`,
      `- lifetime: "x" isn't valid. Use run, job, or pull_request.`,
      'Nothing was sent to Capture.',
    ]);
    expect(error).toMatchObject({
      name: 'InputError',
      title: 'invalid inputs',
      message: error.lines.join('\n'),
      problem: error.lines.slice(0, -1).join('\n'),
      hint: 'Nothing was sent to Capture.',
    });
    expect(new InputError(['a is empty.'], 'Nothing was done.').lines).toEqual([
      'a is empty. Nothing was done.',
    ]);
  });

  test('quote only the start of a long value', () => {
    expect(complaint({ timeout: 'x'.repeat(1000) })).toContain(
      `timeout: "${'x'.repeat(100)}…" isn't a duration.`,
    );
  });

  test('never repeat the secret', () => {
    expect(complaint({ ...wrong, owner_client_secret: 'hush-hush' })).not.toContain('hush');
  });

  test('do not hide a bug', () => {
    const bug = new TypeError('a bug');
    const source = {
      ...inputSource(requiredInputs),
      get(): string {
        throw bug;
      },
    };
    expect(thrownBy(() => readCreateInputs(source, pushContext))).toBe(bug);
    const { get } = inputSource(requiredInputs);
    const notText = { ...source, get: (name: string) => (name === 'timeout' ? (60 as never) : get(name)) };
    expect(thrownBy(() => readCreateInputs(notText, pushContext))).toBeInstanceOf(TypeError);
  });
});

describe('a missing input', () => {
  test('is described only if there is one', () => {
    const wording = { ...pushContext.wording, missing: (names: readonly string[]) => [`missing: ${names}`] };
    const context = { ...pushContext, wording };
    expect(createInputs({}, context)).toEqual(createInputs());
    expect(complaint({ capture_domain: '' }, context)).toBe(
      'missing: capture_domain Nothing was sent to Capture.',
    );
  });

  test.each(['capture_domain', 'owner_client_id', 'owner_client_secret'])('is named: %s', (name) => {
    expect(complaint({ [name]: '' })).toMatch(new RegExp(`^${name} is empty\\. `));
  });

  test('is named together with others that come from secrets', () => {
    const message = complaint({ owner_client_id: '', owner_client_secret: '' });
    expect(message).toMatch(
      /^owner_client_id and owner_client_secret are empty\. Check the secret's name\. .* add environment: NAME to this job\. .* add secrets: inherit to the job that calls it\./,
    );
  });

  const contextOf = (event: unknown) => readContext(pullRequestEnvironment, event);

  test.each([
    ['a fork', contextOf(pullRequestEvent({ id: 99 }))],
    ['Dependabot', contextOf(pullRequestEvent({ id: 1234 }, 'dependabot[bot]'))],
  ])('in a run from %s is explained by that', (cause, context) => {
    expect(complaint({ owner_client_id: '', owner_client_secret: '' }, context)).toBe(
      `owner_client_id and owner_client_secret are empty: this run comes from ${cause}, and GitHub gives such runs no Actions secrets. Skip this job for such runs. Nothing was sent to Capture.`,
    );
  });

  test('is not blamed on a fork if it is no secret', () => {
    expect(complaint({ capture_domain: '' }, contextOf(pullRequestEvent({ id: 99 })))).not.toContain('fork');
  });
});

describe('an unknown input', () => {
  test.each([
    ['capture-domain', 'capture_domain'],
    ['owner-client-id', 'owner_client_id'],
    ['show-summary', 'show_summary'],
    ['Expires-In', 'expires_in'],
    ['expires-in', 'expires_in'],
    ['expiresin', 'expires_in'],
    ['expire_in', 'expires_in'],
    ['expires_at', 'expires_in'],
    ['feature', 'features'],
    ['description2', 'description'],
    ['setting', 'settings'],
    ['names', 'name'],
    ['allow-privileged_features', 'allow_privileged_features'],
  ])('is rejected if it resembles one of the action: %s', (name, meant) => {
    expect(complaint({ [name]: 'x' })).toBe(
      `${name.toLowerCase()}: unknown input. Did you mean ${meant}? Nothing was sent to Capture.`,
    );
  });

  test('is rejected even if it is empty', () => {
    expect(complaint({ 'show-summary': '' })).toContain('Did you mean show_summary?');
  });

  test.each(['capture', 'my-input', 'game-type', 'token'])(
    'is left to the runner if it resembles none: %s',
    (name) => {
      expect(createInputs({ [name]: 'x' })).toEqual(createInputs());
    },
  );

  test.each(['dry_run', 'client_id', 'repositories', 'sealed_credentials'])(
    'is rejected if another action has it: %s',
    (name) => {
      expect(complaint({ [name]: 'x' })).toMatch(
        new RegExp(`^${name}: unknown input\\. It belongs to the \\w+ action\\. Remove it\\. Nothing`),
      );
      expect(createInputs({ [name]: '' })).toEqual(createInputs());
    },
  );

  test.each([
    ['dry-run', 'sweep', 'dry_run'],
    ['dryrun', 'sweep', 'dry_run'],
    ['dry_runs', 'sweep', 'dry_run'],
    ['expire_in', 'create', 'expires_in'],
    ['feature', 'create', 'features'],
  ])('is rejected if it resembles one of another action: %s', (name, action, meant) => {
    const source = inputSource({ ...requiredInputs, lifetime: 'run', [name]: 'true' });
    expect(thrownBy(() => readDeleteInputs(source, pushContext)).message).toBe(
      `${name}: unknown input. It resembles ${meant} of the ${action} action. Remove it. Nothing was sent to Capture.`,
    );
  });

  test('is not looked for among other variables', () => {
    const source = {
      ...inputSource(requiredInputs),
      variables: ['CAPTURE-DOMAIN', 'OTHER_CAPTURE-DOMAIN'],
    };
    expect(readCreateInputs(source, pushContext)).toEqual(createInputs());
  });
});

describe('owner_client_id', () => {
  test.each(['7f1b4f0e-9c1d-4b5e-8a2f-0123456789ab', '7F1B4F0E-9C1D-4B5E-8A2F-0123456789AB'])(
    'may not be the UUID of a Hosted Login client: %s',
    (id) => {
      expect(complaint({ owner_client_id: id })).toMatch(
        /^owner_client_id: a UUID is the ID of a Hosted Login \(OIDC\) client\. Use the ID of an API client\./,
      );
    },
  );

  test.each(['id:secret', 'two words', 'ünicode', 'tab\tbed', 'line\nbreak'])('may not be %j', (id) => {
    expect(complaint({ owner_client_id: id })).toMatch(
      /^owner_client_id: the value contains a character that isn't valid in a client ID\./,
    );
  });

  test.each([
    'apkrahlfumwse2e9nvrrotv6vchuptzw',
    'short',
    '{client}',
    'x7f1b4f0e-9c1d-4b5e-8a2f-0123456789ab',
    '7f1b4f0e-9c1d-4b5e-8a2f-0123456789abc',
  ])('may be %s', (id) => {
    expect(createInputs({ owner_client_id: id }).capture.owner.clientId).toBe(id);
  });
});

test('capture_domain is read as a Capture domain', () => {
  expect(complaint({ capture_domain: 'example.com/clients' })).toMatch(/^capture_domain: /);
});

test('auth_scheme is one of two schemes', () => {
  expect(createInputs({ auth_scheme: 'basic-auth' }).capture.authScheme).toBe('basic-auth');
  expect(complaint({ auth_scheme: 'Basic-Auth' })).toBe(
    'auth_scheme: "Basic-Auth" isn\'t valid. Use basic-auth or janrain-signed. Nothing was sent to Capture.',
  );
});

describe.each(['show_summary', 'allow_privileged_features'])('%s', (name) => {
  test.each(['true', 'True', 'TRUE', 'false', 'False', 'FALSE'])('takes %s', (text) => {
    expect(() => createInputs({ [name]: text })).not.toThrow();
  });

  test.each(['yes', 'no', '1', '0', 'on', 'truely', 'untrue', 't', 'falsely', 'nofalse', 'f'])(
    'does not take %s',
    (text) => {
      expect(complaint({ [name]: text })).toContain(`${name}: "${text}" isn't valid. Use true or false.`);
    },
  );
});

test.each([
  ['true', true],
  ['FALSE', false],
])('show_summary: %s means %s', (text, expected) => {
  expect(createInputs({ show_summary: text }).showSummary).toBe(expected);
});

describe('timeout', () => {
  test.each([
    ['1s', 1000],
    ['1h', 3_600_000],
  ])('may be %s', (timeout, ms) => {
    expect(createInputs({ timeout }).capture.timeoutMs).toBe(ms);
  });

  test.each(['3601s', '61m', '2h', '1d'])('may not be longer than an hour: %s', (timeout) => {
    expect(complaint({ timeout })).toMatch(/^timeout: ".*" is too long\. Use at most 1h\./);
  });

  test.each(['60', '0s', 'soon'])('may not be %s', (timeout) => {
    expect(complaint({ timeout })).toMatch(/^timeout: "/);
  });
});
