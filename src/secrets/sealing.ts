import * as z from 'zod/mini';
import { ExpectedError, tryTo } from '../errors.ts';

export interface SealedClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The origin of its Capture domain: `https://example.us-dev.janraincapture.com`. */
  readonly captureDomain: string;
}

/** What anyone can read in sealed credentials. It can't be changed without the key. */
export interface Envelope {
  /** Whose credentials they are. A name could be masked, and GitHub would drop the output. */
  readonly repositoryId: string;
  /** The attempt of the workflow run that sealed them. */
  readonly runAttempt: string;
  /** Milliseconds since the epoch, whole seconds. */
  readonly expiresAt: number;
}

const keyManagement = 'PBES2-HS512+A256KW';
const encryption = 'A256GCM';
const contentType = 'vnd.capture-client-action.v1+json';
/** OWASP's recommendation for PBKDF2 with HMAC-SHA-512 (Password Storage Cheat Sheet). */
const defaultIterations = 220_000;

const passUnchanged = 'Pass `sealed_credentials` unchanged from the job that created the client.';

/** Names from GitHub's OIDC tokens and from RFC 7519, section 5.3, which allows its claims in a header. */
const headerSchema = () =>
  z.object({
    cty: z.literal(contentType),
    repository_id: z.string(),
    run_attempt: z.string(),
    exp: z.int().check(z.positive(), z.lte(Date.UTC(9999, 0) / 1000)),
  });

const contentSchema = () =>
  z.object({ client_id: z.string(), client_secret: z.string(), capture_domain: z.string() });

/**
 * Seals a client's credentials as a compact JWE (RFC 7516), which other JOSE libraries can decrypt.
 * @param iterations of PBKDF2; fewer than the default are for tests only
 */
export async function seal(
  client: SealedClient,
  envelope: Envelope,
  key: string,
  iterations = defaultIterations,
): Promise<string> {
  const { CompactEncrypt } = await import('jose');
  const content = {
    client_id: client.clientId,
    client_secret: client.clientSecret,
    capture_domain: client.captureDomain,
  };
  return await new CompactEncrypt(Buffer.from(JSON.stringify(content)))
    .setProtectedHeader({
      alg: keyManagement,
      enc: encryption,
      cty: contentType,
      repository_id: envelope.repositoryId,
      run_attempt: envelope.runAttempt,
      exp: envelope.expiresAt / 1000,
    })
    .setKeyManagementParameters({ p2c: iterations })
    .encrypt(Buffer.from(key));
}

/** Decrypts sealed credentials. What anyone can read of them is checked first. @throws ExpectedError */
export async function unseal(
  text: string,
  key: string,
  here: { readonly repositoryId: string; readonly now: number },
): Promise<SealedClient & Envelope> {
  const envelope = await parseEnvelope(text);
  if (envelope.repositoryId !== here.repositoryId) {
    throw notDecrypted(
      `\`sealed_credentials\` belongs to the repository with the ID ${envelope.repositoryId}. This repository has the ID ${here.repositoryId}, and no other repository can decrypt it.`,
      'Create a client in this repository.',
    );
  }
  if (envelope.expiresAt <= here.now) {
    throw notDecrypted(
      `\`sealed_credentials\` and its client expired at ${new Date(envelope.expiresAt).toISOString().replace('.000', '')}.`,
      'Run the job that creates the client again. If the run takes longer than `expires_in`, increase it.',
    );
  }
  return { ...(await decrypt(text, key)), ...envelope };
}

/** Only the key shows whether the header was changed. */
async function parseEnvelope(text: string): Promise<Envelope> {
  const { decodeProtectedHeader } = await import('jose');
  const header = headerSchema().safeParse(tryTo(() => decodeProtectedHeader(text)));
  if (!header.success) throw otherVersion();
  const { repository_id, run_attempt, exp } = header.data;
  return { repositoryId: repository_id, runAttempt: run_attempt, expiresAt: exp * 1000 };
}

async function decrypt(text: string, key: string): Promise<SealedClient> {
  const { compactDecrypt, errors } = await import('jose');
  const { plaintext } = await compactDecrypt(text, Buffer.from(key), {
    keyManagementAlgorithms: [keyManagement],
    contentEncryptionAlgorithms: [encryption],
    // So that no text causes much work.
    maxPBES2Count: defaultIterations,
  }).catch((error: unknown) => {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw notDecrypted(
      "`sealed_credentials` can't be decrypted: it was sealed with a different `seal_key`, or it was changed.",
      `Use the same \`seal_key\` in both jobs. ${passUnchanged}`,
      error,
    );
  });
  const content = contentSchema().safeParse(tryTo(() => JSON.parse(new TextDecoder().decode(plaintext))));
  if (!content.success) throw otherVersion();
  const { client_id, client_secret, capture_domain } = content.data;
  return { clientId: client_id, clientSecret: client_secret, captureDomain: capture_domain };
}

function notDecrypted(problem: string, hint: string, cause?: unknown): ExpectedError {
  return new ExpectedError(problem, hint, { cause, title: 'credentials not decrypted' });
}

function otherVersion(): ExpectedError {
  return notDecrypted(
    "`sealed_credentials` doesn't contain credentials that this version of the action sealed.",
    `Use the same version in all jobs. ${passUnchanged}`,
  );
}
