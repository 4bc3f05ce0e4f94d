import { describe, expect, test } from '@jest/globals';
import { readContext, type WorkflowContext } from '../../../src/github/workflow-context.ts';
import { readExecInputs } from '../../../src/inputs/create-inputs.ts';
import { inputsOf } from '../../../src/inputs/input-table.ts';
import { formatDescription, parseDescription } from '../../../src/lifecycle/label.ts';
import {
  complaint,
  createInputs,
  type Given,
  inputReader,
  now,
  pullRequestEnvironment,
  pullRequestEvent,
  pushContext,
  pushEnvironment,
  requiredInputs,
  runLabel,
  thrownBy,
} from '../../support/fixtures.ts';

const day = 24 * 3600;
/** `now` is half a second after a full one. */
const expiresAt = (seconds: number) => now - 500 + seconds * 1000;
const sealKey = 'k'.repeat(32);
const pullRequestContext = readContext(pullRequestEnvironment, pullRequestEvent());

const label = { origin: runLabel.origin, name: 'preview' };

const defaults = {
  capture: {
    domain: new URL('https://example.us-dev.janraincapture.com/'),
    owner: { clientId: requiredInputs.owner_client_id, clientSecret: requiredInputs.owner_client_secret },
    authScheme: 'basic-auth',
    timeoutMs: 60_000,
  },
  text: { value: 'acme/shop branch main', given: false },
  features: undefined,
  label: { ...label, purpose: { lifetime: 'run', runId: '5678' }, expiresAt: expiresAt(day) },
  expiresInSeconds: day,
  enforcedHours: undefined,
  rotateHours: undefined,
  sealKey: undefined,
  configuration: { whitelist: undefined, settings: new Map(), copySettingsFrom: undefined },
  showSummary: true,
};

test('with only the required inputs, the documented defaults apply', () => {
  expect(createInputs()).toEqual(defaults);
});

test('an empty input is not given', () => {
  for (const [name, { required }] of Object.entries(inputsOf('create', 'workflow')))
    if (!required) expect(createInputs({ [name]: ' \n' })).toEqual(defaults);
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
    seal_key: sealKey,
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
    text: { value: 'for the e2e tests', given: true },
    features: ['login_client'],
    label: {
      ...label,
      purpose: { lifetime: 'pull_request', pullRequest: 7 },
      name: 'the second',
      expiresAt: expiresAt(5400),
    },
    expiresInSeconds: 5400,
    enforcedHours: undefined,
    rotateHours: 24,
    sealKey,
    configuration: {
      whitelist: ['203.0.113.0/24'],
      settings: new Map([['site_name', 'Preview']]),
      copySettingsFrom: 'template',
    },
    showSummary: false,
  });
});

test('exec creates a client that lives as long as its program', () => {
  const read = (given: Given) => readExecInputs(inputReader({ ...requiredInputs, ...given }), now);
  const purpose = { lifetime: 'job', runId: '5678' };
  expect(read({})).toEqual({
    ...defaults,
    label: { ...label, purpose, expiresAt: expiresAt(7200) },
    expiresInSeconds: 7200,
    showSummary: false,
  });
  expect(read({ expires_in: '90m', enforce_expiry: 'true' })).toMatchObject({
    expiresInSeconds: 7200,
    enforcedHours: 2,
  });
  expect(
    thrownBy(() => read({ features: 'owner', expires_in: '8d', enforce_expiry: 'true' })).message,
  ).toMatch(
    /^2 problems .*\n- `features`: owner can act for .*\n- `expires_in`: 192h is too long with `enforce_expiry`/,
  );
});

describe('the purpose', () => {
  const closed = { ...pullRequestContext, pullRequestState: 'closed' } as const;
  const lifetime = 'pull_request';

  test.each<[Given, WorkflowContext, object]>([
    [{ lifetime: 'run' }, pushContext, { lifetime: 'run', runId: '5678' }],
    [{ lifetime }, pullRequestContext, { lifetime, pullRequest: 42 }],
    [{ lifetime, pull_request: '7' }, pullRequestContext, { lifetime, pullRequest: 7 }],
    [{ lifetime, pull_request: '7' }, pushContext, { lifetime, pullRequest: 7 }],
    [{ lifetime, pull_request: '7' }, closed, { lifetime, pullRequest: 7 }],
    [{ lifetime: 'run' }, closed, { lifetime: 'run', runId: '5678' }],
  ])('of %j is that of the input or the event', (given, context, purpose) => {
    expect(createInputs(given, context).label.purpose).toEqual(purpose);
  });

  test('needs a pull request for the lifetime pull_request', () => {
    expect(complaint({ lifetime })).toBe(
      `\`lifetime\`: ${inputReader().words.noPullRequest} Nothing was sent to Capture.`,
    );
  });

  test.each([undefined, '42'])('needs an open pull request: %s', (number = '') => {
    expect(complaint({ lifetime, pull_request: number }, closed)).toMatch(
      /^`lifetime`: pull request 42 is closed, .* run the delete action then\./,
    );
  });

  test.each(['run', 'job'])('of a %s is not reused, so inputs for that are rejected', (lifetime) => {
    for (const name of ['rotate_secret', 'pull_request']) {
      const value = name === 'rotate_secret' ? '24h' : '7';
      expect(complaint({ lifetime, [name]: value })).toBe(
        `\`${name}\` has no effect with \`lifetime\` ${lifetime}. Remove it, or set \`lifetime: pull_request\`. Nothing was sent to Capture.`,
      );
    }
  });
});

