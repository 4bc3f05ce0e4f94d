import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ExpectedError } from '../../../src/errors.ts';
import * as sealing from '../../../src/secrets/sealing.ts';
import { type Envelope, type SealedClient, unseal } from '../../../src/secrets/sealing.ts';
import { anyText, wellFormedText } from '../../support/arbitraries.ts';

/** A JOSE implementation that shares no code with the action's. */
const otherJose = createRequire(import.meta.url)('node-jose');

const key = 'S0v8Tn4lmPDvKNJgIDHsPdvHAn6XuAVL1CWy8jI0LzM=';
const client: SealedClient = {
  clientId: 'abcdefghjkmnpqrstuvwxyz23456789a',
  clientSecret: 'zyxwvutsrqpnmkjhgfedcba98765432z',
  captureDomain: 'https://example.us-dev.janraincapture.com',
};
const envelope: Envelope = { repositoryId: '1234', runAttempt: '2', expiresAt: Date.UTC(2030, 0, 3) };
const here = { repositoryId: '1234', now: Date.UTC(2030, 0, 2) };

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Deriving a key is slow by design. Only the test of the header pays for the real number of iterations. */
const fewIterations = 1000;
const seal = (client: SealedClient, envelope: Envelope, key: string) =>
  sealing.seal(client, envelope, key, fewIterations);

test('any credentials are the same after they are opened', async () => {
  const credentials = fc.record({
    clientId: wellFormedText,
    clientSecret: wellFormedText,
    captureDomain: wellFormedText,
  });
  const keys = fc.string({ minLength: 32, unit: 'binary' });
  await fc.assert(
    fc.asyncProperty(credentials, keys, async (any, anyKey) => {
      const text = await seal(any, envelope, anyKey);
      expect(await unseal(text, anyKey, here)).toEqual({ ...any, ...envelope });
    }),
    { numRuns: 25 },
  );
});

/** Changes of a text at one index. */
const changes: Record<string, (text: string, index: number, character: string) => string> = {
  another: (text, index, character) => text.slice(0, index) + character + text.slice(index + 1),
  'one more': (text, index, character) => text.slice(0, index) + character + text.slice(index),
  'one less': (text, index) => text.slice(0, index) + text.slice(index + 1),
  'two swapped': (text, index) =>
    text.slice(0, index) + (text[index + 1] ?? '') + text[index] + text.slice(index + 2),
};

test.each(Object.entries(changes))('any change of one character is rejected: %s', async (_, change) => {
  const text = await seal(client, envelope, key);
  const place = fc.nat({ max: text.length - 1 });
  await fc.assert(
    fc.asyncProperty(
      place,
      fc.constantFrom(...alphabet, '.', '=', '+', ' ', 'ä'),
      async (index, character) => {
        const changed = change(text, index, character);
        fc.pre(!sameBytes(changed, text));
        await expect(unseal(changed, key, here)).rejects.toThrow(ExpectedError);
      },
    ),
    { numRuns: 60 },
  );
});

test('another implementation opens it and can read its header', async () => {
  const text = await sealing.seal(client, envelope, key);
  const jwk = await otherKey();
  const { header, plaintext } = await otherJose.JWE.createDecrypt(jwk).decrypt(text);
  expect(JSON.parse(plaintext.toString())).toEqual({
    client_id: client.clientId,
    client_secret: client.clientSecret,
    capture_domain: client.captureDomain,
  });
  expect(header).toEqual({
    alg: 'PBES2-HS512+A256KW',
    enc: 'A256GCM',
    cty: 'vnd.capture-client-action.v1+json',
    repository_id: '1234',
    run_attempt: '2',
    exp: Date.UTC(2030, 0, 3) / 1000,
    p2c: 220_000,
    p2s: expect.stringMatching(/^[\w-]{22}$/),
  });
});

