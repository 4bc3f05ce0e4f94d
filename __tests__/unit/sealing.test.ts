import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as sealing from '../../src/sealing.ts';
import { type Envelope, SealError, type SealedClient, unseal } from '../../src/sealing.ts';
import { anyText, wellFormedText } from '../support/arbitraries.ts';

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
        fc.pre(changed !== text);
        await expect(unseal(changed, key, here)).rejects.toThrow(SealError);
      },
    ),
    { numRuns: 60 },
  );
});

test('another base64url text of the same bytes is rejected', async () => {
  const parts = (await seal(client, envelope, key)).split('.');
  const others = parts.flatMap((part, index) =>
    [...alphabet]
      .map((character) => part.slice(0, -1) + character)
      .filter((other) => other !== part && sameBytes(other, part))
      .map((other) => parts.with(index, other).join('.')),
  );
  expect(others.length).toBeGreaterThan(0);
  for (const other of others) {
    await expect(unseal(other, key, here)).rejects.toThrow('no longer valid base64url');
  }
});

test('another implementation opens it and can read its header', async () => {
  const text = await sealing.seal(client, envelope, key);
  const jwk = await otherJose.JWK.asKey({ kty: 'oct', k: Buffer.from(key).toString('base64url') });
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

test.each(['group/subgroup/project', 'Jenkins job "ünï"', 'x'.repeat(256)])(
  'a repository or project can have any ID: %s',
  async (repositoryId) => {
    const text = await seal(client, { ...envelope, repositoryId }, key);
    expect(await unseal(text, key, { ...here, repositoryId })).toEqual({
      ...client,
      ...envelope,
      repositoryId,
    });
    await expect(unseal(text, key, here)).rejects.toThrow(SealError);
  },
);

test('what another implementation seals is opened', async () => {
  const jwk = await otherJose.JWK.asKey({ kty: 'oct', k: Buffer.from(key).toString('base64url') });
  const content = { client_id: 'id', client_secret: 'secret', capture_domain: 'https://x.example' };
  const options = { format: 'compact', contentAlg: 'A256GCM', fields: { ...header(), p2c: 1000 } };
  const text = await otherJose.JWE.createEncrypt(options, jwk).update(JSON.stringify(content)).final();
  expect(await unseal(text, key, here)).toMatchObject({ clientId: 'id', clientSecret: 'secret' });
});

test('the same credentials sealed twice have only the header in common', async () => {
  const [one = '', other = ''] = await Promise.all([
    seal(client, envelope, key),
    seal(client, envelope, key),
  ]);
  expect(
    one
      .split('.')
      .slice(1)
      .filter((part) => other.includes(part)),
  ).toEqual([]);
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
      /^sealed_credentials can't be decrypted: it was sealed with a different seal_key/,
    );
  });

  test('another repository', async () => {
    const text = await seal(client, envelope, key);
    await expect(unseal(text, key, { ...here, repositoryId: '4321' })).rejects.toThrow(
      'belongs to the repository with the ID 1234. This repository has the ID 4321',
    );
  });

  test('an expired one, to the second', async () => {
    const text = await seal(client, envelope, key);
    const { expiresAt } = envelope;
    await expect(unseal(text, key, { ...here, now: expiresAt })).rejects.toThrow(
      'and its client expired at 2030-01-03T00:00:00Z.',
    );
    expect(await unseal(text, key, { ...here, now: expiresAt - 1 })).toMatchObject(client);
  });

  test.each([
    ['a word', 'secret'],
    ['three parts', 'a.b.c'],
    ['six parts', 'a.b.c.d.e.f'],
    ['a text that is too long', `${'a'.repeat(9000)}.b.c.d.e`],
  ])('%s', async (_, text) => {
    await expect(unseal(text, key, here)).rejects.toThrow(
      "doesn't contain sealed credentials, which have five parts",
    );
  });

  test.each([
    ['a header that is not JSON', Buffer.from('x').toString('base64url')],
    ['a header of another kind', encode({ alg: 'dir', enc: 'A256GCM' })],
    ['another algorithm', encode({ ...header(), alg: 'PBES2-HS256+A128KW' })],
    ['another content', encode({ ...header(), cty: 'JWT' })],
    ['an expiry in the far future', encode({ ...header(), exp: 2 ** 52 })],
    ['an expiry in the far past', encode({ ...header(), exp: -(2 ** 52) })],
    ['an empty repository', encode({ ...header(), repository_id: '' })],
    ['a repository that is too long', encode({ ...header(), repository_id: 'x'.repeat(257) })],
    ['a repository that is not text', encode({ ...header(), repository_id: 1234 })],
  ])('%s', async (_, first) => {
    await expect(unseal(`${first}.AA.AA.AA.AA`, key, here)).rejects.toThrow("wasn't sealed by this version");
  });

  test('content of another kind, even with the right key', async () => {
    const jwk = await otherJose.JWK.asKey({ kty: 'oct', k: Buffer.from(key).toString('base64url') });
    const options = { format: 'compact', contentAlg: 'A256GCM', fields: { ...header(), p2c: 1000 } };
    const text = await otherJose.JWE.createEncrypt(options, jwk).update('{"a":1}').final();
    await expect(unseal(text, key, here)).rejects.toThrow("wasn't sealed by this version");
  });
});

