import { isIPv4 } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isLoopback } from '../../../src/capture/domain.ts';
import { featureNames, isPrivileged } from '../../../src/capture/features.ts';
import { readContext } from '../../../src/github/context.ts';
import { readCreateInputs } from '../../../src/inputs/create-inputs.ts';
import { readDeleteInputs } from '../../../src/inputs/delete-inputs.ts';
import { type CaptureInputs, InputError, type InputSource } from '../../../src/inputs/inputs.ts';
import { readSweepInputs } from '../../../src/inputs/sweep-inputs.ts';
import { type Action, inputTable } from '../../../src/inputs/table.ts';
import { readUnsealInputs } from '../../../src/inputs/unseal-inputs.ts';
import { anyText } from '../../support/arbitraries.ts';
import {
  type Given,
  inputSource,
  pullRequestEnvironment,
  pullRequestEvent,
  pushContext,
  requiredInputs,
} from '../../support/fixtures.ts';

const contexts = fc.constantFrom(
  pushContext,
  readContext(pullRequestEnvironment, pullRequestEvent()),
  readContext(pullRequestEnvironment, pullRequestEvent({ id: 99 })),
);

/** Is in every value that no error may contain. */
const hush = 'hu$h';
const secretText = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .map((text) => `${hush}${text.replaceAll('=', '')}`);

/** Valid values of each input. Values that are one slip away from them are the most interesting. */
const good = {
  capture_domain: ['x.janraincapture.com', 'https://x.example:8443', 'http://127.0.0.1:80', 'http://[::1]'],
  owner_client_id: ['abc', requiredInputs.owner_client_id as string],
  auth_scheme: ['basic-auth', 'janrain-signed'],
  timeout: ['1s', '1.5m', '1h', '60 s'],
  description: ['words', '[capture-client-action/1 x'],
  features: ['login_client', '["direct_access"]', 'owner,access_issuer', '[]'],
  lifetime: ['run', 'job', 'pull_request'],
  name: ['preview', 'e2e tests'],
  pull_request: ['1', '42', '9007199254740991'],
  expires_in: ['90m', '24h', '14d', '999999999d'],
  enforce_expiry: ['true', 'FALSE'],
  rotate_secret: ['0h', '168h'],
  ip_allow_list: ['203.0.113.0/24', '0.0.0.0/0, 10.0.0.1', '["255.255.255.255/32"]'],
  copy_settings_from: ['template', '{id}'],
  allow_privileged_features: ['true', 'false'],
  show_summary: ['True', 'false'],
  client_id: ['abc', '7f1b4f0e-9c1d-4b5e-8a2f-0123456789ab'],
  github_token: ['ghs_x'],
  repositories: ['acme/shop', 'acme/*, globex/web'],
  dry_run: ['true', 'false'],
  sealed_credentials: ['a.b.c.d.e'],
} satisfies Record<string, readonly string[]>;

/** Just outside of what is allowed. */
const beyond: Partial<Record<keyof typeof good, readonly string[]>> = {
  capture_domain: ['http://x.example', 'https://u:p@x.example', 'x.example/y', 'x.example?'],
  timeout: ['0s', '0.9s', '61m'],
  pull_request: ['0', '042', '9007199254740992'],
  expires_in: ['0s', '0.4s', '9999999999d'],
  rotate_secret: ['169h', '-1h'],
  ip_allow_list: ['10.0.0.1/24', '0.0.0.1/0', '10.0.0.0/33', '256.0.0.0/8'],
  features: ['ownr', '["toString"]', '[1]'],
  repositories: ['acme', 'acme/*/x', ','],
};

/** A value just outside, a valid one with a slip in it, or any text. */
function near(name: keyof typeof good): fc.Arbitrary<string> {
  const put = fc.oneof(
    fc.constantFrom(...['', '0', '1', '9', '.5', '/', ':', '@', '-', ',', '*', '\t']),
    anyText,
  );
  const slip = fc
    .tuple(fc.constantFrom(...good[name]), fc.nat({ max: 20 }), fc.nat({ max: 2 }), put)
    .map(([word, at, cut, other]) => word.slice(0, at) + other + word.slice(at + cut));
  return fc.oneof(fc.constantFrom(...(beyond[name] ?? good[name])), slip, anyText);
}

