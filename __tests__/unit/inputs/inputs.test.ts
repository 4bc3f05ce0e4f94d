import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readContext } from '../../../src/github/context.ts';
import { readCreateInputs } from '../../../src/inputs/create-inputs.ts';
import { inputNames, Reader } from '../../../src/inputs/inputs.ts';
import {
  complaint,
  createInputs,
  type Given,
  inputSource,
  now,
  pullRequestEnvironment,
  pullRequestEvent,
  pushContext,
  requiredInputs,
  thrownBy,
} from '../../support/fixtures.ts';

describe('mistakes', () => {
  const wrong: Given = {
    capture_domain: 'http://example.com',
    owner_client_id: '7f1b4f0e-9c1d-4b5e-8a2f-0123456789ab',
    owner_client_secret: '',
    auth_scheme: 'basic',
    timeout: '2h',
    show_summary: '1',
    'capture-domain': 'example.com',
  };

  test('come to light all at once, each naming its input, and nothing was sent', () => {
    const lines = complaint(wrong).split('\n');
    const names = Object.keys(wrong);
    expect(lines.shift()).toBe(`The inputs need ${names.length} corrections:`);
    expect(lines.pop()).toBe('Nothing was sent to Capture.');
    expect(lines).toHaveLength(names.length);
    for (const name of names) {
      const own = lines.filter((line) => line.startsWith(`- ${name} `) || line.includes(`input ${name}:`));
      expect([name, own]).toEqual([name, [expect.stringMatching(/[.?]$/)]]);
    }
  });

  test('that stand alone are a sentence, not a list', () => {
    expect(complaint({ show_summary: 'maybe' })).toBe(
      'show_summary is "maybe"; it takes true or false. Nothing was sent to Capture.',
    );
  });

  test('never repeat the secret', () => {
    expect(complaint({ ...wrong, owner_client_secret: 'hush-hush' })).not.toContain('hush');
  });

  test('do not hide a fault of the action itself', () => {
    const fault = new TypeError('a fault of ours');
    const parse = () => {
      throw fault;
    };
    expect(thrownBy(() => new Reader(inputSource({ name: 'x' }), 'create').read('name', parse))).toBe(fault);
  });
});

describe('an input that is missing', () => {
  test.each(['capture_domain', 'owner_client_id', 'owner_client_secret'])('is named: %s', (name) => {
    expect(complaint({ [name]: '' })).toMatch(new RegExp(`^${name} is empty\\. `));
  });

  test('is named together with its like', () => {
    const message = complaint({ owner_client_id: '', owner_client_secret: '' });
    expect(message).toMatch(/^owner_client_id and owner_client_secret are empty\. Is the secret spelt as/);
  });

  const contextOf = (event: unknown) => readContext(pullRequestEnvironment, event);

  test.each([
    ['a fork', contextOf(pullRequestEvent({ id: 99 }))],
    ['Dependabot', contextOf(pullRequestEvent({ id: 1234 }, 'dependabot[bot]'))],
  ])('in a run from %s is explained by that', (cause, context) => {
    expect(complaint({ owner_client_id: '', owner_client_secret: '' }, context)).toBe(
      `owner_client_id and owner_client_secret are empty: this run comes from ${cause}, and GitHub gives such runs no Actions secrets. Leave the job out there (README, Forks and Dependabot). Nothing was sent to Capture.`,
    );
  });

  test('is not blamed on a fork where it is there', () => {
    expect(complaint({ capture_domain: '' }, contextOf(pullRequestEvent({ id: 99 })))).not.toContain('fork');
  });
});

