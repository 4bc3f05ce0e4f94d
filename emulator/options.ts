import type { RecordedRequest } from './requests.ts';
import type { Rejection } from './responses.ts';

/**
 * How the API behaves where its documents are silent, or where a tenant may differ from them.
 * See docs/development/capture-api.md, "Open points".
 */
export interface Rules {
  /** Whether a description that another client has is rejected. Default: true. */
  uniqueDescriptions: boolean;
  /** The longest description. Default: `Infinity`. */
  maxDescriptionLength: number;
  /** What that length counts. Bytes are those of UTF-8. Default: `characters`. */
  descriptionUnit: 'characters' | 'bytes';
  /** What happens to a longer description. Default: `reject`. */
  longDescriptions: 'reject' | 'truncate';
  /** Whether a client can have login_client together with another feature. Default: false. */
  loginClientWithOthers: boolean;
  /** Which methods the calls that only read accept. Default: `both`. */
  readMethods: 'both' | 'GET' | 'POST';
  /** The response to any other method: code 404 invalid_api_method or HTTP 405. Default: `code-404`. */
  wrongMethod: 'code-404' | 'http-405';
  /** What happens to the deletion of a client without the feature owner. Default: `accept`. */
  deletion: 'accept' | Rejection;
  /** What happens to the deletion of an owner client. Default: code 200. */
  ownerDeletion: 'accept' | Rejection;
  /** Which string a request without parameters is signed over: as published code does, or as the documents say. Default: `both`. */
  emptySignature: 'both' | 'code' | 'documents';
  /** How far the Date of a signed request can be from the emulator's clock, either way. Default: 10 minutes. */
  clockToleranceMs: number;
  /** Whether the error about an unknown client names the argument. Default: true. */
  unknownClientArgument: boolean;
  /** The `stat` of code 402. A published client of 2023 shows `fail`. Default: `error`. */
  wrongCredentialsStat: 'error' | 'fail';
  /** How long after its creation a client, or after a reset its new secret, is accepted. Default: 0. */
  newAcceptedAfterMs: number;
  /** How long after its creation a client is listed. Default: 0. */
  newListedAfterMs: number;
  /** How long after its creation a call that names the client says that it isn't a valid id. Default: 0. */
  newKnownAfterMs: number;
  /** How long the credentials of a deleted client are still accepted. Default: 0. */
  deletedAcceptedForMs: number;
  /** How long a deleted client is still listed. Default: 0. */
  deletedListedForMs: number;
  /** How long an old secret is accepted after a reset. Default: as long as the call asks for. */
  oldSecretMs: number | 'as-asked';
  /** Whether a second reset leaves the first secret its time. Default: false. */
  keepsOlderSecrets: boolean;
}

/** How to set up an emulator. All delays of the rules pass by its own clock, `latencyMs` in real time. */
export interface EmulatorOptions extends Partial<Rules> {
  /** The address to listen on. Default: 127.0.0.1. */
  host?: string;
  /** Default: 0, any free port. */
  port?: number;
  /** Serves HTTPS with this key and certificate (PEM). Default: plain HTTP. */
  tls?: { key: string; cert: string };
  /** The emulator's clock, in milliseconds since the epoch. Default: `Date.now`. */
  now?: () => number;
  /** How far the emulator's clock is ahead of `now`. The Date header of every response shows it. Default: 0. */
  clockOffsetMs?: number;
  /** The credentials of the owner client. Default: random. */
  owner?: { client_id: string; client_secret: string };
  /** The application's default settings. Default: none. */
  defaultSettings?: Record<string, string>;
  /** Makes the ids and secrets of new clients. Default: 32 random characters. */
  newIdentifier?: () => string;
  /** Called when a request has been read, before the response. */
  onRequest?: (request: RecordedRequest) => void;
  /** The least time that a response takes. Default: 0. */
  latencyMs?: number;
  /** How many calls are handled at the same time; more are rejected. Default: `Infinity`. */
  maxSimultaneousCalls?: number;
  /** How calls over that limit are rejected: with the API's code or an HTTP status. Default: `code-510`. */
  limitResponse?: 'code-510' | 'http-510' | 'http-429';
  /** The Retry-After header of these rejections, in seconds. Default: none. */
  retryAfterSeconds?: number;
}

/** What the documents say, and where they say nothing, what is likeliest. */
export const DEFAULT_RULES: Readonly<Rules> = {
  uniqueDescriptions: true,
  maxDescriptionLength: Number.POSITIVE_INFINITY,
  descriptionUnit: 'characters',
  longDescriptions: 'reject',
  loginClientWithOthers: false,
  readMethods: 'both',
  wrongMethod: 'code-404',
  deletion: 'accept',
  ownerDeletion: { code: 200, description: 'owner clients may not be deleted' },
  emptySignature: 'both',
  clockToleranceMs: 10 * 60 * 1000,
  unknownClientArgument: true,
  wrongCredentialsStat: 'error',
  newAcceptedAfterMs: 0,
  newListedAfterMs: 0,
  newKnownAfterMs: 0,
  deletedAcceptedForMs: 0,
  deletedListedForMs: 0,
  oldSecretMs: 'as-asked',
  keepsOlderSecrets: false,
};