const settings = fc.oneof(
  fc
    .array(fc.tuple(fc.constantFrom('a', 'b', 'c d', ''), secretText), { maxLength: 4 })
    .map((lines) => lines.map(([key, value]) => `${key}=${value.replace(/\s/g, '')}`).join('\n')),
  secretText.map((value) => `site_name=${value.replace(/[\r\n\u2028\u2029]/g, '')}\nother=${hush}`),
  fc
    .tuple(secretText, fc.nat())
    .map(([value, length]) => JSON.stringify({ a: value, b: hush }).slice(0, length)),
  fc.tuple(anyText, secretText).map(([key, value]) => JSON.stringify({ [key]: value })),
  fc
    .dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(secretText, fc.nat()))
    .map((all) => JSON.stringify(all)),
);
const secrets = {
  owner_client_secret: secretText,
  seal_key: fc.oneof(secretText, fc.constant(hush.repeat(8))),
  settings,
};

/** All valid except for one: a second problem would hide whether the first was found. */
const given: fc.Arbitrary<Given> = fc
  .tuple(
    fc.record({ ...mapValues(good, (texts) => fc.constantFrom(...texts)), ...secrets }),
    fc.subarray(Object.keys(good), { maxLength: 4 }),
    fc.subarray(Object.keys(secrets)),
    fc
      .constantFrom(...(Object.keys(good) as (keyof typeof good)[]))
      .chain((name) => fc.record({ [name]: near(name) })),
  )
  .map(([all, some, hidden, slip]) => {
    const kept = [...some, ...hidden].map((name) => [name, all[name as keyof typeof all]]);
    return { ...requiredInputs, owner_client_secret: hush, ...Object.fromEntries(kept), ...slip };
  });

function mapValues<K extends string, T, U>(record: Record<K, T>, map: (value: T) => U): Record<K, U> {
  const entries = Object.entries<T>(record).map(([key, value]) => [key, map(value)]);
  return Object.fromEntries(entries);
}

const names = [...Object.keys(good), ...Object.keys(secrets)];

/** Reads inputs. Invalid ones must cause an InputError that names inputs and repeats no secret. */
function readOrReject<T>(read: (source: InputSource) => T, all: Given): T | undefined {
  try {
    return read(inputSource(all));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const [first, ...others] = error.lines;
    const problems =
      others.length === 0 ? [first as string] : others.slice(0, -1).map((line) => line.slice(2));
    expect(
      problems.filter(
        (line) => !names.some((name) => line.startsWith(`${name} `) || line.startsWith(`${name}: `)),
      ),
    ).toEqual([]);
    expect(error.message).not.toContain(hush);
    expect(error.stack).not.toContain(hush);
    return undefined;
  }
}

function expectCapture({ domain, owner, authScheme, timeoutMs }: CaptureInputs, all: Given): void {
  expect(domain.href).toBe(`${domain.origin}/`);
  expect(domain.protocol === 'https:' || (domain.protocol === 'http:' && isLoopback(domain.hostname))).toBe(
    true,
  );
  expect(owner.clientId).toMatch(/^[\x21-\x39\x3b-\x7e]+$/);
  expect(owner.clientSecret).toBe(all.owner_client_secret?.trim());
  expect(['basic-auth', 'janrain-signed']).toContain(authScheme);
  expect(timeoutMs % 1000).toBe(0);
  expect(timeoutMs).toBeGreaterThanOrEqual(1000);
  expect(timeoutMs).toBeLessThanOrEqual(3_600_000);
}

function expectPurpose(purpose: object): void {
  expect(purpose).toEqual(
    'pullRequest' in purpose
      ? { lifetime: 'pull_request', pullRequest: expect.any(Number) }
      : { lifetime: expect.stringMatching(/^(?:run|job)$/), runId: '5678' },
  );
  if ('pullRequest' in purpose) {
    expect(Number.isSafeInteger(purpose.pullRequest) && (purpose.pullRequest as number) > 0).toBe(true);
  }
}

function expectLine(text: string, longest: number): void {
  expect(text).not.toBe('');
  expect(text.length).toBeLessThanOrEqual(longest);
  expect(text).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
}

function expectRange(range: string): void {
  const [address = '', prefix = ''] = range.split('/');
  expect(isIPv4(address) && /^(?:\d|[12]\d|3[0-2])$/.test(prefix)).toBe(true);
  const bits = address
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
  expect(bits.slice(Number(prefix))).toMatch(/^0*$/);
}

const sealed = { sealed_credentials: 'a.b.c.d.e', seal_key: hush.repeat(8) };

/** Mostly with what unseal needs, and rarely with inputs of another action, which are all rejected. */
function inputsOf(action: Action): fc.Arbitrary<Given> {
  const own: readonly string[] = Object.keys(inputTable[action]);
  return fc.tuple(given, fc.nat({ max: 9 })).map(([all, choice]) => {
    if (choice === 0) return all;
    const inputs = action === 'unseal' && choice > 3 ? { ...sealed, ...all } : all;
    return Object.fromEntries(Object.entries(inputs).filter(([name]) => own.includes(name)));
  });
}

