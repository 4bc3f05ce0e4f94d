import { randomInt } from 'node:crypto';

/** The 31 characters of the API's own identifiers: no 0, 1, i, l, o (capture-api.md §5, Identifiers). */
export const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';

/** A new client id or client secret: 32 characters of the API's alphabet. */
export const newIdentifier = (): string => randomText(32);

/** A new `request_id`: 16 characters of the API's alphabet. */
export const newRequestId = (): string => randomText(16);

function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}