describe('an input that nobody knows', () => {
  test.each([
    ['capture-domain', 'capture_domain'],
    ['owner-client-id', 'owner_client_id'],
    ['show-summary', 'show_summary'],
    ['Expires-In', 'expires_in'],
    ['expires-in', 'expires_in'],
    ['expiresin', 'expires_in'],
    ['allow-privileged_features', 'allow_privileged_features'],
  ])('is refused if it is a twin of ours: %s', (name, meant) => {
    expect(complaint({ [name]: 'x' })).toBe(
      `Unknown input ${name.toLowerCase()}: did you mean ${meant}? Nothing was sent to Capture.`,
    );
  });

  test('is refused even if it is empty', () => {
    expect(complaint({ 'show-summary': '' })).toContain('did you mean show_summary?');
  });

  test.each(['capture', 'my-input', 'description2'])('is left to the runner otherwise: %s', (name) => {
    expect(createInputs({ [name]: 'x' })).toEqual(createInputs());
  });

  test.each(['dry_run', 'client_id', 'repositories', 'sealed_credentials'])(
    'is refused if another action has it: %s',
    (name) => {
      expect(complaint({ [name]: 'x' })).toMatch(
        new RegExp(`^${name} is an input of the \\w+ action, and this is create\\. Leave it out\\. Nothing`),
      );
      expect(createInputs({ [name]: '' })).toEqual(createInputs());
    },
  );

  test('is not proposed if it is another action’s', () => {
    expect(createInputs({ 'client-id': 'x' })).toEqual(createInputs());
  });

  test.each([
    ['create', 'action.yml'],
    ['delete', 'delete/action.yml'],
    ['sweep', 'sweep/action.yml'],
    ['unseal', 'unseal/action.yml'],
  ] as const)('is none that the manifest of %s has', (action, file) => {
    const manifest = parse(readFileSync(resolve(import.meta.dirname, '../../..', file), 'utf8'));
    expect(inputNames[action]).toEqual(Object.keys(manifest.inputs));
  });

  test('is not looked for among other variables', () => {
    const source = {
      ...inputSource(requiredInputs),
      variables: ['CAPTURE-DOMAIN', 'OTHER_CAPTURE-DOMAIN'],
    };
    expect(readCreateInputs(source, pushContext, now)).toEqual(createInputs());
  });
});

describe('owner_client_id', () => {
  test.each(['7f1b4f0e-9c1d-4b5e-8a2f-0123456789ab', '7F1B4F0E-9C1D-4B5E-8A2F-0123456789AB'])(
    'may not be the UUID of a Hosted Login client: %s',
    (id) => {
      expect(complaint({ owner_client_id: id })).toMatch(
        /^owner_client_id is a UUID, .*give the id of an API client\./,
      );
    },
  );

  test.each(['id:secret', 'two words', 'ünicode', 'tab\tbed', 'line\nbreak'])('may not be %j', (id) => {
    expect(complaint({ owner_client_id: id })).toMatch(/^owner_client_id holds a character/);
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
  expect(complaint({ capture_domain: 'example.com/clients' })).toMatch(/^capture_domain holds a path/);
});

test('auth_scheme takes the two schemes of the document', () => {
  expect(createInputs({ auth_scheme: 'basic-auth' }).capture.authScheme).toBe('basic-auth');
  expect(complaint({ auth_scheme: 'Basic-Auth' })).toBe(
    'auth_scheme is "Basic-Auth"; it takes basic-auth or janrain-signed. Nothing was sent to Capture.',
  );
});

describe.each(['show_summary', 'allow_privileged_features'])('%s', (name) => {
  test.each(['true', 'True', 'TRUE', 'false', 'False', 'FALSE'])('takes %s', (text) => {
    expect(() => createInputs({ [name]: text })).not.toThrow();
  });

  test.each(['yes', 'no', '1', '0', 'on', 'truely', 'untrue', 't', 'falsely', 'nofalse', 'f'])(
    'does not take %s',
    (text) => {
      expect(complaint({ [name]: text })).toContain(`${name} is "${text}"; it takes true or false.`);
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

  test.each(['3601s', '61m', '2h', '1d'])('may not be %s: the most is an hour', (timeout) => {
    expect(complaint({ timeout })).toMatch(/^timeout is ".*"; the most is 1h\./);
  });

  test.each(['60', '0s', 'soon'])('may not be %s', (timeout) => {
    expect(complaint({ timeout })).toMatch(/^timeout is "/);
  });
});
