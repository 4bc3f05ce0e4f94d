import * as z from 'zod/mini';
import type { Credentials } from './capture/authentication.ts';
import { formatTime } from './lifecycle/label.ts';

/** A client as another job needs it. */
export interface SealedClient extends Credentials {
  /** The origin of its Capture domain: `https://example.us-dev.janraincapture.com`. */
  readonly captureDomain: string;
}

/** What stands outside the seal, for everybody to read and for nobody to change. */
export interface Envelope {
  /** The repository that may open it, by its numeric id: its name may itself be masked, and GitHub would drop the output. */
  readonly repositoryId: string;
  /** Which attempt of the workflow run sealed it. */
  readonly runAttempt: string;
  /** Milliseconds since the epoch, whole seconds. */
  readonly expiresAt: number;
}

/** Sealed credentials that are not opened; the message says why, and what to do. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

/** Everybody who can read the logs can try keys on a sealed text (DESIGN.md, "Sealing"). */
export const shortestKey = 32;

const keyManagement = 'PBES2-HS512+A256KW';
const encryption = 'A256GCM';
const contentType = 'vnd.capture-client-action.v1+json';
/** What OWASP's Password Storage Cheat Sheet asks of PBKDF2 with HMAC-SHA-512. */
const iterations = 220_000;
/** Far more than the longest id, secret and domain make. */
const longestText = 8192;

const fromAnotherVersion =
  'sealed_credentials was not sealed by this version of the action, or was changed on the way. Use one version of the action in all jobs, and hand on its output as it is.';

const digits = () => z.string().check(z.regex(/^\d{1,20}$/));
/** The words of GitHub's OIDC tokens and of RFC 7519, whose claims may stand in a header (§5.3). */
const headerSchema = () =>
  z.object({
    alg: z.literal(keyManagement),
    enc: z.literal(encryption),
    cty: z.literal(contentType),
    p2c: z.int().check(z.positive()),
    repository_id: digits(),
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
 * Seals a client's credentials as a compact JWE (RFC 7516), which any JOSE library opens.
 * @param key at least `shortestKey` characters
 */
export async function seal(client: SealedClient, envelope: Envelope, key: string): Promise<string> {
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
 * Opens what `seal` made. Whatever can be refused without the key is refused first, so that no text makes much work.
 * @param now milliseconds since the epoch
 * @throws SealError
 */
export async function unseal(
  text: string,
  key: string,
  { repositoryId, now }: { readonly repositoryId: string; readonly now: number },
): Promise<SealedClient & Envelope> {
  const envelope = readEnvelope(text);
  if (envelope.repositoryId !== repositoryId) {
    throw new SealError(
      `sealed_credentials was sealed in the repository with the id ${envelope.repositoryId}, and this is ${repositoryId}; it opens nowhere else. Create a client in this repository.`,
    );
  }
  if (envelope.expiresAt <= now) {
    throw new SealError(
      `sealed_credentials expired at ${formatTime(envelope.expiresAt)}, and its client with it. Re-run all jobs, with a longer expires_in if the run takes that long.`,
    );
  }
  return { ...(await open(text, key)), ...envelope };
}

/** The envelope of a text that only looks right so far: whether it was changed, the key will tell. */
function readEnvelope(text: string): Envelope {
  const parts = text.split('.');
  if (text.length > longestText || parts.length !== 5) {
    throw new SealError(
      'sealed_credentials is not a sealed text: that has five parts between dots. Hand on the output sealed_credentials of the create action as it is.',
    );
  }
  // Several texts decode to the same bytes; only the one that was made is taken (RFC 4648 §3.5).
  if (!parts.every(isCanonical)) {
    throw new SealError(
      'sealed_credentials was changed on the way: it is not base64url as it was written. Hand on the output as it is.',
    );
  }
  const header = headerSchema().safeParse(parseJson(Buffer.from(parts[0] ?? '', 'base64url')));
  if (!header.success) {
    throw new SealError(fromAnotherVersion);
  }
  const { repository_id, run_attempt, exp, p2c } = header.data;
  if (p2c > iterations) {
    throw new SealError(
      `sealed_credentials asks for ${p2c} rounds of key derivation; this action seals with ${iterations}. It was changed on the way, or sealed by another version: use one version in all jobs.`,
    );
  }
  return { repositoryId: repository_id, runAttempt: run_attempt, expiresAt: exp * 1000 };
}

async function open(text: string, key: string): Promise<SealedClient> {
  const { compactDecrypt, errors } = await import('jose');
  const { plaintext } = await compactDecrypt(text, utf8(key), {
    keyManagementAlgorithms: [keyManagement],
    contentEncryptionAlgorithms: [encryption],
    maxPBES2Count: iterations,
  }).catch((error: unknown) => {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new SealError(
      'sealed_credentials does not open: seal_key is not the key it was sealed with, or the text was changed on the way. Give both jobs the same secret.',
    );
  });
  const content = contentSchema().safeParse(parseJson(plaintext));
  if (!content.success) throw new SealError(fromAnotherVersion);
  const { client_id, client_secret, capture_domain } = content.data;
  return { clientId: client_id, clientSecret: client_secret, captureDomain: capture_domain };
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