/** Counts the accepted inputs: a property of inputs that are never accepted would show nothing. */
function forInputs(
  action: Action,
  check: (all: Given, context: typeof pushContext) => boolean,
  numRuns = 1500,
): void {
  let accepted = 0;
  fc.assert(
    fc.property(inputsOf(action), contexts, (all, context) => {
      if (check(all, context)) accepted += 1;
    }),
    { numRuns },
  );
  expect(accepted).toBeGreaterThan(numRuns / 50);
}

describe('whatever the inputs are, they are rejected or as documented', () => {
  test('for create', () => {
    forInputs('create', (all, context) => {
      const inputs = readOrReject((source) => readCreateInputs(source, context), all);
      if (inputs === undefined) return false;
      expectCapture(inputs.capture, all);
      expectPurpose(inputs.purpose);
      if (inputs.description !== undefined) expectLine(inputs.description, 500);
      expectLine(inputs.name, 64);
      const features = inputs.features ?? [];
      for (const feature of features) expect(featureNames).toContain(feature);
      expect(new Set(features).size).toBe(features.length);
      if (features.some(isPrivileged)) {
        expect(all.allow_privileged_features?.trim()).toMatch(/^true$/i);
        expect(inputs.purpose.lifetime).not.toBe('pull_request');
      }
      expect(Number.isInteger(inputs.expiresInSeconds) && inputs.expiresInSeconds > 0).toBe(true);
      expect(inputs.expiresInSeconds).toBeLessThanOrEqual(36_500 * 86_400);
      for (const hours of [inputs.enforcedHours, inputs.rotateHours]) {
        if (hours !== undefined) expect(Array.from({ length: 169 }, (_, hour) => hour)).toContain(hours);
      }
      if (inputs.enforcedHours !== undefined)
        expect(inputs.expiresInSeconds).toBe(inputs.enforcedHours * 3600);
      if (inputs.sealKey !== undefined) expect(inputs.sealKey.length).toBeGreaterThanOrEqual(32);
      for (const range of inputs.configuration.whitelist ?? []) expectRange(range);
      expect(inputs.configuration.whitelist).not.toEqual([]);
      for (const key of inputs.configuration.settings.keys()) expect(key).toMatch(/^[\w.:-]+$/);
      return true;
    });
  });

  test('for delete', () => {
    forInputs('delete', (all, context) => {
      const inputs = readOrReject((source) => readDeleteInputs(source, context), all);
      if (inputs === undefined) return false;
      expectCapture(inputs.capture, all);
      const { target } = inputs;
      if ('clientId' in target) {
        expect(target).toEqual({ clientId: all.client_id?.trim() });
        expect(target.clientId).toMatch(/^[\x21-\x39\x3b-\x7e]+$/);
      } else {
        expectPurpose(target.purpose);
        expect(target.purpose.lifetime).not.toBe('job');
        if (target.name !== undefined) expectLine(target.name, 64);
      }
      return true;
    });
  });

  test('for sweep', () => {
    forInputs('sweep', (all, context) => {
      const inputs = readOrReject((source) => readSweepInputs(source, context), all);
      if (inputs === undefined) return false;
      expectCapture(inputs.capture, all);
      expect(inputs.scope.thisOrigin).toEqual(context.origin);
      expect(inputs.scope.repositories).not.toEqual([]);
      for (const one of inputs.scope.repositories ?? []) expect(one).toMatch(/^[\w-]+\/(?:[\w.-]+|\*)$/);
      expect(inputs.dryRun).toBe(/^true$/i.test(all.dry_run?.trim() ?? ''));
      return true;
    });
  });

  test('for unseal', () => {
    forInputs('unseal', (all, context) => {
      const inputs = readOrReject((source) => readUnsealInputs(source, context), all);
      if (inputs === undefined) return false;
      expect(inputs).toEqual({
        sealedCredentials: all.sealed_credentials?.trim(),
        sealKey: all.seal_key?.trim(),
      });
      expect(inputs.sealKey.length).toBeGreaterThanOrEqual(32);
      return true;
    });
  });
});

test.each(names)('an input as long as a variable can be is read in linear time: %s', (name) => {
  const long = 131_000;
  const readers = [readDeleteInputs, readSweepInputs, readUnsealInputs];
  for (const piece of [
    'a',
    '1',
    ',',
    '[',
    ' a',
    '\n',
    '=',
    'a=\n',
    '{"',
    '1.',
    '/',
    '0.',
    'a/b,',
    '%',
    '.A',
  ]) {
    const all = { ...requiredInputs, [name]: piece.repeat(long / piece.length) };
    readOrReject((source) => readCreateInputs(source, pushContext), all);
    for (const read of readers) readOrReject((source) => read(source, pushContext), all);
  }
});