describe('privileged features', () => {
  test.each([
    ['owner', 'owner'],
    ['login_client,access_issuer', 'access_issuer'],
    ['owner,access_issuer', 'owner and access_issuer'],
  ])('%s have to be allowed', (features, named) => {
    const message = `\`features\`: ${named} can act for every other client. If this client needs that, set \`allow_privileged_features: true\`. Nothing was sent to Capture.`;
    expect(complaint({ features })).toBe(message);
    expect(complaint({ features, allow_privileged_features: 'false' })).toBe(message);
    const allowed = createInputs({ features, allow_privileged_features: 'true' });
    expect(allowed.features).toEqual(features.split(','));
  });

  test.each(['owner', 'access_issuer'])('are never those of a pull request: %s', (features) => {
    const given = { lifetime: 'pull_request', features, allow_privileged_features: 'true' };
    expect(complaint(given, pullRequestContext)).toContain(
      `\`features\`: ${features} can act for every other client. Remove it: \`lifetime\` pull_request never allows that.`,
    );
  });
});

describe('the expiration', () => {
  test.each([
    ['run', day],
    ['job', day],
    ['pull_request', 14 * day],
  ])('has a default for lifetime %s: %i seconds', (lifetime, seconds) => {
    expect(createInputs({ lifetime }, pullRequestContext).expiresInSeconds).toBe(seconds);
  });

  test('of a client of a pull request is more than the five minutes in which it would be replaced', () => {
    const given = (expires_in: string) => ({ lifetime: 'pull_request', expires_in });
    expect(complaint(given('5m'), pullRequestContext)).toMatch(
      /^`expires_in`: 300s is too short for `lifetime` pull_request\. Use more than 5m/,
    );
    expect(createInputs(given('301s'), pullRequestContext).expiresInSeconds).toBe(301);
    expect(createInputs({ expires_in: '5m' }).expiresInSeconds).toBe(300);
  });

  test.each([
    ['90m', 2],
    ['168h', 168],
  ])('of %s is enforced after %i whole hours', (text, hours) => {
    const { enforcedHours, expiresInSeconds } = createInputs({ expires_in: text, enforce_expiry: 'true' });
    expect([enforcedHours, expiresInSeconds]).toEqual([hours, hours * 3600]);
  });

  test('by default is enforced as late as Capture supports it', () => {
    const given = { lifetime: 'pull_request', enforce_expiry: 'true' };
    expect(createInputs(given, pullRequestContext).enforcedHours).toBe(168);
    expect(createInputs({ enforce_expiry: 'true' }).enforcedHours).toBe(24);
  });

  test.each(['169h', '168.1h', '8d'])("can't be enforced after more than 168 hours: %s", (text) => {
    expect(complaint({ expires_in: text, enforce_expiry: 'true' })).toMatch(
      /^`expires_in`: \d+h is too long with `enforce_expiry`\. Use at most 168h \(7d\)/,
    );
    expect(createInputs({ expires_in: text, enforce_expiry: 'false' }).enforcedHours).toBeUndefined();
  });

  test('that is enforced leaves no old secret to keep', () => {
    const given = { lifetime: 'pull_request', rotate_secret: '24h', enforce_expiry: 'true' };
    expect(complaint(given, pullRequestContext)).toMatch(
      /^`rotate_secret` has no effect with `enforce_expiry`, which already issues a new secret on every reuse\. Remove one of them\./,
    );
  });
});

describe('seal_key', () => {
  test('has no effect with lifetime job, whose client no later job can use', () => {
    expect(complaint({ seal_key: sealKey, lifetime: 'job' })).toBe(
      '`seal_key` is for later jobs, but with `lifetime` job the client is deleted before they start. Remove it, or set `lifetime: run`. Nothing was sent to Capture.',
    );
    expect(createInputs({ seal_key: '', lifetime: 'job' }).sealKey).toBeUndefined();
  });

  test('is not the owner secret', () => {
    expect(complaint({ seal_key: sealKey, owner_client_secret: sealKey })).toContain(
      '`seal_key` is the same as `owner_client_secret`.',
    );
  });
});

describe('the label and the text', () => {
  test('can be parsed in the description', () => {
    const { text, label } = createInputs({ expires_in: '90s', name: 'second' });
    expect([label.name, label.expiresAt]).toEqual(['second', expiresAt(90)]);
    const described = { text: text.value, label: { ...label, marker: runLabel.marker } };
    expect(parseDescription(formatDescription(described))).toEqual(described);
  });

  const withoutRef = (name: string | undefined) =>
    readContext({ ...pushEnvironment, GITHUB_REF_NAME: name }, {});

  test.each<[string, Given, WorkflowContext, string]>([
    ['the branch', {}, pushContext, 'acme/shop branch main'],
    ['the pull request', {}, pullRequestContext, 'acme/shop pull request 42'],
    [
      'the given pull request',
      { lifetime: 'pull_request', pull_request: '7' },
      pullRequestContext,
      'acme/shop pull request 7',
    ],
    ['only the repository', {}, withoutRef(undefined), 'acme/shop'],
  ])('name %s', (_, given, context, value) => {
    expect(createInputs(given, context).text).toEqual({ value, given: false });
    const description = 'for the e2e tests';
    expect(createInputs({ ...given, description }, context).text).toEqual({
      value: description,
      given: true,
    });
  });
});
