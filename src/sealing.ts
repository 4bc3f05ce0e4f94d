import * as z from 'zod/mini';
import { ExpectedError } from './expected-error.ts';

/** A client's credentials, as another job needs them. */
export interface SealedClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The origin of its Capture domain: `https://example.us-dev.janraincapture.com`. */
  readonly captureDomain: string;
}

/** What anyone can read in sealed credentials. It can't be changed without the key. */
export interface Envelope {
  /**
   * The ID of the repository or project that may decrypt them. Its name could be masked, and GitHub would drop the output.
   */
  readonly repositoryId: string;
  /** The attempt of the workflow run that sealed them. */
  readonly runAttempt: string;
  /** Milliseconds since the epoch, whole seconds. */
  readonly expiresAt: number;
}

export class SealError extends ExpectedError {
  override readonly name = 'SealError';

  constructor(problem: string, hint: string, cause?: unknown) {
    super(problem, hint, { cause, title: 'credentials not decrypted' });
  }
}

/** The minimum length of a key: anyone who can read the log can try keys on sealed credentials, offline. */
export const minKeyLength = 32;

const keyManagement = 'PBES2-HS512+A256KW';
const encryption = 'A256GCM';
const contentType = 'vnd.capture-client-action.v1+json';
/** OWASP's recommendation for PBKDF2 with HMAC-SHA-512 (Password Storage Cheat Sheet). */
const defaultIterations = 220_000;
/** Far more than the longest ID, secret, and domain take. */
const maxLength = 8192;

const passUnchanged = 'Pass sealed_credentials unchanged from the job that created the client.';

const digits = () => z.string().check(z.regex(/^\d{1,20}$/));
/** Names from GitHub's OIDC tokens and from RFC 7519, section 5.3, which allows its claims in a header. */
const headerSchema = () =>
  z.object({
    alg: z.literal(keyManagement),
    enc: z.literal(encryption),
    cty: z.literal(contentType),
    p2c: z.int().check(z.positive()),
    repository_id: z.string().check(z.minLength(1), z.maxLength(256)),
    run_attempt: digits(),
    exp: z.int().check(z.positive(), z.lte(Date.UTC(9999, 0) / 1000)),
  });

const contentSchema = () =>
  z.object({
    client_id: z.string(),
    client_secret: z.string(),
    capture_domain: z.string(),
  });

/**
 * Seals a client's credentials as a compact JWE (RFC 7516), which other JOSE libraries can decrypt.
 * @param key at least `minKeyLength` characters
 * @param iterations of PBKDF2; fewer than the default are for tests only
 */
export async function seal(
  client: SealedClient,
  envelope: Envelope,
  key: string,
  iterations = defaultIterations,
): Promise<string> {
  const { CompactEncrypt } = await import('jose');
  const content: z.infer<ReturnType<typeof contentSchema>> = {
    client_id: client.clientId,
    client_secret: client.clientSecret,
    capture_domain: client.captureDomain,
  };
  return await new CompactEncrypt(utf8(JSON.stringify(content)))
    .setProtectedHeader({
      alg: keyManagement,
      enc: encryption,
      cty: contentType,
      repository_id: envelope.repositoryId,
      run_attempt: envelope.runAttempt,
      exp: envelope.expiresAt / 1000,
    })
    .setKeyManagementParameters({ p2c: iterations })
    .encrypt(utf8(key));
}

/**
 * Decrypts sealed credentials. Everything that needs no key is checked first, so that no text causes much work.
 * @param here where they are decrypted; `now` in milliseconds since the epoch
 * @throws SealError
 */
export async function unseal(
  text: string,
  key: string,
  here: { readonly repositoryId: string; readonly now: number },
): Promise<SealedClient & Envelope> {
  const envelope = parseEnvelope(text);
  if (envelope.repositoryId !== here.repositoryId) {
    throw new SealError(
      `sealed_credentials belongs to the repository with the ID ${envelope.repositoryId}. This repository has the ID ${here.repositoryId}, and no other repository can decrypt it.`,
      'Create a client in this repository.',
    );
  }
  if (envelope.expiresAt <= here.now) {
    throw new SealError(
      `sealed_credentials and its client expired at ${new Date(envelope.expiresAt).toISOString().replace('.000', '')}.`,
      'Re-run all jobs. If the run takes longer than expires_in, increase expires_in.',
    );
  }
  return { ...(await decrypt(text, key)), ...envelope };
}

/** Parses the part that anyone can read. Only the key shows whether it was changed. */
function parseEnvelope(text: string): Envelope {
  const parts = text.split('.');
  if (text.length > maxLength || parts.length !== 5) {
    throw new SealError(
      "sealed_credentials doesn't contain sealed credentials, which have five parts separated by dots.",
      passUnchanged,
    );
  }
  // Several base64url texts decode to the same bytes; only the one that was made is valid (RFC 4648, section 3.5).
  if (!parts.every(isCanonical)) {
    throw new SealError('sealed_credentials was changed: it is no longer valid base64url.', passUnchanged);
  }
  const header = headerSchema().safeParse(parseJson(Buffer.from(parts[0] ?? '', 'base64url')));
  if (!header.success) throw otherVersion();
  const { repository_id, run_attempt, exp, p2c } = header.data;
  if (p2c > defaultIterations) {
    throw new SealError(
      `sealed_credentials asks for ${p2c} PBKDF2 iterations; the maximum is ${defaultIterations}. It was changed, or another version of this action sealed it.`,
      `Use the same version in all jobs. ${passUnchanged}`,
    );
  }
  return { repositoryId: repository_id, runAttempt: run_attempt, expiresAt: exp * 1000 };
}

async function decrypt(text: string, key: string): Promise<SealedClient> {
  const { compactDecrypt, errors } = await import('jose');
  const { plaintext } = await compactDecrypt(text, utf8(key), {
    keyManagementAlgorithms: [keyManagement],
    contentEncryptionAlgorithms: [encryption],
    maxPBES2Count: defaultIterations,
  }).catch((error: unknown) => {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new SealError(
      "sealed_credentials can't be decrypted: it was sealed with a different seal_key, or it was changed.",
      `Use the same seal_key in both jobs. ${passUnchanged}`,
      error,
    );
  });
  const content = contentSchema().safeParse(parseJson(plaintext));
  if (!content.success) throw otherVersion();
  const { client_id, client_secret, capture_domain } = content.data;
  return { clientId: client_id, clientSecret: client_secret, captureDomain: capture_domain };
}

function otherVersion(): SealError {
  return new SealError(
    "sealed_credentials wasn't sealed by this version of the action, or it was changed.",
    `Use the same version in all jobs. ${passUnchanged}`,
  );
}

function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