describe('is rejected with its reason', () => {
  test('a different key, and the cause is kept', async () => {
    const text = await seal(client, envelope, key);
    const error = await unseal(text, `${key}x`, here).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      title: 'credentials not decrypted',
      cause: { code: 'ERR_JWE_DECRYPTION_FAILED' },
    });
    await expect(unseal(text, `${key}x`, here)).rejects.toThrow(
      "`sealed_credentials` can't be decrypted: it was sealed with a different `seal_key`, or it was changed. Use the same `seal_key` in both jobs. Pass `sealed_credentials` unchanged from the job that created the client.",
    );
  });

  test('another repository', async () => {
    const text = await seal(client, envelope, key);
    await expect(unseal(text, key, { ...here, repositoryId: '4321' })).rejects.toThrow(
      '`sealed_credentials` belongs to the repository with the ID 1234. This repository has the ID 4321, and no other repository can decrypt it. Create a client in this repository.',
    );
  });

  test('an expired one, to the second', async () => {
    const text = await seal(client, envelope, key);
    const { expiresAt } = envelope;
    await expect(unseal(text, key, { ...here, now: expiresAt })).rejects.toThrow(
      '`sealed_credentials` and its client expired at 2030-01-03T00:00:00Z. Run the job that creates the client again. If the run takes longer than `expires_in`, increase it.',
    );
    expect(await unseal(text, key, { ...here, now: expiresAt - 1 })).toMatchObject(client);
  });

  const otherVersion =
    "`sealed_credentials` doesn't contain credentials that this version of the action sealed. Use the same version in all jobs. Pass `sealed_credentials` unchanged from the job that created the client.";

  test.each([
    ['a word', 'secret'],
    ['a header that is not JSON', `${Buffer.from('x').toString('base64url')}.AA.AA.AA.AA`],
    ['another content', `${encode({ ...header(), cty: 'JWT' })}.AA.AA.AA.AA`],
    ['an expiry before all time', `${encode({ ...header(), exp: 0 })}.AA.AA.AA.AA`],
    ['an expiry in the far future', `${encode({ ...header(), exp: 2 ** 52 })}.AA.AA.AA.AA`],
    ['a repository that is not text', `${encode({ ...header(), repository_id: 1234 })}.AA.AA.AA.AA`],
  ])('%s', async (_, text) => {
    await expect(unseal(text, key, here)).rejects.toThrow(otherVersion);
  });

  test.each([
    ['three parts', `${encode(header())}.AA.AA`],
    ['another algorithm', `${encode({ ...header(), alg: 'PBES2-HS256+A128KW' })}.AA.AA.AA.AA`],
    ['another encryption', `${encode({ ...header(), enc: 'A128GCM' })}.AA.AA.AA.AA`],
    ['an algorithm without a password', `${encode({ ...header(), alg: 'dir' })}.AA.AA.AA.AA`],
  ])('%s', async (_, text) => {
    await expect(unseal(text, key, here)).rejects.toThrow("can't be decrypted");
  });

  test('content of another kind, even with the right key', async () => {
    const text = await sealElsewhere({ a: 1 });
    await expect(unseal(text, key, here)).rejects.toThrow(otherVersion);
  });
});

test('a forged number of iterations causes no work', async () => {
  const text = `${encode({ ...header(), p2c: 2 ** 31 - 1 })}.AA.AA.AA.AA`;
  const before = process.cpuUsage();
  await expect(unseal(text, key, here)).rejects.toThrow("can't be decrypted");
  // Two billion iterations take a quarter of an hour.
  expect(process.cpuUsage(before).user).toBeLessThan(10_000_000);
});

function otherKey(): Promise<unknown> {
  return otherJose.JWK.asKey({ kty: 'oct', k: Buffer.from(key).toString('base64url') });
}

async function sealElsewhere(content: object): Promise<string> {
  const options = { format: 'compact', contentAlg: 'A256GCM', fields: { ...header(), p2c: 1000 } };
  return otherJose.JWE.createEncrypt(options, await otherKey())
    .update(JSON.stringify(content))
    .final();
}

function header(): Record<string, unknown> {
  return {
    alg: 'PBES2-HS512+A256KW',
    enc: 'A256GCM',
    cty: 'vnd.capture-client-action.v1+json',
    repository_id: '1234',
    run_attempt: '2',
    exp: Date.UTC(2030, 0, 3) / 1000,
    p2c: 220_000,
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Several base64url texts decode to the same bytes. The header is authenticated as it is written. */
function sameBytes(one: string, other: string): boolean {
  const [[header, ...parts], [otherHeader, ...others]] = [one.split('.'), other.split('.')];
  const decode = (part: string) => Buffer.from(part, 'base64url').toString('hex');
  return header === otherHeader && parts.map(decode).join() === others.map(decode).join();
}

test('any other text is rejected with an ExpectedError that quotes none of it', async () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    fc.constant(''),
  );
  const odd = fc.jsonValue({ maxDepth: 2 });
  // A header that gets as far as possible. Few iterations take no time.
  const anyHeader = fc
    .record({ p2c: fc.constant(1), p2s: fc.oneof(part, odd), crit: odd, iv: odd }, { requiredKeys: ['p2c'] })
    .map((given) => encode({ ...header(), ...given }));
  const text = fc.oneof(
    anyText,
    fc.tuple(anyHeader, part, part, part, part).map((parts) => parts.join('.')),
    fc.array(part, { maxLength: 7 }).map((parts) => parts.join('.')),
  );
  await fc.assert(
    fc.asyncProperty(text, async (given) => {
      const error = await unseal(`${given}hushhush`, key, here).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ExpectedError);
      expect((error as Error).message).toMatch(/\.$/);
      expect((error as Error).message).not.toContain('hush');
      expect(await unseal(given, key, here).catch((thrown: unknown) => thrown)).toBeInstanceOf(ExpectedError);
    }),
    { numRuns: 200 },
  );
});