test('a forged number of iterations causes no work', async () => {
  const text = `${encode({ ...header(), p2c: 2 ** 31 - 1 })}.AA.AA.AA.AA`;
  const { cpu, error } = await measured(() => unseal(text, key, here));
  expect(error).toMatchObject({
    name: 'SealError',
    message: expect.stringContaining('2147483647 PBKDF2 iterations'),
  });
  // Two billion iterations take a quarter of an hour.
  expect(cpu).toBeLessThan(10_000);
});

async function measured(act: () => Promise<unknown>): Promise<{ cpu: number; error: unknown }> {
  const before = process.cpuUsage();
  const error = await act().catch((thrown: unknown) => thrown);
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1000, error };
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

function sameBytes(one: string, other: string): boolean {
  return Buffer.from(one, 'base64url').equals(Buffer.from(other, 'base64url'));
}

test('any other text is rejected with a SealError that quotes none of it', async () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    fc.constant(''),
  );
  const odd = fc.jsonValue({ maxDepth: 2 });
  // A header that gets as far as possible. Few iterations take no time.
  const header = fc
    .record(
      {
        p2c: fc.oneof({ arbitrary: fc.constant(1), weight: 5 }, odd),
        p2s: fc.oneof(part, odd),
        zip: fc.constantFrom('DEF', 1),
        crit: fc.oneof(fc.constant(['exp']), odd),
        iv: odd,
        epk: odd,
      },
      { requiredKeys: ['p2c'] },
    )
    .map((given) =>
      Buffer.from(
        JSON.stringify({
          alg: 'PBES2-HS512+A256KW',
          enc: 'A256GCM',
          cty: 'vnd.capture-client-action.v1+json',
          repository_id: '1234',
          run_attempt: '1',
          exp: Date.UTC(2030, 0, 3) / 1000,
          ...given,
        }),
      ).toString('base64url'),
    );
  const key40 = fc.uint8Array({ minLength: 40, maxLength: 40 });
  const text = fc.oneof(
    anyText,
    fc
      .tuple(
        header,
        fc.oneof(
          part,
          key40.map((bytes) => Buffer.from(bytes).toString('base64url')),
        ),
        part,
        part,
        part,
      )
      .map((parts) => parts.join('.')),
    fc.array(part, { maxLength: 7 }).map((parts) => parts.join('.')),
  );
  await fc.assert(
    fc.asyncProperty(text, async (given) => {
      const error = await unseal(`${given}hushhush`, key, here).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SealError);
      expect((error as Error).message).toMatch(/\.$/);
      expect((error as Error).message).not.toContain('hush');
      expect(await unseal(given, key, here).catch((thrown: unknown) => thrown)).toBeInstanceOf(SealError);
    }),
    { numRuns: 500 },
  );
});
